//! When the invariants are checked, and how closely.

use std::collections::BTreeSet;

use zarr_conform_model::contract::MismatchKind;
use zarr_conform_model::{Model, Operation, OperationKind, ReferenceModel};

use crate::finding::likeness::is_end;

/// What to check at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Nothing,
    /// What the operation touched.
    Touched,
    /// The key set and all values.
    Contents,
    /// What zarr-python's machine asks after each step.
    Step,
    /// All that there is to ask.
    Everything,
}

/// What is checked when, during one case.
pub(crate) struct Pace {
    invariants: Invariants,
    /// Operations since all keys and values were compared.
    since_compared: usize,
    writes: usize,
    panics: usize,
    /// The ends that operations came to after which all keys and values were compared: the answers
    /// that the contract allows without a kind of mismatch, the others with it.
    compared_after: BTreeSet<(OperationKind, Option<MismatchKind>)>,
}

impl Pace {
    pub(crate) fn new(invariants: Invariants) -> Self {
        let compared_after = BTreeSet::new();
        Self { invariants, since_compared: 0, writes: 0, panics: 0, compared_after }
    }

    /// What to check after an operation whose answer was right and led to this state.
    ///
    /// A write that leaves open what the store holds is looked at in any case: one after the other,
    /// they would leave open more than there is time for.
    pub(crate) fn after(
        &mut self,
        operation: &Operation,
        is_refused: bool,
        model: &ReferenceModel,
    ) -> Check {
        let live = model.live_count();
        // What a library over a store may hold, no question tells.
        let is_open = model.is_open() && !matches!(model, ReferenceModel::Hierarchy(_));
        self.since_compared += 1;
        self.writes += usize::from(operation.is_write());
        let check = match self.invariants {
            Invariants::EveryStep => Check::Step,
            Invariants::End => Check::Nothing,
            Invariants::Sampled => self.sampled(operation, is_refused, live),
        };
        if check == Check::Contents {
            self.since_compared = 0;
        }
        let is_looked_at = check != Check::Nothing || !operation.is_write() || !is_open;
        if is_looked_at { check } else { Check::Touched }
    }

    fn sampled(&mut self, operation: &Operation, is_refused: bool, live: usize) -> Check {
        let is_refused = operation.is_write() && is_refused;
        let may_have_changed = is_refused || matches!(operation, Operation::Reopen);
        // What a comparison costs grows with the keys, so the cost of a step does not.
        if may_have_changed && self.is_first(operation, None)
            || self.since_compared >= SAMPLE_EVERY.max(live)
        {
            Check::Contents
        } else if operation.is_write() && self.writes.is_multiple_of(TOUCHED_EVERY) {
            Check::Touched
        } else {
            Check::Nothing
        }
    }

    /// What to compare after an operation whose answer was wrong, to see whether the store still
    /// holds what it held before.
    pub(crate) fn after_wrong(&mut self, operation: &Operation, mismatch: MismatchKind) -> Check {
        // There is no store left that could hold anything.
        if is_end(mismatch) {
            return Check::Contents;
        }
        let panicked = mismatch == MismatchKind::Panicked;
        self.panics += usize::from(panicked);
        let is_write = operation.is_write();
        // A read that panicked over and over and did no harm is left to the other checks.
        if is_write && self.is_first(operation, Some(mismatch))
            || panicked && self.panics <= PANICS_LOOKED_AT
        {
            Check::Contents
        } else if is_write {
            Check::Touched
        } else {
            Check::Nothing
        }
    }

    fn is_first(&mut self, operation: &Operation, mismatch: Option<MismatchKind>) -> bool {
        self.compared_after.insert((operation.kind(), mismatch))
    }
}

/// When the invariants are checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invariants {
    /// After every operation, as zarr-python's machine does; without crowded plans, whose cost
    /// would grow with the square of the keys.
    EveryStep,
    /// What was touched after every third write that is answered rightly, and after each that leaves
    /// open what the store holds; all keys and values every 64 operations (fewer when there are more
    /// keys than that), after the first refusal of each kind of write and after the first reopening;
    /// and the rest at the end.
    #[default]
    Sampled,
    /// Everything at the end of a plan; before, what is left open and what went wrong.
    End,
}

impl Invariants {
    /// The names, as options give them.
    pub const NAMES: [(Self, &'static str); 3] =
        [(Self::EveryStep, "every-step"), (Self::Sampled, "sampled"), (Self::End, "end")];

    /// The name, as options give it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }
}

/// All keys and values are compared every this many steps, or as many as there are keys. Measured
/// by `cargo bench --bench overhead`: of what a campaign cost, one every 16 steps was a large part.
pub(crate) const SAMPLE_EVERY: usize = 64;

/// What was touched is checked after every this many writes.
///
/// A question costs a store what an operation of the plan does. By the questions it takes to find a
/// bug, every third write is as good as every write or better. Measured by
/// `cargo xtask calibrate --seeds 20`, told to count questions; `benches/README.md` has the table.
const TOUCHED_EVERY: usize = 3;

/// After how many panics in a case the whole store is compared. A guess.
const PANICS_LOOKED_AT: usize = 1;
