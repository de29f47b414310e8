//! Draws values and byte ranges: lengths near boundaries, bytes that tell where they come from.

use std::collections::BTreeSet;

use zarr_conform_model::{Patch, Range, Value};
use zarrs_storage::byte_range::ByteRange;

use crate::generate::choices::Choices;

/// A length in bytes that every store can allocate. A guess: 16 MiB, several of them at the same
/// time.
pub(crate) const ALLOCATABLE: u64 = 1 << 24;

/// From this length on, allocation fails in Rust before it is tried: a store that tries panics, and
/// does not take the process with it as it would for a length in between. It follows from the limit
/// of `isize::MAX` bytes that Rust has.
pub(crate) const UNALLOCATABLE: u64 = 1 << 63;

/// Lengths that no value has, of which no store takes its process along.
const HUGE_LENGTHS: &[u64] =
    &[UNALLOCATABLE, UNALLOCATABLE + 1, u64::MAX - 4095, u64::MAX - 1, u64::MAX];

/// Lengths that no value has, and that a store which allocates them may end its process for: some
/// machines have room for the first few, and none for the others.
pub(crate) const UNSAFE_LENGTHS: &[u64] = &[
    1 << 30,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 32) + 1,
    1 << 34,
    1 << 45,
    1 << 53,
    (1 << 53) + 1,
    (1 << 63) - 1,
];

/// Offsets at which arithmetic overflows, or a number does not fit into a smaller one.
const HUGE_OFFSETS: &[u64] = &[
    (1 << 31) - 1,
    1 << 31,
    u32::MAX as u64,
    u32::MAX as u64 + 1,
    u32::MAX as u64 + 2,
    (1 << 53) - 1,
    1 << 53,
    (1 << 53) + 1,
    i64::MAX as u64,
    1 << 63,
    (1 << 63) + 1,
    u64::MAX - 4095,
    u64::MAX - 1,
    u64::MAX,
];

/// The longest value that is drawn, but for a byte. A guess: 1 MiB.
const LONGEST: usize = 1 << 20;

/// In parts of so many bytes values are kept, sent, copied or hashed.
const USUAL_PARTS: &[usize] =
    &[512, 1000, 1 << 12, 1 << 13, 10_000, 1 << 14, 1 << 15, 1 << 16, 100_000, 1 << 17, 1 << 18];

/// How many of them there may be together.
const USUAL_COUNTS: &[usize] = &[1, 2, 3, 4, 5, 8, 10, 16, 20, 32, 64, 100];

/// Which lengths a plan's values have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueProfile {
    weights: [u32; 9],
    /// Whether ranges have lengths that may end a process which allocates them.
    any_length: bool,
}

impl ValueProfile {
    pub(crate) fn draw(choices: &mut Choices) -> Self {
        let weights = match choices.below(4) {
            0 => [8, 14, 14, 10, 2, 0, 0, 0],
            1 => [4, 4, 4, 4, 4, 4, 6, 0],
            _ => [6, 10, 12, 20, 12, 6, 2, 0],
        };
        let large = u32::from(choices.chance(1, 200));
        let long = if choices.chance(1, LONG_EVERY) { 16 } else { 0 };
        let [zero, one, few, some, tens, hundreds, page, _] = weights;
        let weights = [zero, one, few, some, tens, hundreds, page, large, long];
        Self { weights, any_length: false }
    }

    /// Values of up to fifteen bytes: those of crowds, of which there are many.
    pub(crate) const fn short() -> Self {
        Self { weights: [6, 10, 12, 4, 0, 0, 0, 0, 0], any_length: false }
    }

    /// The same profile; whether ranges have lengths that may end a process which allocates them.
    pub(crate) const fn any_length(self, any: bool) -> Self {
        Self { any_length: any, ..self }
    }

    /// A length that no value has.
    fn huge_length(self, choices: &mut Choices) -> u64 {
        let is_unsafe = self.any_length && choices.chance(1, 2);
        *choices.pick(if is_unsafe { UNSAFE_LENGTHS } else { HUGE_LENGTHS })
    }

    /// A length in bytes.
    pub(crate) fn length(self, choices: &mut Choices) -> u32 {
        let length = match choices.weighted(&self.weights) {
            0 => 0,
            1 => 1,
            2 => choices.between(2, 3),
            3 => choices.between(4, 15),
            4 => near_power(choices, 4, 7),
            5 => choices.between(128, 700),
            6 => near_power(choices, 8, 13),
            7 => LONGEST + choices.below(3) - 1,
            _ => long(choices),
        };
        length as u32
    }
}

/// One plan in this many has long values. A guess: some hundred of them in a default campaign, which
/// finds what strikes one length in twenty.
const LONG_EVERY: usize = 6;

