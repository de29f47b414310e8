//! Slow stores: what a failure costs to make small, and what is said of the time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use zarr_conform_machines::clock::SimulatedClock;
use zarr_conform_machines::{Machine, Progress};
use zarr_conform_model::{Capabilities, Dialect, Names, Operation, OperationKind, Outcome, Plan};
use zarr_conform_mutants::{Mutant, Planted, ReferenceAdapter};
use zarr_conform_store::{Adapter, OpenError, StoreUnderTest};

const CALL: Duration = Duration::from_millis(30);

/// A store that takes 30 ms a call, and twice as long to set, on a clock that nobody waits for.
struct Slow {
    adapter: Arc<dyn Adapter>,
    clock: Arc<SimulatedClock>,
}

struct SlowStore {
    store: Box<dyn StoreUnderTest>,
    clock: Arc<SimulatedClock>,
}

impl Adapter for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn capabilities(&self) -> Capabilities {
        self.adapter.capabilities()
    }

    fn dialect(&self) -> Dialect {
        self.adapter.dialect()
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = self.adapter.open()?;
        Ok(Box::new(SlowStore { store, clock: Arc::clone(&self.clock) }))
    }
}

impl StoreUnderTest for SlowStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let calls = if operation.kind() == OperationKind::Set { 2 } else { 1 };
        self.clock.advance(CALL * calls);
        self.store.answer(names, operation)
    }
}

fn machine(adapter: impl Adapter + 'static) -> Machine {
    let clock = Arc::new(SimulatedClock::default());
    let slow = Slow { adapter: Arc::new(adapter), clock: Arc::clone(&clock) };
    Machine::of(slow).clock(clock).planted_bug(false).required_goals([])
}

#[test]
fn a_failure_of_a_slow_store_is_small_after_300_calls() {
    let reference: Arc<dyn Adapter> = Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
    let mut found = 0;
    for mutant in Mutant::ALL.iter().filter(|mutant| mutant.id().starts_with('M')) {
        let planted = Planted::new(Arc::clone(&reference), *mutant);
        let unlimited = machine(planted).time_budget(None).shrink_allowance(None);
        let report = unlimited.cases(128).run();
        for failure in &report.failures {
            assert!(failure.shrinking.calls <= 300, "{mutant}: {failure}");
        }
        let minimum = mutant.minimum().parse::<Plan>().unwrap().len();
        let smallest = report.failures.iter().map(|failure| failure.plan.len()).min();
        if let Some(smallest) = smallest {
            assert!(smallest <= minimum + 2, "{mutant}: {report}");
            found += 1;
        }
    }
    assert!(found >= 22, "{found}");
}

#[test]
fn a_slow_store_is_asked_as_much_as_the_time_allows() {
    let report = machine(ReferenceAdapter::new(Dialect::ZARRS)).run();
    assert!(report.times.cases >= Duration::from_mins(1), "{:?}", report.times);
    assert!((1000..4000).contains(&report.questions), "{report}");
    assert!(report.notes.iter().any(|note| note.contains("time budget")), "{report}");
}

#[test]
fn what_takes_longest_is_said_while_it_does_and_afterwards() {
    let seen = Arc::new(Mutex::new(None));
    let shown = Arc::clone(&seen);
    let report = machine(ReferenceAdapter::new(Dialect::ZARRS))
        .progress(move |now: Progress| *shown.lock().unwrap() = now.slowest)
        .run();
    assert_eq!(*seen.lock().unwrap(), Some((OperationKind::Set, CALL * 2)));
    let text = report.to_string();
    assert!(text.contains("\nthe store is slow: set takes 60.0ms a call\n"), "{text}");
}
