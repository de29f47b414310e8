//! Budgets hold, whatever a store does: time, threads, calls and bytes.

#![allow(clippy::unwrap_used, reason = "the whole file is a test")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use zarr_conform_machines::model::{Dialect, ErrorClass, Names, Operation, Outcome, Refusal};
use zarr_conform_machines::mutants::{Mutant, Planted, ReferenceAdapter};
use zarr_conform_machines::report::Status;
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};
use zarr_conform_machines::{Machine, Report};
use zarrs_storage::{Bytes, StoreKey};

type Answer = Arc<dyn Fn(&Operation, Outcome) -> Outcome + Send + Sync>;

/// A right store, but for what is done when it is opened, asked and dropped.
#[derive(Clone)]
struct Odd {
    below: Arc<dyn Adapter>,
    open: Arc<dyn Fn(u64) + Send + Sync>,
    answer: Answer,
    drop: fn(),
    opened: Arc<AtomicU64>,
    calls: Arc<AtomicU64>,
    threads: Arc<Mutex<BTreeSet<String>>>,
}

struct OddStore {
    odd: Odd,
    store: Box<dyn StoreUnderTest>,
}

impl Odd {
    fn new() -> Self {
        Self {
            below: Arc::new(ReferenceAdapter::new(Dialect::ZARRS)),
            open: Arc::new(|_| {}),
            answer: Arc::new(|_, outcome| outcome),
            drop: || {},
            opened: Arc::default(),
            calls: Arc::default(),
            threads: Arc::default(),
        }
    }

    fn answering(answer: impl Fn(&Operation, Outcome) -> Outcome + Send + Sync + 'static) -> Self {
        Self { answer: Arc::new(answer), ..Self::new() }
    }

    fn machine(&self) -> Machine {
        Machine::of(self.clone()).cases(24).required_goals([]).planted_bug(false)
    }
}

impl Adapter for Odd {
    fn name(&self) -> &str {
        "odd"
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let id: ThreadId = thread::current().id();
        self.threads.lock().unwrap().insert(format!("{id:?}"));
        (self.open)(self.opened.fetch_add(1, Ordering::Relaxed));
        Ok(Box::new(OddStore { odd: self.clone(), store: self.below.open()? }))
    }
}

impl StoreUnderTest for OddStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.odd.calls.fetch_add(1, Ordering::Relaxed);
        (self.odd.answer)(operation, self.store.answer(names, operation))
    }
}

impl Drop for OddStore {
    fn drop(&mut self) {
        (self.odd.drop)();
    }
}

fn for_ever() {
    loop {
        thread::sleep(Duration::from_mins(1));
    }
}

/// Runs with little time for everything, and checks that it did not take much more.
fn run_soon(odd: &Odd) -> Report {
    let started = Instant::now();
    let machine = odd.machine().deadline(Duration::from_millis(100));
    let machine = machine.time_budget(Duration::from_secs(1));
    let report = machine.shrink_allowance(Duration::from_millis(500)).run();
    // On a machine that does nothing else, that is two seconds.
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}\n{report}", started.elapsed());
    assert!(!report.conforms(), "{report}");
    report
}

fn signatures(report: &Report) -> Vec<&str> {
    report.failures.iter().map(|failure| failure.signature.as_str()).collect()
}

#[test]
fn three_failures_are_small_on_few_threads_and_in_few_calls() {
    let mut odd = Odd::new();
    for mutant in [Mutant::M03, Mutant::M06, Mutant::M12] {
        odd.below = Arc::new(Planted::new(odd.below, mutant));
    }
    let report = Machine::of(odd.clone()).jobs(2).run();
    assert_eq!(report.failures.len(), 3, "{report}");
    let calls = odd.calls.load(Ordering::Relaxed);
    assert!(calls < report.questions * 4, "{calls} for {}", report.questions);
    let threads = odd.threads.lock().unwrap().len();
    assert!(threads < 64, "{threads}");
}

#[test]
fn an_overlong_answer_is_a_failure_of_its_own_words() {
    let listing = || Outcome::Keys((0..2_000).map(|at| key(&format!("k{at}"))).collect());
    let odd = Odd::answering(move |operation, outcome| match operation {
        Operation::List => listing(),
        _ => outcome,
    });
    // A key more than a crowd has.
    let report = odd.machine().crowds(false).max_answer(1 << 16).run();
    assert_eq!(signatures(&report), ["list: overlong answer"], "{report}");
    let text = report.to_string();
    assert!(text.contains("2000 names of 8890 bytes, which is too long an answer"), "{text}");
    assert!(text.len() < 10_000 && report.to_json().len() < 40_000, "{text}");
}

