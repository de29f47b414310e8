//! Dialects: what the specification leaves open, as knobs that a store declares.

use std::ops;

use zarrs_storage::byte_range::ByteRange;

use crate::doubt::Doubt;
use crate::operation::OperationKind;
use crate::traffic::RequestBudget;

/// How a store meets a request that the specification does not settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    /// It answers with what is there, or does what can be done.
    Answer,
    /// It returns an error.
    Refuse,
    /// Its documentation does not say, so both are right.
    Either,
}

/// The order in which listings come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListOrder {
    /// No order is promised.
    Unordered,
    /// By the bytes of the whole name: `a-b` before `a/b`.
    Bytes,
    /// Segment by segment, as a walk over sorted directories gives: `a/b` before `a-b`.
    Segments,
}

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

/// What the store under test can be asked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Capabilities {
    /// Values and sizes of keys can be read.
    pub read: bool,
    /// Keys can be set and erased.
    pub write: bool,
    /// Parts of values can be written.
    pub write_partial: bool,
    /// Keys can be listed.
    pub list: bool,
    /// The store can be opened again at the same place.
    pub reopen: bool,
    /// What is around the store can be audited.
    pub audit: bool,
    /// There is an array library over the store that can be asked for groups and arrays.
    pub nodes: bool,
    /// Every read is asked in two ways, which must agree; see [`SideBySide`](crate::SideBySide).
    pub twofold: bool,
    /// Requests to the service below are counted; see
    /// [`StoreUnderTest::traffic`](crate::StoreUnderTest::traffic).
    pub traffic: bool,
}

impl Capabilities {
    /// What a store has that can be asked nothing.
    pub const NONE: Self = Self {
        read: false,
        write: false,
        write_partial: false,
        list: false,
        reopen: false,
        audit: false,
        nodes: false,
        twofold: false,
        traffic: false,
    };

    /// What a store with all of `zarrs_storage`'s readable, writable and listable traits has.
    pub const ZARRS: Self =
        Self { read: true, write: true, write_partial: true, list: true, ..Self::NONE };

    /// Whether operations of this kind can be asked.
    #[must_use]
    pub const fn allow(self, kind: OperationKind) -> bool {
        match kind {
            OperationKind::Get
            | OperationKind::GetPartial
            | OperationKind::GetPartialMany
            | OperationKind::SizeKey
            | OperationKind::Exists => self.read,
            OperationKind::Set
            | OperationKind::Erase
            | OperationKind::EraseMany
            | OperationKind::ErasePrefix
            | OperationKind::Clear => self.write,
            OperationKind::SetPartial | OperationKind::SetPartialMany => self.write_partial,
            OperationKind::List
            | OperationKind::ListPrefix
            | OperationKind::ListDir
            | OperationKind::IsEmpty
            | OperationKind::SizePrefix
            | OperationKind::Size => self.list,
            OperationKind::Reopen => self.reopen,
            OperationKind::Audit => self.audit,
            // A library reads the metadata of a node before it does anything else.
            OperationKind::ReadChunk
            | OperationKind::ReadRegion
            | OperationKind::ReadArray
            | OperationKind::GetChunk
            | OperationKind::OpenNode
            | OperationKind::GetMetadata => self.nodes && self.read,
            OperationKind::ListChildren | OperationKind::ListNodes | OperationKind::Walk => {
                self.nodes && self.read && self.list
            }
            OperationKind::AddGroup
            | OperationKind::AddArray
            | OperationKind::WriteChunk
            | OperationKind::WriteRegion
            | OperationKind::EraseChunk
            | OperationKind::Resize
            | OperationKind::SetAttributes
            | OperationKind::DeleteNode => self.nodes && self.read && self.write,
            OperationKind::CopyNode | OperationKind::MoveNode | OperationKind::Consolidate => {
                self.nodes && self.read && self.write && self.list
            }
        }
    }
}

