//! What the machine costs beside the raw replay of the same operations on the same asynchronous
//! store, with the waiting for its futures in both.
//!
//! Both are measured in turns in one run, so the ratio holds on a busy machine too.

use std::sync::Arc;
use std::time::{Duration, Instant};

use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use zarr_conform_benches::{
    Comparison, SEED, apart, operations, per_operation, replay, silence_panics,
};
use zarr_conform_machines::{Invariants, Machine, ShrinkBudget};
use zarr_conform_model::Plan;
use zarr_conform_object_store::ObjectStoreAdapter;
use zarr_conform_store::{Adapter, CallingThread, TokioRuntime};
use zarrs_object_store::AsyncObjectStore;
use zarrs_storage::storage_adapter::async_to_sync::{
    AsyncToSyncBlockOn, AsyncToSyncStorageAdapter,
};

const STEPS: usize = 100;

fn main() {
    silence_panics();
    // `cargo bench -- --test` asks whether the bench runs, not how fast.
    let is_test = std::env::args().any(|argument| argument == "--test");
    let (cases, rounds) = if is_test { (4, 1) } else { (256, 9) };
    println!(
        "ns per operation of a plan and per question, those of checks included, and as a multiple \
         of the raw replay on the same store"
    );
    println!("(plans of {STEPS} steps without crowds, one core)");
    ratios(&ObjectStoreAdapter::memory(), cases, rounds, |plan| {
        replay_on(InMemory::new(), CallingThread, plan)
    });
    let runtime = TokioRuntime::orderly().expect("the system gives a thread");
    ratios(&ObjectStoreAdapter::local(), cases / 4, rounds, |plan| {
        let root = tempfile::tempdir().expect("the temporary directory can be written");
        let files = LocalFileSystem::new_with_prefix(root.path()).expect("the directory is there");
        replay_on(files, runtime.clone(), plan)
    });
}

fn replay_on<B: AsyncToSyncBlockOn + Send + Sync + 'static>(
    objects: impl object_store::ObjectStore,
    runtime: B,
    plan: &Plan,
) -> Duration {
    let store = Arc::new(AsyncObjectStore::new(objects));
    let store = AsyncToSyncStorageAdapter::new(store, runtime);
    let started = Instant::now();
    replay(&store, plan);
    started.elapsed()
}

/// An operation of a plan comes with the questions of the checks; what one of either takes is the
/// time of a question.
const PER_QUESTION: [&str; 3] =
    ["every-step, a question", "sampled, a question", "end, a question"];

fn ratios(
    adapter: &ObjectStoreAdapter,
    cases: u64,
    rounds: usize,
    raw_replay: impl Fn(&Plan) -> Duration + Sync,
) {
    // Failures are found and filed; making them small is no part of playing.
    let budget = ShrinkBudget { calls: 0, time: Duration::ZERO };
    let machine = Machine::of(adapter.clone()).seed(SEED).cases(cases).steps(STEPS).crowds(false);
    let machine = machine.time_budget(None).shrink_budget(budget).planted_bug(false);
    let machine = machine.required_goals([]).known_issues([]);
    let generator = machine.generator();
    let plans: Vec<_> = (0..cases).map(|case| generator.plan(SEED, case)).collect();
    let mut comparison = Comparison::default();
    for _ in 0..rounds {
        let time = apart(|| plans.iter().map(&raw_replay).sum());
        comparison.add("raw", per_operation(time, operations(&plans)));
        for ((invariants, name), a_question) in Invariants::NAMES.into_iter().zip(PER_QUESTION) {
            let report = machine.clone().invariants(invariants).run();
            comparison.add(name, per_operation(report.times.cases, report.operations));
            comparison.add(a_question, per_operation(report.times.cases, report.questions));
        }
    }
    comparison.print(adapter.name());
}