#[test]
fn a_value_of_a_gibibyte_is_not_looked_at() {
    // Nobody writes to it, so it takes no memory.
    static VALUE: OnceLock<Bytes> = OnceLock::new();
    let value = || VALUE.get_or_init(|| Bytes::from(vec![0; 1 << 30])).clone();
    let odd = Odd::answering(move |operation, outcome| match (operation, outcome) {
        (Operation::Get { .. }, Outcome::Value(right)) if right.is_empty() => {
            Outcome::Value(value())
        }
        (_, outcome) => outcome,
    });
    let report = odd.machine().run();
    let [failure] = &report.failures[..] else { panic!("{report}") };
    assert!(failure.signature.starts_with("get: overlong answer"), "{report}");
    assert!(report.to_string().contains("1073741824 bytes, which is too long"), "{report}");
}

#[test]
fn what_a_plan_wrote_may_be_read_whatever_the_bound() {
    let report = Odd::new().machine().cases(200).max_answer(0).run();
    assert!(report.failures.is_empty(), "{report}");
}

#[test]
fn the_words_of_an_error_are_cut() {
    let odd = Odd::answering(|operation, outcome| match operation {
        Operation::Size => {
            Outcome::Refused(Refusal::new(ErrorClass::Other, "no ".repeat(1_000_000)))
        }
        _ => outcome,
    });
    let report = odd.machine().run();
    assert_eq!(signatures(&report), ["size: error for answer"], "{report}");
    assert!(report.to_json().len() < 60_000);
}

#[test]
fn a_store_that_hangs_ends_with_the_budgets() {
    let odd = Odd::answering(|operation, outcome| {
        if matches!(operation, Operation::Get { .. }) {
            for_ever();
        }
        outcome
    });
    let report = run_soon(&odd);
    assert!(signatures(&report)[0].starts_with("get: no answer"), "{report}");
    assert!(report.to_string().contains("failures were made small within 500ms"), "{report}");
}

#[test]
fn a_hang_in_drop_is_blamed_on_closing() {
    let odd = Odd { drop: for_ever, ..Odd::new() };
    let report = run_soon(&odd);
    assert_eq!(signatures(&report), ["close: no answer"], "{report}");
}

#[test]
fn a_hang_that_comes_once_is_a_failure() {
    let left = AtomicU64::new(500);
    let odd = Odd::answering(move |_, outcome| {
        if left.fetch_sub(1, Ordering::Relaxed) == 1 {
            for_ever();
        }
        outcome
    });
    let machine = odd.machine().deadline(Duration::from_secs(1));
    let report = machine.shrink_allowance(Duration::from_millis(1)).run();
    assert!(signatures(&report)[0].contains("no answer"), "{report}");
}

#[test]
fn a_hang_at_the_end_of_a_thread_is_a_failure() {
    struct Flusher;
    impl Drop for Flusher {
        fn drop(&mut self) {
            for_ever();
        }
    }
    thread_local! {
        static FLUSHER: Flusher = const { Flusher };
    }
    let odd = Odd::answering(|_, outcome| {
        FLUSHER.with(|_| ());
        outcome
    });
    let report = run_soon(&odd);
    assert!(report.to_string().contains("no answer"), "{report}");
}

#[test]
fn an_opening_that_does_not_end_is_no_green_run() {
    let open = |opened| {
        if opened > 5 {
            for_ever();
        }
    };
    let report = run_soon(&Odd { open: Arc::new(open), ..Odd::new() });
    assert!(matches!(report.status, Status::Inconclusive(_)), "{report}");
    assert!(report.to_string().contains("opening the store did not end"), "{report}");
}

#[test]
fn a_replay_of_a_store_that_does_not_open_says_so() {
    let odd = Odd { open: Arc::new(|_| for_ever()), ..Odd::new() };
    let plan = "get a".parse().unwrap();
    let replay = odd.machine().deadline(Duration::from_millis(20)).replay(&plan);
    assert!(replay.unwrap_err().to_string().contains("opening it did not end"));
}

#[test]
fn what_cannot_be_made_small_in_time_is_shown_as_it_is() {
    let mut odd = Odd::new();
    odd.below = Arc::new(Planted::new(odd.below, Mutant::M03));
    let report = odd.machine().cases(64).shrink_allowance(Duration::ZERO).run();
    assert!(matches!(report.status, Status::Disagrees), "{report}");
    assert!(report.to_string().contains("took all of the time that is allowed"), "{report}");
    assert!(report.failures.iter().all(|failure| !failure.lines.is_empty()), "{report}");
}

fn key(name: &str) -> StoreKey {
    StoreKey::new(name).unwrap()
}
