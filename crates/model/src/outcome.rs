//! Outcomes: what came back from a store, as plain data.

use std::fmt;

use bytes::Bytes;
use serde_json::Value as JsonValue;
use zarrs_storage::{StoreKey, StoreKeys, StorePrefixes};

use crate::text;

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
    Values(Vec<Result<Bytes, Refusal>>),
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
    /// The bits of elements, in C order; see [`DataType`](crate::DataType).
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
    /// Two ways into one place gave answers that disagree; see [`SideBySide`](crate::SideBySide).
    Divided(Box<[Outcome; 2]>),
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
    pub fn divided(first: Self, second: Self) -> Self {
        Self::Divided(Box::new([first, second]))
    }
}

/// Which kind of node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    /// A group.
    Group,
    /// An array.
    Array,
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Group => "group",
            Self::Array => "array",
        })
    }
}

/// An error that a store returned: its class is compared, its message is for the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of error.
    pub class: ErrorClass,
    /// The store's own words.
    pub message: String,
}

impl Refusal {
    /// An error of a class, in the store's words.
    #[must_use]
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }
}

/// What an error says, whatever its words and its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ErrorClass {
    /// What was asked for is not there.
    NotFound,
    /// What was to be created is there already.
    AlreadyExists,
    /// A condition of a conditional request does not hold.
    Precondition,
    /// The key or prefix is not one that the store can hold.
    InvalidKey,
    /// The byte range is not one that the value has.
    InvalidRange,
    /// The store, or this part of it, cannot be written.
    ReadOnly,
    /// The store does not have this operation.
    Unsupported,
    /// The same request may succeed later: a timeout, a reset, an overload.
    Transient,
    /// Anything else.
    Other,
}

impl ErrorClass {
    /// Every class.
    pub const ALL: [Self; 9] = [
        Self::NotFound,
        Self::AlreadyExists,
        Self::Precondition,
        Self::InvalidKey,
        Self::InvalidRange,
        Self::ReadOnly,
        Self::Unsupported,
        Self::Transient,
        Self::Other,
    ];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotFound => "NotFound",
            Self::AlreadyExists => "AlreadyExists",
            Self::Precondition => "Precondition",
            Self::InvalidKey => "InvalidKey",
            Self::InvalidRange => "InvalidRange",
            Self::ReadOnly => "ReadOnly",
            Self::Unsupported => "Unsupported",
            Self::Transient => "Transient",
            Self::Other => "Other",
        }
    }
}

/// A set of error classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorClasses(u16);

impl ErrorClasses {
    /// Every class but [`ErrorClass::Transient`], which says "ask again" and not "no".
    pub const ANY: Self = Self(0x1ff & !(1 << ErrorClass::Transient as u16));

    /// These classes.
    #[must_use]
    pub const fn of(classes: &[ErrorClass]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < classes.len() {
            bits |= 1 << classes[index] as u16;
            index += 1;
        }
        Self(bits)
    }

    /// Whether `class` is in the set.
    #[must_use]
    pub const fn contains(self, class: ErrorClass) -> bool {
        self.0 & (1 << class as u16) != 0
    }
}

impl fmt::Display for ErrorClasses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ANY {
            return f.write_str("an error");
        }
        let classes = ErrorClass::ALL.into_iter().filter(|class| self.contains(*class));
        let names: Vec<_> = classes.map(ErrorClass::name).collect();
        write!(f, "error {}", names.join(" or "))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error {} ({})", self.class.name(), first_line(&self.message))
    }
}

/// The first line of a message, cut to a readable length.
fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    if line.chars().count() <= 120 {
        return line.to_owned();
    }
    line.chars().take(119).chain(['…']).collect()
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
            Self::Divided(answers) => {
                let [first, second] = &**answers;
                write!(f, "first: {first}; second: {second}")
            }
        }
    }
}

fn names(keys: &[StoreKey]) -> impl ExactSizeIterator<Item = text::Name<'_>> {
    keys.iter().map(|key| text::Name(key.as_str()))
}

struct ItemText<'a>(&'a Result<Bytes, Refusal>);

impl fmt::Display for ItemText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ok(bytes) => text::write_bytes_short(f, bytes),
            Err(refusal) => refusal.fmt(f),
        }
    }
}
