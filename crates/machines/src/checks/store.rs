//! The invariants: what is asked beyond the plan, so that damage shows soon after it is done.
//!
//! Every check is an operation of the same vocabulary, so a check that fails is the last line
//! of a plan like any other, and is shrunk and replayed like one.

use zarr_conform_model::plan::Operand;
use zarr_conform_model::{Clause, Model, Names, Operation, ReferenceModel, StoreModel};

use crate::checks::hierarchy;
use crate::checks::policy::Check;

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
            return hierarchy::questions(check, operation, model, questions);
        }
        ReferenceModel::Other(_) => return of_any(check, operation, model, questions),
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

/// What is asked of a store whose model says no more than every model does: keys and values.
fn of_any(
    check: Check,
    operation: Option<&Operation>,
    model: &ReferenceModel,
    questions: &mut Vec<Operation>,
) {
    let value = |key| Operation::Get { key };
    match check {
        Check::Nothing => {}
        Check::Touched => match operation.and_then(Operation::key) {
            Some(key) => questions.push(value(key)),
            None => questions.push(Operation::List),
        },
        Check::Contents | Check::Step | Check::Everything => {
            questions.push(Operation::List);
            questions.extend(model.live_keys().into_iter().map(value));
        }
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
        if doubtful && self.model.capabilities().audit {
            self.questions.push(Operation::Audit);
        }
        let named = operation.and_then(|operation| operation.operands().next());
        match named {
            Some(Operand::Key(key)) => self.questions.push(Operation::Get { key }),
            Some(Operand::Pair(keys)) => {
                self.questions.extend(keys.iter().map(|key| Operation::Get { key: *key }));
            }
            // What takes many keys may take too many.
            _ => self.questions.push(Operation::List),
        }
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

    /// All values, and of all else one, which is another one for other contents: more found no bug
    /// sooner, and every question costs what an operation does.
    fn everything(mut self) {
        let model = self.model;
        if model.capabilities().audit {
            self.questions.push(Operation::Audit);
        }
        self.contents_and(|asking| {
            asking.extend(model.live_unordered().first().map(|&key| Operation::SizeKey { key }));
            asking.push(Operation::Size);
        });
        let turn = model.live_count();
        let erased: Vec<_> = self.names.keys().filter(|key| model.is_erased(*key)).collect();
        if let Some(at) = turn.checked_rem(erased.len()) {
            let key = erased[at];
            self.questions.push(match turn % 3 {
                0 => Operation::Get { key },
                1 => Operation::Exists { key },
                _ => Operation::SizeKey { key },
            });
        }
        if let Some(at) = turn.checked_rem(self.names.prefix_count()) {
            let prefix = self.names.prefix_at(at);
            self.questions.push(Operation::ListDir { prefix });
            self.questions.push(match turn % 3 {
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
        Clause::X1 => &["state after a transient error", "errors at every call"],
        Clause::X2 => &["short and interrupted calls"],
        Clause::X3 => &["full disk at every call"],
        Clause::X4 => &["refusals, resets and cut bodies at every request"],
        Clause::X5 => &["lost replies and repeats at every request"],
        Clause::X6 => &["crash at every call"],
        Clause::X7 => &["power cut after every call"],
        Clause::X8 => &["corrupt bodies at every request"],
        Clause::X10 => &["files and handles after an error"],
        Clause::O1 => &["all values after a reopening"],
        Clause::O10 => &["every read in two ways"],
        Clause::C1
        | Clause::C2
        | Clause::C3
        | Clause::C4
        | Clause::C5
        | Clause::C6
        | Clause::C7
        | Clause::C8
        | Clause::C9
        | Clause::C10 => &["histories of callers at the same time"],
        Clause::X9 => &["audit"],
        Clause::X11 => &["end of the store"],
        Clause::I14 => &["requests of every operation"],
        Clause::H5 | Clause::H8 => &["touched array", "all elements", "raw chunks"],
        Clause::H12 | Clause::H13 => &["metadata", "tree", "children"],
        _ => &[],
    }
}
