//! Smaller numbers and shorter lists.

use crate::generate::values::{ALLOCATABLE, UNALLOCATABLE, UNSAFE_LENGTHS};

/// Smaller numbers, so that a repeated search ends at the smallest in logarithmic steps.
pub(super) fn smaller(number: u64) -> impl Iterator<Item = u64> {
    let halvings = (0..64).map(move |shift| number >> shift).take_while(|step| *step > 0);
    let nearer = halvings.map(move |step| number - step);
    let plain = [0, 1, 2, 3, 4, 1 << 10, UNALLOCATABLE].into_iter();
    plain.filter(move |plain| *plain < number).chain(nearer)
}

/// Smaller lengths, without those in between that are not safe to allocate: a store that tries
/// takes the process with it. If the length is one of those itself, three of them are no worse, and
/// not more, so that the memory there is at the time does not decide what is the smallest.
pub(super) fn shorter(length: u64) -> impl Iterator<Item = u64> {
    let unsafe_ones = UNSAFE_LENGTHS.iter().copied();
    let no_worse = unsafe_ones.filter(move |other| !is_safe(&length) && *other < length);
    no_worse.chain(smaller(length).filter(is_safe))
}

/// Whether a store that allocates this many bytes succeeds, or panics before it tries.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "filters pass references")]
pub(super) fn is_safe(length: &u64) -> bool {
    *length <= ALLOCATABLE || *length >= UNALLOCATABLE
}
