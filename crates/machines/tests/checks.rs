//! Every check is needed: for each there is a store that only this check finds.
//!
//! The rules ask nothing but writes, so that every question is one of a check, and the flaw of a
//! store shows only where that check looks: right after a set, right after a reopening, at the end.

use zarr_conform_machines::model::{
    Capabilities, Declaration, Dialect, ErrorClass, Names, Operation, OperationKind, Outcome,
    Refusal,
};
use zarr_conform_machines::mutants::ReferenceAdapter;
use zarr_conform_machines::rules::{Rule, store_rules};
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};
use zarr_conform_machines::{Invariants, Machine};

const DIALECT: Dialect = Dialect { max_name_bytes: Some(20), climb: 9, ..Dialect::ZARRS };

const CAPABILITIES: Capabilities =
    Capabilities { reopen: true, audit: true, ..Capabilities::ZARRS };

/// What a store was asked before.
#[derive(Default)]
struct Before {
    last: Option<Operation>,
    /// What was asked before the last.
    earlier: Option<Operation>,
    was_refused: bool,
    was_refused_earlier: bool,
    writes: usize,
}

/// Makes a right answer wrong, where the flaw is.
type Flaw = fn(&Before, &Names, &Operation, Outcome) -> Outcome;

struct Flawed {
    flaw: Flaw,
}

impl Adapter for Flawed {
    fn name(&self) -> &str {
        "flawed"
    }

    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store =
            ReferenceAdapter::new(Declaration { capabilities: CAPABILITIES, dialect: DIALECT })
                .open()?;
        Ok(Box::new(FlawedStore { store, flaw: self.flaw, before: Before::default() }))
    }
}

struct FlawedStore {
    store: Box<dyn StoreUnderTest>,
    flaw: Flaw,
    before: Before,
}

impl StoreUnderTest for FlawedStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let right = self.store.answer(names, operation);
        let answer = (self.flaw)(&self.before, names, operation, right);
        self.before.was_refused_earlier = self.before.was_refused;
        self.before.was_refused = matches!(answer, Outcome::Refused(_));
        self.before.writes += usize::from(operation.is_write());
        self.before.earlier = self.before.last.replace(operation.clone());
        answer
    }
}

fn rules(names: &[&str]) -> Vec<Rule> {
    let rules: Vec<Rule> =
        store_rules().into_iter().filter(|rule| names.contains(&rule.name())).collect();
    assert_eq!(rules.len(), names.len());
    rules
}

/// Whether a campaign of these rules sees the flaw, and none without it.
#[track_caller]
fn check(invariants: Invariants, asked: &[&str], sees: OperationKind, flaw: Flaw) {
    let run = |flaw| {
        let machine = Machine::of(Flawed { flaw }).rules(rules(asked)).invariants(invariants);
        machine.crowds(false).required_goals([]).planted_bug(false).run()
    };
    run(|_, _, _, right| right).assert_conforms();
    let report = run(flaw);
    let found = report.failures.iter().any(|failure| {
        let symptoms = failure.symptoms.iter().map(|symptom| &symptom.plan);
        let mut plans = symptoms.chain([&failure.plan]);
        plans.any(|plan| plan.last().map(Operation::kind) == Some(sees))
    });
    // A flaw that depends on what is asked before it may not show in the plan alone.
    assert!(found, "{report}");
}

fn is(before: &Before, kind: OperationKind) -> bool {
    before.last.as_ref().is_some_and(|last| last.kind() == kind)
}

/// A listing without its last name.
fn cut(right: Outcome) -> Outcome {
    match right {
        Outcome::Keys(mut keys) => {
            keys.pop();
            Outcome::Keys(keys)
        }
        Outcome::Directory { mut keys, mut prefixes } => {
            keys.pop();
            prefixes.pop();
            Outcome::Directory { keys, prefixes }
        }
        other => other,
    }
}

fn one_more(right: Outcome) -> Outcome {
    if let Outcome::Size(size) = right { Outcome::Size(size + 1) } else { right }
}

fn refused() -> Outcome {
    Outcome::Refused(Refusal::new(ErrorClass::Other, "a file is gone"))
}

#[test]
fn the_touched_value() {
    check(
        Invariants::Sampled,
        &["set_new", "overwrite"],
        OperationKind::Get,
        |before, _, op, right| match (op, right) {
            (Operation::Get { .. }, Outcome::Value(bytes)) if is(before, OperationKind::Set) => {
                Outcome::Value(bytes.slice(..bytes.len() / 2))
            }
            (_, right) => right,
        },
    );
}

#[test]
fn the_listing_after_a_write_of_many_keys() {
    check(
        Invariants::Sampled,
        &["set_new", "erase_prefix"],
        OperationKind::List,
        |before, _, op, right| match op {
            // Before all contents are compared for the first time, as below.
            Operation::List if is(before, OperationKind::ErasePrefix) && before.writes < 60 => {
                cut(right)
            }
            _ => right,
        },
    );
}

