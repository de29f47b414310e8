//! Outcomes on the wire: JSON that says how many of the bytes behind it are whose.

use bytes::{Buf, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use serde_json::Value as JsonValue;
use zarr_conform_model::contract::{Death, ErrorClass};
use zarr_conform_model::plan::NodeKind;
use zarr_conform_model::{Outcome, Refusal};
use zarrs_storage::{StoreKey, StoreKeys, StorePrefix};

use crate::error::WireError;

/// [`Outcome`] on the wire; every length is a number of the bytes behind the message, which come in
/// the order in which the lengths stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    Done,
    Absent,
    Value(u64),
    Values(Vec<Item>),
    Keys(Vec<String>),
    Directory {
        keys: Vec<String>,
        prefixes: Vec<String>,
    },
    Size(u64),
    Truth(bool),
    /// How many: each is 8 bytes, the lowest first.
    Elements(u64),
    Nodes(Vec<(String, Kind)>),
    Document(JsonValue),
    Refused(RefusalForm),
    Panicked(String),
    TimedOut,
    Died(DeathForm),
    LeftBehind(String),
    Overlong {
        bytes: u64,
        names: u64,
    },
    StillAsking(u32),
    Diverged(Box<[Form; 2]>),
}

/// One of several values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Item {
    Value(u64),
    Absent,
    Refused(RefusalForm),
}

/// [`NodeKind`] on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Group,
    Array,
}

/// [`Refusal`] on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RefusalForm {
    class: Class,
    message: String,
}

/// [`ErrorClass`] on the wire, by its name in reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Class {
    NotFound,
    AlreadyExists,
    Precondition,
    InvalidKey,
    InvalidRange,
    ReadOnly,
    Unsupported,
    Transient,
    Other,
}

/// [`Death`] on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeathForm {
    Exit { status: i32, words: String },
    Signal { name: String, words: String },
}

impl Form {
    /// An outcome as it is sent; the bytes of its values are added to `bytes`.
    pub(crate) fn of(outcome: &Outcome, bytes: &mut BytesMut) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Absent => Self::Absent,
            Outcome::Value(value) => Self::Value(put(value, bytes)),
            Outcome::Values(parts) => {
                let item = |part: &Result<Option<Bytes>, Refusal>| match part {
                    Ok(Some(value)) => Item::Value(put(value, bytes)),
                    Ok(None) => Item::Absent,
                    Err(refusal) => Item::Refused(refusal.into()),
                };
                Self::Values(parts.iter().map(item).collect())
            }
            Outcome::Keys(keys) => Self::Keys(names(keys)),
            Outcome::Directory { keys, prefixes } => {
                let prefixes = prefixes.iter().map(|prefix| prefix.as_str().to_owned());
                Self::Directory { keys: names(keys), prefixes: prefixes.collect() }
            }
            Outcome::Size(size) => Self::Size(*size),
            Outcome::Truth(truth) => Self::Truth(*truth),
            Outcome::Elements(elements) => {
                bytes.extend(elements.iter().flat_map(|bits| bits.to_le_bytes()));
                Self::Elements(elements.len() as u64)
            }
            Outcome::Nodes(nodes) => {
                let node = |(path, kind): &(String, NodeKind)| (path.clone(), (*kind).into());
                Self::Nodes(nodes.iter().map(node).collect())
            }
            Outcome::Document(document) => Self::Document(document.clone()),
            Outcome::Refused(refusal) => Self::Refused(refusal.into()),
            Outcome::Panicked(message) => Self::Panicked(message.clone()),
            Outcome::TimedOut => Self::TimedOut,
            Outcome::Died(death) => Self::Died(death.into()),
            Outcome::Overlong { bytes, names } => Self::Overlong { bytes: *bytes, names: *names },
            Outcome::StillAsking(requests) => Self::StillAsking(*requests),
            Outcome::LeftBehind(what) => Self::LeftBehind(what.clone()),
            Outcome::Diverged(answers) => {
                let [first, second] = &**answers;
                let first = Self::of(first, bytes);
                Self::Diverged(Box::new([first, Self::of(second, bytes)]))
            }
        }
    }

    /// The outcome that was sent with these bytes behind it.
    pub(crate) fn outcome(self, mut bytes: Bytes) -> Result<Outcome, WireError> {
        let outcome = self.take(&mut bytes)?;
        if bytes.is_empty() {
            return Ok(outcome);
        }
        Err(WireError::Bytes { wanted: 0, there: bytes.len() as u64 })
    }

    fn take(self, bytes: &mut Bytes) -> Result<Outcome, WireError> {
        Ok(match self {
            Self::Done => Outcome::Done,
            Self::Absent => Outcome::Absent,
            Self::Value(length) => Outcome::Value(get(length, bytes)?),
            Self::Values(items) => {
                let item = |item| match item {
                    Item::Value(length) => Ok(Ok(Some(get(length, bytes)?))),
                    Item::Absent => Ok(Ok(None)),
                    Item::Refused(refusal) => Ok::<_, WireError>(Err(refusal.into())),
                };
                Outcome::Values(items.into_iter().map(item).collect::<Result<_, _>>()?)
            }
            Self::Keys(keys) => Outcome::Keys(store_keys(keys)?),
            Self::Directory { keys, prefixes } => {
                let prefixes = prefixes.into_iter().map(StorePrefix::new);
                let prefixes = prefixes.collect::<Result<_, _>>()?;
                Outcome::Directory { keys: store_keys(keys)?, prefixes }
            }
            Self::Size(size) => Outcome::Size(size),
            Self::Truth(truth) => Outcome::Truth(truth),
            Self::Elements(count) => {
                let mut bits = get(count.saturating_mul(8), bytes)?;
                let elements =
                    std::iter::from_fn(|| bits.has_remaining().then(|| bits.get_u64_le()));
                Outcome::Elements(elements.collect())
            }
            Self::Nodes(nodes) => {
                let nodes = nodes.into_iter().map(|(path, kind)| (path, kind.into()));
                Outcome::Nodes(nodes.collect())
            }
            Self::Document(document) => Outcome::Document(document),
            Self::Refused(refusal) => Outcome::Refused(refusal.into()),
            Self::Panicked(message) => Outcome::Panicked(message),
            Self::TimedOut => Outcome::TimedOut,
            Self::Died(death) => Outcome::Died(death.into()),
            Self::Overlong { bytes, names } => Outcome::Overlong { bytes, names },
            Self::StillAsking(requests) => Outcome::StillAsking(requests),
            Self::LeftBehind(what) => Outcome::LeftBehind(what),
            Self::Diverged(forms) => {
                let [first, second] = *forms;
                let first = first.take(bytes)?;
                Outcome::diverged(first, second.take(bytes)?)
            }
        })
    }
}

