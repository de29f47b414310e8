//! Are bugs found that show when a call to the system or a request to a service fails, when the process
//! ends, or when the power is cut, and nothing else?

#![cfg(all(feature = "faults", target_os = "linux", target_env = "gnu"))]

mod half_said;
mod timeless;

use std::sync::Arc;

use zarr_conform_machines::model::{Capabilities, Clause, Dialect, Names, Operation, Outcome};
use zarr_conform_machines::mutants::{FaultBug, FileAdapter, FileBug, ServiceAdapter};
use zarr_conform_machines::report::Status;
use zarr_conform_machines::report::Symptom;
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};
use zarr_conform_machines::{Machine, Report};

use crate::half_said::HalfSaid;
use crate::timeless::timeless;

/// Cases in which each bug is found; `calibrate --machine faults` tries more seeds.
const CASES: u64 = 16;

/// The first case that shows a bug: syncing takes long where it is a disk.
fn find(bug: &FaultBug) -> Option<Report> {
    let machine = Machine::of_shared(Arc::clone(&bug.planted)).faults().seed(1).cases(CASES);
    (0..CASES)
        .map(|case| machine.clone().case(case).run())
        .find(|report| !report.failures.is_empty())
}

#[test]
fn a_careful_store_stands_all_faults() {
    let report = Machine::of(FileAdapter::careful()).faults().cases(6).run();
    assert_eq!(report.status, Status::Conforms, "{report}");
    assert!(report.notes.iter().any(|note| note.ends_with("faults struck")), "{report}");
}

#[test]
fn a_careful_client_stands_all_that_a_service_does() {
    let report = Machine::of(ServiceAdapter::careful()).faults().run();
    assert_eq!(report.status, Status::Conforms, "{report}");
    for clause in [Clause::X4, Clause::X5, Clause::X8] {
        let count = report.clauses.iter().find(|count| count.clause == clause);
        assert!(count.is_some_and(|count| count.questions > 50), "{clause}: {report}");
    }
}

#[test]
fn every_planted_bug_is_found_with_a_plan_as_short_as_its_minimum() {
    for bug in &FaultBug::all() {
        let report = find(bug).unwrap_or_else(|| panic!("{bug} is missed"));
        let shortest = report.failures.iter().map(|failure| failure.plan.len()).min();
        let minimum = bug.minimum.lines().count();
        assert!(shortest.is_some_and(|length| length <= minimum + 1), "{bug}: {report}");
        assert!(report.failures.len() <= 3, "{bug}: {report}");
    }
}

#[test]
fn a_panic_at_one_place_is_one_failure_whatever_was_asked() {
    let machine = Machine::of(FileAdapter::with(FileBug::F39)).faults().cases(CASES);
    let report = machine.run();
    assert_eq!(report.failures.len(), 1, "{report}");
    let failure = &report.failures[0];
    assert_eq!(failure.signature, "erases interrupted: panic");
    let is_of_a_set = |symptom: &Symptom| symptom.plan.to_string().contains(": set");
    assert!(failure.symptoms.iter().any(is_of_a_set), "{report}");
}

#[test]
fn the_minimum_of_every_bug_shows_it_and_nothing_in_a_careful_store() {
    for bug in &FaultBug::all() {
        let plan = bug.minimum.parse().unwrap_or_else(|error| panic!("{bug}: {error}"));
        let replay = |adapter: &Arc<dyn Adapter>| {
            let machine = Machine::of_shared(Arc::clone(adapter)).faults();
            machine.replay(&plan).expect("it can be played")
        };
        let lines = replay(&bug.planted).lines;
        assert!(lines.last().is_some_and(|last| !last.agrees), "{bug}: {lines:?}");
        assert!(lines.iter().rev().skip(1).all(|line| line.agrees), "{bug}: {lines:?}");
        let careful = replay(&bug.careful);
        assert!(
            careful.agrees() || careful.to_string().contains("did not strike"),
            "{bug}: {careful}"
        );
    }
}

#[test]
fn the_report_does_not_depend_on_the_threads() {
    let report = |jobs| {
        let machine = Machine::of(FileAdapter::with(FileBug::F02)).faults().cases(3);
        timeless(&machine.jobs(jobs).run())
    };
    assert_eq!(report(1), report(2));
}

#[test]
fn a_fault_that_finds_no_call_fails_the_replay() {
    let machine = Machine::of(FileAdapter::careful()).faults();
    let replay = machine.replay(&"fail write#7 EIO: set a \"a\"".parse().unwrap()).unwrap();
    assert!(!replay.agrees());
    assert!(replay.to_string().contains("did not strike"), "{replay}");
}

#[test]
fn a_store_without_calls_is_not_said_to_stand_faults() {
    let machine = zarr_conform_machines::store_machine(zarrs_storage::store::MemoryStore::new);
    let Status::Inconclusive(doubts) = machine.faults().cases(4).run().status else {
        panic!("nothing was proved");
    };
    assert!(doubts.iter().any(|doubt| doubt.contains("no fault struck")), "{doubts:?}");
}

#[test]
fn a_store_that_is_given_no_place_is_struck_by_errors() {
    let machine = zarr_conform_machines::try_store_machine(|| {
        let folder = tempfile::tempdir()?;
        // Nobody removes it before the process ends, which a test may leave to the system.
        zarr_conform_filesystem_store(&folder.keep())
    });
    let report = machine.faults().cases(4).known_issues([]).run();
    assert!(report.failures.iter().any(|failure| failure.clause.id() == "X1"), "{report}");
}

fn zarr_conform_filesystem_store(
    root: &std::path::Path,
) -> Result<zarr_conform_machines::mutants::FileStore, std::io::Error> {
    zarr_conform_machines::mutants::FileStore::open(root, Some(FileBug::F02))
}

/// Stores that write on threads of their own.
struct Threaded;

struct OnThread(Box<dyn StoreUnderTest>);

impl Adapter for Threaded {
    fn name(&self) -> &str {
        "threaded"
    }

    fn capabilities(&self) -> Capabilities {
        FileAdapter::careful().capabilities()
    }

    fn dialect(&self) -> Dialect {
        FileAdapter::careful().dialect()
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(Box::new(OnThread(FileAdapter::careful().open()?)))
    }
}

impl StoreUnderTest for OnThread {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        if !matches!(operation, Operation::Set { .. }) {
            return self.0.answer(names, operation);
        }
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| self.0.answer(names, operation));
            asked.join().expect("it does not panic")
        })
    }

    fn place(&self) -> Option<&std::path::Path> {
        self.0.place()
    }
}

#[test]
fn what_a_store_does_where_nobody_looks_is_said() {
    let status = Machine::of(Threaded).faults().cases(4).run().status;
    let Status::Inconclusive(doubts) = &status else { panic!("{status:?}") };
    let escapes = |doubt: &&String| doubt.starts_with("set changed files by calls");
    assert_eq!(doubts.iter().filter(escapes).count(), 1, "{doubts:?}");
}

#[test]
fn a_client_that_says_its_reads_alone_is_not_said_to_stand_faults() {
    let status = Machine::of(HalfSaid).faults().cases(16).run().status;
    let Status::Inconclusive(doubts) = &status else { panic!("{status:?}") };
    let is_set = |doubt: &String| doubt.starts_with("set was never seen on its way");
    assert!(doubts.iter().any(is_set), "{doubts:?}");
    assert!(!doubts.iter().any(|doubt| doubt.starts_with("get was")), "{doubts:?}");
}
