//! The doors for stores that only read, or that are filled before they are opened.

#![allow(clippy::unwrap_used, reason = "the whole file is a test")]

mod stores;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use stores::{Bug, MapStore};
use zarr_conform_machines::model::{
    Capabilities, Dialect, ErrorClass, Names, Operation, Outcome, Refusal,
};
use zarr_conform_machines::mutants::ReferenceAdapter;
use zarr_conform_machines::report::Status;
use zarr_conform_machines::store::{
    Adapter, AsyncToSyncBlockOn, CallingThread, Contents, OpenError, StoreUnderTest, ZarrsStore,
};
use zarr_conform_machines::{
    Machine, OverContents, Report, filled_store_machine, partial_store_machine,
    read_only_async_store_machine, read_only_store_machine, store_machine,
};
use zarrs_storage::store::AsyncMemoryStore;
use zarrs_storage::{AsyncWritableStorageTraits, Bytes, StoreKey, WritableStorageTraits};

/// A store with a bug over contents.
fn over(bug: Bug, contents: Contents) -> MapStore {
    let store = MapStore::new(bug);
    for (key, value) in contents {
        store.set(&key, value).unwrap();
    }
    store
}

fn check_one(report: &Report, plan: &str) {
    let [failure] = &report.failures[..] else { panic!("{report}") };
    let found = failure.plan.to_string();
    assert_eq!(found.strip_prefix("zarr-conform plan 1\n"), Some(plan), "{report}");
}

#[test]
fn a_store_that_only_reads_conforms_over_contents() {
    read_only_store_machine(|contents| over(Bug::None, contents)).run().assert_conforms();
}

#[test]
fn its_bugs_are_found_over_what_plans_wrote() {
    let report = read_only_store_machine(|contents| over(Bug::RepeatsPrefixes, contents)).run();
    check_one(&report, "set a/a \"\"\nset a/b \"\"\nlist_dir /\n");
    let report = read_only_store_machine(|contents| over(Bug::ListPrefixByString, contents)).run();
    check_one(&report, "set a \"\"\nlist_prefix a/\n");
}

#[test]
fn the_report_is_the_same_on_any_number_of_threads() {
    let report = |jobs| {
        let machine = read_only_store_machine(|contents| over(Bug::RepeatsPrefixes, contents));
        let report = machine.cases(48).jobs(jobs).run().to_json();
        report.split_once("\"times\"").unwrap().0.to_owned()
    };
    assert_eq!(report(1), report(3));
}

#[test]
fn an_asynchronous_store_that_only_reads_is_filled_too() {
    let machine = read_only_async_store_machine(|contents: Contents| {
        let store = AsyncMemoryStore::new();
        for (key, value) in contents {
            let set = AsyncWritableStorageTraits::set(&store, &key, value);
            CallingThread.block_on(set).unwrap();
        }
        store
    });
    machine.run().assert_conforms();
}

/// Opens stores over contents, and counts them.
#[derive(Clone, Default)]
struct Counting {
    opened: Arc<AtomicU64>,
    writes: bool,
}

impl Adapter for Counting {
    fn name(&self) -> &str {
        "counting"
    }

    fn capabilities(&self) -> Capabilities {
        if self.writes {
            return Capabilities::ZARRS;
        }
        Capabilities { read: true, list: true, ..Capabilities::NONE }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.open_over(Contents::new())
    }

    fn open_over(&self, contents: Contents) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(ZarrsStore::of(Arc::new(over(Bug::None, contents)))))
    }
}

fn opened_for(writes: bool, plan: &str) -> u64 {
    let adapter = Counting { writes, ..Counting::default() };
    let replay = Machine::over_contents(adapter.clone()).replay(&plan.parse().unwrap()).unwrap();
    assert!(replay.agrees(), "{replay}");
    adapter.opened.load(Ordering::Relaxed)
}

#[test]
fn a_store_is_built_anew_when_a_read_follows_a_write() {
    let plan = "set a \"a\"\nset b \"b\"\nget a\nget b\nerase a\nget a\nlist\nreopen\nget b";
    // At the beginning, after two writes, after the erase, and to be opened again.
    assert_eq!(opened_for(false, plan), 4);
}

