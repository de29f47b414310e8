//! Questions: a plan each, and the states in which it is asked again.
//!
//! A store that answers by what it holds answers a question in one way on an empty store and in another
//! one beside other keys. So every question is asked in all states in which it is the same question.

use zarr_conform_model::{Capabilities, Operation, Plan};

/// What is given, and what is asked then; both as plans are written.
#[derive(Clone, Debug)]
pub(super) struct Core {
    pub(super) given: String,
    pub(super) asked: String,
}

impl Core {
    /// The question on what is given alone.
    pub(super) fn plan(&self) -> Plan {
        parse(&[&*self.given, &*self.asked].join("\n"))
    }
}

/// A question that is asked on what is given.
pub(super) fn core(given: impl Into<String>, asked: impl Into<String>) -> Core {
    Core { given: given.into(), asked: asked.into() }
}

/// The states in which a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// On what is given alone.
    Plain,
    /// Where there are keys that it does not name.
    BesideOthers,
    /// Where what is given replaces other values.
    AfterOverwrite,
    /// Where what it names was there before, and was erased.
    AfterErase,
    /// After the store was opened again.
    AfterReopen,
    /// For the second time.
    Again,
}

impl State {
    pub(super) const ALL: [Self; 6] = [
        Self::Plain,
        Self::BesideOthers,
        Self::AfterOverwrite,
        Self::AfterErase,
        Self::AfterReopen,
        Self::Again,
    ];

    /// The plan that asks in this state, and at which of its steps it asks; none, if that is another
    /// question, or if the store cannot be brought there.
    pub(super) fn plan(self, core: &Core, can: Capabilities) -> Option<(Plan, usize)> {
        let Core { given, asked } = core;
        let (given_plan, asked_plan) = (parse(given), parse(asked));
        let text = match self {
            Self::AfterReopen if given_plan.is_empty() => return None,
            Self::Again if asked_plan.operations().any(Operation::is_write) => return None,
            Self::Again => format!("{asked}\n{asked}"),
            _ => asked.clone(),
        };
        let before = match self {
            Self::Plain | Self::AfterReopen | Self::Again => String::new(),
            Self::BesideOthers => "set yonder/z \"other\"\nset yonder.b \"\"".to_owned(),
            Self::AfterOverwrite => overwritten(&given_plan)?,
            Self::AfterErase => erased(&given_plan, &asked_plan)?,
        };
        let between = if self == Self::AfterReopen { "reopen" } else { "" };
        let first = parse(&[&before, given, between].join("\n")).len();
        let plan = parse(&[&before, given, between, &text].join("\n"));
        let is_allowed = plan.operations().all(|operation| can.allow(operation.kind()));
        is_allowed.then_some((plan, first))
    }
}

/// Sets all that is set before, to something else.
fn overwritten(given: &Plan) -> Option<String> {
    let names = given.names();
    let sets = given.operations().filter_map(|operation| match operation {
        Operation::Set { key, .. } => {
            Some(format!("set {} \"what was here before\"", quoted(names.key(*key).as_str())))
        }
        _ => None,
    });
    let lines: Vec<String> = sets.collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Sets and erases all that is named.
fn erased(given: &Plan, asked: &Plan) -> Option<String> {
    let mut lines = Vec::new();
    for plan in [given, asked] {
        let names = plan.names();
        let keys = names.keys().map(|key| names.key(key).as_str().to_owned());
        let prefixes = names.prefixes().map(|prefix| names.prefix(prefix).as_str());
        let below = prefixes.filter(|prefix| !prefix.is_empty());
        for key in keys.chain(below.map(|prefix| format!("{prefix}k"))) {
            let key = quoted(&key);
            lines.push(format!("set {key} \"x\"\nerase {key}"));
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// A name as plans write it, whatever is in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.escape_default())
}

/// A plan of ours.
pub(super) fn parse(text: &str) -> Plan {
    text.parse().unwrap_or_else(|error| panic!("a question is no plan: {error}\n{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(state: State, core: &Core) -> Option<String> {
        let can = Capabilities { reopen: true, ..Capabilities::ZARRS };
        let (plan, first) = state.plan(core, can)?;
        Some(
            plan.to_string().lines().skip(1).collect::<Vec<_>>().join("; ") + &format!(" @{first}"),
        )
    }

    #[test]
    fn a_question_is_asked_in_all_states_in_which_it_is_the_same() {
        let read = core("set a \"1\"", "get a");
        let plans = State::ALL.map(|state| plan(state, &read).expect("it is the same everywhere"));
        assert_eq!(
            plans,
            [
                "set a \"1\"; get a @1",
                "set yonder/z \"other\"; set yonder.b \"\"; set a \"1\"; get a @3",
                "set a \"what was here before\"; set a \"1\"; get a @2",
                "set a \"x\"; erase a; set a \"x\"; erase a; set a \"1\"; get a @5",
                "set a \"1\"; reopen; get a @2",
                "set a \"1\"; get a; get a @1",
            ]
        );
        let erase = core("", "erase a");
        for state in [State::AfterOverwrite, State::AfterReopen, State::Again] {
            assert_eq!(plan(state, &erase), None, "{state:?}");
        }
    }

    #[test]
    fn what_a_store_cannot_be_asked_is_no_plan() {
        let read = core("set a \"1\"", "get a");
        let can = Capabilities { erase: false, ..Capabilities::ZARRS };
        assert!(State::Plain.plan(&read, can).is_some());
        assert!(State::AfterErase.plan(&read, can).is_none());
    }
}
