//! The invariants: what is asked beyond the plan, so that damage shows soon after it is done.
//!
//! Every check is an operation of the same vocabulary, so a check that fails is the last line
//! of a plan like any other, and is shrunk and replayed like one.

use zarr_conform_model::{
    Capabilities, Clause, KeyId, Model, Names, Operation, Outcome, PrefixId, StoreModel,
};

/// When the invariants are checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Invariants {
    /// After every operation, as zarr-python's machine does.
    EveryStep,
    /// What an operation touched after each, all keys and values every 16 operations (fewer when
    /// there are more keys than that), and everything after a refusal and at the end.
    #[default]
    Sampled,
    /// Everything at the end of a plan, and nothing before.
    End,
}

impl Invariants {
    /// The names, as options give them.
    pub const NAMES: [(Self, &'static str); 3] =
        [(Self::EveryStep, "every-step"), (Self::Sampled, "sampled"), (Self::End, "end")];
}

/// All keys and values are compared every this many steps, or as many as there are keys.
const SAMPLE_EVERY: usize = 16;

/// How many prefixes, and how many erased keys, a check of everything looks at.
const LOOKED_AT: usize = 12;

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

impl Invariants {
    /// What to check after an operation, given its answer and how many steps ago all keys and
    /// values were compared with the `live` ones.
    pub(crate) fn after(
        self,
        since: usize,
        live: usize,
        operation: &Operation,
        outcome: &Outcome,
    ) -> Check {
        let refused = matches!(outcome, Outcome::Refused(_)) && operation.is_write();
        match self {
            Self::EveryStep => Check::Step,
            Self::Sampled if refused => Check::Everything,
            // What a comparison costs grows with the keys, so the cost of a step does not.
            Self::Sampled if since >= SAMPLE_EVERY.max(live) => Check::Contents,
            Self::Sampled if operation.is_write() => Check::Touched,
            Self::Sampled | Self::End => Check::Nothing,
        }
    }
}

/// The operations that make up a check, in `questions`, which is emptied before.
pub(crate) fn questions(
    check: Check,
    operation: &Operation,
    model: &StoreModel,
    questions: &mut Vec<Operation>,
) {
    questions.clear();
    let asking = Asking { model, names: model.names(), questions };
    match check {
        Check::Nothing => {}
        Check::Touched => asking.touched(operation),
        Check::Contents => asking.contents(),
        Check::Step => asking.step(),
        Check::Everything => asking.everything(),
    }
    let capabilities = model.dialect().capabilities;
    if capabilities != Capabilities::ZARRS {
        questions.retain(|question| capabilities.allow(question.kind()));
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

    fn touched(self, operation: &Operation) {
        match operation {
            Operation::Set { key, .. }
            | Operation::SetPartial { key, .. }
            | Operation::SetPartialMany { key, .. } => {
                self.questions.push(Operation::Get { key: *key });
            }
            // The key set is compared after every erase: one that takes too much is a loss of data.
            _ => self.questions.push(Operation::List),
        }
    }

    fn contents(mut self) {
        self.questions.push(Operation::List);
        self.values();
    }

    fn step(mut self) {
        self.questions.push(Operation::List);
        self.values();
        if let Some(prefix) = self.names.find_prefix("") {
            self.questions.push(Operation::IsEmpty { prefix });
        }
        let live = self.model.live_keys();
        self.questions.extend(live.into_iter().map(|key| Operation::Exists { key }));
    }

    fn everything(mut self) {
        self.questions.push(Operation::List);
        self.values();
        let live = self.model.live_keys();
        self.questions
            .extend(live.into_iter().take(LOOKED_AT).map(|key| Operation::SizeKey { key }));
        self.questions.push(Operation::Size);
        let model = self.model;
        let erased = self.names.keys().filter(|key| model.is_erased(*key)).take(LOOKED_AT);
        self.questions.extend(erased.flat_map(|key: KeyId| {
            [Operation::Get { key }, Operation::Exists { key }, Operation::SizeKey { key }]
        }));
        let prefixes: Vec<PrefixId> = self.names.prefixes().collect();
        let stride = prefixes.len().div_ceil(LOOKED_AT).max(1);
        self.questions.extend(prefixes.into_iter().step_by(stride).flat_map(|prefix| {
            [
                Operation::ListDir { prefix },
                Operation::ListPrefix { prefix },
                Operation::SizePrefix { prefix },
                Operation::IsEmpty { prefix },
            ]
        }));
        if self.model.dialect().capabilities.audit {
            self.questions.push(Operation::Audit);
        }
    }
}

/// The checks that exercise a clause, for the contract's table.
#[must_use]
pub fn checks_of(clause: Clause) -> &'static [&'static str] {
    match clause {
        Clause::R1 | Clause::W2 | Clause::D8 | Clause::W6 => &["touched value", "all values"],
        Clause::R12 => &["returned bytes"],
        Clause::L1 => &["key set"],
        Clause::D1 => &["erased keys"],
        Clause::R10 => &["erased keys", "existence of every key"],
        Clause::R11 => &["erased keys", "sizes"],
        Clause::L2 | Clause::L4 | Clause::L5 | Clause::L7 | Clause::L8 => &["directory walk"],
        Clause::L11 => &["sizes"],
        Clause::W10 => &["everything after a refusal"],
        Clause::X9 => &["audit"],
        _ => &[],
    }
}
