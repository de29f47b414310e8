//! The whole command line for a store of your own: here one that keeps values in a map.
//!
//! ```sh
//! cargo run --example your_command_line -- conform
//! ```
//!
//! Plant a bug in the store to see it found: let `erase` do nothing, say.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use zarr_conform_cli::model::Dialect;
use zarr_conform_cli::store::{Adapter, OpenError, StoreUnderTest, ZarrsStore};
use zarrs_storage::byte_range::{ByteRange, ByteRangeIterator, InvalidByteRangeError};
use zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits,
};

fn main() -> ExitCode {
    zarr_conform_cli::main([MyAdapter])
}

/// Opens [`MyStore`]s.
struct MyAdapter;

impl Adapter for MyAdapter {
    fn name(&self) -> &str {
        "mine"
    }

    /// The store documents nothing beyond the traits, and has no paths to climb.
    fn dialect(&self) -> Dialect {
        Dialect { climb: usize::MAX, ..Dialect::ZARRS }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(Box::new(ZarrsStore::of(Arc::new(MyStore::default()))))
    }
}

/// Keeps values in a map.
#[derive(Default)]
struct MyStore {
    values: RwLock<BTreeMap<StoreKey, Bytes>>,
}

impl MyStore {
    fn values(&self) -> RwLockReadGuard<'_, BTreeMap<StoreKey, Bytes>> {
        // Nothing panics while it holds the lock.
        self.values.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn values_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<StoreKey, Bytes>> {
        self.values.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes of a range, or an error if it is not all inside the value.
fn part(value: &Bytes, range: ByteRange) -> Result<Bytes, StorageError> {
    let size = value.len() as u64;
    let bounds = match range {
        ByteRange::FromStart(start, None) => Some((start, size)),
        ByteRange::FromStart(start, Some(length)) => {
            start.checked_add(length).map(|end| (start, end))
        }
        ByteRange::Suffix(length) => size.checked_sub(length).map(|start| (start, size)),
    };
    match bounds {
        Some((start, end)) if start <= end && end <= size => {
            Ok(value.slice(start as usize..end as usize))
        }
        _ => Err(InvalidByteRangeError::new(range, size).into()),
    }
}

impl ReadableStorageTraits for MyStore {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        Ok(self.values().get(key).cloned())
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        byte_ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let Some(value) = self.values().get(key).cloned() else {
            return Ok(None);
        };
        Ok(Some(Box::new(byte_ranges.map(move |range| part(&value, range)))))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        Ok(self.values().get(key).map(|value| value.len() as u64))
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl WritableStorageTraits for MyStore {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        self.values_mut().insert(key.clone(), value);
        Ok(())
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        offset_values: OffsetBytesIterator,
    ) -> Result<(), StorageError> {
        let mut values = self.values_mut();
        let mut value = values.get(key).map(|value| value.to_vec()).unwrap_or_default();
        for (offset, bytes) in offset_values {
            let start = offset as usize;
            let end = start + bytes.len();
            if value.len() < end {
                value.resize(end, 0);
            }
            value[start..end].copy_from_slice(&bytes);
        }
        values.insert(key.clone(), value.into());
        Ok(())
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.values_mut().remove(key);
        Ok(())
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        self.values_mut().retain(|key, _| !key.has_prefix(prefix));
        Ok(())
    }

    fn supports_set_partial(&self) -> bool {
        true
    }
}

impl ListableStorageTraits for MyStore {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        Ok(self.values().keys().cloned().collect())
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        Ok(self.values().keys().filter(|key| key.has_prefix(prefix)).cloned().collect())
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        let mut keys = Vec::new();
        let mut prefixes = BTreeSet::new();
        for key in self.values().keys() {
            let Some(rest) = key.as_str().strip_prefix(prefix.as_str()) else { continue };
            match rest.split_once('/') {
                None => keys.push(key.clone()),
                Some((child, _)) => {
                    prefixes.insert(StorePrefix::new(format!("{prefix}{child}/"))?);
                }
            }
        }
        Ok(StoreKeysPrefixes::new(keys, prefixes.into_iter().collect()))
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        let values = self.values();
        let below = values.iter().filter(|(key, _)| key.has_prefix(prefix));
        Ok(below.map(|(_, value)| value.len() as u64).sum())
    }
}
