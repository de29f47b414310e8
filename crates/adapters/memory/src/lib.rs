//! Adapters for the in-memory stores of `zarrs_storage`.
//!
//! | variant | store |
//! |---|---|
//! | `memory` | [`MemoryStore`] |
//! | `memory:async` | [`AsyncMemoryStore`] through [`AsyncToSyncStorageAdapter`] |
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

use zarr_conform_model::{Adapter, Dialect, OpenError, StoreUnderTest, ZarrsStore};
use zarrs_storage::storage_adapter::async_to_sync::{
    AsyncToSyncBlockOn, AsyncToSyncStorageAdapter,
};
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

    /// [`AsyncMemoryStore`], asked through [`AsyncToSyncStorageAdapter`].
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
        let store = match self.variant {
            Variant::Synchronous => ZarrsStore::of(Arc::new(MemoryStore::new())),
            Variant::Asynchronous => ZarrsStore::of(Arc::new(asynchronous_store())),
        };
        Ok(Box::new(store))
    }
}

/// An empty [`AsyncMemoryStore`] behind synchronous traits: the store of the variant
/// `memory:async`.
#[must_use]
pub fn asynchronous_store() -> AsyncToSyncStorageAdapter<AsyncMemoryStore, BlockOn> {
    AsyncToSyncStorageAdapter::new(Arc::new(AsyncMemoryStore::new()), BlockOn)
}

/// Polls on the calling thread: an in-memory store never waits for anything else.
#[derive(Clone, Copy, Debug)]
pub struct BlockOn;

impl AsyncToSyncBlockOn for BlockOn {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        futures::executor::block_on(future)
    }
}
