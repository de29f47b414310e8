//! Bytes to be laid over a part of a value.

use std::fmt;

use crate::plan::value::Value;

/// Bytes to be laid over a value from an offset on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Patch {
    /// Where the first byte goes, counted from the start of the value.
    pub offset: u64,
    /// The bytes.
    pub value: Value,
}

impl fmt::Display for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.offset, self.value)
    }
}
