//! Bugs of reading parts of values.

use bytes::Bytes;
use zarr_conform_model::contract::{RangePosition, clamp};
use zarr_conform_model::plan::KeyPart;
use zarr_conform_model::{ErrorClass, Operation, Outcome, Range, Refusal};
use zarrs_storage::byte_range::ByteRange;

use crate::host::Bug;

/// What a store gives for one range.
type Part = Result<Bytes, Refusal>;

/// Changes each part that is read, given its range and the value; a `get` reads `0..`.
fn parts_are(change: fn(ByteRange, &Bytes, &mut Part)) -> Bug {
    Box::new(move |host, operation| {
        let (key, ranges) = match operation {
            Operation::Get { key } => (*key, &[Range(ByteRange::FromStart(0, None))][..]),
            Operation::GetPartial { key, range } => (*key, std::slice::from_ref(range)),
            Operation::GetPartialMany { key, ranges } => (*key, &**ranges),
            _ => return host.ask(operation),
        };
        let mut parts = match host.ask(operation) {
            Outcome::Value(part) => vec![Ok(part)],
            Outcome::Refused(refusal) => vec![Err(refusal)],
            // Parts of one value, which are all there.
            Outcome::Values(parts) => parts.into_iter().filter_map(Result::transpose).collect(),
            outcome => return outcome,
        };
        if let Some(value) = host.value(key) {
            for (range, part) in ranges.iter().zip(&mut parts) {
                change(range.0, &value, part);
            }
        }
        if matches!(operation, Operation::GetPartialMany { .. }) {
            return Outcome::Values(parts.into_iter().map(|part| part.map(Some)).collect());
        }
        parts.remove(0).map_or_else(Outcome::Refused, Outcome::Value)
    })
}

pub(crate) fn range_end_off_by_one() -> Bug {
    parts_are(|range, value, part| {
        if let (ByteRange::FromStart(offset, Some(1..)), Ok(bytes)) = (range, part)
            && offset + bytes.len() as u64 == value.len() as u64
        {
            bytes.truncate(bytes.len().saturating_sub(1));
        }
    })
}

pub(crate) fn suffix_as_offset() -> Bug {
    parts_are(|range, value, part| {
        if let ByteRange::Suffix(count) = range
            && count <= value.len() as u64
        {
            *part = Ok(value.slice(count as usize..));
        }
    })
}

pub(crate) fn range_past_end_clamped() -> Bug {
    parts_are(|range, value, part| {
        let position = RangePosition::of(range, value.len() as u64);
        if matches!(position, RangePosition::BoundedOverEnd | RangePosition::BoundedPastEnd) {
            turn(range, value, part);
        }
    })
}

pub(crate) fn suffix_over_clamped() -> Bug {
    parts_are(|range, value, part| {
        if RangePosition::of(range, value.len() as u64) == RangePosition::SuffixOver {
            turn(range, value, part);
        }
    })
}

/// Answers with what is there if the store refuses a range, and refuses it if the store answers.
fn turn(range: ByteRange, value: &Bytes, part: &mut Part) {
    *part = match part {
        Ok(_) => Err(Refusal::new(ErrorClass::InvalidRange, "the range is not inside the value")),
        Err(_) => Ok(value.slice(clamp(range, value.len()))),
    };
}

pub(crate) fn page_of_4096() -> Bug {
    parts_are(|range, value, part| {
        let start = clamp(range, value.len()).start;
        if let Ok(bytes) = part
            && start + bytes.len() > 4096
        {
            let mut zeroed = bytes.to_vec();
            zeroed[4096_usize.saturating_sub(start)..].fill(0);
            *bytes = zeroed.into();
        }
    })
}

pub(crate) fn files_given_whole() -> Bug {
    parts_are(|_, value, part| {
        if value.len() >= 64 {
            *part = Ok(value.clone());
        }
    })
}

pub(crate) fn suffix_ignored() -> Bug {
    parts_are(|range, value, part| {
        if let (ByteRange::Suffix(_), Ok(bytes)) = (range, part) {
            *bytes = value.clone();
        }
    })
}

pub(crate) fn offset_of_32_bits() -> Bug {
    parts_are(|range, value, part| {
        if let ByteRange::FromStart(offset, length) = range
            && offset > u64::from(u32::MAX)
        {
            let cut = offset & u64::from(u32::MAX);
            let end = length.map_or(value.len() as u64, |length| cut.saturating_add(length));
            if end <= value.len() as u64 && cut <= end {
                *part = Ok(value.slice(cut as usize..end as usize));
            }
        }
    })
}

