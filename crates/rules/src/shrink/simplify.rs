//! Simpler forms of one operation: shorter values, smaller numbers, shorter lists.

use std::collections::VecDeque;
use std::sync::Arc;

use zarr_conform_model::plan::NodeOperation;
use zarr_conform_model::{Operation, Patch, Range, Value};
use zarrs_storage::byte_range::ByteRange;

use crate::shrink::simplify_node::simpler_actions;
use crate::shrink::smaller::{is_safe, shorter, smaller};

/// Simpler forms of one operation, the simplest first. `at` makes texts of different writes differ.
pub(crate) fn simpler(operation: &Operation, at: usize) -> VecDeque<Operation> {
    let set = |key, value| Operation::Set { key, value };
    match operation {
        Operation::Set { key, value } => {
            simpler_values(value, at).map(|value| set(*key, value)).collect()
        }
        Operation::SetPartial { key, patch } => {
            let as_set = set(*key, patch.value.clone());
            let patches = simpler_patches(patch, at);
            let patches = patches.map(|patch| Operation::SetPartial { key: *key, patch });
            std::iter::once(as_set).chain(patches).collect()
        }
        Operation::SetPartialMany { key, patches } => {
            let whole = |patches: Vec<Patch>| Operation::SetPartialMany {
                key: *key,
                patches: patches.into(),
            };
            let alone = patches
                .iter()
                .map(|patch| Operation::SetPartial { key: *key, patch: patch.clone() });
            let shorter = shorter_lists(patches).map(whole);
            let simpler = simpler_items(patches, |patch| simpler_patches(patch, at)).map(whole);
            let nothing = patches.is_empty().then(|| set(*key, Value::Literal([].into())));
            nothing.into_iter().chain(alone).chain(shorter).chain(simpler).collect()
        }
        Operation::GetPartial { key, range } => {
            simpler_ranges(*range).map(|range| Operation::GetPartial { key: *key, range }).collect()
        }
        Operation::GetPartialMany { key, ranges } => {
            let whole =
                |ranges: Vec<Range>| Operation::GetPartialMany { key: *key, ranges: ranges.into() };
            let shorter = shorter_lists(ranges).map(whole);
            let simpler = simpler_items(ranges, |range| simpler_ranges(*range)).map(whole);
            // What may come in any order comes in one.
            let exchanged = (1..ranges.len()).map(|second| {
                let mut ranges = ranges.to_vec();
                ranges.swap(second - 1, second);
                whole(ranges)
            });
            shorter.chain(simpler).chain(exchanged).collect()
        }
        Operation::EraseMany { keys } => {
            let alone = keys.iter().map(|key| Operation::Erase { key: *key });
            let shorter =
                shorter_lists(keys).map(|keys| Operation::EraseMany { keys: keys.into() });
            alone.chain(shorter).collect()
        }
        Operation::Node(NodeOperation { node, action }) => simpler_actions(action)
            .into_iter()
            .map(|action| Operation::Node(NodeOperation { node: *node, action: Arc::new(action) }))
            .collect(),
        Operation::Reopen
        | Operation::Audit
        | Operation::Get { .. }
        | Operation::SizeKey { .. }
        | Operation::Exists { .. }
        | Operation::Erase { .. }
        | Operation::ErasePrefix { .. }
        | Operation::Clear
        | Operation::List
        | Operation::ListPrefix { .. }
        | Operation::ListDir { .. }
        | Operation::IsEmpty { .. }
        | Operation::SizePrefix { .. }
        | Operation::Size => VecDeque::new(),
    }
}

/// Each single item, then the list without each.
fn shorter_lists<T: Clone>(items: &[T]) -> impl Iterator<Item = Vec<T>> + '_ {
    let alone = items.iter().map(|item| vec![item.clone()]);
    let without = (0..items.len()).map(|left_out| {
        let kept = items.iter().enumerate().filter(move |(at, _)| *at != left_out);
        kept.map(|(_, item)| item.clone()).collect()
    });
    alone.filter(|_| items.len() > 1).chain(without)
}

/// The list with one item made simpler.
fn simpler_items<'a, T: Clone, I: Iterator<Item = T> + 'a>(
    items: &'a [T],
    simpler: impl Fn(&T) -> I + 'a,
) -> impl Iterator<Item = Vec<T>> + 'a {
    items.iter().enumerate().flat_map(move |(at, item)| {
        simpler(item).map(move |item| {
            let mut items = items.to_vec();
            items[at] = item;
            items
        })
    })
}

fn simpler_patches(patch: &Patch, at: usize) -> impl Iterator<Item = Patch> + use<> {
    let Patch { offset, value } = patch.clone();
    let offsets = smaller(offset).map({
        let value = value.clone();
        move |offset| Patch { offset, value: value.clone() }
    });
    // What a write of no bytes does to a key without a value, or beyond the end, nobody says.
    let may_be_empty = value.is_empty();
    let values = simpler_values(&value, at);
    let values = values.filter(move |value| may_be_empty || !value.is_empty());
    values.map(move |value| Patch { offset, value }).chain(offsets)
}

/// Shorter values, each in its simplest writings: `"abc"`, the same shifted by the position of the
/// write, one byte repeated.
fn simpler_values(value: &Value, at: usize) -> impl Iterator<Item = Value> + use<> {
    let length = value.len() as u64;
    let old = value.clone();
    smaller(length).chain([length]).flat_map(move |length| {
        let length = length as usize;
        let text = |shift: usize| {
            let letters = (0..length).map(|index| b'a' + ((index + shift) % 26) as u8);
            Value::Literal(letters.collect())
        };
        let repeat = |byte| Value::Repeat { length: length as u32, byte };
        let mut simpler = if length <= 16 {
            vec![text(0), text(at + 1)]
        } else {
            vec![repeat(b'a'), repeat(b'a' + ((at + 1) % 26) as u8)]
        };
        // Two patterns of one id may have to stay so.
        if let Value::Pattern { id, .. } = old {
            simpler.push(Value::Pattern { length: length as u32, id });
        }
        simpler
    })
}

fn simpler_ranges(range: Range) -> impl Iterator<Item = Range> {
    let from_start = |offset, length| Range(ByteRange::FromStart(offset, length));
    let whole = std::iter::once(from_start(0, None));
    let simpler: Vec<Range> = match range.0 {
        ByteRange::FromStart(offset, None) => {
            smaller(offset).map(|offset| from_start(offset, None)).collect()
        }
        ByteRange::FromStart(offset, Some(length)) => {
            let suffix = std::iter::once(Range(ByteRange::Suffix(length)));
            let both = shorter(length).map(|length| from_start(0, Some(length)));
            let offsets = smaller(offset).map(|offset| from_start(offset, Some(length)));
            let lengths = shorter(length).map(|length| from_start(offset, Some(length)));
            // The same end from an earlier start.
            let longer = smaller(offset).filter_map(|start| {
                let length = length.checked_add(offset - start).filter(is_safe)?;
                Some(from_start(start, Some(length)))
            });
            let lengths = lengths.chain(longer);
            suffix.chain(both).chain(offsets).chain(lengths).collect()
        }
        ByteRange::Suffix(length) => {
            shorter(length).map(|length| Range(ByteRange::Suffix(length))).collect()
        }
    };
    whole.chain(simpler)
}
