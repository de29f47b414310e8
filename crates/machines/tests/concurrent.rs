//! Is it found what stores get wrong when several callers ask at the same time, and nothing else?

#![cfg(all(feature = "faults", target_os = "linux", target_env = "gnu"))]

mod timeless;

use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use expect_test::expect;
use zarr_conform_machines::model::contract::Overlap;
use zarr_conform_machines::model::{Clause, Dialect, Plan};
use zarr_conform_machines::mutants::{
    ByKeyAdapter, FaultBug, RaceAdapter, RaceBug, TaskAdapter, TaskBug, TaskStore,
};
use zarr_conform_machines::report::Status;
use zarr_conform_machines::store::{Adapter, AsyncToSyncBlockOn, ZarrsStore};
use zarr_conform_machines::{Machine, Report, async_store_machine_on};
use zarrs_storage::storage_adapter::usage_log::UsageLogStorageAdapter;
use zarrs_storage::store::MemoryStore;
use zarrs_storage::{
    Bytes, OffsetBytesIterator, StorageError, StoreKey, StorePrefix, WritableStorageTraits,
};

use crate::timeless::timeless;

/// Cases in which each bug is found.
const CASES: u64 = 256;

#[test]
fn careful_stores_stand_all_orders() {
    let on_files: Arc<dyn Adapter> = Arc::new(RaceAdapter::careful());
    let by_key: Arc<dyn Adapter> = Arc::new(ByKeyAdapter);
    let with_handles: Arc<dyn Adapter> = Arc::new(RaceAdapter::careful_with_handles());
    let with_futures: Arc<dyn Adapter> = Arc::new(TaskAdapter::careful());
    for (careful, cases) in [(on_files, 16), (by_key, 16), (with_handles, 16), (with_futures, 256)]
    {
        let report = Machine::of_shared(careful).concurrent().cases(cases).run();
        assert_eq!(report.status, Status::Conforms, "{report}");
        let is_seen = |note: &String| note.ends_with("was seen to hold linearizable");
        assert!(report.notes.iter().any(is_seen), "{report}");
    }
}

/// The first case that shows a bug.
fn find(bug: &FaultBug) -> Option<Report> {
    let machine = Machine::of_shared(Arc::clone(&bug.planted)).concurrent().seed(1).cases(CASES);
    (0..CASES)
        .map(|case| machine.clone().case(case).run())
        .find(|report| !report.failures.is_empty())
}

#[test]
fn every_planted_bug_is_found_with_a_plan_as_short_as_its_minimum() {
    for bug in &FaultBug::of_callers() {
        let report = find(bug).unwrap_or_else(|| panic!("{bug} is missed"));
        let plan = &report.failures[0].plan;
        let minimum: Plan = bug.minimum.parse().expect("a plan");
        assert!(plan.len() <= minimum.len() + 1, "{bug}: {report}");
        assert!(plan.together().is_some_and(|block| block.len() <= 3), "{bug}: {report}");
        let turns = plan.turns().expect("the order that shows it is told");
        assert!(turns.switches.len() <= 2, "{bug}: {report}");
        assert_eq!(report.failures.len(), 1, "{bug}: {report}");
    }
}

#[test]
fn what_is_found_is_found_again_each_time() {
    for bug in &FaultBug::of_callers() {
        let machine = Machine::of_shared(Arc::clone(&bug.planted)).concurrent();
        let plan: Plan = bug.minimum.parse().expect("a plan");
        let first = machine.replay(&plan).expect("it can be played").to_string();
        for _ in 0..5 {
            let again = machine.replay(&plan).expect("it can be played").to_string();
            assert_eq!(again, first, "{bug}");
        }
    }
}

#[test]
fn the_minimum_of_every_bug_shows_it_and_nothing_in_a_careful_store() {
    for bug in &FaultBug::of_callers() {
        let plan = bug.minimum.parse().unwrap_or_else(|error| panic!("{bug}: {error}"));
        let replay = |adapter: &Arc<dyn Adapter>| {
            let machine = Machine::of_shared(Arc::clone(adapter)).concurrent();
            machine.replay(&plan).expect("it can be played")
        };
        let planted = replay(&bug.planted);
        assert!(!planted.agrees(), "{bug}: {planted}");
        let careful = replay(&bug.careful);
        assert!(careful.agrees(), "{bug}: {careful}");
    }
}

