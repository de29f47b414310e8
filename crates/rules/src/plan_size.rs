//! How large a plan is, so that shrinking knows what is simpler.

use zarr_conform_model::{Operation, Plan, Range, Value};
use zarrs_storage::byte_range::ByteRange;

/// How large a plan is: the first field that differs decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PlanSize {
    operations: usize,
    value_bytes: usize,
    /// Texts count nothing, repeated bytes one, patterns two.
    value_kinds: usize,
    numbers: u128,
    names: usize,
    text: String,
}

impl PlanSize {
    pub(crate) fn of(plan: &Plan) -> Self {
        let operations = || plan.operations().iter();
        let values = || operations().flat_map(values);
        let names = plan.names();
        let keys = names.keys().map(|key| names.key(key).as_str());
        let prefixes = names.prefixes().map(|prefix| names.prefix(prefix).as_str());
        Self {
            operations: plan.len(),
            value_bytes: values().map(Value::len).sum(),
            value_kinds: values().map(kind_of).sum(),
            numbers: operations().map(numbers).sum(),
            names: keys.map(weight_of_key).sum::<usize>() + prefixes.map(weight_of).sum::<usize>(),
            text: plan.to_string(),
        }
    }
}

/// The values that an operation writes.
fn values(operation: &Operation) -> Vec<&Value> {
    match operation {
        Operation::Set { value, .. } => vec![value],
        Operation::SetPartial { patch, .. } => vec![&patch.value],
        Operation::SetPartialMany { patches, .. } => {
            patches.iter().map(|patch| &patch.value).collect()
        }
        _ => Vec::new(),
    }
}

fn kind_of(value: &Value) -> usize {
    match value {
        Value::Literal(_) => 0,
        Value::Repeat { .. } => 1,
        Value::Pattern { .. } => 2,
    }
}

/// How far a key is from a short and plain one; the empty key is shortest, and the oddest.
fn weight_of_key(key: &str) -> usize {
    if key.is_empty() { 8 } else { weight_of(key) }
}

fn weight_of(name: &str) -> usize {
    let weights = name.chars().map(|char| match char {
        'a'..='z' | '/' => 4,
        'A'..='Z' | '0'..='9' | '-' | '.' | '_' => 5,
        '!'..='~' => 6,
        _ => 8,
    });
    weights.sum()
}

/// The sum of the numbers that an operation names, lists counted by their length too.
fn numbers(operation: &Operation) -> u128 {
    let of_range = |range: &Range| match range.0 {
        ByteRange::FromStart(offset, None) => u128::from(offset),
        ByteRange::FromStart(offset, Some(length)) => u128::from(offset) + u128::from(length) + 1,
        ByteRange::Suffix(length) => u128::from(length) + 1,
    };
    match operation {
        Operation::GetPartial { range, .. } => of_range(range),
        Operation::GetPartialMany { ranges, .. } => {
            ranges.iter().map(of_range).sum::<u128>() + (ranges.len() as u128) * 2
        }
        Operation::SetPartial { patch, .. } => 1 + u128::from(patch.offset),
        Operation::SetPartialMany { patches, .. } => {
            let offsets = patches.iter().map(|patch| u128::from(patch.offset));
            offsets.sum::<u128>() + (patches.len() as u128) * 2 + 1
        }
        Operation::EraseMany { keys } => keys.len() as u128 * 2,
        Operation::ErasePrefix { .. } | Operation::Clear => 1,
        _ => 0,
    }
}
