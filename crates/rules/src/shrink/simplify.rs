//! Simpler forms of one operation: shorter values, smaller numbers, shorter lists.

use std::collections::VecDeque;
use std::sync::Arc;

use zarr_conform_model::plan::{KeyPart, NodeAction, NodeOperation, Operand, OperandMut};
use zarr_conform_model::{KeyId, Operation, Patch, Range, Value};
use zarrs_storage::byte_range::ByteRange;

use crate::generate::values::usual_lengths;
use crate::shrink::simplify_node::simpler_actions;
use crate::shrink::smaller::{is_safe, shorter, smaller};

/// Simpler forms of one operation, the simplest first. `at` makes texts of different writes differ.
pub(super) fn simpler(operation: &Operation, at: usize) -> VecDeque<Operation> {
    let operands = operation.operands().enumerate();
    let forms = operands.flat_map(|(position, operand)| {
        let place = Place { operation, position };
        match operand {
            Operand::Value(value) => place.with(simpler_values(value, at)),
            Operand::Patch(patch) => place.with(simpler_patches(patch, at)),
            Operand::Patches(patches) => {
                let simpler = simpler_items(patches, |patch| simpler_patches(patch, at));
                place.with(shorter_lists(patches).chain(simpler))
            }
            Operand::Range(range) => place.with(simpler_ranges(range)),
            Operand::Ranges(ranges) => {
                let simpler = simpler_items(ranges, |range| simpler_ranges(*range));
                place.with(shorter_lists(ranges).chain(simpler).chain(exchanged(ranges)))
            }
            Operand::Keys(keys) => place.with(shorter_lists(keys)),
            Operand::Parts(parts) => {
                let simpler = simpler_items(parts, |part| simpler_parts(*part));
                place.with(shorter_lists(parts).chain(simpler).chain(exchanged(parts)))
            }
            Operand::Node(NodeOperation { action, .. }) => place.with(simpler_actions(action)),
            // Names are made simpler for the whole plan at once.
            Operand::Key(_) | Operand::Pair(_) | Operand::Prefix(_) => Vec::new(),
        }
    });
    plainer(operation).into_iter().chain(forms).collect()
}

/// The place of an operand in an operation.
struct Place<'a> {
    operation: &'a Operation,
    position: usize,
}

impl Place<'_> {
    /// The operation with each form in this place.
    fn with<T: Form>(&self, forms: impl IntoIterator<Item = T>) -> Vec<Operation> {
        let with = |form: T| {
            let mut simpler = self.operation.clone();
            if let Some(operand) = simpler.operands_mut().nth(self.position) {
                form.put(operand);
            }
            simpler
        };
        forms.into_iter().map(with).collect()
    }
}

/// What can stand in the place of an operand.
trait Form {
    /// Stands in the place of an operand of the same type.
    fn put(self, place: OperandMut<'_>);
}

/// Says of which operand each type of forms takes the place.
macro_rules! forms {
    ($($type:ty => $variant:ident;)*) => {$(
        impl Form for $type {
            fn put(self, place: OperandMut<'_>) {
                if let OperandMut::$variant(old) = place {
                    *old = self.into();
                }
            }
        }
    )*};
}

forms! {
    Value => Value;
    Patch => Patch;
    Vec<Patch> => Patches;
    Range => Range;
    Vec<Range> => Ranges;
    Vec<KeyId> => Keys;
    Vec<KeyPart> => Parts;
}

impl Form for NodeAction {
    fn put(self, place: OperandMut<'_>) {
        if let OperandMut::Node(old) = place {
            old.action = Arc::new(self);
        }
    }
}

/// Operations that ask the same in a plainer way.
fn plainer(operation: &Operation) -> Vec<Operation> {
    let set = |key, value| Operation::Set { key, value };
    match operation {
        Operation::SetPartial { key, patch } => {
            let end = patch.offset.saturating_add(patch.value.len() as u64);
            let whole = u32::try_from(end).ok().filter(|_| patch.offset > 0).map(|end| {
                let is_short = u64::from(end) <= LONGEST_TEXT;
                let long = Value::Repeat { length: end, byte: b'a' };
                if is_short { text(end as usize, 0) } else { long }
            });
            let values = [patch.value.clone()].into_iter().chain(whole);
            values.map(|value| set(*key, value)).collect()
        }
        Operation::GetMany { parts } => parts.iter().map(Operation::of_part).collect(),
        Operation::SetPartialMany { key, patches } if patches.is_empty() => {
            vec![set(*key, Value::Literal([].into()))]
        }
        Operation::SetPartialMany { key, patches } => {
            let alone = |patch: &Patch| Operation::SetPartial { key: *key, patch: patch.clone() };
            patches.iter().map(alone).collect()
        }
        Operation::SetIfAbsent { key, value } => vec![set(*key, value.clone())],
        Operation::EraseMany { keys } => {
            keys.iter().map(|key| Operation::Erase { key: *key }).collect()
        }
        // Any other has no plainer way, or one that stand-ins ask.
        _ => Vec::new(),
    }
}

/// In lists of more items than this, none is looked at alone: parts of the list are left out, and all
/// that are left become alike. A guess.
const LOOKED_AT: usize = 24;

/// The list with two neighbours in the other order: what may come in any order comes in one.
fn exchanged<T: Clone>(items: &[T]) -> impl Iterator<Item = Vec<T>> + '_ {
    let few = if items.len() <= LOOKED_AT { items.len() } else { 0 };
    (1..few).map(|second| {
        let mut items = items.to_vec();
        items.swap(second - 1, second);
        items
    })
}

