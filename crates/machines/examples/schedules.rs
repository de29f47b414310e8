//! Plays orders of callers at the same time over stores that do everything right: one lock, a lock for each
//! key, and futures. None may show a failure.
//!
//! ```sh
//! TMPDIR=/dev/shm cargo run --release --features faults --example schedules -- 1000000
//! ```

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zarr_conform_machines::mutants::{ByKeyAdapter, RaceAdapter, TaskAdapter};
use zarr_conform_machines::store::Adapter;
use zarr_conform_machines::{Machine, Report, ShrinkBudget};

/// The share of each store in a thousand orders: those on files take longer.
const STORES: [(&str, u64); 3] =
    [("one lock", 100), ("a lock for each key", 100), ("futures in memory", 800)];

fn main() -> ExitCode {
    let wanted = env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(1000);
    let adapters: [Arc<dyn Adapter>; 3] = [
        Arc::new(RaceAdapter::careful()),
        Arc::new(ByKeyAdapter),
        Arc::new(TaskAdapter::careful()),
    ];
    let mut played = 0;
    for ((name, share), adapter) in STORES.into_iter().zip(adapters) {
        let (mut orders, mut time, begun) = (0, Duration::ZERO, Instant::now());
        let mut seeds = 0_u64..;
        while orders * 1000 < share * wanted {
            let budget = ShrinkBudget { calls: 0, time: Duration::ZERO };
            let machine = Machine::of_shared(Arc::clone(&adapter)).concurrent().jobs(1);
            let machine = machine.time_budget(None).shrink_budget(budget).environment(false);
            let report = machine.seed(seeds.next().unwrap_or_default()).cases(64).run();
            if !report.failures.is_empty() {
                println!("{name}: {report}");
                return ExitCode::FAILURE;
            }
            orders += orders_of(&report);
            time += report.times.cases;
        }
        played += orders;
        let rate = orders as f64 / time.as_secs_f64();
        let begun = begun.elapsed();
        println!("{name:<20} {orders:>8} orders, {rate:.0} a second, {begun:.0?} in all");
    }
    println!("{played} orders, no failures");
    ExitCode::SUCCESS
}

/// How many orders were played, as the report says.
fn orders_of(report: &Report) -> u64 {
    let number = |note: &String| {
        let (before, _) = note.split_once(" orders of ")?;
        before.rsplit(' ').next()?.parse().ok()
    };
    report.notes.iter().find_map(number).unwrap_or_default()
}
