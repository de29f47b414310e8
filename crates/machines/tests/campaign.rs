//! What a campaign promises whatever the store: the same report for the same seed, nothing that
//! passes silently, nothing lost.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod stores;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use stores::{Bug, MapStore, planted};
use zarr_conform_machines::mutants::Mutant;
use zarr_conform_machines::report::FirstSeen;
use zarr_conform_machines::report::Status;
use zarr_conform_machines::{
    KnownIssue, Machine, Report, partial_store_machine, store_machine, try_store_machine,
};
use zarr_conform_memory::MemoryAdapter;
use zarr_conform_model::{
    Capabilities, Clause, Dialect, ErrorClass, Names, Operation, OperationKind, Outcome, Plan,
    Refusal,
};
use zarr_conform_rules::{Draw, Rule, store_rules};
use zarr_conform_store::{Adapter, OpenError, StoreUnderTest, ZarrsStore};

fn machine() -> Machine {
    store_machine(|| MapStore::new(Bug::None))
}

fn with_mutant(mutant: Mutant) -> Machine {
    Machine::of(planted(mutant))
}

/// The JSON report without what depends on the machine.
fn without_times(report: &Report) -> String {
    let json = report.to_json();
    let (before, after) = json.split_once("\"times\": {").unwrap();
    let (_, after) = after.split_once('}').unwrap();
    format!("{before}{after}")
}

#[test]
fn the_report_does_not_depend_on_the_number_of_threads() {
    let machines = [machine(), with_mutant(Mutant::M17), with_mutant(Mutant::M19)];
    for machine in machines {
        let run = |jobs| without_times(&machine.clone().cases(150).seed(7).jobs(jobs).run());
        let one = run(1);
        assert_eq!(one, run(1));
        assert_eq!(one, run(2));
        assert_eq!(one, run(5));
    }
}

#[test]
fn another_seed_is_another_campaign() {
    let run = |seed| without_times(&machine().cases(20).seed(seed).run());
    assert_ne!(run(1), run(2));
}

#[test]
fn nothing_asked_is_not_conforming() {
    let nothing = |report: Report, reason: &str| {
        assert!(
            matches!(&report.status, Status::NothingRan(why) if why.contains(reason)),
            "{report}"
        );
        assert!(!report.conforms());
    };
    nothing(machine().cases(0).run(), "no cases");
    nothing(machine().steps(0).run(), "no steps");
    nothing(machine().rules(Vec::new()).run(), "no rule");
    nothing(machine().time_budget(Duration::ZERO).cases(u64::MAX).run(), "time budget");
    nothing(machine().stop_on(Arc::new(AtomicBool::new(true))).run(), "interrupted");
}

#[test]
#[should_panic(
    expected = "set a \"a\"\n    set a \"\"\n    get a\n        want \"\"    (W2)\n        got  \"a\""
)]
fn asserting_conformance_panics_with_the_report() {
    with_mutant(Mutant::M03).run().assert_conforms();
}

#[test]
fn a_store_that_cannot_be_opened_is_no_failure_of_the_store() {
    let broken = try_store_machine(|| -> Result<MapStore, std::io::Error> {
        Err(std::io::Error::other("no disk"))
    });
    let issue = KnownIssue::new("tail", "get: value too long (live)", "planted");
    let report = broken.known_issues([issue]).run();
    assert_eq!(
        report.status,
        Status::CannotOpen("the store could not be opened: no disk".to_owned())
    );
    // Nobody knows whether it still shows.
    assert_eq!(report.known_not_seen, [""; 0]);

    let report = store_machine(|| -> MapStore { panic!("no memory") }).run();
    assert!(
        matches!(&report.status, Status::CannotOpen(why) if why.contains("no memory")),
        "{report}"
    );
}

#[test]
fn a_store_that_stops_opening_ends_the_campaign() {
    // The first is only looked at.
    let opened = AtomicU64::new(0);
    let machine = try_store_machine(move || {
        if opened.fetch_add(1, Ordering::Relaxed) < 6 {
            Ok(MapStore::new(Bug::None))
        } else {
            Err(std::io::Error::other("too many stores"))
        }
    });
    let report = machine.run();
    assert!(matches!(&report.status, Status::CannotOpen(why) if why.contains("too many stores")));
    assert_eq!(report.cases, 5);
}

#[test]
fn stores_with_fewer_capabilities_are_asked_less_and_the_report_says_so() {
    let machine = partial_store_machine(|| {
        let store = Arc::new(MapStore::new(Bug::PanicsAtRanges));
        ZarrsStore::new().readable(store.clone()).writable(store)
    });
    let report = machine.run();
    let left_out = |name: &str| {
        let rule = report.rules.iter().find(|rule| rule.rule == name).unwrap();
        rule.left_out.is_some()
    };
    assert!(left_out("list") && left_out("size_prefix") && !left_out("get_live"));
    assert_eq!(report.failures.len(), 1, "{report}");

    let read_only = partial_store_machine(|| {
        let store = Arc::new(MapStore::new(Bug::None));
        ZarrsStore::new().readable(store.clone()).listable(store)
    });
    let report = read_only.cases(20).run();
    let Status::Inconclusive(doubts) = &report.status else { panic!("{report}") };
    assert!(doubts.iter().any(|doubt| doubt.contains("no value was ever read")), "{doubts:?}");
    assert!(report.rules.iter().any(|rule| rule.rule == "overwrite" && rule.left_out.is_some()));
}