#[test]
fn the_audit_after_a_write_under_a_doubtful_name() {
    check(
        Invariants::Sampled,
        &["set_new", "set_doubtful"],
        OperationKind::Audit,
        |before, _, op, right| match op {
            Operation::Audit if is(before, OperationKind::Set) => refused(),
            _ => right,
        },
    );
}

#[test]
fn all_contents_now_and_then() {
    // Only this check lists right after a set that is no refused one; that at the end audits first.
    check(
        Invariants::Sampled,
        &["set_new", "overwrite"],
        OperationKind::List,
        |before, _, op, right| match op {
            Operation::List if is(before, OperationKind::Set) && !before.was_refused => cut(right),
            _ => right,
        },
    );
    check(
        Invariants::Sampled,
        &["set_new", "overwrite"],
        OperationKind::Get,
        |before, _, op, right| match (op, right) {
            (Operation::Get { .. }, Outcome::Value(bytes))
                if is(before, OperationKind::List)
                    && before.earlier.as_ref().is_some_and(Operation::is_write)
                    && !before.was_refused_earlier =>
            {
                Outcome::Value(bytes.slice(..bytes.len() / 2))
            }
            (_, right) => right,
        },
    );
}

#[test]
fn all_contents_after_a_refusal() {
    check(
        Invariants::Sampled,
        &["set_new", "set_doubtful"],
        OperationKind::List,
        |before, _, op, right| match op {
            Operation::List if before.was_refused && before.writes < 60 => cut(right),
            _ => right,
        },
    );
}

#[test]
fn all_contents_after_a_reopening() {
    check(
        Invariants::Sampled,
        &["set_new", "reopen"],
        OperationKind::List,
        |before, _, op, right| match op {
            Operation::List if is(before, OperationKind::Reopen) && before.writes < 60 => {
                cut(right)
            }
            _ => right,
        },
    );
}

#[test]
fn erased_keys_at_the_end() {
    check(
        Invariants::End,
        &["set_new", "erase_live"],
        OperationKind::SizeKey,
        |_, _, op, right| match (op, right) {
            (Operation::SizeKey { .. }, Outcome::Absent) => Outcome::Size(0),
            (_, right) => right,
        },
    );
    check(Invariants::End, &["set_new", "erase_live"], OperationKind::Exists, |_, _, op, right| {
        match op {
            Operation::Exists { .. } => Outcome::Truth(true),
            _ => right,
        }
    });
}

#[test]
fn sizes_at_the_end() {
    for kind in [OperationKind::SizeKey, OperationKind::Size, OperationKind::SizePrefix] {
        let flaw: Flaw = match kind {
            OperationKind::SizeKey => |_, _, op, right| match op {
                Operation::SizeKey { .. } => one_more(right),
                _ => right,
            },
            OperationKind::Size => |_, _, op, right| match op {
                Operation::Size => one_more(right),
                _ => right,
            },
            _ => |_, _, op, right| match op {
                Operation::SizePrefix { .. } => one_more(right),
                _ => right,
            },
        };
        check(Invariants::End, &["set_new"], kind, flaw);
    }
}

#[test]
fn directories_and_prefixes_at_the_end() {
    check(Invariants::End, &["set_new"], OperationKind::ListDir, |_, _, op, right| match op {
        Operation::ListDir { .. } => cut(right),
        _ => right,
    });
    check(Invariants::End, &["set_new"], OperationKind::ListPrefix, |_, _, op, right| match op {
        Operation::ListPrefix { .. } => cut(right),
        _ => right,
    });
    check(Invariants::End, &["set_new"], OperationKind::IsEmpty, |_, _, op, right| match op {
        Operation::IsEmpty { .. } => Outcome::Truth(right != Outcome::Truth(true)),
        _ => right,
    });
}

#[test]
fn what_is_around_the_store_at_the_end() {
    check(Invariants::End, &["set_new"], OperationKind::Audit, |_, _, op, right| match op {
        Operation::Audit => refused(),
        _ => right,
    });
}

#[test]
fn contents_existence_and_emptiness_after_every_step() {
    check(
        Invariants::EveryStep,
        &["set_new"],
        OperationKind::List,
        |before, _, op, right| match op {
            Operation::List if is(before, OperationKind::Set) => cut(right),
            _ => right,
        },
    );
    check(Invariants::EveryStep, &["set_new"], OperationKind::Exists, |_, _, op, right| match op {
        Operation::Exists { .. } => Outcome::Truth(false),
        _ => right,
    });
    check(Invariants::EveryStep, &["set_new"], OperationKind::IsEmpty, |before, _, op, right| {
        match op {
            Operation::IsEmpty { .. } if is(before, OperationKind::Exists) => Outcome::Truth(true),
            _ => right,
        }
    });
}
