//! A library that does what the model says, for bugs to be planted above it.

use std::collections::BTreeSet;

use zarr_conform_model::{
    Dialect, ErrorClass, Expected, HierarchyModel, Model, Names, Operation, Outcome, Plan, Refusal,
    Step, Want,
};
use zarr_conform_store::StoreUnderTest;
use zarrs_storage::StoreKey;

/// A library without a store: it answers what the model expects after all that was written.
///
/// What is done to keys behind the back of the library is seen in listings of keys alone.
#[derive(Default)]
pub(crate) struct ModelLibrary {
    /// The writes to nodes so far, as lines of a plan.
    written: String,
    set: BTreeSet<StoreKey>,
    erased: BTreeSet<StoreKey>,
}

impl StoreUnderTest for ModelLibrary {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let keys = operation.keys().map(|key| names.key(key).clone());
        match operation {
            Operation::Set { .. } => {
                self.set.extend(keys);
                return Outcome::Done;
            }
            Operation::EraseMany { .. } => {
                self.erased.extend(keys);
                return Outcome::Done;
            }
            _ => {}
        }
        let asked = format!("{}{}\n", self.written, operation.display(names));
        let mut outcome = predicted(&asked);
        match &mut outcome {
            Outcome::Done => self.written = asked,
            Outcome::Keys(keys) => {
                keys.extend(self.set.iter().cloned());
                keys.retain(|key| !self.erased.contains(key));
                keys.sort_unstable();
            }
            _ => {}
        }
        outcome
    }
}

/// What the model answers to the last line of a plan.
fn predicted(plan: &str) -> Outcome {
    let plan: Plan = plan.parse().unwrap();
    let mut model = HierarchyModel::new(plan.names().clone(), Dialect::ZARRS);
    let (Step { operation: last, .. }, writes) = plan.steps().split_last().unwrap();
    for write in writes {
        model.predict(&write.operation);
    }
    outcome(&model.expect(last))
}

/// An outcome that is as expected.
fn outcome(expected: &Expected<'_>) -> Outcome {
    match expected.wanted.clone() {
        Want::Done => Outcome::Done,
        Want::Absent => Outcome::Absent,
        Want::Bytes(bytes) => Outcome::Value(bytes.into()),
        Want::Keys(keys) => Outcome::Keys(keys.into_iter().cloned().collect()),
        Want::Elements(elements) => Outcome::Elements(elements),
        Want::Document(document) => Outcome::Document(document),
        Want::Nodes(nodes) => Outcome::Nodes(nodes),
        Want::Error(_) => {
            let refused = ErrorClass::ALL.map(|class| Outcome::Refused(Refusal::new(class, "")));
            refused.into_iter().find(|refused| expected.judge(refused).is_ok()).unwrap()
        }
        other => panic!("no test asks for {other:?}"),
    }
}
