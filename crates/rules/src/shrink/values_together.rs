//! Plans with values changed together, and with them the ranges that are read of them.

use std::collections::VecDeque;
use std::iter;

use zarr_conform_model::plan::OperandMut;
use zarr_conform_model::{Operation, Patch, Plan, Range, Step, Value};
use zarrs_storage::byte_range::ByteRange;

use crate::shrink::nodes_together::plain_nodes;
use crate::shrink::simplify::LONGEST_TEXT;

/// The plan with the same value in all sets, the shortest first: where values do not matter, that
/// saves a search for each.
pub(super) fn plain_values(plan: &Plan) -> VecDeque<Plan> {
    let with = |value: &str| {
        plan.map(|operation| match operation {
            Operation::Set { key, .. } => Operation::Set { key: *key, value: value.into() },
            other => other.clone(),
        })
    };
    let alike = plain_nodes(plan).into_iter().chain(["", "a"].map(with));
    alike.chain(letters_for_values(plan)).chain(renumbered(plan)).collect()
}

/// The plan with its patterns numbered from 0 in the order in which it writes them.
pub(super) fn renumbered(plan: &Plan) -> Option<Plan> {
    let mut ids: Vec<u32> = Vec::new();
    let mut number = |value: &mut Value| {
        if let Value::Pattern { id, .. } = value {
            let at = ids.iter().position(|other| other == id);
            *id = at.unwrap_or_else(|| {
                ids.push(*id);
                ids.len() - 1
            }) as u32;
        }
    };
    let renumbered = plan.map(|operation| {
        let mut operation = operation.clone();
        for operand in operation.operands_mut() {
            match operand {
                OperandMut::Value(value) => number(value),
                OperandMut::Patch(patch) => number(&mut patch.value),
                OperandMut::Patches(patches) => {
                    let mut new = patches.to_vec();
                    for patch in &mut new {
                        number(&mut patch.value);
                    }
                    *patches = new.into();
                }
                _ => {}
            }
        }
        operation
    });
    (!ids.is_empty()).then_some(renumbered)
}

/// The plan with a letter for each value of its sets: equal ones stay equal, and different ones
/// become as long as each other.
pub(super) fn letters_for_values(plan: &Plan) -> Option<Plan> {
    let mut letters: Vec<&Value> = Vec::new();
    let steps = plan.steps().iter().map(|step| match &step.operation {
        Operation::Set { key, value } => {
            let at = letters.iter().position(|other| *other == value).unwrap_or_else(|| {
                letters.push(value);
                letters.len() - 1
            });
            let letter = b'a' + u8::try_from(at).ok().filter(|at| *at < 26)?;
            let value = Value::Literal([letter].into());
            Some(step.with(Operation::Set { key: *key, value }))
        }
        _ => Some(step.clone()),
    });
    Some(plan.with_steps(steps.collect::<Option<Vec<Step>>>()?))
}

/// The plan with one value cut, and with it the ranges that are read of the same key; what was
/// written in parts is written at once.
pub(super) fn shorter_values(plan: &Plan) -> VecDeque<Plan> {
    let mut plans = VecDeque::new();
    for (at, operation) in plan.operations().enumerate() {
        let end = |patch: &Patch| patch.offset.saturating_add(patch.value.len() as u64);
        let (key, old) = match operation {
            Operation::Set { key, value } => (*key, value.len() as u64),
            Operation::SetPartial { key, .. } | Operation::SetPartialMany { key, .. } => {
                (*key, operation.patches().iter().map(end).max().unwrap_or_default())
            }
            _ => continue,
        };
        // Ever closer to what it is, so that a length that matters is found in a few steps.
        let less = iter::successors(Some(old - old / 2), |less| (*less > 1).then(|| less / 2));
        for length in [1, 2].into_iter().chain(less.map(|less| old.saturating_sub(less))) {
            if length >= old {
                continue;
            }
            let mut steps = plan.steps().to_vec();
            let Some(value) = short_text(length) else { continue };
            steps[at].operation = Operation::Set { key, value };
            for Step { operation: later, .. } in &mut steps[at + 1..] {
                if later.key() == Some(key) {
                    *later = with_ranges_within(later, length);
                }
            }
            plans.push_back(plan.with_steps(steps));
        }
    }
    plans
}

/// Letters, the same one if there are many; nothing, if no value is as long.
fn short_text(length: u64) -> Option<Value> {
    let bytes = (0..length.min(LONGEST_TEXT)).map(|index| b'a' + (index % 26) as u8);
    if length <= LONGEST_TEXT {
        return Some(Value::Literal(bytes.collect()));
    }
    let length = u32::try_from(length).ok()?;
    Some(Value::Repeat { length, byte: b'a' })
}

/// A read whose ranges do not reach beyond a length; any other operation as it is.
fn with_ranges_within(operation: &Operation, most: u64) -> Operation {
    let cut = |Range(range): &Range| {
        Range(match *range {
            ByteRange::FromStart(offset, length) => {
                let start = offset.min(most);
                let end = length.map(|length| offset.saturating_add(length).min(most));
                ByteRange::FromStart(start, end.map(|end| end - start))
            }
            ByteRange::Suffix(length) => ByteRange::Suffix(length.min(most)),
        })
    };
    match operation {
        Operation::GetPartial { key, range } => {
            Operation::GetPartial { key: *key, range: cut(range) }
        }
        Operation::GetPartialMany { key, ranges } => {
            Operation::GetPartialMany { key: *key, ranges: ranges.iter().map(cut).collect() }
        }
        other => other.clone(),
    }
}
