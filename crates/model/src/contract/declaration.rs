//! Declarations: what a store can be asked, and how it answers where the contract leaves that open.

use crate::contract::capabilities::Capabilities;
use crate::contract::dialect::Dialect;

/// Everything that a store declares about itself.
///
/// What can be asked and what is answered are declared apart: another dialect takes no operation
/// away and adds none.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Capabilities, Declaration, Dialect};
///
/// // A dialect alone is that of a store with all traits of `zarrs_storage`.
/// let declared = Declaration::from(Dialect { key_below_key: false, ..Dialect::ZARRS });
/// assert_eq!(declared.capabilities, Capabilities::ZARRS);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Declaration {
    /// What can be asked at all.
    pub capabilities: Capabilities,
    /// What is answered where the contract leaves it open.
    pub dialect: Dialect,
}

impl Declaration {
    /// What every store declares that has all of `zarrs_storage`'s traits and nothing of its own.
    pub const ZARRS: Self = Self { capabilities: Capabilities::ZARRS, dialect: Dialect::ZARRS };

    /// Whether the store counts its requests and declares how many there may be.
    #[must_use]
    pub fn has_request_budget(&self) -> bool {
        self.capabilities.traffic && !self.dialect.requests.is_none()
    }
}

impl Default for Declaration {
    fn default() -> Self {
        Self::ZARRS
    }
}

impl From<Dialect> for Declaration {
    fn from(dialect: Dialect) -> Self {
        Self { dialect, ..Self::ZARRS }
    }
}

impl From<Capabilities> for Declaration {
    fn from(capabilities: Capabilities) -> Self {
        Self { capabilities, ..Self::ZARRS }
    }
}
