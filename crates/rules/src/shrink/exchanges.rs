//! Exchanges: operations and values in another order, two writes made one, and copies made sets.
//!
//! Nothing gets shorter by an exchange, but what may come in any order then comes in one. So two
//! failures of one bug end as the same plan, byte for byte, and plans can be compared as text.
//! Merging, known issues and the names of plan files rest on that.

use std::collections::VecDeque;

use zarr_conform_model::{Operation, Patch, Plan, Value};

/// With how many later sets the value of a set is exchanged. A guess.
const LATER: usize = 12;

/// The plan with two operations exchanged that stand side by side, or the values of two writes.
pub(super) fn exchanges(plan: &Plan) -> VecDeque<Plan> {
    let steps = plan.steps();
    let set_at = |at: usize| match &steps[at].operation {
        Operation::Set { key, value } => Some((*key, value)),
        _ => None,
    };
    let exchanged = |first: usize, second: usize, values_alone: bool| {
        let mut steps = steps.to_vec();
        steps.swap(first, second);
        // Who asks stays where it is.
        let callers = [steps[second].caller, steps[first].caller];
        [steps[first].caller, steps[second].caller] = callers;
        if values_alone {
            for at in [first, second] {
                if let (Operation::Set { key, .. }, Some((old, _))) =
                    (&mut steps[at].operation, set_at(at))
                {
                    *key = old;
                }
            }
        }
        plan.with_steps(steps)
    };
    let neighbours = (1..steps.len()).map(|second| exchanged(second - 1, second, false));
    let sets: Vec<usize> = (0..steps.len()).filter(|at| set_at(*at).is_some()).collect();
    let pairs = sets.iter().enumerate().flat_map(|(at, first)| {
        let later = sets[at + 1..].iter().take(LATER);
        later.map(|second| exchanged(*first, *second, true))
    });
    neighbours.chain(pairs).chain(fusions(plan)).chain(transfers(plan)).collect()
}

/// The plan with a value set where it is copied to, and not where it is copied from.
fn transfers(plan: &Plan) -> impl Iterator<Item = Plan> {
    plan.operations().enumerate().filter_map(move |(at, operation)| {
        let (Operation::Copy { keys: [from, to] } | Operation::Rename { keys: [from, to] }) =
            operation
        else {
            return None;
        };
        let mut steps = plan.steps().to_vec();
        let before = steps[..at].iter().enumerate().rev();
        let (source, value) = before.into_iter().find_map(|(at, step)| match &step.operation {
            Operation::Set { key, value } if key == from => Some((at, value.clone())),
            _ => None,
        })?;
        steps[at].operation = Operation::Set { key: *to, value };
        steps.remove(source);
        Some(plan.with_steps(steps))
    })
}

/// The plan with two neighbouring writes of one key made in one operation.
pub(super) fn fusions(plan: &Plan) -> impl Iterator<Item = Plan> {
    let steps = plan.steps();
    (1..steps.len()).filter_map(move |second| {
        let (one, other) = (&steps[second - 1].operation, &steps[second].operation);
        let key = one.key().filter(|key| other.key() == Some(*key))?;
        let part = |operation: &Operation| match operation {
            Operation::Set { value, .. } => Some(Patch { offset: 0, value: value.clone() }),
            Operation::SetPartial { patch, .. } => Some(patch.clone()),
            _ => None,
        };
        let (mut first, then) = (part(one)?, part(other)?);
        let end = first.offset.checked_add(first.value.len() as u64)?;
        let from = then.offset;
        if matches!(other, Operation::Set { .. }) {
            return None;
        }
        // Partial writes of one operation must not overlap: what is left of the first is behind.
        let behind = from.checked_add(then.value.len() as u64)?;
        if from < end && first.offset < behind {
            let left = end.checked_sub(behind).filter(|left| *left > 0)?;
            let left = u32::try_from(left).ok()?;
            first = Patch { offset: behind, value: Value::Repeat { length: left, byte: b'a' } };
        }
        let fused = Operation::SetPartialMany { key, patches: [first, then].into() };
        let mut steps = steps.to_vec();
        let fused = steps[second].with(fused);
        steps.splice(second - 1..=second, [fused]);
        Some(plan.with_steps(steps))
    })
}