/// Everything that a store declares about itself.
///
/// Declare what the store documents, not what makes a run green: a weaker dialect hides
/// bugs from everybody who uses the store.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Dialect, RangeDialect};
///
/// // A store that cuts ranges to the value and keeps keys as files.
/// let dialect = Dialect {
///     ranges: RangeDialect::CLAMP,
///     key_below_key: false,
///     max_name_bytes: Some(255),
///     ..Dialect::ZARRS
/// };
/// assert!(dialect.case_sensitive);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// Byte ranges that reach beyond the value.
    pub ranges: RangeDialect,
    /// The order of listings.
    pub order: ListOrder,
    /// Erasing a key that has no value.
    pub erase_missing: Reply,
    /// Erasing a prefix that covers nothing.
    pub erase_missing_prefix: Reply,
    /// Listing a prefix that covers nothing; the answer is an empty list.
    pub list_missing_prefix: Reply,
    /// A partial write of a key that has no value; the answer is to create it.
    pub write_partial_missing: Reply,
    /// A partial write that starts beyond the end; the answer is to fill the gap with zeros.
    pub write_partial_gap: Reply,
    /// Whether a key and a key below it can both have values.
    pub key_below_key: bool,
    /// Whether keys that differ only in case are different keys; if not, none such are drawn
    /// together.
    pub case_sensitive: bool,
    /// Whether keys may have characters outside ASCII.
    pub unicode_keys: bool,
    /// The longest key in bytes.
    pub max_key_bytes: Option<usize>,
    /// The longest segment of a key in bytes.
    pub max_name_bytes: Option<usize>,
    /// How many levels above the store's root names may reach through `..`.
    ///
    /// A store that maps keys to paths and does not guard its root can harm everything up
    /// there, so this is 0 unless the adapter keeps the root that deep inside a sandbox, or the
    /// store has no paths. Names that climb higher are never drawn and never played.
    pub climb: usize,
    /// Whether directories may list prefixes below which there were keys and none is left.
    pub phantom_dirs: bool,
    /// Whether an operation on many keys that fails has changed none of them; if not, each of
    /// them may have changed or not.
    pub atomic_many: bool,
    /// Whether the array library over the store may keep chunks that hold nothing but the fill
    /// value.
    pub empty_chunks: bool,
    /// Whether any operation may fail with a [transient](crate::ErrorClass::Transient) error; a
    /// write that does may have happened or not, and nothing in between.
    pub transient_errors: bool,
    /// How many requests to the service below an operation may cost; held against stores that
    /// [count](crate::StoreUnderTest::traffic) them.
    pub requests: RequestBudget,
    /// What can be asked at all.
    pub capabilities: Capabilities,
}

impl Dialect {
    /// What `zarrs_storage`'s documentation and tests say of every store that implements it.
    pub const ZARRS: Self = Self {
        ranges: RangeDialect::ZARRS,
        order: ListOrder::Unordered,
        erase_missing: Reply::Answer,
        erase_missing_prefix: Reply::Answer,
        list_missing_prefix: Reply::Answer,
        write_partial_missing: Reply::Answer,
        write_partial_gap: Reply::Either,
        key_below_key: true,
        case_sensitive: true,
        unicode_keys: true,
        max_key_bytes: None,
        max_name_bytes: None,
        climb: 0,
        phantom_dirs: false,
        atomic_many: false,
        empty_chunks: false,
        transient_errors: false,
        requests: RequestBudget::NONE,
        capabilities: Capabilities::ZARRS,
    };

    /// Whether the store counts its requests and declares how many there may be.
    #[must_use]
    pub fn has_request_budget(&self) -> bool {
        self.capabilities.traffic && !self.requests.is_none()
    }

    /// How the store meets `key`, whatever it holds.
    #[must_use]
    pub fn standing(&self, key: &str) -> Reply {
        self.doubt(key).map_or(Reply::Answer, Doubt::reply)
    }

    /// What is odd about `key`, if something is: why the store may refuse it, or lose it.
    #[must_use]
    pub fn doubt(&self, key: &str) -> Option<Doubt> {
        let too_long = self.max_key_bytes.is_some_and(|most| key.len() > most)
            || self.max_name_bytes.is_some_and(|most| {
                key.len() > most && key.split('/').any(|name| name.len() > most)
            });
        if too_long {
            return Some(Doubt::TooLong);
        }
        if !self.unicode_keys && !key.is_ascii() {
            return Some(Doubt::NotAscii);
        }
        let bytes = key.as_bytes();
        if bytes.is_empty() {
            return Some(Doubt::Empty);
        }
        if bytes.contains(&0) {
            return Some(Doubt::Nul);
        }
        if !bytes.iter().any(|byte| matches!(byte, b'.' | b' ')) {
            return None;
        }
        let has = |odd: fn(&str) -> bool| key.split('/').any(odd);
        if has(|name| name == "..") {
            Some(Doubt::DotDot)
        } else if has(|name| name == ".") {
            Some(Doubt::Dot)
        } else {
            has(|name| name.starts_with(' ') || name.ends_with(' ')).then_some(Doubt::OuterSpace)
        }
    }
}

impl Default for Dialect {
    fn default() -> Self {
        Self::ZARRS
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

    #[test]
    fn long_and_odd_keys_stand_out() {
        let dialect = Dialect { max_name_bytes: Some(3), unicode_keys: false, ..Dialect::ZARRS };
        assert_eq!(dialect.standing("abc/abc"), Reply::Answer);
        assert_eq!(dialect.standing("abc/abcd"), Reply::Refuse);
        assert_eq!(dialect.standing("é"), Reply::Refuse);
        for odd in ["", "..", "a/./b", "../a", "\0"] {
            assert_eq!(dialect.standing(odd), Reply::Either, "{odd:?}");
        }
    }
}
