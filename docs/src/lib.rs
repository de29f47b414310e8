//! The stores of the reader whom the guides speak to, under the name `my_crate`.

#![forbid(unsafe_code)]
#![allow(
    clippy::new_ret_no_self,
    reason = "the guides call `MyStore::new()`, whichever store that is"
)]

use std::sync::Arc;

use zarr_conform::mutants::{Mutant, ReferenceAdapter};
use zarr_conform::store::{CallingThread, Shim};
use zarr_conform::zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncStorageAdapter;
pub use zarr_conform::zarrs_storage::store::AsyncMemoryStore as MyAsyncStore;
use zarr_conform::zarrs_storage::{
    ReadableWritableListableStorageTraits, WritableStorageTraits as _,
};
use zarr_conform::{
    Adapter, Capabilities, Contents, Dialect, OpenError, StoreUnderTest, ZarrsStore,
};

/// A store that conforms.
pub struct MyStore;

impl MyStore {
    /// An empty one.
    #[must_use]
    pub fn new() -> impl ReadableWritableListableStorageTraits {
        AsyncToSyncStorageAdapter::new(Arc::new(MyAsyncStore::new()), CallingThread)
    }

    /// An empty one.
    ///
    /// # Errors
    ///
    /// Never fails; the store of a reader might.
    pub fn open() -> Result<impl ReadableWritableListableStorageTraits, OpenError> {
        Ok(Self::new())
    }

    /// One that holds these contents.
    ///
    /// # Panics
    ///
    /// Never: it takes every value.
    #[must_use]
    pub fn over(contents: Contents) -> impl ReadableWritableListableStorageTraits {
        let store = Self::new();
        for (key, value) in contents {
            store.set(&key, value).expect("it takes every value");
        }
        store
    }
}

/// A store that keeps the tail of a value that is overwritten with a shorter one.
pub struct MyOldStore;

impl MyOldStore {
    /// An empty one.
    ///
    /// # Panics
    ///
    /// Panics if the reference store does not open, which it does.
    #[must_use]
    pub fn new() -> impl ReadableWritableListableStorageTraits {
        let correct = ReferenceAdapter::new(Dialect::ZARRS).open().expect("it is in memory");
        Shim::new(Mutant::M03.plant(correct), &Capabilities::ZARRS)
    }
}

/// Opens [`MyStore`]s.
#[derive(Clone, Copy, Debug)]
pub struct MyAdapter;

impl Adapter for MyAdapter {
    fn name(&self) -> &str {
        "my-store"
    }

    fn dialect(&self) -> Dialect {
        Dialect { climb: usize::MAX, ..Dialect::ZARRS }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(Box::new(ZarrsStore::of(Arc::new(MyStore::new()))))
    }
}
