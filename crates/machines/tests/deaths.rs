//! Stores that end their process, or never answer: isolated, each is one failure, with a short plan.
//!
//! Every test makes one isolated machine, since it is started again for its stores.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::hint::black_box;
use std::process;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use rustix::process::{Signal, getpid, kill_process};
use zarr_conform_machines::model::Range;
use zarr_conform_machines::model::{Capabilities, Names, Operation, OperationKind, Outcome, Plan};
use zarr_conform_machines::mutants::ReferenceAdapter;
use zarr_conform_machines::report::Status;
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};
use zarr_conform_machines::{Machine, Report};
use zarr_conform_model::Dialect;
use zarrs_storage::byte_range::ByteRange;

/// What a store over a right one does, given whether it holds something.
type Deed = fn(&mut dyn StoreUnderTest, &Names, &Operation) -> Option<Outcome>;

#[derive(Clone)]
struct Misbehaving {
    deed: Deed,
    on_open: fn(),
    on_drop: fn(),
}

impl Misbehaving {
    fn when_asked(deed: Deed) -> Self {
        Self { deed, on_open: || {}, on_drop: || {} }
    }

    fn when_dropped(on_drop: fn()) -> Self {
        Self { deed: |_, _, _| None, on_open: || {}, on_drop }
    }

    fn when_opened(on_open: fn()) -> Self {
        Self { deed: |_, _, _| None, on_open, on_drop: || {} }
    }
}

impl Adapter for Misbehaving {
    fn name(&self) -> &str {
        "misbehaving"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ZARRS
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        (self.on_open)();
        let store = ReferenceAdapter::new(Dialect::ZARRS).open()?;
        Ok(Box::new(MisbehavingStore { store, how: self.clone() }))
    }
}

struct MisbehavingStore {
    store: Box<dyn StoreUnderTest>,
    how: Misbehaving,
}

impl StoreUnderTest for MisbehavingStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let deed = (self.how.deed)(&mut *self.store, names, operation);
        deed.unwrap_or_else(|| self.store.answer(names, operation))
    }
}

impl Drop for MisbehavingStore {
    fn drop(&mut self) {
        (self.how.on_drop)();
    }
}

/// Long enough for any answer of the reference store on a machine that is busy.
const DEADLINE: Duration = Duration::from_secs(5);

fn machine(adapter: Misbehaving) -> Machine {
    let machine = Machine::of(adapter).cases(24).steps(30).deadline(DEADLINE).time_budget(None);
    machine.planted_bug(false).required_goals([]).crowds(false).isolated()
}

/// Runs with one job and with two, which gives the same report.
fn reported(machine: Machine) -> Report {
    let text = |report: &Report| {
        let failures = report.failures.iter().map(ToString::to_string);
        (failures.collect::<Vec<_>>(), report.operations, report.notes.clone())
    };
    let report = machine.clone().jobs(1).run();
    assert_eq!(text(&report), text(&machine.jobs(2).run()));
    report
}

/// Plays a store that misbehaves, and sees that it is one failure with this symptom and plan.
fn check(adapter: Misbehaving, symptom: &str, plan: &str) {
    let report = reported(machine(adapter));
    assert_eq!(report.failures.len(), 1, "{report}");
    let failure = &report.failures[0];
    let text = failure.to_string();
    assert!(text.contains(symptom), "{text}");
    assert_eq!(failure.plan.to_string(), format!("zarr-conform plan 1\n{plan}"), "{text}");
    assert_eq!(report.status, Status::Disagrees);
}

/// Does something when `a` is read that has a value.
macro_rules! on_get {
    ($deed:expr) => {
        |store, names, operation| {
            let Operation::Get { key } = operation else { return None };
            let size = store.answer(names, &Operation::SizeKey { key: *key });
            matches!(size, Outcome::Size(_)).then(|| $deed)
        }
    };
}

const READ: &str = "set a \"\"\nget a\n";

#[test]
fn abort() {
    let adapter = Misbehaving::when_asked(on_get!(process::abort()));
    check(adapter, "died SIGABRT", READ);
}

#[test]
fn segmentation_fault() {
    fn fault() -> Outcome {
        // No pointer is needed for the signal.
        // The first one finds the handler for overflows of the stack, and no overflow.
        loop {
            kill_process(getpid(), Signal::SEGV).expect("it takes signals");
            thread::sleep(Duration::from_millis(1));
        }
    }
    check(Misbehaving::when_asked(on_get!(fault())), "died SIGSEGV", READ);
}

#[test]
fn stack_overflow() {
    #[expect(unconditional_recursion, reason = "that is the bug")]
    fn deeper(depth: u64) -> u64 {
        black_box(black_box([depth; 64])[7] + deeper(depth + 1))
    }
    let adapter = Misbehaving::when_asked(on_get!(Outcome::Size(deeper(0))));
    check(adapter, "died SIGABRT (fatal runtime error: stack overflow", READ);
}