#[test]
fn a_replay_shows_the_order_in_which_callers_went() {
    let machine = Machine::of(RaceAdapter::with(RaceBug::C01)).concurrent();
    let replay = |plan: &str| machine.replay(&plan.parse().expect("a plan")).expect("it is played");
    let shown = replay("set a \"oo\"; together; 1: set a \"nnnn\"; 2: get a; end; get a");
    expect![[r#"
        set a "oo"    -> done
        together
          1: set a "nnnn"    -> done
          2: get a
            want "oo", or 4*0x6e    (C2)
            got  ""
          turns: 1 before write#1 -> 2
        end
        get a    -> 4*0x6e
    "#]]
    .assert_eq(&shown.to_string());
    let elsewhere = "together; 1: set a \"\"; 2: get a; turns: 1 before rename#1 -> 2; end";
    let shown = replay(elsewhere);
    assert!(!shown.agrees());
    assert!(shown.to_string().contains("makes no such call"), "{shown}");
}

#[test]
fn a_replay_has_a_column_for_each_caller() {
    let lanes = |adapter: Arc<dyn Adapter>, plan: &str| {
        let machine = Machine::of_shared(adapter).concurrent();
        let replay = machine.replay(&plan.parse().expect("a plan")).expect("it is played");
        let bytes: Vec<u64> = replay.lines.iter().filter_map(|line| line.differs_at).collect();
        format!("{}\n{bytes:?}\n", replay.lanes.expect("there are callers"))
    };
    let torn = "set a \"oo\"; together; 1: set a \"nnnn\"; 2: get a; end; get a";
    expect![[r#"
            1                              2
            set a "nnnn"
              before write#1: 2 goes on
                                           get a
                                             -> ""
              -> done
        [0]
    "#]]
    .assert_eq(&lanes(Arc::new(RaceAdapter::with(RaceBug::C01)), torn));
    let dropped = "together; 1: set a \"aa\"; 2: get a; end; get a";
    expect![[r#"
            1                            2
            set a "aa"
              before await#2: dropped
                                         get a
                                           -> "a"
        [1, 1]
    "#]]
    .assert_eq(&lanes(Arc::new(TaskAdapter::with(TaskBug::T09)), dropped));
}

#[test]
fn a_future_is_dropped_where_it_awaits() {
    let machine = Machine::of(TaskAdapter::with(TaskBug::T09)).concurrent();
    let replay = |plan: &str| machine.replay(&plan.parse().expect("a plan")).expect("it is played");
    let shown = replay("together; 1: set a \"aa\"; 2: get a; end; get a");
    expect![[r#"
        together
          1: set a "aa"    -> dropped
          2: get a
            want absent, or "aa"    (C10)
            got  "a"
          turns: 1 before await#2 -> end
        end
        get a
            want absent, or "aa"    (C10)
            got  "a"
    "#]]
    .assert_eq(&shown.to_string());
    // What was dropped asks nothing more.
    let twice = "together; 1: set a \"\"; 1: set b \"\"; 2: get b; turns: 1 before await#1 -> end; end; list";
    expect![[r#"
        together
          1: set a ""    -> dropped
          1: set b ""    -> not asked
          2: get b    -> absent
          turns: 1 before await#1 -> end
        end
        list    -> []
    "#]]
    .assert_eq(&replay(twice).to_string());
}

#[test]
fn a_second_handle_is_asked_where_a_plan_says_so() {
    let replay = |bug| {
        let plan = "set a \"\"; together; 1: get a; 2b: erase a; end; get a; reopen; get a";
        let machine = Machine::of(RaceAdapter::with(bug)).concurrent();
        machine.replay(&plan.parse().expect("a plan")).expect("it is played").to_string()
    };
    expect![[r#"
        set a ""    -> done
        together
          1: get a    -> ""
          2b: erase a    -> done
          turns: in order
        end
        get a
            want absent    (C5)
            got  ""
        reopen    -> done
        get a    -> absent
    "#]]
    .assert_eq(&replay(RaceBug::C19));
    let plan = "together; 1: set a \"\"; 2b: get a; end".parse().expect("a plan");
    let alone = Machine::of(TaskAdapter::careful()).concurrent().replay(&plan);
    let words = alone.expect_err("it has no place").to_string();
    assert!(words.contains("opened once at its place"), "{words}");
}

#[test]
fn the_report_does_not_depend_on_the_threads() {
    let report = |jobs| {
        let machine = Machine::of(RaceAdapter::with(RaceBug::C01)).concurrent().cases(6);
        timeless(&machine.jobs(jobs).run())
    };
    assert_eq!(report(1), report(2));
}

/// A store in memory that erases a key before it writes its value, and has no lock around both.
struct ErasedFirst(Arc<MemoryStore>);

impl WritableStorageTraits for ErasedFirst {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        self.0.erase(key)?;
        // About as long as it takes to wake up a thread.
        (0..20_000).for_each(|_| std::hint::spin_loop());
        self.0.set(key, value)
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        values: OffsetBytesIterator<'_>,
    ) -> Result<(), StorageError> {
        self.0.set_partial_many(key, values)
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.0.erase(key)
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        self.0.erase_prefix(prefix)
    }

    fn supports_set_partial(&self) -> bool {
        true
    }
}

#[test]
fn callers_of_a_store_in_memory_go_in_whatever_order_the_system_gives() {
    let machine = zarr_conform_machines::partial_store_machine(|| {
        let store = Arc::new(MemoryStore::new());
        ZarrsStore::new().readable(store.clone()).writable(Arc::new(ErasedFirst(store)))
    });
    let dialect = Dialect { overlap: Overlap::Readers, ..Dialect::ZARRS };
    let report = machine.dialect(dialect).concurrent().cases(64).run();
    let [failure] = &report.failures[..] else { panic!("one failure is wanted: {report}") };
    assert_eq!(failure.clause, Clause::C2, "{report}");
    assert!(failure.plan.len() <= 4, "{report}");
    assert!(report.to_string().contains("runs of its callers, in whatever order"), "{report}");
}

/// A runtime that is in no hurry to go on with a future that waits.
#[derive(Clone, Copy)]
struct Unhurried;

impl AsyncToSyncBlockOn for Unhurried {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            thread::sleep(Duration::from_micros(200));
        }
    }
}

#[test]
fn a_store_on_a_runtime_is_asked_by_callers_on_its_threads() {
    let machine = |bug| {
        let open = move || TaskStore::new(bug);
        let dialect = Dialect { overlap: Overlap::Linearizable, ..Dialect::ZARRS };
        async_store_machine_on(Unhurried, open).dialect(dialect).concurrent().cases(32)
    };
    let report = machine(None).run();
    assert!(report.failures.is_empty(), "{report}");
    assert!(report.notes.iter().any(|note| note.contains("whatever the system gave")), "{report}");
    let report = machine(Some(TaskBug::T01)).run();
    assert!(report.failures.iter().any(|failure| failure.clause == Clause::C2), "{report}");
}

#[test]
fn what_the_file_store_of_zarrs_gets_wrong_is_known() {
    let machine = Machine::of(zarr_conform_filesystem::FilesystemAdapter::plain()).concurrent();
    let report = machine.cases(64).run();
    assert!(report.failures.is_empty(), "{report}");
    assert!(report.known_not_seen.is_empty(), "{report}");
}

#[test]
fn futures_take_turns_where_they_await() {
    let machine = Machine::of(TaskAdapter::with(TaskBug::T01)).concurrent();
    let plan: Plan = "together; 1: set a \"aa\"; 2: get a; end".parse().expect("a plan");
    let shown = machine.replay(&plan).expect("it is played").to_string();
    assert!(shown.contains("turns: 1 before await#"), "{shown}");
    assert!(shown.contains("got  \"a\""), "{shown}");
}

#[test]
fn plans_with_callers_and_faults_are_refused() {
    let machine = Machine::of(RaceAdapter::careful()).concurrent();
    let plan = "together; 1: fail write#1 EIO: set a \"\"; 2: get a; end".parse().expect("a plan");
    let refused = machine.replay(&plan).expect_err("nothing plays both");
    assert!(refused.to_string().contains("at the same time"), "{refused}");
}

#[test]
fn a_caller_that_waits_where_nobody_sees_it_is_not_taken_for_an_opening() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let waits = || {
        if ASKED.fetch_add(1, Ordering::Relaxed) > 8 {
            // For a thread that nobody can wake, longer than the deadline.
            thread::sleep(Duration::from_secs(1));
        }
        String::new()
    };
    let machine = zarr_conform_machines::store_machine(move || {
        let memory = Arc::new(MemoryStore::new());
        UsageLogStorageAdapter::new(memory, Arc::new(Mutex::new(io::sink())), waits)
    });
    let machine = machine.concurrent().cases(2).jobs(1).deadline(Duration::from_millis(100));
    let report = machine.shrink_allowance(Duration::from_secs(1)).run();
    assert!(
        report.to_string().contains("callers at the same time did not come to an end"),
        "{report}"
    );
    assert!(!report.to_string().contains("opening the store did not end"), "{report}");
}
