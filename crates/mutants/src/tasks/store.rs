//! `TaskStore`: values in memory, behind a lock for futures; each step of an operation is awaited, as
//! if it were a request to a service.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::stream;
use zarrs_storage::byte_range::ByteRangeIterator;
use zarrs_storage::{
    AsyncListableStorageTraits, AsyncMaybeBytesIterator, AsyncReadableStorageTraits,
    AsyncWritableStorageTraits, Bytes, MaybeBytes, OffsetBytesIterator, StorageError, StoreKey,
    StoreKeys, StoreKeysPrefixes, StorePrefix,
};

use crate::answers::{directory, part, patched};
use crate::tasks::bug::TaskBug;
use crate::tasks::lock::{Held, Lock, Wakes, let_others_go};

/// A store with futures for callers at the same time; right unless it has a bug.
#[derive(Debug)]
pub struct TaskStore {
    values: Mutex<BTreeMap<StoreKey, Bytes>>,
    bug: Option<TaskBug>,
    lock: Lock,
    /// The lock of each key, for the bug that has them.
    of_keys: Mutex<BTreeMap<StoreKey, Arc<Lock>>>,
    cache: Mutex<BTreeMap<StoreKey, Bytes>>,
}

impl TaskStore {
    /// An empty one.
    #[must_use]
    pub fn new(bug: Option<TaskBug>) -> Self {
        let wakes = match bug {
            Some(TaskBug::T04) => Wakes::OneAlone,
            Some(TaskBug::T10) => Wakes::One,
            _ => Wakes::All,
        };
        Self {
            values: Mutex::default(),
            bug,
            lock: Lock::new(wakes),
            of_keys: Mutex::default(),
            cache: Mutex::default(),
        }
    }

    fn has(&self, bug: TaskBug) -> bool {
        self.bug == Some(bug)
    }

    /// The lock, unless a bug does without.
    async fn hold_unless(&self, bugs: &[TaskBug]) -> Option<Held<'_>> {
        if bugs.iter().any(|bug| self.has(*bug)) { None } else { Some(self.lock.hold().await) }
    }

    fn values(&self) -> MutexGuard<'_, BTreeMap<StoreKey, Bytes>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cached(&self) -> MutexGuard<'_, BTreeMap<StoreKey, Bytes>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_of(&self, key: &StoreKey) -> Arc<Lock> {
        let mut locks = self.of_keys.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(key.clone()).or_default())
    }

    async fn fetch(&self, key: &StoreKey) -> MaybeBytes {
        let_others_go().await;
        let value = self.values().get(key).cloned();
        let_others_go().await;
        value
    }

    async fn send(&self, key: &StoreKey, value: Bytes) {
        self.cached().remove(key);
        let_others_go().await;
        self.values().insert(key.clone(), value);
        let_others_go().await;
    }

    async fn remove(&self, key: &StoreKey) {
        self.cached().remove(key);
        let_others_go().await;
        self.values().remove(key);
        let_others_go().await;
    }

    /// The keys below a prefix, with the lock held by whoever calls.
    async fn below(&self, prefix: &StorePrefix) -> StoreKeys {
        let mut listed = Vec::new();
        if self.has(TaskBug::T07) {
            // A page is one key.
            while let Some(key) = self.key_at(listed.len()) {
                listed.push(key);
                let_others_go().await;
            }
        } else {
            let_others_go().await;
            listed.extend(self.values().keys().cloned());
        }
        listed.retain(|key: &StoreKey| key.has_prefix(prefix));
        listed
    }

    fn key_at(&self, position: usize) -> Option<StoreKey> {
        self.values().keys().nth(position).cloned()
    }
}

/// Bugs that read values without the lock.
const READS_ALONE: [TaskBug; 3] = [TaskBug::T01, TaskBug::T02, TaskBug::T06];

#[async_trait]
impl AsyncReadableStorageTraits for TaskStore {
    async fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        let _held = self.hold_unless(&READS_ALONE).await;
        if !self.has(TaskBug::T06) {
            return Ok(self.fetch(key).await);
        }
        if let Some(value) = self.cached().get(key).cloned() {
            return Ok(Some(value));
        }
        let Some(value) = self.fetch(key).await else { return Ok(None) };
        self.cached().insert(key.clone(), value.clone());
        Ok(Some(value))
    }

    async fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> Result<AsyncMaybeBytesIterator<'a>, StorageError> {
        let Some(value) = self.get(key).await? else {
            return Ok(None);
        };
        let parts: Vec<_> = ranges.map(|range| part(&value, range)).collect();
        Ok(Some(Box::pin(stream::iter(parts))))
    }

    async fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        let _held = self.hold_unless(&READS_ALONE).await;
        Ok(self.fetch(key).await.map(|value| value.len() as u64))
    }

    fn supports_get_partial(&self) -> bool {
        false
    }
}

#[async_trait]
impl AsyncWritableStorageTraits for TaskStore {
    async fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        let mut held = self.hold_unless(&[TaskBug::T01, TaskBug::T02]).await;
        if let Some(held) = &mut held {
            held.is_kept = self.has(TaskBug::T08);
        }
        if self.has(TaskBug::T01) || self.has(TaskBug::T09) {
            self.send(key, value.slice(..value.len() / 2)).await;
        }
        if self.has(TaskBug::T02) {
            self.remove(key).await;
        }
        self.send(key, value).await;
        if let Some(held) = &mut held {
            held.is_kept = false;
        }
        Ok(())
    }

    async fn set_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        patches: OffsetBytesIterator<'a>,
    ) -> Result<(), StorageError> {
        // What is to be written is known before anything is awaited.
        let patches: Vec<_> = patches.collect();
        let _held = self.hold_unless(&[TaskBug::T05]).await;
        let value = self.fetch(key).await.map(|value| value.to_vec()).unwrap_or_default();
        self.send(key, patched(value, patches).into()).await;
        Ok(())
    }

    async fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        let _held = self.lock.hold().await;
        self.remove(key).await;
        Ok(())
    }

    async fn erase_many(&self, keys: &[StoreKey]) -> Result<(), StorageError> {
        if !self.has(TaskBug::T03) {
            let _held = self.lock.hold().await;
            for key in keys {
                self.remove(key).await;
            }
            return Ok(());
        }
        let locks: Vec<_> = keys.iter().map(|key| self.lock_of(key)).collect();
        let mut held = Vec::new();
        for (key, lock) in keys.iter().zip(&locks) {
            // A key that is given twice is locked once.
            if locks.iter().filter(|other| Arc::ptr_eq(other, lock)).count() == 1 {
                held.push(lock.hold().await);
            }
            self.remove(key).await;
        }
        Ok(())
    }

    async fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        let _held = self.lock.hold().await;
        for key in self.below(prefix).await {
            self.remove(&key).await;
        }
        Ok(())
    }

    fn supports_set_partial(&self) -> bool {
        false
    }
}

#[async_trait]
impl AsyncListableStorageTraits for TaskStore {
    async fn list(&self) -> Result<StoreKeys, StorageError> {
        self.list_prefix(&StorePrefix::root()).await
    }

    async fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        let _held = self.hold_unless(&[TaskBug::T07]).await;
        Ok(self.below(prefix).await)
    }

    async fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        directory(self.list_prefix(prefix).await?, prefix)
    }

    async fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        let _held = self.lock.hold().await;
        let keys = self.below(prefix).await;
        let mut size = 0;
        for key in keys {
            size += self.fetch(&key).await.map_or(0, |value| value.len() as u64);
        }
        Ok(size)
    }
}
