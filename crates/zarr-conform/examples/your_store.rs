//! A store of your own in memory, and its test.
//!
//! `cargo run --example your_store` plays a campaign on it; with `-- --bug` the store has a bug,
//! and the campaign shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use zarr_conform::zarrs_storage::byte_range::{
    ByteRange, ByteRangeIterator, InvalidByteRangeError,
};
use zarr_conform::zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits, store_set_partial_many,
};
use zarr_conform::{Report, store_machine};

type Values = BTreeMap<StoreKey, Bytes>;

#[derive(Default)]
struct YourStore {
    values: RwLock<Values>,
    /// The planted bug: a prefix is taken for the first letters of a name.
    forgets_the_slash: bool,
}

impl YourStore {
    fn read(&self) -> RwLockReadGuard<'_, Values> {
        self.values.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Values> {
        self.values.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn covers(&self, prefix: &StorePrefix, key: &StoreKey) -> bool {
        let prefix = prefix.as_str();
        let asked = if self.forgets_the_slash { prefix.trim_end_matches('/') } else { prefix };
        key.as_str().starts_with(asked)
    }
}

impl ReadableStorageTraits for YourStore {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        Ok(self.read().get(key).cloned())
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let Some(value) = self.get(key)? else {
            return Ok(None);
        };
        Ok(Some(Box::new(ranges.map(move |range| part(&value, range)))))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        Ok(self.read().get(key).map(|value| value.len() as u64))
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

/// The bytes of a range, which has to be inside the value. Sums may overflow: a range is whatever
/// the caller says.
fn part(value: &Bytes, range: ByteRange) -> Result<Bytes, StorageError> {
    let length = value.len() as u64;
    let bounds = match range {
        ByteRange::FromStart(start, None) => Some((start, length)),
        ByteRange::FromStart(start, Some(count)) => {
            start.checked_add(count).map(|end| (start, end))
        }
        ByteRange::Suffix(count) => length.checked_sub(count).map(|start| (start, length)),
    };
    match bounds {
        Some((start, end)) if start <= end && end <= length => {
            Ok(value.slice(start as usize..end as usize))
        }
        _ => Err(InvalidByteRangeError::new(range, length).into()),
    }
}

impl WritableStorageTraits for YourStore {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        self.write().insert(key.clone(), value);
        Ok(())
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        patches: OffsetBytesIterator,
    ) -> Result<(), StorageError> {
        store_set_partial_many(self, key, patches)
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.write().remove(key);
        Ok(())
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        self.write().retain(|key, _| !self.covers(prefix, key));
        Ok(())
    }

    fn supports_set_partial(&self) -> bool {
        false
    }
}

impl ListableStorageTraits for YourStore {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        Ok(self.read().keys().cloned().collect())
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        Ok(self.read().keys().filter(|key| key.has_prefix(prefix)).cloned().collect())
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        let (mut keys, mut prefixes) = (Vec::new(), BTreeSet::new());
        for key in self.list_prefix(prefix)? {
            match key.as_str()[prefix.as_str().len()..].split_once('/') {
                None => keys.push(key),
                Some((child, _)) => {
                    prefixes.insert(StorePrefix::new(format!("{}{child}/", prefix.as_str()))?);
                }
            }
        }
        Ok(StoreKeysPrefixes::new(keys, prefixes.into_iter().collect()))
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        let values = self.read();
        let below = values.iter().filter(|(key, _)| key.has_prefix(prefix));
        Ok(below.map(|(_, value)| value.len() as u64).sum())
    }
}

fn campaign(forgets_the_slash: bool) -> Report {
    store_machine(move || YourStore { forgets_the_slash, ..YourStore::default() }).run()
}

fn main() -> ExitCode {
    let report = campaign(std::env::args().any(|argument| argument == "--bug"));
    println!("{report}");
    if report.conforms() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn your_store_conforms() {
        campaign(false).assert_conforms();
    }

    #[test]
    fn its_bug_is_found() {
        let report = campaign(true);
        assert_eq!(report.failures.len(), 1, "{report}");
        let plan = report.failures[0].plan.to_string();
        assert!(plan.ends_with("set a \"\"\nerase_prefix a/\nget a\n"), "{plan}");
    }
}
