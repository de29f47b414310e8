//! Without isolation: a store that ends its process is not green, and the next run says which it was.
//!
//! The ignored tests are what the others run, in processes of their own.
#![cfg(unix)]

use std::env;
#[cfg(feature = "faults")]
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{self, Command, Output};
#[cfg(feature = "faults")]
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use zarr_conform_machines::Machine;
use zarr_conform_machines::model::{Dialect, Names, Operation, Outcome};
use zarr_conform_machines::mutants::ReferenceAdapter;
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};
#[cfg(feature = "faults")]
use zarr_conform_machines::store_machine;
#[cfg(feature = "faults")]
use zarrs_storage::storage_adapter::usage_log::UsageLogStorageAdapter;
#[cfg(feature = "faults")]
use zarrs_storage::store::MemoryStore;

/// What a store over a right one does when it is asked for a value that is there.
struct Ending(fn());

impl Adapter for Ending {
    fn name(&self) -> &str {
        "ending"
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = ReferenceAdapter::new(Dialect::ZARRS).open()?;
        Ok(Box::new(EndingStore { store, end: self.0 }))
    }
}

struct EndingStore {
    store: Box<dyn StoreUnderTest>,
    end: fn(),
}

impl StoreUnderTest for EndingStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let outcome = self.store.answer(names, operation);
        if matches!(outcome, Outcome::Value(_)) {
            (self.end)();
        }
        outcome
    }
}

/// Plays a campaign, and shows the report whatever it is.
fn play(end: fn()) {
    let machine = Machine::of(Ending(end)).cases(20).steps(30).planted_bug(false);
    println!("{}", machine.required_goals([]).run());
}

#[test]
#[ignore = "it ends the process"]
fn exits() {
    play(|| process::exit(0));
}

#[test]
#[ignore = "it ends the process"]
fn exits_on_another_thread() {
    play(|| thread::spawn(|| process::exit(0)).join().expect("it does not come back"));
}

#[test]
#[ignore = "it ends the process"]
fn aborts() {
    play(|| process::abort());
}

#[test]
#[ignore = "it ends the process"]
fn aborts_when_threads_end() {
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            // Threads of the campaign alone: a process of its own ends without.
            process::abort();
        }
    }
    thread_local! {
        static AT_END: AtEnd = const { AtEnd };
    }
    play(|| AT_END.with(|_| ()));
}

#[test]
#[ignore = "it waits to be killed"]
fn waits() {
    play(|| {
        if env::var_os(WAITS).is_some() {
            thread::sleep(Duration::from_millis(100));
        }
    });
}

#[cfg(feature = "faults")]
#[test]
#[ignore = "it ends the process"]
fn aborts_under_faults() {
    let abort = || {
        // Not when it is looked whether it is empty: in the midst of a case.
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        if env::var_os(WAITS).is_some() && ASKED.fetch_add(1, Ordering::Relaxed) == 4 {
            process::abort();
        }
        String::new()
    };
    let open = move || {
        let memory = Arc::new(MemoryStore::new());
        UsageLogStorageAdapter::new(memory, Arc::new(Mutex::new(io::sink())), abort)
    };
    println!("{}", store_machine(open).faults().cases(1).run());
}

/// The variable with which the store takes its time, or ends the process.
const WAITS: &str = "ZARR_CONFORM_TEST_WAITS";

fn command(test: &str, folder: &TempDir) -> Command {
    let mut command = Command::new(env::current_exe().expect("there is this program"));
    command.args(["--exact", test, "--include-ignored", "--nocapture"]);
    command.env("TMPDIR", folder.path());
    command
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// Runs a test that ends its process, and once more, which has the report.
fn check(test: &str, first: impl Fn(&Output) -> bool, symptom: &str) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let run = || command(test, &folder).output().expect("the program starts");
    let output = run();
    assert!(first(&output), "{:?}: {}", output.status, text(&output));
    // As long as the store does it, there is a report.
    for _ in 0..2 {
        let report = text(&run());
        assert!(report.contains("the last run ended in case "), "{report}");
        assert!(report.contains("1 distinct failure"), "{report}");
        assert!(report.contains("set a \"\"\n    get a\n"), "{report}");
        assert!(report.contains(symptom), "{report}");
    }
}

fn says_so(output: &Output) -> bool {
    let text = text(output);
    output.status.code() == Some(101) && text.contains("`exit` was called in the midst")
}

#[test]
fn a_store_that_exits_is_not_green() {
    let said = |output: &Output| {
        says_so(output) && text(output).contains("by the store, in case 0 of seed 0")
    };
    check("exits", said, "died exit 0");
}

#[test]
fn a_store_that_exits_on_a_thread_of_its_own_is_not_green() {
    check("exits_on_another_thread", says_so, "died exit 0");
}

#[test]
fn a_store_that_aborts_is_found_in_the_next_run() {
    let told = |output: &Output| {
        let said = "SIGABRT ended the process in the midst of a campaign, while the store was asked, in case 0 of seed 0";
        output.status.signal() == Some(6) && text(output).contains(said)
    };
    check("aborts", told, "died SIGABRT");
}

#[test]
fn who_kills_a_run_does_not_make_the_next_one_red() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mut waiting = command("waits", &folder).env(WAITS, "1").spawn().expect("it starts");
    // The file is there as soon as a case is played.
    let files = folder.path().join("zarr-conform-unfinished");
    let is_played = || {
        let mut files = std::fs::read_dir(&files).into_iter().flatten().flatten();
        files.any(|file| file.metadata().is_ok_and(|file| file.len() >= 16))
    };
    while !is_played() {
        thread::sleep(Duration::from_millis(5));
    }
    waiting.kill().expect("it can be killed");
    waiting.wait().expect("it ends");
    let run = || text(&command("waits", &folder).output().expect("it starts"));
    let second = run();
    assert!(second.contains("somebody else ended it"), "{second}");
    assert!(second.contains("conforms"), "{second}");
    let third = run();
    assert!(!third.contains("the last run"), "{third}");
}

#[test]
fn a_death_that_isolation_does_not_show_is_never_green() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    for _ in 0..3 {
        let output = command("aborts_when_threads_end", &folder).output().expect("it starts");
        assert_eq!(output.status.signal(), Some(6), "{}", text(&output));
        assert!(text(&output).contains(" in or after case "), "{}", text(&output));
    }
}

#[cfg(feature = "faults")]
#[test]
fn faults_are_played_as_ever_after_a_run_that_did_not_come_to_its_end() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let first = command("aborts_under_faults", &folder).env(WAITS, "1").output();
    let first = first.expect("it starts");
    assert_eq!(first.status.signal(), Some(6), "{}", text(&first));
    assert!(text(&first).contains("SIGABRT ended the process in the midst"), "{}", text(&first));
    let second = text(&command("aborts_under_faults", &folder).output().expect("it starts"));
    assert!(second.contains("the last run ended in case 0 of seed 0: if this one"), "{second}");
    assert!(second.contains("no fault struck"), "{second}");
}