/// A length of more than a page or two, evenly in the logarithm, and often near a multiple of a usual
/// length of parts.
fn long(choices: &mut Choices) -> usize {
    // Those of more than some pages cost the most, and are fewer.
    let powers = *choices.pick(&[17, 17, 20]);
    let most = 1 << powers;
    let length = match choices.below(4) {
        1 => {
            let part = *choices.pick(USUAL_PARTS);
            let parts = (most / part).max(1).ilog2() as usize;
            (any_size(choices, 0, parts) * part + choices.below(3)).saturating_sub(1)
        }
        2 => {
            let part = *choices.pick(USUAL_PARTS);
            let into_next = choices.below(part);
            let into_next = *choices.pick(&[0, 1, into_next]);
            choices.pick(USUAL_COUNTS) * part + into_next
        }
        3 => near_power(choices, 13, powers),
        _ => any_size(choices, 13, powers - 1),
    };
    if length > most + 1 { any_size(choices, 13, powers - 1) } else { length }
}

/// Lengths below `most` that are a multiple of a usual length of parts, or a byte more: the shortest
/// first.
pub(crate) fn usual_lengths(most: u64) -> impl Iterator<Item = u64> {
    let products = USUAL_PARTS.iter().flat_map(|part| USUAL_COUNTS.iter().map(move |n| n * part));
    let lengths: BTreeSet<u64> = products.flat_map(|end| [end as u64, end as u64 + 1]).collect();
    lengths.into_iter().take_while(move |length| *length < most)
}

/// A number from `2^low` to `2^(high + 1)`, evenly in the logarithm.
fn any_size(choices: &mut Choices, low: usize, high: usize) -> usize {
    let power = 1 << choices.between(low, high);
    power + choices.below(power)
}

/// A power of two from `2^low` to `2^high`, one more or one less.
fn near_power(choices: &mut Choices, low: usize, high: usize) -> usize {
    (1 << choices.between(low, high)) + choices.below(3) - 1
}

/// A value that differs from every other one of the plan by its `id`.
pub(super) fn fresh(choices: &mut Choices, profile: ValueProfile, id: u32) -> Value {
    let length = profile.length(choices);
    if choices.chance(1, 16) {
        let byte = *choices.pick(&[0x00, 0xff, b' ', b'\n']);
        return Value::Repeat { length, byte };
    }
    Value::Pattern { length, id }
}

/// A value made from the one that it replaces, where cutting, growing or keeping it goes wrong.
pub(super) fn related(choices: &mut Choices, old: &Value, id: u32) -> Value {
    let length = old.len() as u32;
    let length = match choices.below(5) {
        0 => length,
        1 => length + 1,
        2 => length.saturating_sub(1),
        3 => choices.below(length as usize + 1) as u32,
        _ => 0,
    };
    match old {
        // The same noise: a prefix of the old value, or longer by a byte.
        Value::Pattern { id: old, .. } if choices.chance(1, 2) => {
            Value::Pattern { length, id: *old }
        }
        _ => Value::Pattern { length, id },
    }
}

/// A number at or next to a boundary of `0..=length`: an end of it, or of a usual part.
fn edge(choices: &mut Choices, length: u64) -> u64 {
    if length > 4096 && choices.chance(1, 4) {
        let part = *choices.pick(USUAL_PARTS) as u64;
        let parts = choices.below((length / part) as usize + 1) as u64;
        let at = parts * part + choices.below(3) as u64;
        return at.saturating_sub(1).min(length);
    }
    match choices.below(6) {
        0 => 0,
        1 => 1.min(length),
        2 => length,
        3 => length.saturating_sub(1),
        4 => length / 2,
        _ => choices.below(length as usize + 1) as u64,
    }
}

/// A number beyond `length`, a huge one now and then, if there are any.
fn beyond(choices: &mut Choices, length: u64, huge: Option<&dyn Fn(&mut Choices) -> u64>) -> u64 {
    match (choices.below(5), huge) {
        (0, _) => length + 2,
        (1, _) => length * 2 + 1,
        (2, Some(huge)) => {
            // What is left if the upper half of the number is cut off may well be inside.
            let more = if choices.chance(1, 2) { edge(choices, length) } else { 0 };
            huge(choices).saturating_add(more)
        }
        _ => length + 1,
    }
}

/// A byte range for a value of `length` bytes, one in four reaching beyond it.
pub(super) fn range(choices: &mut Choices, profile: ValueProfile, length: u64) -> Range {
    let outside = choices.chance(1, 4);
    let far_offset = |choices: &mut Choices| *choices.pick(HUGE_OFFSETS);
    let far_length = |choices: &mut Choices| profile.huge_length(choices);
    let range = match choices.below(4) {
        0 if outside => ByteRange::FromStart(beyond(choices, length, Some(&far_offset)), None),
        0 => ByteRange::FromStart(edge(choices, length), None),
        1 if outside => ByteRange::Suffix(beyond(choices, length, Some(&far_length))),
        1 => ByteRange::Suffix(edge(choices, length)),
        _ if outside => {
            let start = if choices.chance(1, 3) {
                beyond(choices, length, Some(&far_offset))
            } else {
                edge(choices, length)
            };
            let end = beyond(choices, length, None).max(start);
            match choices.below(8) {
                0 => ByteRange::FromStart(start, Some(far_length(choices))),
                1 => ByteRange::FromStart(start, Some(0)),
                _ => ByteRange::FromStart(start, Some(end - start)),
            }
        }
        _ => {
            let (one, other) = (edge(choices, length), edge(choices, length));
            ByteRange::FromStart(one.min(other), Some(one.abs_diff(other)))
        }
    };
    Range(range)
}

