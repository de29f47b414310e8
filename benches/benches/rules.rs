//! Operations a second for each adapter and each rule: plans of 50 steps in which, after the
//! filling phase, only that rule runs.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use zarr_conform_benches::{SEED, operations, silence_panics};
use zarr_conform_filesystem::FilesystemAdapter;
use zarr_conform_machines::Machine;
use zarr_conform_memory::MemoryAdapter;
use zarr_conform_model::Adapter;
use zarr_conform_rules::{Rule, store_rules};

/// The rule, and the ones that bring a store into states that it can run in.
fn around(rule: &Rule) -> Vec<Rule> {
    let helps = |other: &Rule| ["set_new", "erase_live"].contains(&other.name());
    let others =
        store_rules().into_iter().filter(|other| helps(other) && other.name() != rule.name());
    others.map(|other| other.weight(1)).chain([rule.clone().weight(50)]).collect()
}

fn bench<A: Adapter + Clone + 'static>(criterion: &mut Criterion, adapter: &A, cases: u64) {
    let mut group = criterion.benchmark_group(adapter.name());
    group.sample_size(10).warm_up_time(Duration::from_millis(100));
    group.measurement_time(Duration::from_millis(500));
    for rule in store_rules() {
        if !adapter.dialect().capabilities.allow(rule.asks()) {
            continue;
        }
        let machine = Machine::of(adapter.clone()).seed(SEED).cases(cases).crowds(false);
        // The cases alone, without what makes a campaign a proof.
        let machine = machine.rules(around(&rule)).required_goals([]).planted_bug(false);
        let machine = machine
            .known_issues([])
            .shrink_budget(zarr_conform_machines::ShrinkBudget { calls: 0, time: Duration::ZERO });
        let generator = machine.generator();
        let plans: Vec<_> = (0..cases).map(|case| generator.plan(SEED, case)).collect();
        group.throughput(Throughput::Elements(operations(&plans)));
        group.bench_function(rule.name(), |bencher| bencher.iter(|| machine.run()));
    }
    group.finish();
}

fn rules(criterion: &mut Criterion) {
    silence_panics();
    for adapter in [MemoryAdapter::synchronous(), MemoryAdapter::asynchronous()] {
        bench(criterion, &adapter, 64);
    }
    bench(criterion, &FilesystemAdapter::plain(), 2);
    #[cfg(feature = "object-store")]
    bench(criterion, &zarr_conform_object_store::ObjectStoreAdapter::memory(), 64);
    #[cfg(feature = "object-store-s3")]
    bench(criterion, &zarr_conform_object_store::ObjectStoreAdapter::s3(), 2);
    #[cfg(feature = "opendal")]
    bench(criterion, &zarr_conform_opendal::OpendalAdapter::memory(), 64);
}

criterion_group!(benches, rules);
criterion_main!(benches);
