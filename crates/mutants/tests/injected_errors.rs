//! What the mutants do that no single caller sees in a plan: injected errors, and torn writes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};

use zarr_conform_model::{Dialect, Names, Operation, Outcome, Plan};
use zarr_conform_mutants::{Faulty, Mutant, ReferenceAdapter, ReferenceStore};
use zarr_conform_store::{Adapter, StoreUnderTest};

/// The answers to a plan, one a line.
fn answers(mut store: Box<dyn StoreUnderTest>, plan: &str) -> String {
    let plan: Plan = plan.parse().unwrap();
    let answers = plan.operations().map(|operation| store.answer(plan.names(), operation));
    answers.fold(String::new(), |lines, outcome| lines + &outcome.to_string() + "\n")
}

fn reference() -> Box<dyn StoreUnderTest> {
    ReferenceAdapter::new(Dialect::ZARRS).open().unwrap()
}

const FOURTH_FAILS: &str = r#"
    set a "1"
    set a "2"
    set a "3"
    set a "4444"
    get a
    set a "55"
    get a
"#;

#[test]
fn the_fourth_set_leaves_half_of_its_value_and_a_retry_appends() {
    let got = answers(Mutant::F01.plant(reference()), FOURTH_FAILS);
    let want = "done\ndone\ndone\nerror Transient (injected I/O error)\n\"44\"\ndone\n\"4455\"\n";
    assert_eq!(got, want);
}

#[test]
fn a_set_of_another_key_after_the_error_is_no_retry() {
    let plan = FOURTH_FAILS.replace("set a \"55\"", "set b \"b\"\nset a \"55\"");
    let got = answers(Mutant::F01.plant(reference()), &plan);
    assert!(got.ends_with("\"44\"\ndone\ndone\n\"55\"\n"), "{got}");
}

#[test]
fn the_control_meets_the_same_error_and_changes_nothing() {
    let got = answers(Box::new(Faulty::new(reference())), FOURTH_FAILS);
    let want = "done\ndone\ndone\nerror Transient (injected I/O error)\n\"3\"\ndone\n\"55\"\n";
    assert_eq!(got, want);
}

/// A store that several callers share, and that writes down what it is asked.
#[derive(Clone)]
struct Shared {
    store: Arc<Mutex<ReferenceStore>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl StoreUnderTest for Shared {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.asked.lock().unwrap().push(operation.display(names).to_string());
        self.store.lock().unwrap().answer(names, operation)
    }
}

#[test]
fn a_torn_set_leaves_the_key_missing_for_a_moment() {
    let store = Arc::new(Mutex::new(ReferenceStore::new(Dialect::ZARRS)));
    let shared = Shared { store, asked: Arc::default() };
    let got = answers(Mutant::C01.plant(Box::new(shared.clone())), "set a \"x\"\nget a");
    assert_eq!(got, "done\n\"x\"\n");
    assert_eq!(*shared.asked.lock().unwrap(), ["erase a", "set a \"x\"", "get a"]);
}
