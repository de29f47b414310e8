//! Adapters for the in-memory stores of `zarrs_storage`.
//!
//! | variant | store |
//! |---|---|
//! | `memory` | [`MemoryStore`] |
//! | `memory:async` | [`AsyncMemoryStore`], asked through its asynchronous traits |
//!
//! # Examples
//!
//! ```
//! use zarr_conform_machines::Machine;
//! use zarr_conform_memory::MemoryAdapter;
//!
//! let report = Machine::of(MemoryAdapter::asynchronous()).cases(50).run();
//! report.assert_conforms();
//! ```

#![forbid(unsafe_code)]

use std::sync::Arc;

use zarr_conform_async::{AsyncStore, CallingThread};
use zarr_conform_model::{Adapter, Dialect, OpenError, StoreUnderTest, ZarrsStore};
use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncStorageAdapter;
use zarrs_storage::store::{AsyncMemoryStore, MemoryStore};

/// Opens in-memory stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryAdapter {
    variant: Variant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    Synchronous,
    Asynchronous,
}

impl MemoryAdapter {
    /// [`MemoryStore`].
    #[must_use]
    pub const fn synchronous() -> Self {
        Self { variant: Variant::Synchronous }
    }

    /// [`AsyncMemoryStore`], asked through its asynchronous traits.
    #[must_use]
    pub const fn asynchronous() -> Self {
        Self { variant: Variant::Asynchronous }
    }

    /// Every variant.
    #[must_use]
    pub const fn all() -> [Self; 2] {
        [Self::synchronous(), Self::asynchronous()]
    }
}

impl Adapter for MemoryAdapter {
    fn name(&self) -> &str {
        match self.variant {
            Variant::Synchronous => "memory",
            Variant::Asynchronous => "memory:async",
        }
    }

    /// Both stores document nothing beyond the traits, and have no paths to climb.
    fn dialect(&self) -> Dialect {
        Dialect { climb: usize::MAX, ..Dialect::ZARRS }
    }

    fn known_issues(&self) -> &str {
        match self.variant {
            Variant::Synchronous => include_str!("../known_issues.toml"),
            Variant::Asynchronous => "",
        }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(match self.variant {
            Variant::Synchronous => Box::new(ZarrsStore::of(Arc::new(MemoryStore::new()))),
            Variant::Asynchronous => {
                Box::new(AsyncStore::of(Arc::new(AsyncMemoryStore::new()), CallingThread))
            }
        })
    }
}

/// An empty [`AsyncMemoryStore`] behind synchronous traits.
#[must_use]
pub fn asynchronous_store() -> AsyncToSyncStorageAdapter<AsyncMemoryStore, CallingThread> {
    AsyncToSyncStorageAdapter::new(Arc::new(AsyncMemoryStore::new()), CallingThread)
}
