//! The same plan with other values, to tell whether they matter.

use std::collections::BTreeSet;
use std::sync::Arc;

use zarr_conform_model::{Operation, Plan, Value};

/// How many values of no bytes a plan sets.
pub(super) fn empty_values(plan: &Plan) -> usize {
    let is_empty = |operation: &&Operation| matches!(operation, Operation::Set { value, .. } if value.is_empty());
    plan.operations().iter().filter(is_empty).count()
}

/// A plan up to the state before the one that its last operation is asked in, with the values of all
/// keys that were written so far asked for after each write; and how many operations of the plan
/// there are up to each of its own.
pub(super) fn values_before(plan: &Plan) -> (Plan, Vec<usize>) {
    let end = plan.operations().iter().rposition(Operation::is_write).unwrap_or(0);
    let (mut operations, mut lengths) = (Vec::new(), Vec::new());
    let mut written = BTreeSet::new();
    for (at, operation) in plan.operations()[..end].iter().enumerate() {
        operations.push(operation.clone());
        written.extend(operation.keys().filter(|_| operation.writes_bytes()));
        if operation.is_write() {
            operations.extend(written.iter().map(|key| Operation::Get { key: *key }));
        }
        lengths.resize(operations.len(), at + 1);
    }
    (plan.with_operations(operations), lengths)
}

/// The plan with one byte where it sets none, if it does.
pub(super) fn without_empty_values(plan: &Plan) -> Option<Plan> {
    let filled = |operation: &Operation| match operation {
        Operation::Set { key, value } if value.is_empty() => {
            Operation::Set { key: *key, value: Value::Literal(Arc::from(*b"a")) }
        }
        other => other.clone(),
    };
    let operations: Vec<_> = plan.operations().iter().map(filled).collect();
    (operations != plan.operations()).then(|| plan.with_operations(operations))
}
