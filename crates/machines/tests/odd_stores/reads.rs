//! Stores that answer wrong what they hold rightly.

use std::collections::BTreeMap;

use zarr_conform_machines::model::{ErrorClass, Operation, OperationKind, Outcome, Range, Refusal};
use zarrs_storage::Bytes;
use zarrs_storage::byte_range::ByteRange;

use super::{Row, error, with_bytes};
use crate::stores::odd::{Ask, Odd};

/// The right answer, changed if an operation of this kind is asked.
fn on(
    kind: OperationKind,
    change: impl Fn(Outcome) -> Outcome + Clone + Send + Sync + 'static,
) -> impl Fn(&mut Ask<'_>) -> Outcome + Clone + Send + Sync + 'static {
    move |ask| {
        let right = ask.right();
        if ask.is(kind) { change(right) } else { right }
    }
}

/// The right answer to a question about a value, with other bytes.
fn on_get(
    change: impl Fn(Bytes) -> Bytes + Clone + Send + Sync + 'static,
) -> impl Fn(&mut Ask<'_>) -> Outcome + Clone + Send + Sync + 'static {
    on(OperationKind::Get, move |right| with_bytes(right, &change))
}

/// What stands in the place of absent, if a key is got.
fn on_absent(
    instead: impl Fn() -> Outcome + Clone + Send + Sync + 'static,
) -> impl Fn(&mut Ask<'_>) -> Outcome + Clone + Send + Sync + 'static {
    on(OperationKind::Get, move |right| match right {
        Outcome::Absent => instead(),
        other => other,
    })
}

pub fn values() -> Vec<Row> {
    vec![
        Row::new(
            "says of every value that it is absent",
            "value lost",
            2,
            on(OperationKind::Get, |_| Outcome::Absent),
        ),
        Row::new(
            "loses the last byte",
            "value too short",
            2,
            on_get(|value| value.slice(..value.len().saturating_sub(1))),
        ),
        Row::new(
            "gives four kilobytes at the most",
            "value too short",
            2,
            on_get(|value| value.slice(..value.len().min(4096))),
        ),
        Row::new(
            "adds a newline",
            "value too long",
            2,
            on_get(|value| [&value[..], b"\n"].concat().into()),
        ),
        Row::new(
            "gives small letters",
            "value differs",
            2,
            on_get(|value| value.to_ascii_lowercase().into()),
        ),
        Row::new(
            "turns bytes that are no text into others",
            "value differs",
            2,
            on_get(|value| String::from_utf8_lossy(&value).into_owned().into()),
        ),
        Row::new(
            "gives zeros in place of bytes",
            "value differs",
            2,
            on_get(|value| vec![0; value.len()].into()),
        ),
        Row::new("cannot read what is empty, to give it or to patch it", "get: error", 2, |ask| {
            let kind = ask.kind();
            let reads = kind == OperationKind::Get
                || kind == OperationKind::SetPartial
                || kind == OperationKind::SetPartialMany;
            if let Some(key) = ask.operation.key().filter(|_| reads)
                && let Outcome::Value(value) = ask.other(&Operation::Get { key })
                && value.is_empty()
            {
                return error("nothing to map");
            }
            ask.right()
        }),
    ]
}

pub fn absences() -> Vec<Row> {
    vec![
        Row::new(
            "knows no empty value",
            "value lost",
            2,
            on(OperationKind::Get, |right| match right {
                Outcome::Value(value) if value.is_empty() => Outcome::Absent,
                other => other,
            }),
        ),
        Row::new(
            "gives an empty value for absent",
            "empty for absent",
            1,
            on_absent(|| Outcome::Value(Bytes::new())),
        ),
        Row::new(
            "gives zeros for absent",
            "value for absent",
            1,
            on_absent(|| Outcome::Value(Bytes::from_static(&[0; 8]))),
        ),
        Row::new(
            "gives an error for absent",
            "get: error for answer",
            1,
            on_absent(|| Outcome::Refused(Refusal::new(ErrorClass::NotFound, "no such key"))),
        ),
        Row::new("panics at absent", "get: panic", 1, on_absent(|| panic!("no such key"))),
        Row::new(
            "answers a question with done",
            "answer to another question",
            2,
            on(OperationKind::Get, |right| match right {
                Outcome::Value(_) => Outcome::Done,
                other => other,
            }),
        ),
        Row::new(
            "refuses long values in words with colours",
            "error for answer",
            2,
            on(OperationKind::Get, |right| match right {
                Outcome::Value(value) if value.len() > 3 => {
                    error("\u{1b}[31mtoo long\u{1b}[0m\u{7}")
                }
                other => other,
            }),
        ),
        Row::new(
            "goes on about errors",
            "error for answer",
            1,
            on_absent(|| error(&"at the end of all things ".repeat(100_000))),
        ),
        Row::of(
            "keeps what was read first",
            "value",
            4,
            Odd::each(|| {
                let mut read = BTreeMap::new();
                move |ask: &mut Ask<'_>| match (ask.operation, ask.right()) {
                    (Operation::Get { key }, Outcome::Value(value)) => {
                        Outcome::Value(read.entry(*key).or_insert(value).clone())
                    }
                    (_, right) => right,
                }
            }),
        ),
        Row::of(
            "remembers that a key was absent",
            "value lost",
            3,
            Odd::each(|| {
                let mut missed = Vec::new();
                move |ask: &mut Ask<'_>| match (ask.operation, ask.right()) {
                    (Operation::Get { key }, right) if missed.contains(key) => {
                        drop(right);
                        Outcome::Absent
                    }
                    (Operation::Get { key }, Outcome::Absent) => {
                        missed.push(*key);
                        Outcome::Absent
                    }
                    (_, right) => right,
                }
            }),
        ),
    ]
}

/// A part of a value that is not the one that was asked for.
fn on_part(
    change: impl Fn(Range) -> Range + Clone + Send + Sync + 'static,
) -> impl Fn(&mut Ask<'_>) -> Outcome + Clone + Send + Sync + 'static {
    move |ask| match ask.operation {
        Operation::GetPartial { key, range } => {
            let wrong = Operation::GetPartial { key: *key, range: change(*range) };
            match (ask.right(), ask.other(&wrong)) {
                (Outcome::Value(_), Outcome::Value(wrong)) => Outcome::Value(wrong),
                (right, _) => right,
            }
        }
        _ => ask.right(),
    }
}

pub fn parts() -> Vec<Row> {
    vec![
        Row::new(
            "begins each part one byte late",
            "get_partial",
            2,
            on_part(|range| {
                Range(match range.0 {
                    ByteRange::FromStart(start, Some(count)) => {
                        ByteRange::FromStart(start.saturating_add(1), Some(count))
                    }
                    other => other,
                })
            }),
        ),
        Row::new(
            "takes the end of a range for one that belongs to it",
            "get_partial",
            2,
            on_part(|range| {
                Range(match range.0 {
                    ByteRange::FromStart(start, Some(count)) => {
                        ByteRange::FromStart(start, Some(count.saturating_add(1)))
                    }
                    other => other,
                })
            }),
        ),
        Row::new(
            "counts a suffix from the start",
            "get_partial",
            2,
            on_part(|range| {
                Range(match range.0 {
                    ByteRange::Suffix(count) => ByteRange::FromStart(0, Some(count)),
                    other @ ByteRange::FromStart(..) => other,
                })
            }),
        ),
        Row::new(
            "knows no offset without an end",
            "get_partial",
            2,
            on_part(|range| {
                Range(match range.0 {
                    ByteRange::FromStart(_, None) => ByteRange::FromStart(0, None),
                    other => other,
                })
            }),
        ),
        Row::new(
            "gives an empty part for a key that is absent",
            "get_partial",
            1,
            on(OperationKind::GetPartial, |right| match right {
                Outcome::Absent => Outcome::Value(Bytes::new()),
                other => other,
            }),
        ),
        Row::new("sorts the parts", "get_partial_many", 2, |ask| match ask.operation {
            Operation::GetPartialMany { key, ranges } => {
                let mut sorted = ranges.to_vec();
                sorted.sort_by_key(|range| range.0);
                ask.other(&Operation::GetPartialMany { key: *key, ranges: sorted.into() })
            }
            _ => ask.right(),
        }),
        Row::new("gives each part once", "get_partial_many", 2, |ask| match ask.operation {
            Operation::GetPartialMany { key, ranges } => {
                let mut once = ranges.to_vec();
                once.dedup();
                ask.other(&Operation::GetPartialMany { key: *key, ranges: once.into() })
            }
            _ => ask.right(),
        }),
        Row::new(
            "gives no part if one is wrong",
            "get_partial_many",
            2,
            on(OperationKind::GetPartialMany, |right| match right {
                Outcome::Values(parts) if parts.iter().any(Result::is_err) => Outcome::Absent,
                other => other,
            }),
        )
        .or_two(),
    ]
}

pub fn sizes() -> Vec<Row> {
    let size = OperationKind::SizeKey;
    vec![
        Row::new(
            "counts one byte too many",
            "size too large",
            2,
            on(size, |right| match right {
                Outcome::Size(size) => Outcome::Size(size + 1),
                other => other,
            }),
        ),
        Row::new(
            "says that what is absent has no bytes",
            "value for absent",
            1,
            on(size, |right| match right {
                Outcome::Absent => Outcome::Size(0),
                other => other,
            }),
        ),
        Row::new(
            "cannot count beyond a byte",
            "size too small",
            2,
            on(size, |right| match right {
                Outcome::Size(size) => Outcome::Size(size & 0xff),
                other => other,
            }),
        ),
        Row::new(
            "says that everything exists",
            "exists: wrong truth",
            1,
            on(OperationKind::Exists, |_| Outcome::Truth(true)),
        ),
        Row::new(
            "counts keys in place of bytes",
            "size_prefix",
            2,
            on(OperationKind::SizePrefix, |right| match right {
                Outcome::Size(size) => Outcome::Size(size.min(1)),
                other => other,
            }),
        ),
        Row::new(
            "adds up to no more than a kilobyte",
            "size: size too small",
            2,
            on(OperationKind::Size, |right| match right {
                Outcome::Size(size) => Outcome::Size(size.min(1024)),
                other => other,
            }),
        ),
        Row::new("has no sizes", "size_key: error for answer", 1, on(size, |_| error("no sizes"))),
    ]
}
