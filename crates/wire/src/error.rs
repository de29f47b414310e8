//! What goes wrong on the wire.

use std::io;

use zarr_conform_model::PlanError;
use zarrs_storage::{StoreKeyError, StorePrefixError};

/// A message that could not be sent, or that is none.
///
/// After [`Operation`](Self::Operation), [`Key`](Self::Key), [`Prefix`](Self::Prefix) and
/// [`Bytes`](Self::Bytes) the connection can be used on, since the whole frame was read; after any
/// other it cannot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The pipe failed, or what reads from it lost patience.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    /// The other end closed the pipe where a message was due.
    #[error("the connection was closed")]
    Closed,
    /// The other end closed the pipe in the middle of a frame.
    #[error("the connection was closed in the middle of a frame")]
    CutShort,
    /// A frame does not begin with two lengths.
    #[error("a frame begins with two lengths and a line feed, not with {found:?}")]
    Header {
        /// What is there instead.
        found: String,
    },
    /// A frame is longer than anybody wants to hold in memory.
    #[error("a frame has {length} bytes, and {most} are the most")]
    TooLong {
        /// How long the part is.
        length: u64,
        /// How long it may be.
        most: u64,
    },
    /// A message is not JSON, or not one of this protocol.
    #[error("a message is none of this protocol: {0}")]
    Message(#[from] serde_json::Error),
    /// The other end greets with another protocol, or another version of it.
    #[error(
        "the other end speaks {protocol} {version}, and this one zarr-conform {}",
        crate::VERSION
    )]
    Version {
        /// The name of its protocol.
        protocol: String,
        /// The version.
        version: u32,
    },
    /// A message came where another one was due.
    #[error("{wanted} was due, and {found} came")]
    Unexpected {
        /// What was due.
        wanted: &'static str,
        /// What came.
        found: &'static str,
    },
    /// An operation is not one line of a plan.
    #[error("an operation is one line of a plan: {0}")]
    Operation(#[from] PlanError),
    /// A message has several operations, or none.
    #[error("a message has one operation, not {0}")]
    OperationCount(usize),
    /// A listing has a name that is no key.
    #[error("a listing has a name that is no key: {0}")]
    Key(#[from] StoreKeyError),
    /// A listing has a name that is no prefix.
    #[error("a listing has a name that is no prefix: {0}")]
    Prefix(#[from] StorePrefixError),
    /// The bytes behind a message are not those that it speaks of.
    #[error("a message speaks of {wanted} bytes behind it, and there are {there}")]
    Bytes {
        /// How many it speaks of.
        wanted: u64,
        /// How many there are.
        there: u64,
    },
}
