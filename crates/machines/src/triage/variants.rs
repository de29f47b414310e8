//! The same plan with other values, to tell whether they matter.

use std::collections::BTreeSet;
use std::sync::Arc;

use zarr_conform_model::{Operation, Plan, Value};

/// How many values of no bytes a plan sets.
pub(super) fn empty_values(plan: &Plan) -> usize {
    let is_empty = |operation: &&Operation| matches!(operation, Operation::Set { value, .. } if value.is_empty());
    plan.operations().filter(is_empty).count()
}

/// A plan up to the state before the one that its last operation is asked in, with the values of all
/// keys that were written so far asked for after each write; and how many operations of the plan
/// there are up to each of its own.
pub(super) fn values_before(plan: &Plan) -> (Plan, Vec<usize>) {
    let end = plan.steps().iter().rposition(|step| step.operation.is_write()).unwrap_or(0);
    let (mut steps, mut lengths) = (Vec::new(), Vec::new());
    let mut written = BTreeSet::new();
    for (at, step) in plan.steps()[..end].iter().enumerate() {
        let operation = &step.operation;
        steps.push(step.clone());
        written.extend(operation.keys().filter(|_| operation.writes_bytes()));
        if operation.is_write() {
            steps.extend(written.iter().map(|key| Operation::Get { key: *key }.into()));
        }
        lengths.resize(steps.len(), at + 1);
    }
    (plan.with_steps(steps), lengths)
}

/// The plan with one byte where it sets none, if it does.
pub(super) fn without_empty_values(plan: &Plan) -> Option<Plan> {
    let filled = |operation: &Operation| match operation {
        Operation::Set { key, value } if value.is_empty() => {
            Operation::Set { key: *key, value: Value::Literal(Arc::from(*b"a")) }
        }
        other => other.clone(),
    };
    let filled = plan.map(filled);
    (filled != *plan).then_some(filled)
}
