//! What the machine costs beside the raw replay of the same operations on the same store.
//!
//! Both are measured in turns in one run, so the ratio holds on a busy machine too.

use std::time::{Duration, Instant};

use zarr_conform_benches::{
    Comparison, SEED, apart, fastest, operations, per_operation, replay, silence_panics,
};
use zarr_conform_machines::{Invariants, Machine, ShrinkBudget};
use zarr_conform_memory::{MemoryAdapter, asynchronous_store};
use zarr_conform_model::Plan;
use zarr_conform_store::Adapter;
use zarrs_storage::store::MemoryStore;

fn main() {
    silence_panics();
    // `cargo bench -- --test` asks whether the bench runs, not how fast.
    let is_test = std::env::args().any(|argument| argument == "--test");
    let (cases, rounds) = if is_test { (16, 1) } else { (512, 15) };
    ratios(cases, rounds, 100, false);
    ratios(cases, rounds, 50, false);
    // Most of the time of these goes to copying values of 16 MiB, by the store and by us.
    ratios(cases, rounds, 100, true);
    growth_with_steps(cases, rounds);
    memory(if is_test { 200 } else { 20_000 });
}

fn machine(adapter: MemoryAdapter, cases: u64, steps: usize) -> Machine {
    // Failures are found and filed; making them small is no part of playing.
    let budget = ShrinkBudget { calls: 0, time: Duration::ZERO };
    let machine = Machine::of(adapter).seed(SEED).cases(cases).steps(steps);
    machine.time_budget(None).shrink_budget(budget)
}

fn time_machine(machine: &Machine) -> f64 {
    let report = machine.run();
    per_operation(report.times.cases, report.operations)
}

fn time_raw(adapter: MemoryAdapter, plans: &[Plan]) -> f64 {
    let time = apart(|| {
        let started = Instant::now();
        for plan in plans {
            if adapter == MemoryAdapter::synchronous() {
                replay(&MemoryStore::new(), plan);
            } else {
                replay(&asynchronous_store(), plan);
            }
        }
        started.elapsed()
    });
    per_operation(time, operations(plans))
}

fn ratios(cases: u64, rounds: usize, steps: usize, crowds: bool) {
    println!("ns per operation, and as a multiple of the raw replay on the same store");
    println!(
        "(plans of {steps} steps{}, one core; memory panics on bad ranges, memory:async does not)",
        if crowds { ", crowds of keys and large values" } else { "" }
    );
    for adapter in [MemoryAdapter::synchronous(), MemoryAdapter::asynchronous()] {
        let machine = machine(adapter, cases, steps).crowds(crowds);
        let generator = machine.generator();
        let plans: Vec<_> = (0..cases).map(|case| generator.plan(SEED, case)).collect();
        let mut comparison = Comparison::default();
        for _ in 0..rounds {
            comparison.add("raw", time_raw(adapter, &plans));
            let started = Instant::now();
            let drawn: Vec<_> = (0..cases).map(|case| generator.plan(SEED, case)).collect();
            comparison.add("generation", per_operation(started.elapsed(), operations(&drawn)));
            for (invariants, name) in Invariants::NAMES {
                if crowds && invariants == Invariants::EveryStep {
                    continue; // It draws no crowds.
                }
                let time = time_machine(&machine.clone().invariants(invariants));
                comparison.add(name, time);
            }
        }
        comparison.print(adapter.name());
    }
}

fn growth_with_steps(cases: u64, rounds: usize) {
    println!(
        "ns per operation by the length of plans (memory:async, sampled, as many operations each)"
    );
    let adapter = MemoryAdapter::asynchronous();
    let lengths = [50, 200, 1000];
    let mut times = lengths.map(|_| Vec::new());
    for _ in 0..rounds {
        for (steps, times) in lengths.into_iter().zip(&mut times) {
            let cases = (cases * 200 / steps as u64).max(1);
            // Crowded plans are as long whatever the steps, and would blur the comparison.
            let machine = machine(adapter, cases, steps).crowds(false);
            times.push(time_machine(&machine));
        }
    }
    let [short, ..] = times.each_ref().map(|times| fastest(times));
    for (steps, times) in lengths.into_iter().zip(times) {
        let time = fastest(&times);
        println!(
            "{steps:>6} steps   {time:8.0} ns   {:5.2} x that of {} steps",
            time / short,
            lengths[0]
        );
    }
}

/// The largest resident set so far, in KiB, where the system tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn memory(cases: u64) {
    let adapter = MemoryAdapter::asynchronous();
    let first = machine(adapter, cases / 10, 50).run();
    let after_first = peak_memory();
    let all = machine(adapter, cases, 50).run();
    let after_all = peak_memory();
    if let (Some(first_peak), Some(peak)) = (after_first, after_all) {
        println!(
            "peak memory {first_peak} KiB after {} operations, {peak} KiB after {} more",
            first.operations, all.operations
        );
    }
}
