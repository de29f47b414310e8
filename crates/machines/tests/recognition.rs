//! A known issue is told by its plan, by the words of its error, and, of what could not be made
//! small, by what it looks like.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod stores;

use std::sync::Arc;
use std::time::Duration;

use stores::odd::{Ask, Odd};
use zarr_conform_machines::model::{
    Dialect, ErrorClass, Names, Operation, OperationKind, Outcome, Refusal,
};
use zarr_conform_machines::mutants::{Mutant, Planted, ReferenceAdapter};
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};
use zarr_conform_machines::{KnownIssue, Machine, Report, ShrinkBudget};

/// Refuses to get what is there, in words with numbers and paths that are others each time.
struct Refusing {
    words: &'static str,
}

impl Adapter for Refusing {
    fn name(&self) -> &str {
        "refusing"
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = ReferenceAdapter::new(Dialect::ZARRS).open()?;
        Ok(Box::new(RefusingStore { store, words: self.words, asked: 0 }))
    }
}

struct RefusingStore {
    store: Box<dyn StoreUnderTest>,
    words: &'static str,
    asked: u64,
}

impl StoreUnderTest for RefusingStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.asked += 1;
        let right = self.store.answer(names, operation);
        match (operation.kind(), &right) {
            (OperationKind::Get, Outcome::Value(_)) => {
                // The second question of a plan is refused in words of its own.
                let words = if self.asked > 2 { self.words } else { "no such drawer" };
                let message = format!("{words} {} in /tmp/{}/x", self.asked, self.asked);
                Outcome::Refused(Refusal::new(ErrorClass::Other, message))
            }
            _ => right,
        }
    }
}

/// The issue with a plan that is longer than the smallest.
fn known(plan: &str) -> KnownIssue {
    let text = format!(
        "[[issue]]\nid = \"locked\"\nsignature = \"get: error for answer (live, empty)\"\n\
         clause = \"R1\"\nreason = \"a test\"\nplan = '''\n{plan}\n'''"
    );
    KnownIssue::read(&text).unwrap().remove(0)
}

#[test]
fn another_plan_with_the_same_words_is_the_same_issue() {
    let run = |words| {
        let machine = Machine::of(Refusing { words }).cases(16).planted_bug(false);
        machine.required_goals([]).known_issues([known("list\nset a \"\"\nget a")]).run()
    };
    // The plan of the issue comes to the third question, the smallest plan to the second.
    let same = run("no such drawer");
    assert!(same.conforms(), "{same}");
    assert_eq!(same.known.len(), 1, "{same}");
    let other = run("the key is lost");
    assert!(!other.conforms(), "{other}");
}

/// A store that panics when it is asked a size, and in this way when it is asked a value.
fn panicking(how: fn()) -> Report {
    let odd = Odd::asked(move |ask: &mut Ask<'_>| {
        match ask.kind() {
            OperationKind::SizeKey => panic_here(),
            OperationKind::Get => how(),
            _ => {}
        }
        ask.right()
    });
    let issue = "[[issue]]\nid = \"size\"\nsignature = \"size_key: panic (never set)\"\n\
                 clause = \"R1\"\nreason = \"a test\"\nplan = \"size_key a\"";
    let machine = odd.machine().cases(16).planted_bug(false).required_goals([]);
    machine.known_issues(KnownIssue::read(issue).unwrap()).run()
}

fn panic_here() {
    panic!("it is lost");
}

#[test]
fn a_panic_at_a_known_place_is_known_whatever_was_asked() {
    let same = panicking(panic_here);
    assert!(same.conforms(), "{same}");
    let other = panicking(|| panic!("it is lost elsewhere"));
    assert_eq!(other.failures.len(), 1, "{other}");
    assert!(other.failures[0].signature.starts_with("get: panic"), "{other}");
}

fn overwriting(budget: ShrinkBudget, issues: Vec<KnownIssue>) -> Report {
    let reference = Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
    let machine = Machine::of(Planted::new(reference, Mutant::M02)).cases(64).planted_bug(false);
    machine.required_goals([]).shrink_budget(budget).known_issues(issues).run()
}

#[test]
fn what_a_budget_left_long_is_held_against_what_it_looks_like() {
    let whole = overwriting(ShrinkBudget::default(), Vec::new());
    let [failure] = &whole.failures[..] else { panic!("{whole}") };
    let text = format!(
        "[[issue]]\nid = \"tail\"\nsignature = \"{}\"\nclause = \"{}\"\nreason = \"a test\"\n\
         plan = '''\n{}'''",
        failure.signature,
        failure.clause.id(),
        failure.plan
    );
    let issues = KnownIssue::read(&text).unwrap();
    let small = ShrinkBudget { calls: 1, time: Duration::from_secs(20) };
    let left_long = overwriting(small, Vec::new());
    assert!(!left_long.conforms());
    let known = overwriting(small, issues.clone());
    assert!(known.conforms(), "{known}");
    let is_said = |note: &String| note.contains("looks like the known issue tail");
    assert!(known.notes.iter().any(is_said), "{:?}", known.notes);
    // Another bug does not look like it.
    let reference = Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
    let other = Machine::of(Planted::new(reference, Mutant::M05)).cases(64).planted_bug(false);
    let other = other.required_goals([]).shrink_budget(small).known_issues(issues).run();
    assert!(!other.failures.is_empty(), "{other}");
}
