//! Stores that are held against a model of somebody's own: one whose listings lag.

#![allow(clippy::unwrap_used, reason = "panics are how tests fail")]

use std::sync::Arc;
use zarr_conform_model::Capabilities;

use bytes::Bytes;
use zarr_conform_machines::model::contract::Situation;
use zarr_conform_machines::model::{
    Clause, Dialect, Expected, KeyId, Mismatch, Model, Names, Operation, Outcome, StoreModel,
};
use zarr_conform_machines::mutants::{Mutant, Planted, ReferenceAdapter};
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};
use zarr_conform_machines::{Machine, Report};

/// A store whose listings may be as they were before the last write.
#[derive(Clone, Debug)]
struct Lagging {
    now: StoreModel,
    before: StoreModel,
}

impl Lagging {
    fn new(names: Arc<Names>) -> Self {
        let now = StoreModel::new(names, Dialect::ZARRS);
        Self { before: now.clone(), now }
    }
}

/// Whether a question is about which keys there are.
fn is_listing(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::List
            | Operation::ListPrefix { .. }
            | Operation::ListDir { .. }
            | Operation::IsEmpty { .. }
            | Operation::Size
            | Operation::SizePrefix { .. }
    )
}

impl Model for Lagging {
    fn names(&self) -> &Arc<Names> {
        self.now.names()
    }

    fn capabilities(&self) -> &Capabilities {
        self.now.capabilities()
    }

    fn dialect(&self) -> &Dialect {
        self.now.dialect()
    }

    fn expect(&self, operation: &Operation) -> Expected<'_> {
        let now = self.now.expect(operation);
        if is_listing(operation) { now.or(self.before.expect(operation).wanted) } else { now }
    }

    fn advance(&mut self, operation: &Operation, outcome: &Outcome) {
        if operation.is_write() {
            self.before = self.now.clone();
        }
        self.now.advance(operation, outcome);
    }

    fn predict(&mut self, operation: &Operation) {
        if operation.is_write() {
            self.before = self.now.clone();
        }
        self.now.predict(operation);
    }

    fn situation(&self, operation: &Operation, mismatch: &Mismatch) -> Situation {
        self.now.situation(operation, mismatch)
    }

    fn live_keys(&self) -> Vec<KeyId> {
        self.now.live_keys()
    }

    fn value(&self, key: KeyId) -> Option<&Bytes> {
        self.now.value(key)
    }

    fn is_erased(&self, key: KeyId) -> bool {
        self.now.is_erased(key)
    }
}

/// The reference store, and beside it one that is a write behind: listings are asked of that one.
struct Behind {
    adapter: Arc<dyn Adapter>,
}

struct BehindStore {
    now: Box<dyn StoreUnderTest>,
    before: Box<dyn StoreUnderTest>,
    last: Option<Operation>,
}

impl Adapter for Behind {
    fn name(&self) -> &str {
        "behind"
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let (now, before) = (self.adapter.open()?, self.adapter.open()?);
        Ok(Box::new(BehindStore { now, before, last: None }))
    }
}

impl StoreUnderTest for BehindStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        if is_listing(operation) {
            return self.before.answer(names, operation);
        }
        if operation.is_write()
            && let Some(last) = self.last.replace(operation.clone())
        {
            self.before.answer(names, &last);
        }
        self.now.answer(names, operation)
    }
}

fn behind(adapter: impl Adapter + 'static) -> Machine {
    Machine::of(Behind { adapter: Arc::new(adapter) }).cases(128)
}

fn signatures(report: &Report) -> Vec<&str> {
    report.failures.iter().map(|failure| &*failure.signature).collect()
}

#[test]
fn a_lagging_store_does_not_conform_at_once_and_does_to_its_own_model() {
    let report = behind(ReferenceAdapter::new(Dialect::ZARRS)).run();
    assert!(signatures(&report).iter().any(|signature| signature.starts_with("list")), "{report}");
    behind(ReferenceAdapter::new(Dialect::ZARRS)).model(Lagging::new).run().assert_conforms();
}

#[test]
fn a_bug_of_a_lagging_store_is_found_and_made_small() {
    let reference = Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
    let report = behind(Planted::new(reference, Mutant::M03)).model(Lagging::new).run();
    let [failure] = &report.failures[..] else { panic!("{report}") };
    assert_eq!(failure.clause, Clause::W2);
    assert!(failure.plan.to_string().ends_with("set a \"a\"\nset a \"\"\nget a\n"), "{report}");
}

#[test]
fn calibration_goes_by_the_own_model_too() {
    let machine = behind(ReferenceAdapter::new(Dialect::ZARRS)).model(Lagging::new);
    let sighting = machine.calibrate(Mutant::M03).sighting.expect("it is found");
    assert_eq!(sighting.excess(Mutant::M03), 0, "{}", sighting.plan);
}
