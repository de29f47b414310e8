//! A store of your own with the asynchronous traits alone, and its test.
//!
//! Its futures are polled on the thread that asks, where there are no timers and no sockets. A
//! store that needs them takes `async_store_machine_on(TokioRuntime::new()?, …)`, with the feature
//! `tokio`.
//!
//! `cargo run --example your_async_store` plays a campaign on it; with `-- --bug` the store has a
//! bug, and the campaign shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use zarr_conform::zarrs_storage::byte_range::{
    ByteRange, ByteRangeIterator, InvalidByteRangeError,
};
use zarr_conform::zarrs_storage::{
    AsyncListableStorageTraits, AsyncMaybeBytesIterator, AsyncReadableStorageTraits,
    AsyncWritableStorageTraits, Bytes, MaybeBytes, OffsetBytesIterator, StorageError, StoreKey,
    StoreKeys, StoreKeysPrefixes, StorePrefix, async_store_set_partial_many,
};
use zarr_conform::{Report, async_store_machine};

type Values = BTreeMap<StoreKey, Bytes>;

#[derive(Default)]
struct YourStore {
    values: Mutex<Values>,
    /// The planted bug: a suffix longer than the value gives all of it, and no error.
    cuts_suffixes: bool,
}

impl YourStore {
    /// The values, for as long as nothing is awaited.
    fn values(&self) -> MutexGuard<'_, Values> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes of a range, which has to be inside the value.
    fn part(&self, value: &Bytes, range: ByteRange) -> Result<Bytes, StorageError> {
        let length = value.len() as u64;
        let bounds = match range {
            ByteRange::FromStart(start, None) => Some((start, length)),
            ByteRange::FromStart(start, Some(count)) => {
                start.checked_add(count).map(|end| (start, end))
            }
            ByteRange::Suffix(count) if self.cuts_suffixes => {
                Some((length.saturating_sub(count), length))
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
}

#[async_trait]
impl AsyncReadableStorageTraits for YourStore {
    async fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        Ok(self.values().get(key).cloned())
    }

    async fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> Result<AsyncMaybeBytesIterator<'a>, StorageError> {
        let Some(value) = self.get(key).await? else {
            return Ok(None);
        };
        let parts: Vec<_> = ranges.map(|range| self.part(&value, range)).collect();
        Ok(Some(stream::iter(parts).boxed()))
    }

    async fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        Ok(self.values().get(key).map(|value| value.len() as u64))
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

#[async_trait]
impl AsyncWritableStorageTraits for YourStore {
    async fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        self.values().insert(key.clone(), value);
        Ok(())
    }

    async fn set_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        patches: OffsetBytesIterator<'a>,
    ) -> Result<(), StorageError> {
        async_store_set_partial_many(self, key, patches).await
    }

    async fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.values().remove(key);
        Ok(())
    }

    async fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        self.values().retain(|key, _| !key.has_prefix(prefix));
        Ok(())
    }

    fn supports_set_partial(&self) -> bool {
        false
    }
}

#[async_trait]
impl AsyncListableStorageTraits for YourStore {
    async fn list(&self) -> Result<StoreKeys, StorageError> {
        Ok(self.values().keys().cloned().collect())
    }

    async fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        Ok(self.values().keys().filter(|key| key.has_prefix(prefix)).cloned().collect())
    }

    async fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        let (mut keys, mut prefixes) = (Vec::new(), BTreeSet::new());
        for key in self.list_prefix(prefix).await? {
            match key.as_str()[prefix.as_str().len()..].split_once('/') {
                None => keys.push(key),
                Some((child, _)) => {
                    prefixes.insert(StorePrefix::new(format!("{}{child}/", prefix.as_str()))?);
                }
            }
        }
        Ok(StoreKeysPrefixes::new(keys, prefixes.into_iter().collect()))
    }

    async fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        let values = self.values();
        let below = values.iter().filter(|(key, _)| key.has_prefix(prefix));
        Ok(below.map(|(_, value)| value.len() as u64).sum())
    }
}

fn campaign(cuts_suffixes: bool) -> Report {
    async_store_machine(move || YourStore { cuts_suffixes, ..YourStore::default() }).run()
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
    fn your_async_store_conforms() {
        campaign(false).assert_conforms();
    }

    #[test]
    fn its_bug_is_found() {
        let report = campaign(true);
        assert_eq!(report.failures.len(), 1, "{report}");
        let plan = report.failures[0].plan.to_string();
        assert!(plan.ends_with("set a \"\"\nget_partial a -1..\n"), "{plan}");
    }
}
