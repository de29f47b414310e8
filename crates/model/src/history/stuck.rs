//! What to say of a point that no order explains.

use crate::contract::clause::Clause;
use crate::contract::mismatch::{Mismatch, MismatchKind};
use crate::history::deed::Deed;
use crate::store_model::store_model::StoreModel;
use crate::store_model::world::World;

/// As many allowed outcomes as a reader can hold in mind.
pub(super) const MOST_WANTED: usize = 6;

/// A point that no order explains.
#[derive(Clone, Debug)]
pub(super) struct Stuck {
    /// Which of the part.
    pub(super) point: usize,
    /// How its outcome misses the nearest that is allowed.
    pub(super) mismatch: Mismatch,
    /// What would have been allowed.
    pub(super) wanted: Vec<String>,
    /// The clause that says so of one caller alone.
    pub(super) clause: Option<Clause>,
}

/// Why a point cannot have happened, in one state after the other.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    nearest: Option<Mismatch>,
    wanted: Vec<String>,
    clause: Option<Clause>,
}

impl Reasons {
    /// Takes down why a deed cannot have been done in one world.
    pub(super) fn add(
        &mut self,
        mismatch: Mismatch,
        deed: &Deed,
        model: &StoreModel,
        world: &World,
    ) {
        if self.nearest.as_ref().is_none_or(|nearest| mismatch.kind < nearest.kind) {
            self.nearest = Some(mismatch);
        }
        let (Deed::Ask { operation, .. } | Deed::Give { operation, .. }) = deed else { return };
        let expected = model.expect_in(world, operation);
        self.clause = self.clause.or(Some(expected.clause));
        let wanted = expected.to_string();
        if self.wanted.len() < MOST_WANTED && !self.wanted.contains(&wanted) {
            self.wanted.push(wanted);
        }
    }

    /// What there is to say.
    pub(super) fn of(self, point: usize) -> Stuck {
        let Self { nearest, wanted, clause } = self;
        let otherwise = Mismatch { kind: MismatchKind::WrongShape, offender: None };
        Stuck { point, mismatch: nearest.unwrap_or(otherwise), wanted, clause }
    }
}
