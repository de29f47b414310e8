//! Requests to the service below a store are counted, and held against what it declares.

use std::collections::BTreeSet;
use std::sync::Arc;

use expect_test::expect;
use zarr_conform_machines::Machine;
use zarr_conform_model::contract::{RequestBudget, Traffic};
use zarr_conform_model::{Capabilities, Clause, Dialect, Names, Operation, OperationKind, Outcome};
use zarr_conform_mutants::ReferenceAdapter;
use zarr_conform_store::{Adapter, OpenError, StoreUnderTest};

/// A store that asks its service once for each operation, or once for each range of a key.
#[derive(Clone, Copy)]
struct Counting {
    once_for_each_range: bool,
    declared: RequestBudget,
}

struct CountingStore {
    store: Box<dyn StoreUnderTest>,
    once_for_each_range: bool,
    traffic: Traffic,
}

impl Adapter for Counting {
    fn name(&self) -> &str {
        "counting"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { traffic: true, ..Capabilities::ZARRS }
    }

    fn dialect(&self) -> Dialect {
        Dialect { requests: self.declared, ..Dialect::ZARRS }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = ReferenceAdapter::new(Dialect::ZARRS).open()?;
        let Self { once_for_each_range, .. } = *self;
        Ok(Box::new(CountingStore { store, once_for_each_range, traffic: Traffic::default() }))
    }
}

impl StoreUnderTest for CountingStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.traffic.requests += match operation {
            Operation::GetPartialMany { ranges, .. } if self.once_for_each_range => {
                ranges.len() as u64
            }
            _ => 1,
        };
        let outcome = self.store.answer(names, operation);
        match (operation, &outcome) {
            (Operation::Set { value, .. }, _) => self.traffic.sent += value.len() as u64,
            (_, Outcome::Value(bytes)) => self.traffic.received += bytes.len() as u64,
            _ => {}
        }
        outcome
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.traffic)
    }
}

const ONE: RequestBudget = RequestBudget::NONE.with(OperationKind::GetPartialMany, 1);

#[test]
fn a_request_for_each_range_is_too_many() {
    let adapter = Counting { once_for_each_range: true, declared: ONE };
    let report = Machine::of(adapter).run();
    let [failure] = &report.failures[..] else { panic!("{report}") };
    assert_eq!(failure.clause, Clause::I14);
    assert_eq!(failure.signature, "get_partial_many: too many requests (never set)");
    let lines: Vec<String> = failure.lines.iter().map(ToString::to_string).collect();
    expect![[r"
        get_partial_many a [0.., 0..]
            want 1 request at the most    (I14)
            got  2 requests"]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn writes_that_cost_too_much_are_done_all_the_same() {
    let none = RequestBudget::NONE.with(OperationKind::Set, 0);
    let adapter = Counting { once_for_each_range: false, declared: none };
    let report = Machine::of(adapter).run();
    let clauses: BTreeSet<Clause> = report.failures.iter().map(|failure| failure.clause).collect();
    assert_eq!(clauses, BTreeSet::from([Clause::I14]), "{report}");
    assert!(report.operations > 10_000, "no case is given up: {report}");
}

#[test]
fn a_declared_number_that_is_kept_is_a_clause_that_was_asked() {
    let report = Machine::of(Counting { once_for_each_range: false, declared: ONE }).run();
    report.assert_conforms();
    let asked = report.clauses.iter().find(|count| count.clause == Clause::I14);
    assert!(asked.is_some_and(|count| count.questions > 100), "{report}");
    let many = report.traffic.iter().find(|of| of.operation == OperationKind::GetPartialMany);
    assert!(many.is_some_and(|of| of.calls == of.requests && of.calls > 100), "{report}");
    let sets = report.traffic.iter().find(|of| of.operation == OperationKind::Set);
    assert!(sets.is_some_and(|of| of.sent > 0 && of.received == 0), "{report}");
    assert!(report.to_string().contains("\nrequests per call, requests, and bytes"), "{report}");
}

#[test]
fn what_is_not_limited_is_counted_and_not_checked() {
    let adapter = Counting { once_for_each_range: true, declared: RequestBudget::NONE };
    let report = Machine::of(adapter).run();
    report.assert_conforms();
    let asked = report.clauses.iter().find(|count| count.clause == Clause::I14);
    assert!(asked.is_some_and(|count| count.questions == 0), "{report}");
    let limited = Machine::of(adapter).requests(ONE).run();
    assert!(limited.failures.iter().any(|failure| failure.clause == Clause::I14), "{limited}");
}

#[test]
fn of_a_store_that_counts_nothing_nothing_is_checked() {
    let reference = Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
    let report = Machine::of_shared(reference).requests(ONE).run();
    report.assert_conforms();
    assert!(report.traffic.is_empty());
}
