//! Parts of several keys, as one operation asks for them.

use crate::plan::names::KeyId;
use crate::plan::range::Range;

/// A key, or a part of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyPart {
    /// The key asked for.
    pub key: KeyId,
    /// The part asked for; the whole value, if none is named.
    pub range: Option<Range>,
}

impl KeyPart {
    /// Whether both are parts of one value, which a store can be asked for together.
    #[must_use]
    pub fn is_together(&self, other: &Self) -> bool {
        self.key == other.key && self.range.is_some() && other.range.is_some()
    }
}