#[test]
fn allocation_of_a_lot() {
    let adapter = Misbehaving::when_asked(on_get!({
        Outcome::Size(black_box(Vec::<u8>::with_capacity(1 << 45)).capacity() as u64)
    }));
    check(adapter, "died SIGABRT (memory allocation of 35184372088832 bytes failed)", READ);
}

#[test]
fn allocation_of_more_than_the_process_may_take() {
    let adapter = Misbehaving::when_asked(on_get!({
        Outcome::Size(black_box(vec![1_u8; 2 << 30]).len() as u64)
    }));
    check(adapter, "died SIGABRT (memory allocation of 2147483648 bytes failed)", READ);
}

/// Makes room for as much as it is asked for, before it looks what there is.
fn trusting(_: &mut dyn StoreUnderTest, _: &Names, operation: &Operation) -> Option<Outcome> {
    if let Operation::GetPartial { range: Range(ByteRange::FromStart(_, Some(length))), .. } =
        operation
    {
        let length = usize::try_from(*length).unwrap();
        black_box(Vec::<u8>::with_capacity(length));
    }
    None
}

#[test]
fn allocation_of_what_a_range_asks_for() {
    let report = machine(Misbehaving::when_asked(trusting)).cases(200).steps(60).run();
    let text = report.to_string();
    assert!(text.contains("died SIGABRT (memory allocation of "), "{text}");
    assert!(report.failures.iter().all(|failure| failure.plan.len() == 1), "{text}");
    assert!(report.failures.len() <= 2, "{text}");
}

#[test]
fn exit_with_success() {
    check(Misbehaving::when_asked(on_get!(process::exit(0))), "died exit 0", READ);
}

#[test]
fn exit_with_a_status() {
    check(Misbehaving::when_asked(on_get!(process::exit(3))), "died exit 3", READ);
}

#[test]
fn exit_on_another_thread() {
    let adapter = Misbehaving::when_asked(on_get!({
        thread::spawn(|| process::exit(0)).join().unwrap();
        Outcome::Done
    }));
    check(adapter, "died exit 0", READ);
}

#[test]
fn a_write_that_ends_the_process() {
    let adapter = Misbehaving::when_asked(|_, _, operation| match operation {
        Operation::Erase { .. } => process::abort(),
        _ => None,
    });
    check(adapter, "died SIGABRT", "erase a\n");
}

#[test]
fn a_panic_while_panicking() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("once more");
        }
    }
    let adapter = Misbehaving::when_asked(on_get!({
        let _bomb = Bomb;
        panic!("once")
    }));
    check(adapter, "died SIGABRT", READ);
}

fn forever() -> Outcome {
    loop {
        thread::sleep(Duration::from_mins(1));
    }
}

/// A machine for a store that hangs: the answers that come take no time, and nobody waits long.
fn hanging(adapter: Misbehaving) -> Machine {
    machine(adapter).cases(3).deadline(Duration::from_secs(2))
}

#[test]
fn a_hang_in_a_read() {
    let report = reported(hanging(Misbehaving::when_asked(on_get!(forever()))));
    let plans: Vec<_> = report.failures.iter().map(|failure| failure.plan.to_string()).collect();
    assert_eq!(plans, [format!("zarr-conform plan 1\n{READ}")], "{report}");
    assert!(report.to_string().contains("no answer before the deadline"), "{report}");
}

#[test]
fn an_endless_loop() {
    let adapter = Misbehaving::when_asked(on_get!({
        loop {
            black_box(());
        }
    }));
    let report = hanging(adapter).run();
    let plans: Vec<_> = report.failures.iter().map(|failure| failure.plan.to_string()).collect();
    assert_eq!(plans, [format!("zarr-conform plan 1\n{READ}")], "{report}");
}

#[test]
fn an_abort_when_dropped() {
    check(Misbehaving::when_dropped(|| process::abort()), "died SIGABRT", "close\n");
}

#[test]
fn an_exit_when_dropped() {
    check(Misbehaving::when_dropped(|| process::exit(0)), "died exit 0", "close\n");
}

#[test]
fn a_panic_when_dropped() {
    check(Misbehaving::when_dropped(|| panic!("gone")), "panic (gone", "close\n");
}

#[test]
fn a_hang_when_dropped() {
    let report = hanging(Misbehaving::when_dropped(|| drop(forever()))).cases(2).run();
    let plans: Vec<_> = report.failures.iter().map(|failure| failure.plan.to_string()).collect();
    assert_eq!(plans, ["zarr-conform plan 1\nclose\n"], "{report}");
}

#[test]
fn an_abort_when_opened() {
    let report = machine(Misbehaving::when_opened(|| process::abort())).run();
    let Status::CannotOpen(reason) = &report.status else { panic!("{report}") };
    assert!(reason.ends_with("its process died SIGABRT while it was opened"), "{reason}");
}

