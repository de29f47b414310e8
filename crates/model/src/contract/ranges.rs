//! What a store gives for byte ranges that reach beyond a value.

use std::ops;

use zarrs_storage::byte_range::ByteRange;

use crate::contract::reply::Reply;

/// What a store gives for byte ranges that reach beyond the value.
///
/// Of two implementations hardly any agree here, so every case is a knob of its own.
/// [`Reply::Answer`] means the bytes of the range that the value has, which may be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RangeDialect {
    /// `2..9` of 5 bytes: it starts inside and ends beyond.
    pub bounded_over_end: Reply,
    /// `5..9` of 5 bytes: it starts at or beyond the end.
    pub bounded_past_end: Reply,
    /// `2..2` of 5 bytes.
    pub zero_length_inside: Reply,
    /// `9..9` of 5 bytes.
    pub zero_length_past_end: Reply,
    /// `5..` of 5 bytes.
    pub offset_at_end: Reply,
    /// `9..` of 5 bytes.
    pub offset_past_end: Reply,
    /// `-9..` of 5 bytes; the answer is the whole value.
    pub suffix_over: Reply,
    /// `-0..` of any value.
    pub suffix_zero: Reply,
}

/// Where a byte range stands in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RangePosition {
    /// `2..4` of 5 bytes: every byte it asks for is there, and it asks for some.
    Inside,
    /// `2..` of 5 bytes.
    OffsetInside,
    /// `-2..` of 5 bytes.
    SuffixInside,
    /// See [`RangeDialect::bounded_over_end`].
    BoundedOverEnd,
    /// See [`RangeDialect::bounded_past_end`].
    BoundedPastEnd,
    /// See [`RangeDialect::zero_length_inside`].
    ZeroLengthInside,
    /// See [`RangeDialect::zero_length_past_end`].
    ZeroLengthPastEnd,
    /// See [`RangeDialect::offset_at_end`].
    OffsetAtEnd,
    /// See [`RangeDialect::offset_past_end`].
    OffsetPastEnd,
    /// See [`RangeDialect::suffix_over`].
    SuffixOver,
    /// See [`RangeDialect::suffix_zero`].
    SuffixZero,
}

impl RangePosition {
    /// Every position.
    pub const ALL: [Self; 11] = [
        Self::Inside,
        Self::OffsetInside,
        Self::SuffixInside,
        Self::BoundedOverEnd,
        Self::BoundedPastEnd,
        Self::ZeroLengthInside,
        Self::ZeroLengthPastEnd,
        Self::OffsetAtEnd,
        Self::OffsetPastEnd,
        Self::SuffixOver,
        Self::SuffixZero,
    ];

    /// Where `range` stands in a value of `length` bytes.
    #[must_use]
    pub fn of(range: ByteRange, length: u64) -> Self {
        match range {
            ByteRange::FromStart(offset, None) => match offset.cmp(&length) {
                std::cmp::Ordering::Less => Self::OffsetInside,
                std::cmp::Ordering::Equal => Self::OffsetAtEnd,
                std::cmp::Ordering::Greater => Self::OffsetPastEnd,
            },
            ByteRange::FromStart(offset, Some(0)) if offset <= length => Self::ZeroLengthInside,
            ByteRange::FromStart(_, Some(0)) => Self::ZeroLengthPastEnd,
            ByteRange::FromStart(offset, Some(_)) if offset >= length => Self::BoundedPastEnd,
            ByteRange::FromStart(offset, Some(count)) if count > length - offset => {
                Self::BoundedOverEnd
            }
            ByteRange::Suffix(0) => Self::SuffixZero,
            ByteRange::Suffix(count) if count > length => Self::SuffixOver,
            ByteRange::FromStart(..) => Self::Inside,
            ByteRange::Suffix(_) => Self::SuffixInside,
        }
    }
}

impl RangeDialect {
    /// What `zarrs_storage` documents and tests: any byte beyond the end is an error.
    ///
    /// Its `byte_range` functions refuse a range "if any bytes are requested beyond the end";
    /// an empty range beyond the end requests none, and is left open.
    pub const ZARRS: Self = Self {
        bounded_over_end: Reply::Refuse,
        bounded_past_end: Reply::Refuse,
        zero_length_inside: Reply::Answer,
        zero_length_past_end: Reply::Either,
        offset_at_end: Reply::Answer,
        offset_past_end: Reply::Refuse,
        suffix_over: Reply::Refuse,
        suffix_zero: Reply::Answer,
    };