#[test]
fn a_known_issue_does_not_fail_the_run_and_hides_nothing_else() {
    let tail = KnownIssue::new(
        "tail",
        "get: value too long (live, empty, overwritten)",
        "it will be mended",
    );
    let report = with_mutant(Mutant::M03).known_issues([tail.clone()]).run();
    assert!(report.conforms(), "{report}");
    assert_eq!(report.known[0].id, "tail");

    let report = with_mutant(Mutant::M11).known_issues([tail.clone()]).run();
    assert!(!report.failures.is_empty());

    let report = machine().cases(20).known_issues([tail]).run();
    assert_eq!(report.status, Status::Disagrees, "an issue that no longer shows gets removed");
    assert_eq!(report.known_not_seen, ["tail"]);
}

#[test]
fn failures_are_written_as_plans_that_play_again() {
    let folder = tempfile::tempdir().unwrap();
    let machine = with_mutant(Mutant::M03).failures(folder.path().join("plans"));
    let report = machine.run();
    assert_eq!(report.failures.len(), 1);
    let files: Vec<_> = std::fs::read_dir(folder.path().join("plans")).unwrap().collect();
    assert_eq!(files.len(), 1);
    let path = files[0].as_ref().unwrap().path();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("# want \"\"\n# got  \"a\"\n"), "{text}");
    assert!(report.failures[0].replay.as_ref().unwrap().contains(path.to_str().unwrap()));
    let plan = Plan::parse(&text, "it").unwrap();
    assert_eq!(plan, report.failures[0].plan);
    assert!(!machine.replay(&plan).unwrap().agrees());
    assert!(self::machine().replay(&plan).unwrap().agrees());
}

#[test]
fn a_folder_that_cannot_be_written_is_said_before_the_campaign() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let report = machine().failures(file.path().join("plans")).run();
    assert!(
        matches!(&report.status, Status::Misconfigured(why) if why.contains("cannot be written"))
    );
    assert_eq!(report.operations, 0);
}

fn write_plan(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[test]
fn regression_plans_are_played_first() {
    let folder = tempfile::tempdir().unwrap();
    write_plan(folder.path(), "tail.plan", "set a \"long\"\nset a \"s\"\nget a\n");
    write_plan(folder.path(), "fine.plan", "set a \"long\"\nget a\n");
    write_plan(folder.path(), "notes.txt", "not a plan");
    let report = with_mutant(Mutant::M03).regressions(folder.path()).cases(1).steps(1).run();
    let FirstSeen::Regression(file) = &report.failures[0].first_seen else { panic!("{report}") };
    assert!(file.ends_with("tail.plan"));
    machine().regressions(folder.path()).run().assert_conforms();

    write_plan(folder.path(), "bad.plan", "set a\n");
    let report = machine().regressions(folder.path()).run();
    let Status::Misconfigured(why) = &report.status else { panic!("{report}") };
    assert!(why.contains("bad.plan:1:6: expected a value"), "{why}");
}

#[test]
fn a_rule_of_ones_own_is_played_among_the_others() {
    let footer = Rule::new("footer", OperationKind::GetPartial, |draw: &mut Draw<'_>| {
        let key = draw.live_key().unwrap();
        let length = draw.length_of(key);
        Operation::GetPartial { key, range: zarr_conform_model::Range((length / 2..).into()) }
    });
    let own = [footer.precondition(|model| model.live_count() > 0)];
    let rules = store_rules().into_iter().chain(own).collect();
    let report = machine().rules(rules).run();
    report.assert_conforms();
    let footers = report.rules.iter().find(|rule| rule.rule == "footer").unwrap();
    assert!(footers.operations > 50, "{report}");
}

#[test]
fn plans_with_faults_are_not_played_as_if_there_were_none() {
    let faulty: Plan = "fail write#1 EIO: set a \"x\"".parse().unwrap();
    let refused = machine().replay(&faulty).unwrap_err();
    assert!(refused.to_string().contains("has faults, such as `fail write#1 EIO`"), "{refused}");
}

#[test]
fn names_that_climb_out_of_the_root_are_not_played_unless_the_adapter_allows_them() {
    let climbing: Plan = "erase_prefix ../".parse().unwrap();
    let refused = machine().replay(&climbing).unwrap_err();
    assert!(refused.to_string().contains("a path 1 levels above the store's root"), "{refused}");

    let generator = machine().generator();
    let climbs = |case| generator.plan(0, case).names().climb();
    assert_eq!((0..1000).map(climbs).max(), Some(0));
}

