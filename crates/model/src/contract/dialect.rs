//! Dialects: what the specification leaves open, as knobs that a store declares.

use crate::contract::name_hazard::NameHazard;
use crate::contract::overlap::{Overlap, PartialWrites, SecondHandle};
use crate::contract::ranges::RangeDialect;
use crate::contract::reply::Reply;
use crate::contract::traffic::RequestBudget;

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

/// What a write that was acknowledged owes to a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durable {
    /// It is on the device when the store returns.
    OnReturn,
    /// Nothing is promised; but no value may be there that was never written.
    No,
}

/// How a store answers where the contract leaves it open.
///
/// Declare what the store documents, not what makes a run green: a weaker dialect hides
/// bugs from everybody who uses the store.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Dialect;
/// use zarr_conform_model::contract::RangeDialect;
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
    /// What an acknowledged write owes to a power cut.
    pub durable: Durable,
    /// Whether a write that fails, or that is cut off by the end of the process, leaves the old value
    /// or the new one; if not, the value may be anything until it is written again.
    pub atomic_set: bool,
    /// Whether a request to the service below that goes wrong once is asked again, so that whoever
    /// asked the store does not see it.
    pub retries: bool,
    /// Whether bytes that come back changed from the service below are found out.
    pub checksums: bool,
    /// What holds of callers at the same time.
    pub overlap: Overlap,
    /// Whether partial writes of one key at the same time are all kept.
    pub partial_writes: PartialWrites,
    /// When another handle on the same place sees what was written.
    pub second_handle: SecondHandle,
    /// How many requests to the service below an operation may cost; held against stores that
    /// count them.
    pub requests: RequestBudget,
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
        durable: Durable::No,
        atomic_set: true,
        retries: false,
        checksums: false,
        overlap: Overlap::DistinctKeys,
        partial_writes: PartialWrites::Lost,
        second_handle: SecondHandle::OnReopen,
        requests: RequestBudget::NONE,
    };

    /// How the store meets `key`, whatever it holds.
    #[must_use]
    pub fn standing(&self, key: &str) -> Reply {
        self.hazard(key).map_or(Reply::Answer, NameHazard::reply)
    }

    /// What is odd about `key`, if something is: why the store may refuse it, or lose it.
    #[must_use]
    pub fn hazard(&self, key: &str) -> Option<NameHazard> {
        let too_long = self.max_key_bytes.is_some_and(|most| key.len() > most)
            || self.max_name_bytes.is_some_and(|most| {
                key.len() > most && key.split('/').any(|name| name.len() > most)
            });
        if too_long {
            return Some(NameHazard::TooLong);
        }
        if !self.unicode_keys && !key.is_ascii() {
            return Some(NameHazard::NotAscii);
        }
        let bytes = key.as_bytes();
        if bytes.is_empty() {
            return Some(NameHazard::Empty);
        }
        if bytes.contains(&0) {
            return Some(NameHazard::Nul);
        }
        if !bytes.iter().any(|byte| matches!(byte, b'.' | b' ')) {
            return is_doubled(bytes).then_some(NameHazard::DoubledSlash);
        }
        let has = |odd: fn(&str) -> bool| key.split('/').any(odd);
        if has(|name| name == "..") {
            Some(NameHazard::DotDot)
        } else if has(|name| name == ".") {
            Some(NameHazard::Dot)
        } else if is_doubled(bytes) {
            Some(NameHazard::DoubledSlash)
        } else {
            has(|name| name.starts_with(' ') || name.ends_with(' '))
                .then_some(NameHazard::OuterSpace)
        }
    }
}

/// Whether a name, without the slash at the end of a prefix, has two slashes side by side.
fn is_doubled(name: &[u8]) -> bool {
    name.ends_with(b"/") || name.windows(2).any(|pair| pair == b"//")
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
    fn long_and_odd_keys_stand_out() {
        let dialect = Dialect { max_name_bytes: Some(3), unicode_keys: false, ..Dialect::ZARRS };
        assert_eq!(dialect.standing("abc/abc"), Reply::Answer);
        assert_eq!(dialect.standing("abc/abcd"), Reply::Refuse);
        assert_eq!(dialect.standing("é"), Reply::Refuse);
        for odd in ["", "..", "a/./b", "../a", "\0", "a/", "a//b"] {
            assert_eq!(dialect.standing(odd), Reply::Either, "{odd:?}");
        }
    }
}