pub(crate) fn length_of_32_bits() -> Bug {
    parts_are(|range, value, part| {
        if let ByteRange::FromStart(offset, Some(length)) = range
            && length > u64::from(u32::MAX)
            && offset <= value.len() as u64
        {
            let end = offset.saturating_add(length & u64::from(u32::MAX));
            let end = end.min(value.len() as u64);
            *part = Ok(value.slice(offset as usize..end as usize));
        }
    })
}

pub(crate) fn far_offset_from_the_end() -> Bug {
    parts_are(|range, value, part| {
        if let ByteRange::FromStart(offset @ Operation::BEHIND_ALL.., None) = range {
            let from_end = offset.wrapping_neg().min(value.len() as u64);
            *part = Ok(value.slice(value.len() - from_end as usize..));
        }
    })
}

pub(crate) fn far_offset_of_buffer() -> Bug {
    parts_are(|range, value, part| {
        let start = clamp(range, value.len()).start;
        if let Ok(bytes) = part
            && start > FAR
            && !bytes.is_empty()
        {
            *bytes = value.slice(start - 1..start - 1 + bytes.len());
        }
    })
}

/// From behind this offset on, parts are read from one byte before.
const FAR: usize = 100_000;

pub(crate) fn open_range_absent() -> Bug {
    let is_open = |range: &Range| matches!(range.0, ByteRange::FromStart(_, None));
    Box::new(move |host, operation| match operation {
        Operation::GetPartial { range, .. } if is_open(range) => Outcome::Absent,
        Operation::GetPartialMany { ranges, .. } if ranges.iter().any(is_open) => Outcome::Absent,
        _ => host.ask(operation),
    })
}

pub(crate) fn many_ranges_cut() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::GetPartialMany { key, ranges } if ranges.len() > 64 => {
            host.ask(&Operation::GetPartialMany { key: *key, ranges: ranges[..64].into() })
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn offset_at_end_none() -> Bug {
    Box::new(|host, operation| {
        let ranges = match operation {
            Operation::GetPartial { range, .. } => std::slice::from_ref(range),
            Operation::GetPartialMany { ranges, .. } => ranges,
            _ => &[],
        };
        let mut offsets = ranges.iter().filter_map(|range| match range.0 {
            ByteRange::FromStart(offset, None) => Some(offset),
            _ => None,
        });
        let at_end = operation
            .key()
            .is_some_and(|key| offsets.any(|offset| host.length(key) == Some(offset)));
        if at_end { Outcome::Absent } else { host.ask(operation) }
    })
}

pub(crate) fn many_without_absent() -> Bug {
    Box::new(|host, operation| match host.ask(operation) {
        Outcome::Values(parts) => {
            Outcome::Values(parts.into_iter().filter(|part| *part != Ok(None)).collect())
        }
        outcome => outcome,
    })
}

pub(crate) fn many_of_first_key() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::GetMany { parts } => {
            let first = parts.first().map(|part| part.key);
            let of_first = |part: &KeyPart| KeyPart { key: first.unwrap_or(part.key), ..*part };
            host.ask(&Operation::GetMany { parts: parts.iter().map(of_first).collect() })
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn parts_sorted() -> Bug {
    Box::new(|host, operation| match (operation, host.ask(operation)) {
        (Operation::GetPartialMany { key, ranges }, Outcome::Values(parts)) => {
            let length = host.length(*key).unwrap_or(0) as usize;
            let mut parts: Vec<_> = ranges.iter().zip(parts).collect();
            parts.sort_by_key(|(range, _)| clamp(range.0, length).start);
            Outcome::Values(parts.into_iter().map(|(_, part)| part).collect())
        }
        (_, outcome) => outcome,
    })
}

pub(crate) fn parts_deduplicated() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::GetPartialMany { key, ranges } => {
            let mut once: Vec<Range> = Vec::new();
            for range in ranges.iter() {
                if !once.contains(range) {
                    once.push(*range);
                }
            }
            host.ask(&Operation::GetPartialMany { key: *key, ranges: once.into() })
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn no_ranges_panics() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::GetPartialMany { key, ranges } if ranges.is_empty() && host.is_live(*key) => {
            panic!("there is no first range")
        }
        _ => host.ask(operation),
    })
}
