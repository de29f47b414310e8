//! Scenes: plans that are set up before the rules go on. What takes very many keys, every odd name or
//! a very long value hardly ever comes about by chance, so it takes turns.
//!
//! Each kind of scene comes in one case of every [`EVERY`], and each kind has turns of its own: a default
//! campaign has four of them, and with those all that the kind has to show.

use zarr_conform_model::{Dialect, Names, Operation};

use crate::generate::choices::Choices;
use crate::generate::swarm::Phases;
use crate::generate::values::ValueProfile;
use crate::store::crowd::Crowd;
use crate::store::large::Large;
use crate::store::parade::Parade;
use crate::store::shapes::Shape;

/// One in this many plans is of each kind of scene. A guess: four of each in the 256 cases of a default
/// campaign.
const EVERY: u64 = 64;

/// The kinds of scenes.
const KINDS: u64 = 4;

/// What a plan starts with.
#[derive(Clone, Debug)]
pub(super) enum Scene {
    /// Many keys.
    Crowd(Crowd),
    /// Every name of some kinds.
    Parade(Parade),
    /// Long values.
    Large(Large),
}

impl Scene {
    /// The scene of a case, if it has one; which cases do depends on the seed.
    pub(super) fn of_case(choices: &mut Choices, seed: u64, case: u64) -> Option<Self> {
        // Half of the way between two crowds of the next seed.
        let first = (seed % EVERY + EVERY / 2) % EVERY;
        let at = (case % EVERY + EVERY - first) % EVERY;
        let apart = EVERY / KINDS;
        let turn = (case / EVERY).wrapping_add(seed);
        at.is_multiple_of(apart).then(|| match at / apart {
            0 => Self::Crowd(Crowd::draw(choices, turn)),
            1 => Self::Crowd(Crowd::of_directories(choices, turn)),
            2 => Self::Parade(Parade::of_turn(turn)),
            _ => Self::Large(Large::of_turn(turn)),
        })
    }

    /// A scene that comes to a shape, if it takes one to come to it.
    pub(super) fn towards(choices: &mut Choices, shape: Shape) -> Option<Self> {
        match shape {
            Shape::ThousandDirectories => Some(Self::Crowd(Crowd::of_directories(choices, 0))),
            Shape::ManyMarks => Some(Self::Parade(Parade::of_turn(Parade::MARKS))),
            Shape::LongName => Some(Self::Parade(Parade::of_turn(Parade::EXTREMES))),
            Shape::LargeValue => Some(Self::Large(Large::of_turn(Large::LONGEST))),
            _ => None,
        }
    }

    /// The names of the scene.
    pub(super) fn names(&self, choices: &mut Choices, dialect: &Dialect) -> Names {
        match self {
            Self::Crowd(crowd) => crowd.names(choices, dialect),
            Self::Parade(parade) => parade.names(choices, dialect),
            Self::Large(_) => Large::names(choices, dialect),
        }
    }

    /// What is asked of the scene once its keys are there.
    pub(super) fn script(&self, choices: &mut Choices, names: &Names) -> Vec<Operation> {
        match self {
            Self::Crowd(crowd) => crowd.script(choices, names),
            Self::Parade(_) => Parade::script(choices, names),
            Self::Large(large) => large.script(choices, names),
        }
    }

    /// How long the phases of a plan are that has this scene and up to `steps` operations more.
    pub(super) fn phases(&self, choices: &mut Choices, steps: usize, keys: usize) -> Phases {
        match self {
            Self::Crowd(_) => Phases::draw(choices, steps, keys, true),
            // They write what they need by themselves.
            Self::Parade(_) => Phases { fill: 0, ..Phases::draw(choices, steps, keys, false) },
            // Every further operation costs what a long value does.
            Self::Large(_) => Phases { length: 0, fill: 0, drain: usize::MAX },
        }
    }

    /// The values of the keys.
    pub(super) const fn profile() -> ValueProfile {
        ValueProfile::short()
    }
}