fn put(value: &Bytes, bytes: &mut BytesMut) -> u64 {
    bytes.extend_from_slice(value);
    value.len() as u64
}

fn get(length: u64, bytes: &mut Bytes) -> Result<Bytes, WireError> {
    let there = bytes.len() as u64;
    if length > there {
        return Err(WireError::Bytes { wanted: length, there });
    }
    Ok(bytes.split_to(length as usize))
}

fn names(keys: &StoreKeys) -> Vec<String> {
    keys.iter().map(|key| key.as_str().to_owned()).collect()
}

fn store_keys(names: Vec<String>) -> Result<StoreKeys, WireError> {
    Ok(names.into_iter().map(StoreKey::new).collect::<Result<_, _>>()?)
}

impl From<NodeKind> for Kind {
    fn from(kind: NodeKind) -> Self {
        match kind {
            NodeKind::Group => Self::Group,
            NodeKind::Array => Self::Array,
        }
    }
}

impl From<Kind> for NodeKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Group => Self::Group,
            Kind::Array => Self::Array,
        }
    }
}

impl From<&Refusal> for RefusalForm {
    fn from(Refusal { class, message }: &Refusal) -> Self {
        let class = match class {
            ErrorClass::NotFound => Class::NotFound,
            ErrorClass::AlreadyExists => Class::AlreadyExists,
            ErrorClass::Precondition => Class::Precondition,
            ErrorClass::InvalidKey => Class::InvalidKey,
            ErrorClass::InvalidRange => Class::InvalidRange,
            ErrorClass::ReadOnly => Class::ReadOnly,
            ErrorClass::Unsupported => Class::Unsupported,
            ErrorClass::Transient => Class::Transient,
            ErrorClass::Other => Class::Other,
        };
        Self { class, message: message.clone() }
    }
}

impl From<RefusalForm> for Refusal {
    fn from(RefusalForm { class, message }: RefusalForm) -> Self {
        let class = match class {
            Class::NotFound => ErrorClass::NotFound,
            Class::AlreadyExists => ErrorClass::AlreadyExists,
            Class::Precondition => ErrorClass::Precondition,
            Class::InvalidKey => ErrorClass::InvalidKey,
            Class::InvalidRange => ErrorClass::InvalidRange,
            Class::ReadOnly => ErrorClass::ReadOnly,
            Class::Unsupported => ErrorClass::Unsupported,
            Class::Transient => ErrorClass::Transient,
            Class::Other => ErrorClass::Other,
        };
        Self { class, message }
    }
}

impl From<&Death> for DeathForm {
    fn from(death: &Death) -> Self {
        match death.clone() {
            Death::Exit { status, words } => Self::Exit { status, words },
            Death::Signal { name, words } => Self::Signal { name, words },
        }
    }
}

impl From<DeathForm> for Death {
    fn from(death: DeathForm) -> Self {
        match death {
            DeathForm::Exit { status, words } => Self::Exit { status, words },
            DeathForm::Signal { name, words } => Self::Signal { name, words },
        }
    }
}