#[test]
fn a_hang_when_opened() {
    let report = hanging(Misbehaving::when_opened(|| drop(forever()))).run();
    let Status::CannotOpen(reason) = &report.status else { panic!("{report}") };
    assert!(reason.ends_with("opening it did not end before the deadline"), "{reason}");
}

#[test]
fn what_a_panic_carries_panics_when_it_is_dropped() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("and gone");
        }
    }
    let adapter = Misbehaving::when_asked(on_get!(std::panic::panic_any(Bomb)));
    check(adapter, "panic (a panic without a message", READ);
}

#[test]
fn threads_that_stay_behind_do_no_harm() {
    fn leak() {
        for _ in 0..20 {
            thread::spawn(|| drop(forever()));
        }
    }
    let report = machine(Misbehaving::when_opened(leak)).cases(100).run();
    assert_eq!(report.failures.len(), 0, "{report}");
    assert_eq!(report.cases, 100);
}

#[test]
fn a_panic_on_a_thread_of_the_store_is_an_alarm() {
    let adapter = Misbehaving::when_dropped(|| {
        thread::spawn(|| panic!("on its own"));
    });
    let report = machine(adapter).run();
    assert_eq!(report.failures.len(), 0, "{report}");
    assert!(!report.conforms(), "{report}");
    let said = "a thread of the store panicked while it was asked: on its own";
    assert!(report.to_string().contains(said), "{report}");
}

#[test]
fn a_store_that_prints_is_none_the_worse() {
    let adapter = Misbehaving::when_asked(|_, _, _| {
        println!("{}", "out ".repeat(2000));
        eprintln!("{}", "err ".repeat(2000));
        None
    });
    let report = reported(machine(adapter));
    assert_eq!(report.failures.len(), 0, "{report}");
}

#[test]
fn a_plan_is_replayed_up_to_the_end_of_the_process() {
    let machine = machine(Misbehaving::when_asked(on_get!(process::exit(0))));
    let plan: Plan = "set a \"x\"\nsize_key a\nget a\nget a".parse().unwrap();
    let replay = machine.replay(&plan).unwrap();
    let lines: Vec<_> = replay.lines.iter().map(|line| line.got.as_str()).collect();
    assert_eq!(lines, ["done", "1", "died exit 0"]);
}

#[test]
fn a_second_machine_of_a_test_is_made_before_the_first_one_runs() {
    let first = machine(Misbehaving::when_asked(on_get!(process::abort())));
    let second = machine(Misbehaving::when_asked(on_get!(process::exit(0))));
    assert!(first.run().to_string().contains("died SIGABRT"));
    assert!(second.run().to_string().contains("died exit 0"));
    let third = machine(Misbehaving::when_asked(on_get!(process::exit(0)))).run();
    let Status::CannotOpen(reason) = &third.status else { panic!("{third}") };
    assert!(reason.contains("give each a test of its own"), "{reason}");
}

#[test]
fn a_test_that_nobody_knows_is_told() {
    let run = |isolate: fn(Machine) -> Machine| {
        let adapter = Misbehaving::when_asked(|_, _, _| None);
        let machine = Machine::of(adapter).planted_bug(false);
        format!("{:?}", isolate(machine).run().status)
    };
    let nameless = thread::spawn(move || run(Machine::isolated)).join().unwrap();
    assert!(nameless.contains("isolated_as"), "{nameless}");
    let absent = run(|machine| machine.isolated_as("no::such::test"));
    assert!(absent.contains("died exit 0 before it came to `isolated`"), "{absent}");
}

/// A value that panics when it is dropped.
struct Fragile([u8; 1]);

impl AsRef<[u8]> for Fragile {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        panic!("fragile");
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is a deed like others")]
/// Returns such values in place of those of one byte that it holds.
fn fragile(
    store: &mut dyn StoreUnderTest,
    names: &Names,
    operation: &Operation,
) -> Option<Outcome> {
    let outcome = store.answer(names, operation);
    Some(match outcome {
        Outcome::Value(value) if value.len() == 1 && operation.kind() == OperationKind::Get => {
            Outcome::Value(Bytes::from_owner(Fragile([value[0]])))
        }
        other => other,
    })
}

#[test]
fn a_value_that_panics_when_it_is_dropped_is_reported_without_isolation() {
    let machine = Machine::of(Misbehaving::when_asked(fragile)).planted_bug(false);
    let report = machine.required_goals([]).cases(64).run();
    assert_eq!(report.failures.len(), 1, "{report}");
    let failure = &report.failures[0];
    assert!(failure.to_string().contains("panic (fragile"), "{failure}");
    assert!(failure.plan.len() <= 2, "{failure}");
}

#[test]
fn a_panic_when_dropped_is_reported_without_isolation() {
    let machine = Machine::of(Misbehaving::when_dropped(|| panic!("gone"))).planted_bug(false);
    let report = machine.required_goals([]).cases(8).run();
    assert_eq!(report.failures.len(), 1, "{report}");
    assert_eq!(report.failures[0].plan.to_string(), "zarr-conform plan 1\nclose\n");
}
