//! Byte ranges, as plans write them.

use std::fmt;

use zarrs_storage::byte_range::ByteRange;

/// A part of a value: `zarrs_storage`'s byte range, printed so that every one parses back.
///
/// `2..5` is bounded, `2..` runs to the end, `-3..` is the last three bytes, and `2+3` is
/// `2..5` again, for the ranges whose end would not fit in 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range(pub ByteRange);

impl std::hash::Hash for Range {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self.0 {
            ByteRange::FromStart(offset, length) => (0, offset, length).hash(state),
            ByteRange::Suffix(length) => (1, length).hash(state),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ByteRange::FromStart(offset, None) => write!(f, "{offset}.."),
            ByteRange::FromStart(offset, Some(length)) => match offset.checked_add(length) {
                Some(end) => write!(f, "{offset}..{end}"),
                None => write!(f, "{offset}+{length}"),
            },
            ByteRange::Suffix(length) => write!(f, "-{length}.."),
        }
    }
}
