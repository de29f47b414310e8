//! What the benches share: plans, and the raw replay of them straight on a store.

#![forbid(unsafe_code)]

use std::hint::black_box;
use std::panic::{self, AssertUnwindSafe, resume_unwind};
use std::thread;
use std::time::Duration;

use zarr_conform_model::{Operation, Plan};
use zarr_conform_store::ask::{Answers, Traits, ask};
use zarr_conform_store::optional::Created;
use zarrs_storage::{
    Bytes, ListableStorageTraits, ReadableStorageTraits, StorageError, StoreKeys,
    StoreKeysPrefixes, WritableStorageTraits,
};

/// The seed of every bench.
pub const SEED: u64 = 0x5eed;

/// The operations of some plans in all.
#[must_use]
pub fn operations(plans: &[Plan]) -> u64 {
    plans.iter().map(|plan| plan.len() as u64).sum()
}

/// The fastest of several rounds: what else the machine does only ever adds time.
#[must_use]
pub fn fastest(rounds: &[f64]) -> f64 {
    rounds.iter().copied().fold(f64::INFINITY, f64::min)
}

/// Nanoseconds for one of so many operations.
#[must_use]
pub fn per_operation(time: Duration, operations: u64) -> f64 {
    time.as_nanos() as f64 / operations as f64
}

/// What several ways of doing the same take, measured in turns: the first is what the others are
/// held against.
#[derive(Debug, Default)]
pub struct Comparison(Vec<(&'static str, Vec<f64>)>);

impl Comparison {
    /// Adds one round of a way, in nanoseconds.
    pub fn add(&mut self, way: &'static str, time: f64) {
        match self.0.iter_mut().find(|(name, _)| *name == way) {
            Some((_, times)) => times.push(time),
            None => self.0.push((way, vec![time])),
        }
    }

    /// Prints the fastest round of each way, and the median over the rounds of what it takes as a
    /// multiple of the first way: a ratio of two neighbours in time holds on a busy machine, too.
    ///
    /// # Panics
    ///
    /// Panics if a way has fewer rounds than the first.
    pub fn print(&self, store: &str) {
        let Some((_, first)) = self.0.first() else {
            return;
        };
        for (way, times) in &self.0 {
            let mut ratios: Vec<f64> =
                first.iter().enumerate().map(|(round, first)| times[round] / first).collect();
            ratios.sort_by(f64::total_cmp);
            let (time, ratio) = (fastest(times), ratios[ratios.len() / 2]);
            println!("{store:<20} {way:<24} {time:9.0} ns   {ratio:5.2} x");
        }
    }
}

/// Does something on a thread of its own, as cases are played.
pub fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|panic| resume_unwind(panic))
}

/// Asks a store the operations of a plan, and looks at no answer.
///
/// This is what the same operations cost without zarr-conform: `zarrs_storage`'s methods are
/// called directly, and only panics are caught, since the published stores have some.
pub fn replay<S>(store: &S, plan: &Plan)
where
    S: ReadableStorageTraits + WritableStorageTraits + ListableStorageTraits,
{
    for operation in plan.operations() {
        let asked = panic::catch_unwind(AssertUnwindSafe(|| ask_one(store, plan, operation)));
        let _ = black_box(asked);
    }
}

/// Keeps the panics of stores off standard error.
pub fn silence_panics() {
    panic::set_hook(Box::new(|_| {}));
}

fn ask_one<S>(store: &S, plan: &Plan, operation: &Operation)
where
    S: ReadableStorageTraits + WritableStorageTraits + ListableStorageTraits,
{
    let traits = Traits {
        readable: Some(store),
        writable: Some(store),
        listable: Some(store),
        ..Traits::default()
    };
    let _ = black_box(ask(traits, plan.names(), operation, &Unread));
}

/// Answers that nobody looks at.
struct Unread;

impl Answers for Unread {
    type Answer = ();

    fn value(&self, value: Option<Bytes>) {
        black_box(value);
    }

    fn parts(&self, parts: Option<impl Iterator<Item = Result<Bytes, StorageError>>>) {
        parts.into_iter().flatten().for_each(|part| drop(black_box(part)));
    }

    fn many(&self, parts: Vec<Result<Option<Bytes>, StorageError>>) {
        black_box(parts);
    }

    fn created(&self, created: Created) {
        black_box(created);
    }

    fn size_of_key(&self, size: Option<u64>) {
        black_box(size);
    }

    fn existence(&self, size: Option<u64>) {
        black_box(size);
    }

    fn done(&self, (): ()) {}

    fn keys(&self, keys: StoreKeys) {
        black_box(keys);
    }

    fn emptiness(&self, keys: StoreKeys) {
        black_box(keys);
    }

    fn directory(&self, directory: StoreKeysPrefixes) {
        black_box(directory);
    }

    fn size(&self, size: u64) {
        black_box(size);
    }
}
