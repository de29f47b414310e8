//! What goes wrong without a question that shows it: no such run is green.

use std::panic;
use std::sync::Arc;
use std::thread;

use zarr_conform_machines::model::{Dialect, Names, Operation, OperationKind, Outcome};
use zarr_conform_machines::mutants::ReferenceAdapter;
use zarr_conform_machines::report::Status;
use zarr_conform_machines::store::{Adapter, OpenError, STORE_THREAD, StoreUnderTest};
use zarr_conform_machines::{Machine, Report};

/// What a store does beside answering.
type Beside = fn(OperationKind);

struct Alarming {
    asked: Beside,
    dropped: fn(),
}

impl Adapter for Alarming {
    fn name(&self) -> &str {
        "alarming"
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = ReferenceAdapter::new(Dialect::ZARRS).open()?;
        Ok(Box::new(AlarmingStore { store, asked: self.asked, dropped: self.dropped }))
    }
}

struct AlarmingStore {
    store: Box<dyn StoreUnderTest>,
    asked: Beside,
    dropped: fn(),
}

impl StoreUnderTest for AlarmingStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        (self.asked)(operation.kind());
        self.store.answer(names, operation)
    }
}

impl Drop for AlarmingStore {
    fn drop(&mut self) {
        (self.dropped)();
    }
}

fn run(asked: Beside, dropped: fn()) -> Report {
    let adapter: Arc<dyn Adapter> = Arc::new(Alarming { asked, dropped });
    Machine::of_shared(adapter).cases(8).required_goals([]).planted_bug(false).run()
}

fn check(report: &Report, words: &str) {
    assert!(matches!(report.status, Status::Inconclusive(_)), "{report}");
    assert!(report.to_string().contains(words), "{report}");
}

#[test]
fn panics_that_no_answer_shows_are_told() {
    // One after the other: which campaign a thread belongs to is not known.
    let calm = run(|_| {}, || {});
    assert!(calm.conforms(), "{calm}");
    let dropped = run(|_| {}, || panic!("dropped the drawer"));
    assert!(matches!(dropped.status, Status::Disagrees), "{dropped}");
    assert!(dropped.to_string().contains("panic (dropped the drawer"), "{dropped}");
    let on_a_thread = |kind| {
        if kind == OperationKind::ListDir {
            let ended = thread::spawn(|| panic!("the janitor fell")).join();
            assert!(ended.is_err());
        }
    };
    let elsewhere = run(on_a_thread, || {});
    check(&elsewhere, "a thread of the store panicked while it was asked: the janitor fell");
    // Whoever has a runtime gives its threads this name.
    let in_a_task = |kind| {
        if kind == OperationKind::ListDir {
            let thread = thread::Builder::new().name(STORE_THREAD.to_owned());
            let ended = thread.spawn(|| panic!("the task fell")).expect("it starts").join();
            assert!(ended.is_err());
        }
    };
    check(
        &run(in_a_task, || {}),
        "a thread of the store panicked while it was asked: the task fell",
    );
    let and_says_so = |kind| {
        if kind == OperationKind::ListDir {
            let thread = thread::Builder::new().name(STORE_THREAD.to_owned());
            let ended = thread.spawn(|| panic!("and was missed")).expect("it starts").join();
            panic::resume_unwind(ended.expect_err("it panicked"));
        }
    };
    let told = run(and_says_so, || {});
    assert!(matches!(told.status, Status::Disagrees) && told.notes.is_empty(), "{told}");
}