#[test]
fn a_store_that_is_filled_takes_writes_once_it_was_asked() {
    let plan = "set a \"a\"\nset b \"b\"\nget a\nerase a\nget a\nset a \"c\"\nget a\nlist";
    assert_eq!(opened_for(true, plan), 2);
    let machine =
        filled_store_machine(|contents| ZarrsStore::of(Arc::new(over(Bug::None, contents))));
    machine.run().assert_conforms();
}

#[test]
fn an_adapter_is_opened_over_contents_if_it_can_be() {
    Machine::over_contents(Counting::default()).run().assert_conforms();
    let cannot = ReferenceAdapter::new(Dialect::ZARRS);
    let report = Machine::of(OverContents::of(Arc::new(cannot))).run();
    let Status::CannotOpen(reason) = &report.status else { panic!("{report}") };
    assert!(reason.contains("implement `Adapter::open_over`"), "{reason}");
}

#[test]
fn a_store_that_is_not_empty_is_one_failure_and_keeps_what_it_holds() {
    let store = Arc::new(MapStore::new(Bug::None));
    store.set(&StoreKey::new("zarr.json").unwrap(), Bytes::from_static(b"{}")).unwrap();
    let theirs = store.clone();
    let report = partial_store_machine(move || ZarrsStore::of(theirs.clone())).run();
    check_one(&report, "list\n");
    assert_eq!(report.operations, 0, "{report}");
    let text = report.to_string();
    assert!(text.contains("is not empty when it is opened: it holds zarr.json."), "{text}");
    assert!(text.contains("`read_only_store_machine`"), "{text}");
    let held = ZarrsStore::of(store).answer(&Names::new([], []), &Operation::List);
    assert_eq!(held.to_string(), "[zarr.json]");
}

/// A store whose writes come to an error.
struct Refusing {
    class: ErrorClass,
    dialect: Dialect,
}

struct RefusingStore(Box<dyn StoreUnderTest>, ErrorClass);

impl Adapter for Refusing {
    fn name(&self) -> &str {
        "refusing"
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = ReferenceAdapter::new(self.dialect).open()?;
        Ok(Box::new(RefusingStore(store, self.class)))
    }
}

impl StoreUnderTest for RefusingStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        if operation.is_write() {
            return Outcome::Refused(Refusal::new(self.1, "no"));
        }
        self.0.answer(names, operation)
    }
}

#[test]
fn a_store_whose_writes_say_that_it_only_reads_is_one_failure() {
    let report = Machine::of(Refusing { class: ErrorClass::ReadOnly, dialect: Dialect::ZARRS })
        .cases(32)
        .run();
    check_one(&report, "set a \"\"\n");
    assert!(
        report.to_string().contains("over contents, with `read_only_store_machine`"),
        "{report}"
    );
}

fn check_little(machine: Machine, words: &str) {
    let report = machine.required_goals([]).planted_bug(false).run();
    let Status::Inconclusive(reasons) = &report.status else { panic!("{report}") };
    assert!(reasons.iter().any(|reason| reason.contains(words)), "{report}");
}

#[test]
fn a_store_that_was_only_seen_empty_proves_little() {
    let dialect = Dialect { transient_errors: true, ..Dialect::ZARRS };
    let refusing = Refusing { class: ErrorClass::Transient, dialect };
    check_little(Machine::of(refusing), "no key was ever given a value");
    let empty =
        partial_store_machine(|| ZarrsStore::new().readable(Arc::new(MapStore::new(Bug::None))));
    check_little(empty, "a store that only reads is tested over contents");
}

#[test]
fn a_store_that_never_says_anything_proves_little() {
    let silent =
        partial_store_machine(|| ZarrsStore::new().writable(Arc::new(MapStore::new(Bug::None))));
    check_little(silent, "no value was ever answered");
}

#[test]
fn a_fresh_store_is_fit_for_plans() {
    store_machine(|| MapStore::new(Bug::None)).cases(64).run().assert_conforms();
}
