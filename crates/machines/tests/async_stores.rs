//! That authors of asynchronous stores need no shim of their own, and choose the runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use zarr_conform_machines::store::{AsyncStore, AsyncToSyncBlockOn, CallingThread};
use zarr_conform_machines::{
    async_store_machine, async_store_machine_on, partial_async_store_machine,
};
use zarrs_storage::byte_range::ByteRangeIterator;
use zarrs_storage::store::AsyncMemoryStore;
use zarrs_storage::{
    AsyncListableStorageTraits, AsyncMaybeBytesIterator, AsyncReadableStorageTraits,
    AsyncWritableStorageTraits, Bytes, MaybeBytes, OffsetBytesIterator, StorageError, StoreKey,
    StoreKeys, StoreKeysPrefixes, StorePrefix,
};

/// A store of an author who knows the asynchronous traits alone.
#[derive(Default)]
struct MyAsyncStore {
    memory: AsyncMemoryStore,
    /// Whether it keeps the end of a longer value when a shorter one is set.
    keeps_tail: bool,
}

#[async_trait]
impl AsyncReadableStorageTraits for MyAsyncStore {
    async fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        self.memory.get(key).await
    }

    async fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        byte_ranges: ByteRangeIterator<'a>,
    ) -> Result<AsyncMaybeBytesIterator<'a>, StorageError> {
        self.memory.get_partial_many(key, byte_ranges).await
    }

    async fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        self.memory.size_key(key).await
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

#[async_trait]
impl AsyncWritableStorageTraits for MyAsyncStore {
    async fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        let old = self.memory.get(key).await?.filter(|_| self.keeps_tail).unwrap_or_default();
        let tail = old.get(value.len()..).unwrap_or_default();
        self.memory.set(key, [&value, tail].concat().into()).await
    }

    async fn set_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        offset_values: OffsetBytesIterator<'a>,
    ) -> Result<(), StorageError> {
        self.memory.set_partial_many(key, offset_values).await
    }

    async fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.memory.erase(key).await
    }

    async fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        self.memory.erase_prefix(prefix).await
    }

    fn supports_set_partial(&self) -> bool {
        true
    }
}

#[async_trait]
impl AsyncListableStorageTraits for MyAsyncStore {
    async fn list(&self) -> Result<StoreKeys, StorageError> {
        self.memory.list().await
    }

    async fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        self.memory.list_prefix(prefix).await
    }

    async fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        self.memory.list_dir(prefix).await
    }

    async fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        self.memory.size_prefix(prefix).await
    }
}

#[test]
fn a_store_with_the_asynchronous_traits_alone_is_tested_whole() {
    async_store_machine(MyAsyncStore::default).cases(256).jobs(2).run().assert_conforms();
}

#[test]
fn a_bug_in_an_asynchronous_store_has_the_plan_that_it_has_in_any_other() {
    let store = || MyAsyncStore { keeps_tail: true, ..MyAsyncStore::default() };
    let report = async_store_machine(store).cases(20).run();
    let plans: Vec<_> = report.failures.iter().map(|failure| failure.plan.to_string()).collect();
    assert_eq!(plans, ["zarr-conform plan 1\nset a \"a\"\nset a \"\"\nget a\n"], "{report}");
}

#[test]
fn stores_are_opened_and_asked_on_the_runtime_that_is_given() {
    /// Counts what runs on it.
    #[derive(Clone, Default)]
    struct Counting(Arc<AtomicUsize>);

    impl AsyncToSyncBlockOn for Counting {
        fn block_on<F: Future>(&self, future: F) -> F::Output {
            self.0.fetch_add(1, Ordering::Relaxed);
            CallingThread.block_on(future)
        }
    }

    let runtime = Counting::default();
    let report =
        async_store_machine_on(runtime.clone(), MyAsyncStore::default).cases(20).jobs(2).run();
    assert!(report.failures.is_empty(), "{report}");
    assert!(runtime.0.load(Ordering::Relaxed) as u64 > report.operations);
}

#[test]
fn what_an_asynchronous_store_has_no_trait_for_is_left_out() {
    let machine = partial_async_store_machine(|| {
        let store = Arc::new(MyAsyncStore::default());
        AsyncStore::new(CallingThread).readable(store.clone()).writable(store)
    });
    let report = machine.cases(64).run();
    report.assert_conforms();
    let left_out: Vec<_> =
        report.rules.iter().filter(|rule| rule.left_out.is_some()).map(|rule| &rule.rule).collect();
    assert!(left_out.iter().any(|rule| **rule == "list"), "{left_out:?}");
    assert!(!left_out.iter().any(|rule| **rule == "get_live"), "{left_out:?}");
}
