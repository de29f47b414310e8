//! What follows from one reason is one failure, which says what the reason is.

#![allow(clippy::unwrap_used, reason = "the whole file is a test")]

mod stores;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use stores::odd::{Ask, Odd, plan};
use stores::{Bug, MapStore, planted};
use zarr_conform_machines::clock::{Clock, SimulatedClock};
use zarr_conform_machines::model::{
    Dialect, ErrorClass, Names, Operation, OperationKind, Outcome, Refusal,
};
use zarr_conform_machines::mutants::{Mutant, ReferenceAdapter};
use zarr_conform_machines::report::Diagnosis;
use zarr_conform_machines::report::Status;
use zarr_conform_machines::store::{Adapter, StoreUnderTest};
use zarr_conform_machines::{KnownIssue, Machine, Report, store_machine};

/// Checks that there is one failure with this plan.
fn check_one(report: &Report, wanted: &str) {
    assert_eq!(report.status, Status::Disagrees, "{report}");
    assert_eq!(report.failures.len(), 1, "{report}");
    assert_eq!(plan(report, 0), wanted, "{report}");
}

#[test]
fn what_follows_from_a_poisoned_lock_is_its_symptom() {
    let report = store_machine(|| MapStore::new(Bug::Poisons)).run();
    check_one(&report, "size");
    assert!(report.failures[0].symptoms.len() > 1, "{report}");
    assert_eq!(report.failures[0].diagnosis, Some(Diagnosis::Panicked));
}

#[test]
fn a_hang_after_a_panic_is_its_symptom() {
    // A lock that a panic does not give back.
    let odd = Odd::each(|| {
        let mut is_locked = false;
        move |ask: &mut Ask<'_>| {
            if is_locked {
                loop {
                    std::thread::sleep(Duration::from_mins(1));
                }
            }
            is_locked = ask.is(OperationKind::SizeKey);
            assert!(!is_locked, "no sizes today");
            ask.right()
        }
    });
    let machine = odd.machine().cases(8).deadline(Duration::from_millis(300));
    let report = machine.shrink_allowance(Duration::from_secs(20)).run();
    check_one(&report, "size_key a");
}

#[test]
fn panics_at_one_place_are_one_failure() {
    let report = store_machine(|| MapStore::new(Bug::PanicsAtRanges)).run();
    check_one(&report, "set a \"\"\nget_partial a 1..");
}

fn check_diagnosis(report: &Report, diagnosis: &Diagnosis, wanted: &str) {
    check_one(report, wanted);
    assert_eq!(report.failures[0].diagnosis.as_ref(), Some(diagnosis), "{report}");
    let text = report.to_string();
    assert!(text.contains(&diagnosis.to_string()), "{text}");
    assert!(text.lines().take_while(|line| !line.starts_with("operations")).count() < 30, "{text}");
}

/// A store that is in several hands.
#[derive(Clone)]
struct Clones(Arc<Mutex<Box<dyn StoreUnderTest>>>);

impl Clones {
    fn new() -> Self {
        let store = ReferenceAdapter::new(Dialect::ZARRS).open().unwrap();
        Self(Arc::new(Mutex::new(store)))
    }
}

impl StoreUnderTest for Clones {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.0.lock().unwrap().answer(names, operation)
    }
}

const SHARED: &str = "set zarr-conform-shared \"zarr-conform: of another store\"\n\
                      get zarr-conform-shared";

#[test]
fn a_closure_that_hands_out_one_store_is_one_failure() {
    let store = Clones::new();
    let odd = Odd::right().over(move || Box::new(store.clone()));
    let report = odd.machine().run();
    check_diagnosis(&report, &Diagnosis::Shared { is_left_over: false }, SHARED);
    assert!(report.failures[0].signature.contains("stores share what they hold"), "{report}");
    // No plan on one store shows it.
    let panicked = std::panic::catch_unwind(|| report.assert_conforms()).unwrap_err();
    assert!(!panicked.downcast_ref::<String>().unwrap().contains("as a test"));
}

#[test]
fn one_store_that_is_cleared_when_it_is_handed_out_again_is_not_green() {
    let store = Clones::new();
    let odd = Odd::right().over(move || {
        *store.0.lock().unwrap() = ReferenceAdapter::new(Dialect::ZARRS).open().unwrap();
        Box::new(store.clone())
    });
    let report = odd.machine().jobs(1).run();
    assert!(report.failures.is_empty(), "{report}");
    let Status::Inconclusive(doubts) = &report.status else { panic!("{report}") };
    assert!(doubts.iter().any(|doubt| doubt.contains("read from another one")), "{report}");
}

