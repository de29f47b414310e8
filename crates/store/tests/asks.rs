//! That an asynchronous store is asked what a synchronous one is, and answers in the same words.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use expect_test::{Expect, expect};
use zarr_conform_model::Plan;
use zarr_conform_store::{
    AsyncStore, AsyncToSyncBlockOn, CallingThread, StoreUnderTest, ZarrsStore,
};
use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncStorageAdapter;
use zarrs_storage::store::AsyncMemoryStore;

/// Every operation that the traits have, with answers of every kind.
const PLAN: &str = r#"
    set a/b "xyz"
    set_partial a/b 1 "Y"
    set_partial_many a/b [0 "X", 2 "Z"]
    set c ""
    get a/b
    get nope
    get_partial a/b 1..
    get_partial a/b 9+1
    get_partial_many a/b [0+1, 9+1]
    get_partial_many nope [0+1]
    size_key a/b
    size_key nope
    exists c
    list
    list_prefix a/
    list_dir /
    is_empty b/
    size_prefix a/
    size
    erase c
    erase_many [c, a/b]
    set d/e "1"
    erase_prefix d/
    clear
    list
    reopen
    audit
"#;

fn answers(store: &mut dyn StoreUnderTest, plan: &str) -> Vec<String> {
    let plan: Plan = plan.parse().unwrap();
    let lines = plan.operations().map(|operation| {
        let outcome = store.answer(plan.names(), operation);
        format!("{} -> {outcome}", operation.display(plan.names()))
    });
    lines.collect()
}

fn check(store: &mut dyn StoreUnderTest, plan: &str, wanted: Expect) {
    wanted.assert_eq(&answers(store, plan).join("\n"));
}

#[test]
fn every_question_is_asked_and_answered_as_through_a_shim() {
    let mut direct = AsyncStore::of(Arc::new(AsyncMemoryStore::new()), CallingThread);
    let shim = AsyncToSyncStorageAdapter::new(Arc::new(AsyncMemoryStore::new()), CallingThread);
    let mut bridged = ZarrsStore::of(Arc::new(shim));
    let (direct, bridged) = (answers(&mut direct, PLAN), answers(&mut bridged, PLAN));
    assert_eq!(direct, bridged);
    assert_eq!(direct.len(), 27);
}

#[test]
fn what_a_store_has_no_trait_for_is_unsupported() {
    let memory = Arc::new(AsyncMemoryStore::new());
    let mut store = AsyncStore::new(CallingThread).writable(memory);
    assert!(store.capabilities().write && !store.capabilities().read);
    check(
        &mut store,
        "set a \"\"\nget a\nlist",
        expect![[r#"
            set a "" -> done
            get a -> error Unsupported (this store cannot be asked `get`)
            list -> error Unsupported (this store cannot be asked `list`)"#]],
    );
}

#[test]
fn the_runtime_that_is_given_runs_the_futures() {
    /// Counts what it runs.
    struct Counting(std::sync::atomic::AtomicUsize);

    impl AsyncToSyncBlockOn for &'static Counting {
        fn block_on<F: Future>(&self, future: F) -> F::Output {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            CallingThread.block_on(future)
        }
    }

    static COUNTING: Counting = Counting(std::sync::atomic::AtomicUsize::new(0));
    let mut store = AsyncStore::of(Arc::new(AsyncMemoryStore::new()), &COUNTING);
    answers(&mut store, "set a \"\"\nget a\nlist");
    assert_eq!(COUNTING.0.load(std::sync::atomic::Ordering::Relaxed), 3);
}

#[cfg(feature = "tokio")]
#[test]
fn a_tokio_runtime_has_timers_and_tasks_and_serves_many_threads() {
    use std::time::Duration;

    use zarr_conform_store::TokioRuntime;

    let runtime = TokioRuntime::new().unwrap();
    let threads = (0..3).map(|at| {
        let runtime = runtime.clone();
        std::thread::spawn(move || {
            runtime.block_on(async move {
                let task = tokio::spawn(tokio::time::sleep(Duration::from_millis(1)));
                task.await.unwrap();
                at
            })
        })
    });
    let threads: Vec<_> = threads.collect();
    let done: Vec<u32> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(done, [0, 1, 2]);
}
