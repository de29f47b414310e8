//! The answers of a correct store, as text that programs in any language can make of theirs.

use std::fmt::Write;

use zarr_conform_model::contract::{Expected, Part, Want};

/// Which answers are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// One of these.
    OneOf(Vec<String>),
    /// More than can be listed: the answer is not looked at.
    Open,
}

impl Answers {
    pub(super) fn of(expected: &Expected<'_>) -> Self {
        let wants = std::iter::once(&expected.wanted).chain(&expected.alternatives);
        wants.map(text).collect::<Option<Vec<_>>>().map_or(Self::Open, Self::OneOf)
    }
}

/// One answer; none if it is not one alone.
fn text(want: &Want<'_>) -> Option<String> {
    Some(match want {
        Want::Done => "done".to_owned(),
        Want::Absent => "absent".to_owned(),
        Want::Value(bytes) => value(bytes),
        Want::Bytes(bytes) => value(bytes),
        Want::Values(parts) => {
            let parts = parts.iter().map(|part| match part {
                Part::Bytes(bytes) => Some(value(bytes)),
                Part::Refused => Some("error".to_owned()),
                Part::Absent => Some("absent".to_owned()),
                Part::Either(_) => None,
            });
            list(&parts.collect::<Option<Vec<_>>>()?)
        }
        Want::Keys(keys) => names(keys.iter().map(|key| key.as_str().to_owned()).collect()),
        Want::Directory { keys, prefixes, optional } if optional.is_empty() => {
            let keys = keys.iter().map(|key| key.as_str().to_owned());
            let prefixes = prefixes.iter().map(|prefix| (*prefix).to_owned());
            names(keys.chain(prefixes).collect())
        }
        Want::Size(size) => size.to_string(),
        Want::Truth(truth) => truth.to_string(),
        Want::Error(_) => "error".to_owned(),
        _ => return None,
    })
}

/// Names, in byte order.
fn names(mut names: Vec<String>) -> String {
    names.sort_unstable();
    list(&names)
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.join(", "))
}

/// How many bytes of a value are written out.
const WHOLE: usize = 32;

/// A value: its bytes, or of a long one the length and a checksum (FNV-1a).
fn value(bytes: &[u8]) -> String {
    if bytes.len() > WHOLE {
        let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        return format!("{} bytes, checksum {sum:016x}", bytes.len());
    }
    bytes.iter().fold("0x".to_owned(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