/// Each single item, then the list without each; of a long one, without halves, quarters and so on,
/// and with all items alike.
fn shorter_lists<T: Clone>(items: &[T]) -> impl Iterator<Item = Vec<T>> + '_ {
    let few = if items.len() <= LOOKED_AT { items } else { &[] };
    let alone = few.iter().map(|item| vec![item.clone()]);
    let halves =
        (1..=items.len().checked_ilog2().unwrap_or_default()).map(|halved| items.len() >> halved);
    let sizes = halves.filter(move |_| items.len() > LOOKED_AT).chain([1]);
    let without = sizes.flat_map(move |size| {
        let starts = (0..items.len()).step_by(size);
        starts.map(move |start| {
            let kept = items.iter().enumerate();
            let kept = kept.filter(move |(at, _)| !(start..start + size).contains(at));
            kept.map(|(_, item)| item.clone()).collect()
        })
    });
    let alike = items.first().filter(|_| items.len() > LOOKED_AT);
    let alike = alike.map(|first| vec![first.clone(); items.len()]);
    alone.filter(|_| items.len() > 1).chain(alike).chain(without)
}

/// The list with one item made simpler, after all that are equal made so together: it may be that
/// they are equal which matters.
fn simpler_items<'a, T: Clone + PartialEq, I: Iterator<Item = T> + 'a>(
    items: &'a [T],
    simpler: impl Fn(&T) -> I + 'a,
) -> impl Iterator<Item = Vec<T>> + 'a {
    // Where all are alike, the first stands for all.
    let is_alike = items.windows(2).all(|pair| pair[0] == pair[1]);
    let looked_at = match items.len() {
        count if count <= LOOKED_AT => count,
        _ => usize::from(is_alike),
    };
    items.iter().enumerate().take(looked_at).flat_map(move |(at, old)| {
        let is_twin = items.iter().filter(|item| *item == old).count() > 1;
        let is_short = items.len() <= LOOKED_AT;
        let all =
            [true, false].into_iter().filter(move |all| if *all { is_twin } else { is_short });
        all.flat_map({
            let simpler: Vec<T> = simpler(old).collect();
            move |all| {
                let change = move |new: T| {
                    let changed = items.iter().enumerate().map(|(other, item)| {
                        let changes = other == at || all && item == old;
                        if changes { new.clone() } else { item.clone() }
                    });
                    changed.collect()
                };
                simpler.clone().into_iter().map(change)
            }
        })
    })
}

/// The whole value, and simpler parts of it.
fn simpler_parts(part: KeyPart) -> impl Iterator<Item = KeyPart> {
    let with = move |range| KeyPart { range, ..part };
    let whole = part.range.map(|_| with(None));
    let ranges = part.range.into_iter().flat_map(simpler_ranges);
    whole.into_iter().chain(ranges.map(move |range| with(Some(range))))
}

fn simpler_patches(patch: &Patch, at: usize) -> impl Iterator<Item = Patch> + use<> {
    let Patch { offset, value } = patch.clone();
    // What ends between the longest value that is patched and the end of all is no plan to play.
    let end = |offset: u64| offset.saturating_add(value.len() as u64);
    let is_playable = |offset: &u64| {
        end(*offset) <= Operation::LONGEST_PATCHED_VALUE || *offset >= Operation::BEHIND_ALL
    };
    let offsets: Vec<u64> = smaller(offset).filter(is_playable).collect();
    let offsets = offsets.into_iter().map({
        let value = value.clone();
        move |offset| Patch { offset, value: value.clone() }
    });
    // What a write of no bytes does to a key without a value, or beyond the end, nobody says.
    let may_be_empty = value.is_empty();
    let values = simpler_values(&value, at);
    let values = values.filter(move |value| may_be_empty || !value.is_empty());
    values.map(move |value| Patch { offset, value }).chain(offsets)
}

/// Of values longer than this, the usual lengths of parts are tried. A guess: a page or two.
const LONG: u64 = 8192;

/// The longest value that is simplest as letters, in bytes: a reader takes it in at a glance.
pub(super) const LONGEST_TEXT: u64 = 16;

/// Letters in the order of the alphabet, from one on.
fn text(length: usize, shift: usize) -> Value {
    Value::Literal((0..length).map(|index| b'a' + ((index + shift) % 26) as u8).collect())
}

/// Shorter values, each in its simplest writings: `"abc"`, the same shifted by the position of the
/// write, one byte repeated.
fn simpler_values(value: &Value, at: usize) -> impl Iterator<Item = Value> + use<> {
    let length = value.len() as u64;
    let old = value.clone();
    let usual = usual_lengths(if length > LONG { length } else { 0 });
    smaller(length).chain(usual).chain([length]).flat_map(move |length| {
        let length = length as usize;
        let repeat = |byte| Value::Repeat { length: length as u32, byte };
        let mut simpler = if length as u64 <= LONGEST_TEXT {
            vec![text(length, 0), text(length, at + 1)]
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
