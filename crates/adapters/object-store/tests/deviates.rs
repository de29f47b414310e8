//! What stores do in a way that no variant shows.

use std::sync::Arc;
use std::time::Duration;

use object_store::limit::LimitStore;
use object_store::memory::InMemory;
use zarr_conform_model::{Outcome, Plan};
use zarr_conform_store::{AsyncStore, AsyncToSyncBlockOn, TokioRuntime};
use zarrs_object_store::AsyncObjectStore;

/// What a store answers that may have so many requests at the same time; `None`, if it never does.
fn answers(requests: usize, plan: &str) -> Vec<Option<Outcome>> {
    let runtime = TokioRuntime::orderly().expect("the system gives a thread");
    let objects = LimitStore::new(InMemory::new(), requests);
    let store = AsyncStore::of(Arc::new(AsyncObjectStore::new(objects)), runtime.clone());
    let plan: Plan = plan.replace("; ", "\n").parse().expect("it is a plan");
    let ask = |operation| {
        // In memory, an answer takes microseconds.
        let answer = store.outcome(plan.names(), operation);
        runtime.block_on(async { tokio::time::timeout(Duration::from_secs(2), answer).await.ok() })
    };
    plan.operations().map(ask).collect()
}

#[test]
fn with_one_request_at_a_time_erasing_a_prefix_never_ends() {
    // `erase_prefix` deletes what it is still listing, and each takes a request.
    let plan = "set a/b \"\"; erase_prefix a/";
    assert_eq!(answers(2, plan), [Some(Outcome::Done), Some(Outcome::Done)]);
    assert_eq!(answers(1, plan), [Some(Outcome::Done), None]);
}
