//! What the benches share: plans, and the raw replay of them straight on a store.

#![forbid(unsafe_code)]

use std::hint::black_box;
use std::panic::{self, AssertUnwindSafe, resume_unwind};
use std::thread;
use std::time::Duration;

use zarr_conform_model::{Operation, Plan};
use zarr_conform_rules::Generator;
use zarr_conform_store::Adapter;
use zarrs_storage::{
    ListableStorageTraits, ReadableStorageTraits, StorageError, StorePrefix, WritableStorageTraits,
};

/// The seed of every bench.
pub const SEED: u64 = 0x5eed;

/// The first plans of a campaign on an adapter.
#[must_use]
pub fn plans(adapter: &dyn Adapter, cases: u64, steps: usize) -> Vec<Plan> {
    let generator = Generator::new(adapter.dialect()).steps(steps);
    (0..cases).map(|case| generator.plan(SEED, case)).collect()
}

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
        let asked = panic::catch_unwind(AssertUnwindSafe(|| ask(store, plan, operation)));
        let _ = black_box(asked);
    }
}

/// Keeps the panics of stores off standard error.
pub fn silence_panics() {
    panic::set_hook(Box::new(|_| {}));
}

fn ask<S>(store: &S, plan: &Plan, operation: &Operation) -> Result<(), StorageError>
where
    S: ReadableStorageTraits + WritableStorageTraits + ListableStorageTraits,
{
    let names = plan.names();
    match operation {
        Operation::Get { key } => drop(black_box(store.get(names.key(*key))?)),
        Operation::GetPartial { key, range } => {
            drop(black_box(store.get_partial(names.key(*key), range.0)?));
        }
        Operation::GetPartialMany { key, ranges } => {
            let ranges = Box::new(ranges.iter().map(|range| range.0));
            if let Some(parts) = store.get_partial_many(names.key(*key), ranges)? {
                parts.for_each(|part| drop(black_box(part)));
            }
        }
        Operation::SizeKey { key } | Operation::Exists { key } => {
            black_box(store.size_key(names.key(*key))?);
        }
        Operation::Set { key, value } => store.set(names.key(*key), value.to_bytes())?,
        Operation::SetPartial { key, patch } => {
            store.set_partial(names.key(*key), patch.offset, patch.value.to_bytes())?;
        }
        Operation::SetPartialMany { key, patches } => {
            let patches = patches.iter().map(|patch| (patch.offset, patch.value.to_bytes()));
            store.set_partial_many(names.key(*key), Box::new(patches))?;
        }
        Operation::Erase { key } => store.erase(names.key(*key))?,
        Operation::EraseMany { keys } => {
            let keys: Vec<_> = keys.iter().map(|key| names.key(*key).clone()).collect();
            store.erase_many(&keys)?;
        }
        Operation::ErasePrefix { prefix } => store.erase_prefix(names.prefix(*prefix))?,
        Operation::Clear => store.erase_prefix(&StorePrefix::root())?,
        Operation::List => drop(black_box(store.list()?)),
        Operation::ListPrefix { prefix } | Operation::IsEmpty { prefix } => {
            drop(black_box(store.list_prefix(names.prefix(*prefix))?));
        }
        Operation::ListDir { prefix } => {
            drop(black_box(store.list_dir(names.prefix(*prefix))?));
        }
        Operation::SizePrefix { prefix } => {
            black_box(store.size_prefix(names.prefix(*prefix))?);
        }
        Operation::Size => {
            black_box(store.size()?);
        }
        Operation::Reopen | Operation::Audit | Operation::Node(_) => {}
    }
    Ok(())
}
