//! `ByKeyStore`: each value in a file of its own, and a lock for each key.
//!
//! Nothing is locked twice, and what is about many keys takes them one after the other: each of them has
//! its moment, which is all that `Overlap::Linearizable` asks.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use zarr_conform_model::{Capabilities, Dialect};
use zarr_conform_store::optional::{CreatableStorageTraits, Created};
use zarr_conform_store::{Adapter, OpenError, Sandboxed, StoreUnderTest, ZarrsStore};
use zarrs_storage::byte_range::ByteRangeIterator;
use zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits,
};

use crate::answers::{below, directory, parts, patched, summed};
use crate::races::adapter::LINEARIZABLE;
use crate::races::paths::{self, found};

/// Opens stores with a lock for each key in sandboxes, which do everything right; it declares that they
/// are linearizable.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::contract::Overlap;
/// use zarr_conform_mutants::ByKeyAdapter;
/// use zarr_conform_store::Adapter;
///
/// assert_eq!(ByKeyAdapter.dialect().overlap, Overlap::Linearizable);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ByKeyAdapter;

impl Adapter for ByKeyAdapter {
    fn name(&self) -> &str {
        "lock_for_each_key"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { reopen: true, audit: true, create: true, ..Capabilities::ZARRS }
    }

    fn dialect(&self) -> Dialect {
        LINEARIZABLE
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(Box::new(Sandboxed::open(|root| {
            let store = Arc::new(ByKeyStore::open(root).map_err(OpenError::from_error)?);
            Ok(ZarrsStore::of(Arc::clone(&store)).creatable(store))
        })?))
    }
}

#[derive(Debug)]
struct ByKeyStore {
    values: PathBuf,
    locks: Mutex<BTreeMap<StoreKey, Arc<Mutex<()>>>>,
    /// How many temporary files there were.
    count: AtomicUsize,
}

impl ByKeyStore {
    fn open(root: &Path) -> io::Result<Self> {
        let values = root.join("values");
        fs::create_dir_all(&values)?;
        Ok(Self { values, locks: Mutex::default(), count: AtomicUsize::new(0) })
    }

    /// Does something with the file of a key while its lock is held.
    fn locked<T>(
        &self,
        key: &StoreKey,
        what: impl FnOnce(&Path) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let file = paths::file(&self.values, key)?;
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(key.clone()).or_default())
        };
        let _held = lock.lock().unwrap_or_else(PoisonError::into_inner);
        what(&file)
    }

    /// Replaces a value, with the lock of its key held by whoever calls.
    fn replace(&self, file: &Path, value: &[u8]) -> Result<(), StorageError> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let temporary = paths::temporary(file, number);
        fs::write(&temporary, value)?;
        Ok(fs::rename(temporary, file)?)
    }
}

impl ReadableStorageTraits for ByKeyStore {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        self.locked(key, |file| Ok(found(fs::read(file))?.map(Bytes::from)))
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        Ok(parts(self.get(key)?, ranges))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        self.locked(key, |file| Ok(found(fs::metadata(file))?.map(|metadata| metadata.len())))
    }

    fn supports_get_partial(&self) -> bool {
        false
    }
}

impl WritableStorageTraits for ByKeyStore {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        self.locked(key, |file| self.replace(file, &value))
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        patches: OffsetBytesIterator,
    ) -> Result<(), StorageError> {
        self.locked(key, |file| {
            let value = found(fs::read(file))?.unwrap_or_default();
            self.replace(file, &patched(value, patches))
        })
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.locked(key, |file| found(fs::remove_file(file)).map(drop))
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        self.list_prefix(prefix)?.iter().try_for_each(|key| self.erase(key))
    }

    fn supports_set_partial(&self) -> bool {
        false
    }
}

impl CreatableStorageTraits for ByKeyStore {
    fn set_if_absent(&self, key: &StoreKey, value: Bytes) -> Result<Created, StorageError> {
        self.locked(key, |file| {
            if file.exists() {
                return Ok(Created::Exists);
            }
            self.replace(file, &value)?;
            Ok(Created::New)
        })
    }
}

impl ListableStorageTraits for ByKeyStore {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        paths::keys(&self.values, false)
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        Ok(below(self.list()?, prefix))
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        directory(self.list_prefix(prefix)?, prefix)
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        // What vanished since then has no size.
        summed(self, &self.list_prefix(prefix)?)
    }
}
