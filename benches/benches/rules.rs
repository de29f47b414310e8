//! Operations a second for each adapter and each rule: plans of 50 steps in which, after the
//! filling phase, that rule runs and those that it needs.

use std::sync::Arc;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use zarr_conform_benches::{SEED, operations, silence_panics};
use zarr_conform_hierarchy::Hierarchy;
use zarr_conform_machines::{Machine, ShrinkBudget};
use zarr_conform_model::HierarchyModel;
use zarr_conform_rules::{Rule, hierarchy_rules, store_rules};
use zarr_conform_store::Adapter;

/// The rule, and the ones that bring a store into states that it can run in.
fn around(rule: &Rule) -> Vec<Rule> {
    let helps = |other: &Rule| ["set_new", "erase_live"].contains(&other.name());
    let others =
        store_rules().into_iter().filter(|other| helps(other) && other.name() != rule.name());
    others.map(|other| other.weight(1)).chain([rule.clone().weight(50)]).collect()
}

/// The rule of the hierarchy machine, and the ones that make and fill arrays.
fn around_node(rule: &Rule<HierarchyModel>) -> Vec<Rule<HierarchyModel>> {
    let helps = |other: &Rule<HierarchyModel>| {
        ["add_array", "add_array_deep", "write_chunk", "resize_shrink", "set_foreign"]
            .contains(&other.name())
    };
    let others =
        hierarchy_rules().into_iter().filter(|other| helps(other) && other.name() != rule.name());
    others.map(|other| other.weight(1)).chain([rule.clone().weight(50)]).collect()
}

/// The cases alone, without what makes a campaign a proof.
fn cases_alone(machine: Machine, cases: u64) -> Machine {
    let machine = machine.seed(SEED).cases(cases).crowds(false).known_issues([]);
    machine
        .required_goals([])
        .planted_bug(false)
        .shrink_budget(ShrinkBudget { calls: 0, time: Duration::ZERO })
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(100));
    group.measurement_time(Duration::from_millis(500));
    group
}

fn bench(criterion: &mut Criterion, adapter: &Arc<dyn Adapter>, cases: u64) {
    let mut group = group(criterion, adapter.name());
    for rule in store_rules() {
        if !adapter.capabilities().allow(rule.asks()) {
            continue;
        }
        let machine =
            cases_alone(Machine::of_shared(Arc::clone(adapter)), cases).rules(around(&rule));
        let generator = machine.generator();
        let plans: Vec<_> = (0..cases).map(|case| generator.plan(SEED, case)).collect();
        group.throughput(Throughput::Elements(operations(&plans)));
        group.bench_function(rule.name(), |bencher| bencher.iter(|| machine.run()));
    }
    group.finish();
}

fn bench_hierarchy(criterion: &mut Criterion, adapter: &Arc<dyn Adapter>, cases: u64) {
    let hierarchy = Hierarchy::over(Arc::clone(adapter));
    let mut group = group(criterion, &format!("{} hierarchy", hierarchy.name()));
    for rule in hierarchy_rules() {
        if !hierarchy.capabilities().allow(rule.asks()) {
            continue;
        }
        let machine = cases_alone(Machine::of(hierarchy.clone()), cases);
        let machine = machine.hierarchy_rules(around_node(&rule));
        let generator = machine.hierarchy_generator();
        let plans: Vec<_> = (0..cases).map(|case| generator.plan(SEED, case)).collect();
        group.throughput(Throughput::Elements(operations(&plans)));
        group.bench_function(rule.name(), |bencher| bencher.iter(|| machine.run()));
    }
    group.finish();
}

/// The adapters that are measured, and how many cases of each: some wait for a disk or a server.
const MEASURED: [(&str, u64); 6] = [
    ("memory", 64),
    ("memory:async", 64),
    ("fs", 2),
    ("object-store:memory", 64),
    ("object-store:s3", 2),
    ("opendal:memory", 64),
];

fn rules(criterion: &mut Criterion) {
    silence_panics();
    let adapters = zarr_conform_published::adapters();
    for (name, cases) in MEASURED {
        let described = adapters.iter().find(|described| described.name() == name);
        // Those that take a feature are there with it alone.
        let Some(adapter) = described.and_then(|described| described.adapter()) else { continue };
        bench(criterion, adapter, cases);
        if name == "memory" {
            bench_hierarchy(criterion, adapter, 8);
        }
    }
}

criterion_group!(benches, rules);
criterion_main!(benches);
