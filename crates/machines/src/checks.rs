//! The invariants: what is asked beyond the plan, so that damage shows soon after it is done.
//!
//! Every check is an operation of the same vocabulary, so a check that fails is the last line
//! of a plan like any other, and is shrunk and replayed like one.

use std::collections::BTreeSet;

use zarr_conform_model::{
    Clause, MismatchKind, Model, Names, Operation, OperationKind, Outcome, ReferenceModel,
    StoreModel,
};

use crate::hierarchy_checks;

/// When the invariants are checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
}

/// All keys and values are compared every this many steps, or as many as there are keys.
pub(crate) const SAMPLE_EVERY: usize = 64;

/// What was touched is checked after every this many writes.
///
/// A question costs a store what an operation of the plan does. By the questions it takes to find a
/// bug, every third write is as good as every write or better; see ARCHITECTURE.md, "Where the time
/// goes".
const TOUCHED_EVERY: usize = 3;

/// After how many panics in a case the whole store is compared.
const PANICS_LOOKED_AT: usize = 1;

/// How many prefixes, live keys and erased keys a check of everything looks at, besides values.
const LOOKED_AT: usize = 1;

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
        outcome: &Outcome,
        model: &ReferenceModel,
    ) -> Check {
        let live = model.live_count();
        let is_open = matches!(model, ReferenceModel::Store(model) if model.is_open());
        self.since_compared += 1;
        self.writes += usize::from(operation.is_write());
        let check = match self.invariants {
            Invariants::EveryStep => Check::Step,
            Invariants::End => Check::Nothing,
            Invariants::Sampled => self.sampled(operation, outcome, live),
        };
        if check == Check::Contents {
            self.since_compared = 0;
        }
        let is_looked_at = check != Check::Nothing || !operation.is_write() || !is_open;
        if is_looked_at { check } else { Check::Touched }
    }

    fn sampled(&mut self, operation: &Operation, outcome: &Outcome, live: usize) -> Check {
        let is_refused = operation.is_write() && matches!(outcome, Outcome::Refused(_));
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

/// The operations that make up a check after `operation`, if it comes after one, in `questions`,
/// which is emptied before.
pub(crate) fn questions(
    check: Check,
    operation: Option<&Operation>,
    model: &ReferenceModel,
    questions: &mut Vec<Operation>,
) {
    questions.clear();
    let model = match model {
        ReferenceModel::Store(model) => model,
        ReferenceModel::Hierarchy(model) => {
            return hierarchy_checks::questions(check, operation, model, questions);
        }
    };
    let asking = Asking { model, names: model.names(), questions };
    match check {
        Check::Nothing => {}
        Check::Touched => asking.touched(operation),
        Check::Contents => asking.contents(),
        Check::Step => asking.step(operation),
        Check::Everything => asking.everything(),
    }
}

struct Asking<'a> {
    model: &'a StoreModel,
    names: &'a Names,
    questions: &'a mut Vec<Operation>,
}

impl Asking<'_> {
    fn values(&mut self) {
        let live = self.model.live_keys();
        self.questions.extend(live.into_iter().map(|key| Operation::Get { key }));
    }

    fn touched(self, operation: Option<&Operation>) {
        // A name that the store need not hold may lead out of it.
        let doubtful =
            operation.is_some_and(|operation| !self.model.is_about_sound_names(operation));
        if doubtful && self.model.dialect().capabilities.audit {
            self.questions.push(Operation::Audit);
        }
        self.questions.push(match operation.and_then(Operation::key) {
            Some(key) => Operation::Get { key },
            // What takes many keys may take too many.
            None => Operation::List,
        });
    }

    fn contents(mut self) {
        self.contents_and(|_| {});
    }

    fn step(mut self, operation: Option<&Operation>) {
        self.contents_and(|_| {});
        let touched = operation.and_then(Operation::key);
        self.questions.extend(touched.map(|key| Operation::Exists { key }));
        // Whether the store is empty can change its answer only around the first key.
        if self.model.live_count() <= 1 {
            let root = self.names.find_prefix("");
            self.questions.extend(root.map(|prefix| Operation::IsEmpty { prefix }));
        }
    }

    /// All values, and of all else a sample, which is another one for other contents.
    fn everything(mut self) {
        let model = self.model;
        if model.dialect().capabilities.audit {
            self.questions.push(Operation::Audit);
        }
        self.contents_and(|asking| {
            let live = model.live_unordered();
            let sizes = sample(live.len(), live.len()).map(|at| live[at]);
            asking.extend(sizes.map(|key| Operation::SizeKey { key }));
            asking.push(Operation::Size);
        });
        let erased: Vec<_> = self.names.keys().filter(|key| model.is_erased(*key)).collect();
        for (turn, at) in sample(erased.len(), model.live_count()).enumerate() {
            let key = erased[at];
            self.questions.push(match (turn + model.live_count()) % 3 {
                0 => Operation::Get { key },
                1 => Operation::Exists { key },
                _ => Operation::SizeKey { key },
            });
        }
        let prefixes = self.names.prefix_count();
        for (turn, at) in sample(prefixes, model.live_count()).enumerate() {
            let prefix = self.names.prefix_at(at);
            self.questions.push(Operation::ListDir { prefix });
            self.questions.push(match (turn + model.live_count()) % 3 {
                0 => Operation::ListPrefix { prefix },
                1 => Operation::SizePrefix { prefix },
                _ => Operation::IsEmpty { prefix },
            });
        }
    }

    fn contents_and(&mut self, more: impl FnOnce(&mut Vec<Operation>)) {
        self.questions.push(Operation::List);
        self.values();
        more(self.questions);
    }
}

/// [`LOOKED_AT`] positions below `count`, evenly apart, from one on that depends on `shift`.
fn sample(count: usize, shift: usize) -> impl Iterator<Item = usize> {
    let stride = count.div_ceil(LOOKED_AT).max(1);
    (shift % stride..count).step_by(stride)
}

/// The checks that exercise a clause, for the contract's table.
#[must_use]
pub fn checks_of(clause: Clause) -> &'static [&'static str] {
    match clause {
        Clause::R1 | Clause::W2 | Clause::D8 | Clause::W6 => &["touched value", "all values"],
        Clause::R12 => &["returned bytes"],
        Clause::L1 => &["key set"],
        Clause::D1 => &["erased keys"],
        Clause::R10 => &["erased keys", "existence of the touched key"],
        Clause::R11 => &["erased keys", "sizes"],
        Clause::L2 | Clause::L4 | Clause::L5 | Clause::L7 | Clause::L8 => &["directory walk"],
        Clause::L11 => &["sizes"],
        Clause::W10 => &["all values after a refusal"],
        Clause::X1 => &["state after a transient error"],
        Clause::O1 => &["all values after a reopening"],
        Clause::O10 => &["every read in two ways"],
        Clause::X9 => &["audit"],
        Clause::I14 => &["requests of every operation"],
        Clause::H5 | Clause::H8 => &["touched array", "all elements", "raw chunks"],
        Clause::H12 | Clause::H13 => &["metadata", "tree", "children"],
        _ => &[],
    }
}