/// A store at a place that somebody else gets after it.
struct Lent(Clones, Arc<Mutex<Vec<Clones>>>);

impl StoreUnderTest for Lent {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.0.answer(names, operation)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(self.0.clone());
    }
}

#[test]
fn a_place_that_is_not_cleared_is_one_failure() {
    // Stores that are open at a time have places of their own, which are used again.
    let free = Arc::new(Mutex::new(Vec::<Clones>::new()));
    let odd = Odd::right().over(move || {
        let store = free.lock().unwrap().pop().unwrap_or_else(Clones::new);
        Box::new(Lent(store, Arc::clone(&free)))
    });
    let report = odd.machine().run();
    check_diagnosis(&report, &Diagnosis::Shared { is_left_over: true }, SHARED);
}

#[test]
fn the_report_is_the_same_on_any_number_of_threads() {
    let check = |machine: &dyn Fn() -> Machine| {
        let report = |jobs| {
            let report = machine().cases(64).jobs(jobs).run().to_json();
            report.split_once("\"times\"").unwrap().0.to_owned()
        };
        assert_eq!(report(1), report(3));
    };
    check(&|| store_machine(|| MapStore::new(Bug::Poisons)));
    check(&|| store_machine(|| MapStore::new(Bug::PanicsAtRanges)));
    let dialect = Dialect { key_below_key: false, ..Dialect::ZARRS };
    let odd = Odd::right().over(move || ReferenceAdapter::new(dialect).open().unwrap());
    check(&|| odd.machine());
}

/// Forgets everything some time after the last write, by a clock.
fn forgetting(clock: &Arc<SimulatedClock>, after: Duration) -> Odd {
    let clock = Arc::clone(clock);
    Odd::each(move || {
        let (clock, mut written) = (Arc::clone(&clock), Duration::ZERO);
        move |ask: &mut Ask<'_>| {
            // Each question takes some time.
            clock.advance(Duration::from_micros(300));
            if ask.operation.is_write() {
                written = clock.now();
            } else if clock.now() > written + after {
                for key in ask.names.keys() {
                    let _ = ask.other(&Operation::Erase { key });
                }
            }
            ask.right()
        }
    })
}

#[test]
fn a_store_that_forgets_is_one_failure() {
    let clock = Arc::new(SimulatedClock::default());
    let odd = forgetting(&clock, Duration::from_millis(40));
    let report = odd.machine().clock(clock).time_budget(None).shrink_allowance(None).run();
    check_diagnosis(
        &report,
        &Diagnosis::Expires(Duration::from_millis(50)),
        "set a \"a\"\nget a\nget a",
    );
    assert!(report.to_string().contains("get a    # 50ms later"), "{report}");
}

#[test]
fn a_store_that_answers_by_chance_is_one_failure() {
    let asked = Arc::new(AtomicU64::new(0));
    let odd = Odd::asked(move |ask| {
        let right = ask.right();
        // Hardly ever at the same place of a plan.
        let chance = asked.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        match right {
            Outcome::Value(_) if chance >> 60 == 0 => Outcome::Absent,
            other => other,
        }
    });
    let report = odd.machine().run();
    assert_eq!(report.failures.len(), 1, "{report}");
    let failure = &report.failures[0];
    assert_eq!(failure.diagnosis, Some(Diagnosis::Random), "{report}");
    assert!(plan(&report, 0).starts_with("set a \"a\"\nget a"), "{report}");
    assert!(failure.plan.len() < 66 && !failure.lines.last().unwrap().agrees, "{report}");
}

#[test]
fn a_failure_that_a_knob_settles_names_it() {
    let dialect = Dialect { key_below_key: false, ..Dialect::ZARRS };
    let odd = Odd::right().over(move || ReferenceAdapter::new(dialect).open().unwrap());
    let report = odd.machine().run();
    assert!(!report.failures.is_empty(), "{report}");
    let knob = Diagnosis::Knob("Dialect { key_below_key: false, .. }".to_owned());
    assert!(report.failures.iter().any(|failure| failure.diagnosis == Some(knob.clone())));
    assert!(report.to_string().contains("settled by `Dialect { key_below_key: false, .. }`"));
    let declared = odd.declaring(dialect).machine().run();
    assert!(declared.conforms(), "{declared}");
    // What no knob settles has no such line.
    let report = Machine::of(planted(Mutant::M03)).run();
    assert!(report.failures.iter().all(|failure| failure.diagnosis.is_none()), "{report}");
}

