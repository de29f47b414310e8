//! What may be answered where parts of a value are asked for.

use bytes::Bytes;
use zarrs_storage::byte_range::ByteRange;

use crate::contract::clause::Clause;
use crate::contract::dialect::Dialect;
use crate::contract::expected::{BAD_RANGE, Expected, Part, Want};
use crate::contract::ranges::{RangePosition, clamp};
use crate::contract::reply::Reply;
use crate::plan::range::Range;

impl Dialect {
    /// What may be answered where a part of this value is asked for.
    pub(crate) fn expect_part<'a>(&self, value: &'a Bytes, range: ByteRange) -> Expected<'a> {
        let part = Want::Value(&value[clamp(range, value.len())]);
        let position = RangePosition::of(range, value.len() as u64);
        match self.ranges.reply(position) {
            Reply::Answer => Expected::only(range_clause(range), part),
            Reply::Refuse => Expected::only(range_clause(range), Want::Error(BAD_RANGE)),
            Reply::Either => Expected::only(range_clause(range), part).or(Want::Error(BAD_RANGE)),
        }
    }

    /// [`expect_part`](Self::expect_part) for several parts at once.
    pub(crate) fn expect_parts<'a>(&self, value: &'a Bytes, ranges: &[Range]) -> Expected<'a> {
        let parts: Vec<_> = ranges.iter().map(|range| self.part(value, range.0)).collect();
        if parts.iter().all(|part| matches!(part, Part::Bytes(_))) {
            return Expected::only(Clause::R6, Want::Values(parts));
        }
        // `get_partial_many` returns a result of an iterator of results, and says of neither
        // when it is an error.
        Expected::only(Clause::R7, Want::Values(parts)).or(Want::Error(BAD_RANGE))
    }

    /// What is allowed for one of several parts, if it stood alone.
    pub(crate) fn part<'a>(&self, value: &'a Bytes, range: ByteRange) -> Part<'a> {
        let part = &value[clamp(range, value.len())];
        match self.ranges.reply(RangePosition::of(range, value.len() as u64)) {
            Reply::Answer => Part::Bytes(part),
            Reply::Refuse => Part::Refused,
            Reply::Either => Part::Either(part),
        }
    }
}

/// Ranges that no value can have are a clause of their own.
pub(crate) fn range_clause(range: ByteRange) -> Clause {
    let far = 1 << 31;
    match range {
        ByteRange::FromStart(offset, length) if offset.max(length.unwrap_or(0)) >= far => {
            Clause::R5
        }
        ByteRange::Suffix(length) if length >= far => Clause::R5,
        _ => Clause::R4,
    }
}