    /// What zarr-python's state machine holds its stores against: every range is cut to the value.
    pub const CLAMP: Self = Self {
        bounded_over_end: Reply::Answer,
        bounded_past_end: Reply::Answer,
        zero_length_inside: Reply::Answer,
        zero_length_past_end: Reply::Answer,
        offset_at_end: Reply::Answer,
        offset_past_end: Reply::Answer,
        suffix_over: Reply::Answer,
        suffix_zero: Reply::Answer,
    };

    /// The store's way with ranges at `position`.
    #[must_use]
    pub const fn reply(&self, position: RangePosition) -> Reply {
        match position {
            RangePosition::Inside | RangePosition::OffsetInside | RangePosition::SuffixInside => {
                Reply::Answer
            }
            RangePosition::BoundedOverEnd => self.bounded_over_end,
            RangePosition::BoundedPastEnd => self.bounded_past_end,
            RangePosition::ZeroLengthInside => self.zero_length_inside,
            RangePosition::ZeroLengthPastEnd => self.zero_length_past_end,
            RangePosition::OffsetAtEnd => self.offset_at_end,
            RangePosition::OffsetPastEnd => self.offset_past_end,
            RangePosition::SuffixOver => self.suffix_over,
            RangePosition::SuffixZero => self.suffix_zero,
        }
    }
}

/// The part of `range` that a value of `length` bytes has.
#[must_use]
pub fn clamp(range: ByteRange, length: usize) -> ops::Range<usize> {
    let inside = |at: u64| usize::try_from(at).map_or(length, |at| at.min(length));
    match range {
        ByteRange::FromStart(offset, None) => inside(offset)..length,
        ByteRange::FromStart(offset, Some(count)) => {
            inside(offset)..inside(offset.saturating_add(count))
        }
        ByteRange::Suffix(count) => length - inside(count)..length,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clamping_keeps_what_is_there() {
        let bounded = |offset, count| ByteRange::FromStart(offset, Some(count));
        assert_eq!(clamp(bounded(1, 2), 5), 1..3);
        assert_eq!(clamp(bounded(3, 9), 5), 3..5);
        assert_eq!(clamp(bounded(9, 9), 5), 5..5);
        assert_eq!(clamp(bounded(3, u64::MAX), 5), 3..5);
        assert_eq!(clamp(ByteRange::FromStart(u64::MAX, None), 5), 5..5);
        assert_eq!(clamp(ByteRange::Suffix(2), 5), 3..5);
        assert_eq!(clamp(ByteRange::Suffix(9), 5), 0..5);
        assert_eq!(clamp(ByteRange::Suffix(0), 5), 5..5);
    }

    #[test]
    fn positions_change_at_the_end_of_the_value() {
        let of = |offset, count| RangePosition::of(ByteRange::FromStart(offset, count), 5);
        assert_eq!(of(0, Some(5)), RangePosition::Inside);
        assert_eq!(of(0, Some(6)), RangePosition::BoundedOverEnd);
        assert_eq!(of(4, Some(u64::MAX)), RangePosition::BoundedOverEnd);
        assert_eq!(of(5, Some(1)), RangePosition::BoundedPastEnd);
        assert_eq!(of(5, Some(0)), RangePosition::ZeroLengthInside);
        assert_eq!(of(6, Some(0)), RangePosition::ZeroLengthPastEnd);
        assert_eq!(of(4, None), RangePosition::OffsetInside);
        assert_eq!(of(5, None), RangePosition::OffsetAtEnd);
        assert_eq!(of(6, None), RangePosition::OffsetPastEnd);
        assert_eq!(RangePosition::of(ByteRange::Suffix(5), 5), RangePosition::SuffixInside);
        assert_eq!(RangePosition::of(ByteRange::Suffix(6), 5), RangePosition::SuffixOver);
        assert_eq!(RangePosition::of(ByteRange::Suffix(0), 5), RangePosition::SuffixZero);
    }
}