/// How many parts one call has: ten at the most in nearly all, and more than a page of them in few.
fn many(choices: &mut Choices, usual: usize) -> usize {
    match choices.below(64) {
        0 => *choices.pick(&[1001, 1025, 257]),
        1..=2 => choices.between(11, 130),
        _ => usual,
    }
}

/// Mostly up to ten ranges: none, repeated, overlapping and adjacent ones among them.
pub(super) fn ranges(choices: &mut Choices, profile: ValueProfile, length: u64) -> Vec<Range> {
    let count = match choices.below(8) {
        0 => 0,
        1 => choices.between(5, 10),
        _ => choices.between(1, 4),
    };
    let count = if count > 0 && length <= FOR_MANY { many(choices, count) } else { count };
    let mut ranges: Vec<Range> = Vec::with_capacity(count);
    // Most lists are all inside the value, so that a bad range does not hide wrong bytes.
    let inside = choices.chance(3, 4);
    while ranges.len() < count {
        let next = match ranges.last() {
            Some(last) if choices.chance(1, 6) => *last,
            Some(Range(ByteRange::FromStart(start, Some(count)))) if choices.chance(1, 4) => {
                let start = start.saturating_add(*count);
                let rest = length.saturating_sub(start);
                Range(ByteRange::FromStart(start.min(length), Some(edge(choices, rest))))
            }
            _ if inside => {
                let (one, other) = (edge(choices, length), edge(choices, length));
                Range(ByteRange::FromStart(one.min(other), Some(one.abs_diff(other))))
            }
            _ => range(choices, profile, length),
        };
        ranges.push(next);
    }
    ranges
}

/// Many parts are read and written of values of up to this many bytes. A guess: what comes back stays
/// below a megabyte or two.
const FOR_MANY: u64 = 1000;

/// A partial write of a value of `length` bytes, `None` if there is no value: inside it, across
/// its end, at it, or beyond.
///
/// One of no bytes is inside: whether another one creates a value or makes one longer nobody says,
/// and what a later answer goes by then hides what is wrong with it.
pub(super) fn patch(
    choices: &mut Choices,
    profile: ValueProfile,
    length: Option<u64>,
    id: u32,
) -> Patch {
    let known = length.unwrap_or_else(|| choices.below(8) as u64);
    let offset = match choices.below(8) {
        0 => known + 1,
        1 => known + 1 + choices.below(64) as u64,
        2 => known,
        _ => edge(choices, known),
    };
    let value = some_bytes(fresh(choices, profile, id), length.is_some_and(|end| offset <= end));
    Patch { offset, value }
}

/// A value that has bytes, unless it need not have any.
fn some_bytes(value: Value, may_be_empty: bool) -> Value {
    if value.is_empty() && !may_be_empty { Value::Repeat { length: 1, byte: 0 } } else { value }
}

/// Mostly up to five partial writes that do not overlap, in any order; at least one if there is no value
/// of `length` bytes, see [`patch`].
pub(super) fn patches(
    choices: &mut Choices,
    profile: ValueProfile,
    length: Option<u64>,
    mut id: impl FnMut() -> u32,
) -> Vec<Patch> {
    let none = choices.chance(1, 10) && length.is_some();
    let usual = if none { 0 } else { choices.between(1, 5) };
    let count = if none { 0 } else { many(choices, usual) };
    let known = length.unwrap_or_else(|| choices.below(8) as u64);
    let mut offset = edge(choices, known);
    let mut patches = Vec::with_capacity(count);
    for _ in 0..count {
        let id = id();
        let value = if count > usual {
            Value::Pattern { length: choices.between(1, 3) as u32, id }
        } else {
            fresh(choices, profile, id)
        };
        let value = some_bytes(value, length.is_some_and(|end| offset <= end));
        let end = offset + value.len() as u64;
        let at = choices.below(patches.len() + 1);
        patches.insert(at, Patch { offset, value });
        // Adjacent, or after a gap.
        offset = end + choices.halving(5) as u64;
    }
    patches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lengths_are_of_every_size_and_near_multiples_of_usual_parts() {
        let choices = &mut Choices::new(1, 0);
        let lengths: Vec<usize> = (0..3000).map(|_| long(choices)).collect();
        for power in 13..20 {
            let of_size = lengths.iter().filter(|length| length.ilog2() == power).count();
            assert!(of_size > 100, "{of_size} of 2^{power}");
        }
        let near = lengths.iter().filter(|length| (*length + 1) % 4096 <= 2).count();
        assert!(near * 4 > lengths.len(), "{near}");
        assert!(lengths.iter().all(|length| *length <= LONGEST + 1));
    }

    #[test]
    fn parts_of_long_values_start_anywhere_in_them() {
        let choices = &mut Choices::new(2, 0);
        let starts: Vec<u64> = (0..1000).map(|_| edge(choices, 1 << 20)).collect();
        let far = starts.iter().filter(|start| (1 << 17..1 << 20).contains(*start)).count();
        assert!(far > 300, "{far}");
    }
}
