//! Outcomes: what came back from a store, as plain data.

use std::fmt;

use bytes::Bytes;
use serde_json::Value as JsonValue;
use zarrs_storage::{StoreKey, StoreKeys, StorePrefixes};

use crate::contract::death::Death;
use crate::contract::refusal::{Refusal, first_line};
use crate::plan::node_kind::NodeKind;
use crate::plan::text;

/// What a store answered, or how it failed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The write or erase succeeded.
    Done,
    /// The key has no value.
    Absent,
    /// The value, or the part of it that was asked for.
    Value(Bytes),
    /// The parts that were asked for, in that order; a part may fail alone.
    Values(Vec<Result<Option<Bytes>, Refusal>>),
    /// A listing, in the order that the store gave.
    Keys(StoreKeys),
    /// A directory, in the order that the store gave.
    Directory {
        /// The keys directly below the prefix.
        keys: StoreKeys,
        /// The prefixes directly below the prefix.
        prefixes: StorePrefixes,
    },
    /// A size in bytes.
    Size(u64),
    /// A yes or a no.
    Truth(bool),
    /// The bits of elements, in C order; see [`DataType`](crate::plan::DataType).
    Elements(Vec<u64>),
    /// The nodes below one, by their paths, in the order that the library gave.
    Nodes(Vec<(String, NodeKind)>),
    /// A metadata document.
    Document(JsonValue),
    /// An error.
    Refused(Refusal),
    /// The store panicked, with this message.
    Panicked(String),
    /// The store did not answer before the deadline.
    TimedOut,
    /// The store ended the process that it was in.
    Died(Death),
    /// Files or handles are there that nobody needs any more, in these words.
    LeftBehind(String),
    /// The answer is longer than whoever asked looks at.
    Overlong {
        /// The bytes of its values and names.
        bytes: u64,
        /// The names in it, if it is a listing.
        names: u64,
    },
    /// The store went on asking the service below after this many requests of one operation had gone
    /// wrong, so that nobody waited for the answer.
    StillAsking(u32),
    /// Two ways into one place gave answers that disagree; see `Differential` in `zarr-conform-store`.
    Diverged(Box<[Outcome; 2]>),
}

impl Outcome {
    /// The same outcome, with the words of its errors changed: what is another in each run, such as
    /// the name of a temporary directory, has no place in a report.
    #[must_use]
    pub fn reworded(self, reword: impl Fn(&str) -> String) -> Self {
        let changed = |refusal: Refusal| Refusal { message: reword(&refusal.message), ..refusal };
        match self {
            Self::Refused(refusal) => Self::Refused(changed(refusal)),
            Self::Values(parts) => {
                Self::Values(parts.into_iter().map(|part| part.map_err(changed)).collect())
            }
            other => other,
        }
    }

    /// What two ways into one place answered, which is not the same.
    #[must_use]
    pub fn diverged(first: Self, second: Self) -> Self {
        Self::Diverged(Box::new([first, second]))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Absent => f.write_str("absent"),
            Self::Value(bytes) => text::write_bytes_short(f, bytes),
            Self::Values(items) => text::write_list_short(f, items.iter().map(ItemText)),
            Self::Keys(keys) => text::write_list_short(f, names(keys)),
            Self::Directory { keys, prefixes } => {
                f.write_str("keys ")?;
                text::write_list_short(f, names(keys))?;
                f.write_str(" prefixes ")?;
                text::write_list_short(
                    f,
                    prefixes.iter().map(|prefix| text::Prefix(prefix.as_str())),
                )
            }
            Self::Size(size) => write!(f, "{size}"),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Elements(bits) => text::write_elements(f, bits),
            Self::Nodes(nodes) => {
                text::write_nodes(f, nodes.iter().map(|(path, kind)| (path.as_str(), *kind)))
            }
            Self::Document(document) => write!(f, "{document}"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Panicked(message) => write!(f, "panic ({})", first_line(message)),
            Self::TimedOut => f.write_str("no answer before the deadline"),
            Self::Died(death) => death.fmt(f),
            Self::LeftBehind(what) => write!(f, "left behind: {what}"),
            Self::Overlong { bytes, names: 0 } => {
                write!(f, "{bytes} bytes, which is too long an answer")
            }
            Self::Overlong { bytes, names } => {
                write!(f, "{names} names of {bytes} bytes, which is too long an answer")
            }
            Self::StillAsking(requests) => {
                write!(f, "no answer, and still asking after {requests} requests went wrong")
            }
            Self::Diverged(answers) => {
                let [first, second] = &**answers;
                write!(f, "first: {first}; second: {second}")
            }
        }
    }
}

fn names(keys: &[StoreKey]) -> impl ExactSizeIterator<Item = text::Name<'_>> {
    keys.iter().map(|key| text::Name(key.as_str()))
}

struct ItemText<'a>(&'a Result<Option<Bytes>, Refusal>);

impl fmt::Display for ItemText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ok(Some(bytes)) => text::write_bytes_short(f, bytes),
            Ok(None) => f.write_str("absent"),
            Err(refusal) => refusal.fmt(f),
        }
    }
}
