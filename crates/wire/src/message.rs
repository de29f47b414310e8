//! Messages: what is asked of a server, and what it says.

use serde::{Deserialize, Serialize};
use zarr_conform_model::contract::Traffic;

use crate::form::Form;

/// The name of the protocol in the first message.
pub(crate) const PROTOCOL: &str = "zarr-conform";

/// What is asked of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    /// Opens a fresh store, in place of the one that is open.
    Open {
        /// 0 for the store under test, 1 for the store below it if it is a library over one, and so
        /// on.
        #[serde(default)]
        layer: u32,
        /// Whether what the store below is asked is to be told.
        #[serde(default)]
        traced: bool,
    },
    /// Asks the store an operation, which is one line of a plan.
    Ask(String),
    /// Drops the store.
    Drop,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// The first message of all.
    Hello { protocol: String, version: u32, name: String },
    /// In place of the first message: there will be no store, for this reason.
    Unable(String),
    /// The store is open.
    Opened {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        traffic: Option<TrafficForm>,
    },
    /// It is not, for this reason.
    CannotOpen(String),
    /// The store below is asked this operation.
    Below(String),
    /// What the store answered, and what it has been asked of the service below it so far.
    Answered {
        outcome: Form,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        traffic: Option<TrafficForm>,
    },
    /// The store was dropped; with the message of its panic, if it panicked.
    Dropped {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        panicked: Option<String>,
        /// How many threads the process has, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        threads: Option<u64>,
    },
}

impl Reply {
    /// The name on the wire.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Unable(_) => "unable",
            Self::Opened { .. } => "opened",
            Self::CannotOpen(_) => "cannot_open",
            Self::Below(_) => "below",
            Self::Answered { .. } => "answered",
            Self::Dropped { .. } => "dropped",
        }
    }
}

/// [`Traffic`] on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TrafficForm {
    requests: u64,
    sent: u64,
    received: u64,
}

impl From<Traffic> for TrafficForm {
    fn from(Traffic { requests, sent, received }: Traffic) -> Self {
        Self { requests, sent, received }
    }
}

impl From<TrafficForm> for Traffic {
    fn from(TrafficForm { requests, sent, received }: TrafficForm) -> Self {
        Self { requests, sent, received }
    }
}