#[test]
fn a_range_that_is_cut_names_the_knob_within_the_ranges() {
    let odd = Odd::asked(|ask| match (ask.operation, ask.right()) {
        (Operation::GetPartial { key, range }, Outcome::Refused(_))
            if range.to_string() == "-1.." =>
        {
            ask.other(&Operation::Get { key: *key })
        }
        (_, right) => right,
    });
    let report = odd.machine().run();
    assert_eq!(report.failures.len(), 1, "{report}");
    let knob =
        "settled by `Dialect { ranges: RangeDialect { suffix_over: Reply::Answer, .. }, .. }`";
    assert!(report.to_string().contains(knob), "{report}");
}

#[test]
fn what_does_most_harm_is_the_headline() {
    let odd = Odd::asked(|ask| {
        if let Operation::SizeKey { key } = *ask.operation {
            let _ = ask.other(&Operation::Erase { key });
            panic!("no sizes today");
        }
        ask.right()
    });
    let report = odd.machine().run();
    check_one(&report, "size_key a");
    let failure = &report.failures[0];
    assert!(failure.signature.starts_with("size_key: panic"), "{report}");
    assert!(failure.headline.starts_with("list: key missing"), "{report}");
    let text = report.to_string();
    assert!(text.starts_with("failure 1: list: key missing"), "{text}");
    assert!(text.contains("at its simplest: size_key: panic"), "{text}");
    // A known issue goes by the simplest of it.
    assert!(report.known_issue_blocks().contains("signature = \"size_key: panic"), "{report}");
}

fn refusing() -> Machine {
    let odd = Odd::asked(|ask| match (ask.kind(), ask.right()) {
        (OperationKind::Size, Outcome::Size(_)) => {
            Outcome::Refused(Refusal::new(ErrorClass::Other, "no sizes"))
        }
        (_, right) => right,
    });
    odd.machine().cases(16)
}

#[test]
fn an_issue_that_nearly_matches_says_what_differs() {
    let block = refusing().run().known_issue_blocks();
    let report = |block: &str| {
        let issues = KnownIssue::read(block).unwrap();
        refusing().known_issues(issues).run()
    };
    assert!(report(&block).conforms());
    let check = |from: &str, to: &str, wanted: &str| {
        let report = report(&block.replace(from, to));
        let near = report.failures[0].near_miss.clone().unwrap_or_default();
        assert!(
            near.starts_with("nearly the known issue size-") && near.contains(wanted),
            "{near}"
        );
        assert!(report.to_string().contains(&near), "{report}");
    };
    check("clause = \"L", "clause = \"W", "the clause is W");
    check("error for answer", "value lost", "the signature is `size: value lost");
    check("\nsize\n", "\nget a\nset a \"\"\nlist\n", "the plan is `get a; set a \"\"; list` there");
}

#[test]
fn a_failing_test_ends_with_what_to_paste() {
    let report = Machine::of(planted(Mutant::M03)).run();
    let panicked = std::panic::catch_unwind(|| report.assert_conforms()).unwrap_err();
    let text = panicked.downcast_ref::<String>().unwrap();
    let (_, end) = text.split_once("failure 1 as a test:\n\n").unwrap();
    assert!(end.starts_with("#[test]\nfn get_value_too_long() {"), "{end}");
    assert!(end.contains("tests/diagnoses.rs:"), "{end}");
    let (_, pasted) = end.split_once("r####\"").unwrap();
    let (pasted, command) = pasted.split_once("\"####").unwrap();
    let plan = pasted.parse().unwrap();
    let replay = Machine::of(planted(Mutant::M03)).replay(&plan).unwrap();
    assert!(!replay.agrees(), "{replay}");
    let case = "ZARR_CONFORM_SEED=0x0 ZARR_CONFORM_CASE=";
    let named = " cargo test a_failing_test_ends_with_what_to_paste\n";
    assert!(command.contains(case) && command.ends_with(named), "{command}");
}
