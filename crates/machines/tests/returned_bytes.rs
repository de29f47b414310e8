//! A store that hands out bytes which change afterwards is found: one that maps its files into
//! memory and overwrites them in place.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(unsafe_code, reason = "memory maps are how real stores come to return such bytes")]

mod stores;

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Mutex;

use memmap2::Mmap;
use stores::{Bug, MapStore};
use zarr_conform_machines::store_machine;
use zarrs_storage::byte_range::ByteRangeIterator;
use zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits,
};

/// A right store that also keeps each value in a file, and reads by mapping it.
struct MappedStore {
    right: MapStore,
    files: Mutex<BTreeMap<StoreKey, File>>,
}

impl MappedStore {
    fn new() -> Self {
        Self { right: MapStore::new(Bug::None), files: Mutex::default() }
    }
}

impl ReadableStorageTraits for MappedStore {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        let value = self.right.get(key)?;
        let files = self.files.lock().unwrap();
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return self.right.get(key);
        };
        let Some(file) = files.get(key) else { return Ok(Some(value)) };
        file.set_len(file.metadata()?.len().max(value.len() as u64))?;
        file.write_all_at(&value, 0)?;
        // SAFETY: the file is unlinked and written by this store alone, and its length never
        // shrinks; that the bytes change under the reader is the bug that is planted.
        let mapped = unsafe { Mmap::map(file) }?;
        Ok(Some(Bytes::from_owner(mapped).slice(..value.len())))
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        byte_ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        self.right.get_partial_many(key, byte_ranges)
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        self.right.size_key(key)
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl WritableStorageTraits for MappedStore {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        let mut files = self.files.lock().unwrap();
        if !files.contains_key(key) {
            files.insert(key.clone(), tempfile::tempfile()?);
        }
        files[key].write_all_at(&value, 0)?;
        self.right.set(key, value)
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        offset_values: OffsetBytesIterator,
    ) -> Result<(), StorageError> {
        self.right.set_partial_many(key, offset_values)
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.right.erase(key)
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        self.right.erase_prefix(prefix)
    }

    fn supports_set_partial(&self) -> bool {
        true
    }
}

impl ListableStorageTraits for MappedStore {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        self.right.list()
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        self.right.list_prefix(prefix)
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        self.right.list_dir(prefix)
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        self.right.size_prefix(prefix)
    }
}

#[test]
fn bytes_that_change_after_they_were_returned_are_found() {
    let report = store_machine(MappedStore::new).cases(60).run();
    let failure = &report.failures[0];
    assert!(failure.signature.contains("returned bytes changed"), "{report}");
    let plan = failure.plan.to_string();
    assert_eq!(plan, "zarr-conform plan 1\nset a \"a\"\nget a\nset a \"b\"\n", "{report}");
}

#[test]
fn so_are_those_of_stores_in_processes_of_their_own() {
    let report = store_machine(MappedStore::new).isolated().cases(60).run();
    let failure = &report.failures[0];
    assert!(report.to_string().contains("has changed since (R12)"), "{report}");
    assert_eq!(failure.plan.len(), 3, "{report}");
}
