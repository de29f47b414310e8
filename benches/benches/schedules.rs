//! How many orders of callers at the same time are played in a second, and how much of it is the
//! checker's.
//!
//! Orders, the same operations asked one after the other, and the checker alone are measured in turns in
//! one run, so the ratios hold on a busy machine too. Files are where `TMPDIR` says: on a memory file
//! system such as `/dev/shm`, nothing waits for a disk.
//!
//! The example `schedules` of `zarr-conform-machines` plays any number of orders, and looks for failures.

use std::env;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zarr_conform_benches::{Comparison, SEED, apart, fastest, silence_panics};
use zarr_conform_filesystem::FilesystemAdapter;
use zarr_conform_machines::mutants::{ByKeyAdapter, RaceAdapter, TaskAdapter};
use zarr_conform_machines::{Machine, Report, ShrinkBudget};
use zarr_conform_model::history::{Answer, Call, History};
use zarr_conform_model::plan::Caller;
use zarr_conform_model::{Model, Operation, Outcome, Plan, StoreModel};
use zarr_conform_rules::Generator;
use zarr_conform_store::Adapter;

fn main() {
    silence_panics();
    // `cargo bench -- --test` asks whether the bench runs, not how fast.
    let is_test = env::args().any(|argument| argument == "--test");
    let (cases, rounds) = if is_test { (2, 1) } else { (32, 9) };
    println!("ns for one order of a plan, and as a multiple of its operations one after the other");
    println!("(one core; files in {})", env::temp_dir().display());
    let fs: Arc<dyn Adapter> = Arc::new(FilesystemAdapter::plain());
    compare("fs", &fs, cases, rounds);
    let careful: [(&str, Arc<dyn Adapter>); 3] = [
        ("one lock", Arc::new(RaceAdapter::careful())),
        ("a lock for each key", Arc::new(ByKeyAdapter)),
        ("futures in memory", Arc::new(TaskAdapter::careful())),
    ];
    for (name, adapter) in careful {
        compare(name, &adapter, cases, rounds);
    }
}

fn machine(adapter: &Arc<dyn Adapter>) -> Machine {
    // Failures are found and filed; making them small is no part of playing.
    let budget = ShrinkBudget { calls: 0, time: Duration::ZERO };
    let machine = Machine::of_shared(Arc::clone(adapter)).concurrent().jobs(1);
    machine.time_budget(None).shrink_budget(budget).environment(false)
}

/// How many orders were played, as the report says.
fn orders(report: &Report) -> u64 {
    let number = |note: &String| {
        let (before, _) = note.split_once(" orders of ")?;
        before.rsplit(' ').next()?.parse().ok()
    };
    report.notes.iter().find_map(number).unwrap_or_default()
}

fn compare(name: &str, adapter: &Arc<dyn Adapter>, cases: u64, rounds: usize) {
    let generator = Generator::new(adapter.declared());
    let plans: Vec<Plan> = (0..cases).map(|case| generator.plan_together(SEED, case)).collect();
    let histories: Vec<History> = plans.iter().map(|plan| history(&**adapter, plan)).collect();
    let mut comparison = Comparison::default();
    let (mut of_orders, mut of_checker) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let plain = apart(|| {
            let started = Instant::now();
            for plan in &plans {
                black_box(ask_all(&**adapter, plan));
            }
            started.elapsed()
        });
        comparison.add("one after the other", each(plain, cases));
        let report = machine(adapter).seed(SEED).cases(cases).run();
        of_orders.push(each(report.times.cases, orders(&report)));
        comparison.add("orders", of_orders[of_orders.len() - 1]);
        let checker = apart(|| {
            let started = Instant::now();
            for history in &histories {
                drop(black_box(history.judge()));
            }
            started.elapsed()
        });
        of_checker.push(each(checker, cases));
        comparison.add("the checker alone", of_checker[of_checker.len() - 1]);
    }
    comparison.print(name);
    let (order, checker) = (fastest(&of_orders), fastest(&of_checker));
    let (a_second, share) = (1e9 / order, 100.0 * checker / order);
    println!("{name:<20} {a_second:.0} orders a second, {share:.0} % of it the checker's");
}

fn each(time: Duration, count: u64) -> f64 {
    time.as_nanos() as f64 / count.max(1) as f64
}

/// Asks what a plan asks on a fresh store, one operation after the other.
fn ask_all(adapter: &dyn Adapter, plan: &Plan) -> Vec<Outcome> {
    let mut store = adapter.open().expect("a store of our own opens");
    let ask = |operation: &Operation| store.answer(plan.names(), operation);
    plan.operations().map(ask).collect()
}

/// What callers would have seen that all asked at once, and were answered one after the other.
fn history(adapter: &dyn Adapter, plan: &Plan) -> History {
    let outcomes = ask_all(adapter, plan);
    let mut before = StoreModel::new(Arc::clone(plan.names()), adapter.declared());
    let (mut calls, mut after) = (Vec::new(), Vec::new());
    let block = plan.together().unwrap_or_default();
    for (at, (step, outcome)) in plan.steps().iter().zip(outcomes).enumerate() {
        let operation = step.operation.clone();
        match step.caller.map(Caller::index) {
            Some(caller) => {
                // The steps of one caller follow each other, beside those of the others.
                let first = plan.steps().iter().position(|other| other.caller == step.caller);
                let nth = (at - first.unwrap_or(at)) as u64;
                calls.push(Call::returned(caller, operation, 2 * nth, 2 * nth + 1, outcome));
            }
            None if at < block.start => before.advance(&operation, &outcome),
            None => after.push(Answer { operation, outcome }),
        }
    }
    History::new(before, calls).then(after)
}
