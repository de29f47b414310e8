//! Calibration: whether a machine finds a bug that was planted on purpose, how soon, and how small.

use std::sync::Arc;
use std::time::Duration;

use zarr_conform_model::Plan;
use zarr_conform_mutants::{Mutant, Planted};
use zarr_conform_store::Adapter;

use crate::campaign::case::Case;
use crate::campaign::source::Source;
use crate::finding::finding::{Finding, Shrinking};
use crate::play::admission::{climbing, empty};
use crate::play::journal::Journal;
use crate::play::player::Player;
use crate::play::watch::guarded;
use crate::settings::{Effort, Settings, ShrinkBudget};
use crate::triage::minimise::minimise_apart;
use crate::triage::search::Minimum;
use crate::triage::target::{Likeness, Target};
use crate::triage::verdict::verdict;

/// Failures of one kind that the store shows without the bug too are held against it this often. A
/// guess.
const LOOKED_AT: usize = 32;

/// What became of one planted bug.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// The bug.
    pub mutant: Mutant,
    /// Operations that were played in search of it.
    pub operations: u64,
    /// How it was found, if it was.
    pub sighting: Option<Sighting>,
}

/// A planted bug that was found.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The case that found it.
    pub case: u64,
    /// Operations of plans up to the first failure.
    pub operations: u64,
    /// Time up to the first failure, without making it small.
    pub time: Duration,
    /// The shortest plan that was found to show it, and not to go wrong without the bug.
    pub plan: Plan,
    /// The signature of that plan.
    pub signature: String,
    /// What making it small took.
    pub shrinking: Shrinking,
}

impl Sighting {
    /// How many operations the plan has more than the shortest one that is known.
    #[must_use]
    pub fn excess(&self, mutant: Mutant) -> usize {
        self.plan.len().saturating_sub(mutant.minimum().lines().count())
    }
}

/// A search for a planted bug.
pub(crate) struct Calibration<'a> {
    pub(crate) adapter: &'a Arc<dyn Adapter>,
    pub(crate) source: &'a Source,
    pub(crate) settings: &'a Settings,
    pub(crate) shrink_budget: ShrinkBudget,
}

/// How far a search came.
pub(crate) struct Detected {
    /// Operations of plans, up to the failure if there is one.
    pub(crate) operations: u64,
    /// The case and the plan that show the bug, if it was found.
    pub(crate) found: Option<(u64, Finding)>,
}

impl Calibration<'_> {
    /// Plants the bug, plays cases until it is found, and makes the plan that shows it small.
    pub(crate) fn find(&self, mutant: Mutant) -> Calibrated {
        let started = self.settings.stopwatch();
        let Detected { operations, found } = self.detect(mutant);
        let time = started.elapsed();
        let sighting = found.map(|(case, found)| {
            let planted = self.planted(mutant);
            let limits = self.settings.limits();
            let effort = Effort { budget: self.shrink_budget, is_slow: false, limits };
            let minimum = minimise_apart(&planted, self.adapter, &found, self.settings, effort);
            let shrinking = minimum.shrinking(found.plan.len());
            let Minimum { smallest, .. } = minimum;
            Sighting {
                case,
                operations,
                time,
                plan: smallest.plan,
                signature: smallest.signature.to_string(),
                shrinking,
            }
        });
        Calibrated { mutant, operations, sighting }
    }

    fn planted(&self, mutant: Mutant) -> Arc<dyn Adapter> {
        Arc::new(Planted::new(Arc::clone(self.adapter), mutant))
    }

    /// Plants the bug, and plays cases until one fails that does not fail without the bug.
    pub(crate) fn detect(&self, mutant: Mutant) -> Detected {
        let planted = self.planted(mutant);
        let started = self.settings.stopwatch();
        let mut operations = 0;
        let mut known = Vec::new();
        for case in 0..self.settings.cases {
            let out_of_time = |budget| started.elapsed() >= budget;
            if self.settings.time_budget.is_some_and(out_of_time) || self.settings.is_stopped() {
                break;
            }
            let Some(plan) = self.source.plan(self.settings.seed, case) else {
                continue;
            };
            let Some((asked, failures)) = self.play(&planted, plan) else {
                break;
            };
            for (found, at) in failures {
                if !self.shows_without(&found, &mut known) {
                    return Detected { operations: operations + at, found: Some((case, found)) };
                }
            }
            operations += asked;
        }
        Detected { operations, found: None }
    }

    /// Plays one case; gives how many operations were asked and every failure of it, each with how
    /// many were asked by then, or nothing if the store does not open or answer.
    fn play(&self, planted: &Arc<dyn Adapter>, plan: Plan) -> Option<(u64, Vec<(Finding, u64)>)> {
        if climbing(&**planted, &plan).is_some() {
            return None;
        }
        let (adapter, invariants) = (Arc::clone(planted), self.settings.invariants);
        let mode = self.settings.mode;
        let most = self.settings.max_answer;
        guarded(&self.settings.limits(), move |pulse| {
            let journal = Journal::Private(Vec::new());
            let mut player =
                Player::open(&*adapter, empty(&*adapter, &plan), pulse, journal, most).ok()?;
            let mut failures = Vec::new();
            let case = Case {
                adapter: &*adapter,
                plan: &plan,
                invariants,
                player: &mut player,
                is_over: &|| pulse.is_abandoned(),
                disagrees: &mut |player, disagreement, circumstances| {
                    let plan = circumstances.plan.cloned();
                    let plan = plan.unwrap_or_else(|| player.asked_so_far());
                    let found = Finding::new(plan, disagreement);
                    failures.push((found, circumstances.operations as u64));
                },
                asked: 0,
                mode,
            };
            let asked = case.play().ok()?.operations as u64;
            Some((asked, failures))
        })
        .ok()
        .flatten()
    }

    /// Whether the store fails in this way without the bug; those that do are kept in `known`.
    fn shows_without(&self, found: &Finding, known: &mut Vec<(Target, usize)>) -> bool {
        let target = Target::same_as(found);
        let group = known.iter_mut().find(|(other, _)| other.is_of_one_group(&target));
        if group.as_ref().is_some_and(|(_, times)| *times >= LOOKED_AT) {
            return true;
        }
        let limits = self.settings.limits();
        // Where it panicked tells a failure well enough.
        let likeness =
            if found.panic_site.is_some() { Likeness::SameQuestion } else { Likeness::Same };
        let like = target.with(likeness);
        let shows = verdict(self.adapter, &found.plan, &limits, Some(&like));
        if shows.disagreement.is_none() {
            return false;
        }
        match group {
            Some((_, times)) => *times += 1,
            None => known.push((target, 1)),
        }
        true
    }
}