/// An adapter that allows one level, and remembers the highest that its stores were asked.
struct Watchful {
    highest: Arc<AtomicU64>,
}

struct WatchfulStore {
    store: ZarrsStore,
    highest: Arc<AtomicU64>,
    is_broken: bool,
}

impl Adapter for Watchful {
    fn name(&self) -> &str {
        "watchful"
    }

    fn dialect(&self) -> Dialect {
        Dialect { climb: 1, ..Dialect::ZARRS }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = ZarrsStore::of(Arc::new(MapStore::new(Bug::None)));
        let highest = Arc::clone(&self.highest);
        Ok(Box::new(WatchfulStore { store, highest, is_broken: false }))
    }
}

impl StoreUnderTest for WatchfulStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.highest.fetch_max(names.climb() as u64, Ordering::Relaxed);
        if let Operation::Set { key, .. } = operation {
            self.is_broken |= names.key(*key).as_str() == "..";
        }
        // Only these names show the bug, so that shrinking is left with `..` for a shorter one.
        let is_long = |prefix: &str| {
            let names: Vec<_> = prefix.split_terminator('/').collect();
            names.len() == 4 && names.iter().all(|name| ["foo", ".."].contains(name))
        };
        let prefix = operation.prefix().map(|prefix| names.prefix(prefix).as_str());
        if self.is_broken && prefix.is_some_and(is_long) {
            return Outcome::Refused(Refusal::new(ErrorClass::Other, "broken"));
        }
        self.store.answer(names, operation)
    }
}

#[test]
fn shrinking_plays_no_names_that_climb_higher_than_allowed() {
    let folder = tempfile::tempdir().unwrap();
    // The shortest writing of the prefix would be `../../../../`.
    write_plan(folder.path(), "a.plan", "set .. \"\"\nerase_prefix foo/foo/foo/foo/\n");
    let highest = Arc::new(AtomicU64::new(0));
    let machine = Machine::of(Watchful { highest: Arc::clone(&highest) });
    let report = machine.regressions(folder.path()).cases(1).run();
    assert!(!report.failures.is_empty());
    assert_eq!(highest.load(Ordering::Relaxed), 1, "{report}");
}

/// An adapter whose store forgets what it holds when it is opened again, and whose surroundings
/// are damaged by keys that climb.
struct Careless;

struct CarelessStore {
    store: ZarrsStore,
    damaged: bool,
}

impl Adapter for Careless {
    fn name(&self) -> &str {
        "careless"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { reopen: true, audit: true, ..Capabilities::ZARRS }
    }

    fn dialect(&self) -> Dialect {
        Dialect { climb: 2, ..Dialect::ZARRS }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = ZarrsStore::of(Arc::new(MapStore::new(Bug::None)));
        Ok(Box::new(CarelessStore { store, damaged: false }))
    }
}

impl StoreUnderTest for CarelessStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        match operation {
            Operation::Reopen => {
                self.store = ZarrsStore::of(Arc::new(MapStore::new(Bug::None)));
                return Outcome::Done;
            }
            Operation::Audit if self.damaged => {
                return Outcome::Refused(Refusal::new(ErrorClass::Other, "a file is gone"));
            }
            Operation::Audit => return Outcome::Done,
            Operation::Set { key, .. } => {
                self.damaged |= names.key(*key).as_str().starts_with("../");
            }
            _ => {}
        }
        self.store.answer(names, operation)
    }
}

#[test]
fn stores_that_forget_and_stores_that_escape_are_found() {
    let report = Machine::of(Careless).run();
    let of = |clause| report.failures.iter().find(|failure| failure.clause == clause);
    let escape = of(Clause::X9).unwrap();
    assert_eq!(escape.plan.len(), 2, "{report}");
    assert!(escape.plan.to_string().ends_with("\naudit\n"), "{report}");
    let forgotten = report.failures.iter().find(|failure| {
        failure.plan.operations().any(|operation| matches!(operation, Operation::Reopen))
    });
    assert_eq!(forgotten.unwrap().plan.len(), 3, "{report}");
}

#[test]
fn both_stores_of_the_memory_adapter_conform_but_for_what_is_known() {
    let synchronous = Machine::of(MemoryAdapter::synchronous());
    let asynchronous = Machine::of(MemoryAdapter::asynchronous());
    let report = asynchronous.jobs(2).run();
    report.assert_conforms();
    assert!(report.known.is_empty());
    let report = synchronous.clone().jobs(2).run();
    report.assert_conforms();
    assert_eq!(report.known.len(), 3, "{report}");
    let report = synchronous.known_issues([]).jobs(2).run();
    let plans: Vec<_> = report.failures.iter().map(|failure| failure.plan.to_string()).collect();
    assert_eq!(plans.len(), 3, "{report}");
    assert!(plans[0].ends_with("set a \"\"\nget_partial a -1..\n"), "{report}");
}
