//! The probe finds what a store does: every knob of a dialect, and every value of it.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use zarr_conform_model::contract::{Declaration, Durable, Knob, ListOrder, RangeDialect, Traffic};
use zarr_conform_model::plan::{BoundaryCall, CallKind, Errno, Fault, PowerPolicy, RequestFault};
use zarr_conform_model::{
    Capabilities, Dialect, ErrorClass, Names, Operation, Outcome, Plan, Refusal, Reply,
};
use zarr_conform_mutants::{ReferenceAdapter, ReferenceStore};
use zarr_conform_store::{Adapter, OpenError, StoreUnderTest, Way};

use zarrs_storage::StorePrefix;

use crate::machine::Machine;
use crate::passport::probe::{Probed, probe};
use crate::passport::{Entry, Standing};
use crate::play::watch::Limits;
use crate::settings::{DEADLINE, MAX_ANSWER};

/// All that a reference store can be asked.
const CAN: Capabilities = Capabilities {
    create: true,
    copy: true,
    rename: true,
    reopen: true,
    audit: true,
    traffic: true,
    ..Capabilities::ZARRS
};

/// A store that does what its dialect says, by one knob also where that leaves a choice; it declares
/// another one, or what it does.
struct Odd {
    knob: Knob,
    does: Dialect,
    says: Dialect,
    opened: AtomicUsize,
    asked: Arc<AtomicUsize>,
}

impl Odd {
    fn new(knob: Knob, does: Dialect, says: Dialect) -> Self {
        Self { knob, does, says, opened: AtomicUsize::new(0), asked: Arc::default() }
    }
}

impl Adapter for Odd {
    fn name(&self) -> &str {
        "odd"
    }

    fn capabilities(&self) -> Capabilities {
        CAN
    }

    fn dialect(&self) -> Dialect {
        self.says
    }

    fn injects(&self) -> bool {
        true
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        // What may be either is the one in every other store.
        let opened = self.opened.fetch_add(1, Ordering::Relaxed);
        let mut does = self.does;
        if self.knob.is_open(&does) {
            does = self.knob.turned(&does)[opened % 2];
        }
        let store = ReferenceStore::new(Declaration { capabilities: CAN, dialect: does });
        let asked = Arc::clone(&self.asked);
        Ok(Box::new(OddStore { store, does, knob: self.knob, asked, seen: BTreeSet::new() }))
    }
}

struct OddStore {
    store: ReferenceStore,
    does: Dialect,
    knob: Knob,
    asked: Arc<AtomicUsize>,
    /// Every key that was set.
    seen: BTreeSet<String>,
}

impl OddStore {
    /// The store in which the case of letters does not count.
    fn folded(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let plan = Plan::new(Arc::new(names.clone()), [operation.clone()]);
        let plan: Plan = plan.to_string().to_lowercase().parse().expect("it is a plan");
        self.store.answer(plan.names(), &plan.steps()[0].operation)
    }

    /// Erases what is there, and complains of what is not.
    fn erase_some(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let mut last = Outcome::Done;
        for key in operation.keys() {
            let outcome = self.store.answer(names, &Operation::Erase { key });
            if matches!(outcome, Outcome::Refused(_)) {
                last = outcome;
            }
        }
        last
    }
}

impl StoreUnderTest for OddStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        if self.does.transient_errors && asked % 17 == 16 {
            return Outcome::Refused(Refusal::new(ErrorClass::Transient, "later"));
        }
        if self.knob == Knob::CaseSensitive && !self.does.case_sensitive {
            return self.folded(names, operation);
        }
        if self.knob == Knob::AtomicMany
            && !self.does.atomic_many
            && matches!(operation, Operation::EraseMany { .. })
        {
            return self.erase_some(names, operation);
        }
        if let Operation::Set { key, .. } = operation {
            self.seen.insert(names.key(*key).as_str().to_owned());
        }
        let mut outcome = self.store.answer(names, operation);
        match &mut outcome {
            Outcome::Keys(keys) if self.does.order == ListOrder::Unordered => keys.reverse(),
            Outcome::Directory { keys, prefixes } => {
                if self.knob == Knob::PhantomDirs && self.does.phantom_dirs {
                    let at = operation.prefix().map_or("", |prefix| names.prefix(prefix).as_str());
                    for key in &self.seen {
                        let below = key.strip_prefix(at).and_then(|rest| rest.split_once('/'));
                        let Some((child, _)) = below else { continue };
                        let child = format!("{at}{child}/");
                        if !prefixes.iter().any(|prefix| prefix.as_str() == child) {
                            prefixes.push(StorePrefix::new(child).expect("it is a prefix"));
                        }
                    }
                    prefixes.sort();
                }
                if self.does.order == ListOrder::Unordered {
                    keys.reverse();
                    prefixes.reverse();
                }
            }
            _ => {}
        }
        outcome
    }

    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        let Some(fault) = way.fault else {
            way.faults = faults_of(operation);
            return self.answer(names, operation);
        };
        way.struck = true;
        let failed = || Outcome::Refused(Refusal::new(ErrorClass::Other, "it failed"));
        let is_read = !operation.is_write();
        match fault {
            Fault::Request { fault: RequestFault::CorruptBody, .. } => {
                match self.answer(names, operation) {
                    Outcome::Value(_) if self.does.checksums => failed(),
                    Outcome::Value(value) => {
                        let changed: Vec<u8> = value.iter().map(|byte| byte ^ 1).collect();
                        Outcome::Value(Bytes::from(changed))
                    }
                    other => other,
                }
            }
            Fault::Request { .. } if self.does.retries => self.answer(names, operation),
            Fault::Request { .. } => failed(),
            Fault::PowerCut { .. } => {
                if self.does.durable == Durable::No {
                    let all = Declaration { capabilities: CAN, dialect: self.does };
                    self.store = ReferenceStore::new(all);
                }
                Outcome::Done
            }
            _ => {
                if !is_read && !operation.is_erase() && !self.does.atomic_set {
                    for key in operation.keys() {
                        let torn = Operation::Set { key, value: "torn".into() };
                        self.store.answer(names, &torn);
                    }
                }
                if fault.ends_the_store() { Outcome::Done } else { failed() }
            }
        }
    }

    fn traffic(&self) -> Option<Traffic> {
        let requests = self.asked.load(Ordering::Relaxed) as u64;
        Some(Traffic { requests, ..Traffic::default() })
    }
}

fn faults_of(operation: &Operation) -> Vec<Fault> {
    let at = BoundaryCall { kind: CallKind::Write, ordinal: NonZeroU32::MIN };
    let request = |fault| Fault::Request { ordinal: NonZeroU32::MIN, on: false, fault };
    if !operation.is_write() {
        return vec![request(RequestFault::CorruptBody), request(RequestFault::Unavailable)];
    }
    vec![
        Fault::Fail { at, errno: Errno::Eio },
        Fault::Crash { at, half: false },
        Fault::PowerCut { after: at, policy: PowerPolicy::Strict },
        request(RequestFault::Reset),
    ]
}

fn probed(adapter: impl Adapter + 'static) -> Probed {
    let adapter: Arc<dyn Adapter> = Arc::new(adapter);
    probe(&adapter, &Limits::new(DEADLINE, MAX_ANSWER), &[], true)
}

fn entry(probed: &Probed, knob: Knob) -> &Entry {
    let found = probed.entries.iter().find(|entry| entry.subject == knob.path());
    found.unwrap_or_else(|| panic!("{knob} has no entry"))
}

/// How much of a knob an answer can tell.
enum Told {
    /// Every value.
    All,
    /// Every value up to the longest that is asked for.
    UpToTheLongest,
    /// Nothing: it is not asked.
    Nothing,
    /// All where faults can be injected, and nothing elsewhere.
    WithFaults,
}

fn told(knob: Knob) -> Told {
    match knob {
        Knob::KeyBelowKey
        | Knob::EraseMissing
        | Knob::EraseMissingPrefix
        | Knob::ListMissingPrefix
        | Knob::WritePartialMissing
        | Knob::WritePartialGap
        | Knob::BoundedOverEnd
        | Knob::BoundedPastEnd
        | Knob::ZeroLengthInside
        | Knob::ZeroLengthPastEnd
        | Knob::OffsetAtEnd
        | Knob::OffsetPastEnd
        | Knob::SuffixOver
        | Knob::SuffixZero
        | Knob::Order
        | Knob::CaseSensitive
        | Knob::UnicodeKeys
        | Knob::PhantomDirs
        | Knob::AtomicMany
        | Knob::TransientErrors => Told::All,
        Knob::MaxNameBytes | Knob::MaxKeyBytes => Told::UpToTheLongest,
        Knob::Climb
        | Knob::EmptyChunks
        | Knob::Overlap
        | Knob::PartialWrites
        | Knob::SecondHandle
        | Knob::Requests => Told::Nothing,
        Knob::AtomicSet | Knob::Durable | Knob::Retries | Knob::Checksums => Told::WithFaults,
    }
}

#[test]
fn every_value_of_every_knob_is_found_whatever_is_declared() {
    for knob in Knob::ALL.iter().copied() {
        // An erase of many keys tells something if it is refused, and an order if there is one.
        let base = Dialect { order: ListOrder::Bytes, ..Dialect::ZARRS };
        let base = match knob {
            Knob::AtomicMany => Dialect { erase_missing: Reply::Refuse, ..base },
            _ => base,
        };
        for does in knob.turned(&base) {
            for says in [Dialect::ZARRS, does] {
                let probed = probed(Odd::new(knob, does, says));
                let entry = entry(&probed, knob);
                let (found, value) = (knob.value(&probed.found), knob.value(&does));
                let asked = !matches!(entry.standing, Standing::NotAsked(_));
                let context = format!("{knob}: {value}, found {found}: {entry:#?}");
                match told(knob) {
                    Told::Nothing => assert!(!asked, "{context}"),
                    Told::WithFaults if !cfg!(feature = "faults") => assert!(!asked, "{context}"),
                    Told::UpToTheLongest if value == "Some(4096)" => {
                        assert_eq!(found, "None", "{context}");
                    }
                    Told::All | Told::UpToTheLongest | Told::WithFaults => {
                        assert_eq!(found, value, "{context}");
                        let declared = knob.value(&says) == value;
                        assert_eq!(entry.standing == Standing::Kept, declared, "{context}");
                        if knob.is_open(&does) && !declared {
                            assert_eq!(entry.standing, Standing::Contradicts, "{context}");
                        }
                    }
                }
            }
        }
    }
}

/// Dialects that differ from the usual one in many ways at once.
fn odd_dialects() -> [Dialect; 5] {
    let zarrs = Dialect { order: ListOrder::Bytes, ..Dialect::ZARRS };
    [
        zarrs,
        Dialect {
            ranges: RangeDialect::CLAMP,
            order: ListOrder::Segments,
            key_below_key: false,
            unicode_keys: false,
            max_name_bytes: Some(255),
            ..zarrs
        },
        Dialect {
            erase_missing: Reply::Refuse,
            erase_missing_prefix: Reply::Refuse,
            list_missing_prefix: Reply::Refuse,
            write_partial_missing: Reply::Refuse,
            write_partial_gap: Reply::Refuse,
            atomic_many: true,
            ..zarrs
        },
        Dialect {
            ranges: RangeDialect {
                zero_length_inside: Reply::Refuse,
                offset_at_end: Reply::Refuse,
                suffix_zero: Reply::Refuse,
                ..RangeDialect::ZARRS
            },
            max_key_bytes: Some(100),
            max_name_bytes: Some(31),
            write_partial_gap: Reply::Answer,
            ..zarrs
        },
        Dialect { max_key_bytes: Some(1024), key_below_key: false, ..zarrs },
    ]
}

/// A reference store that declares nothing of its own.
struct Silent(Dialect);

impl Adapter for Silent {
    fn name(&self) -> &str {
        "silent"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { traffic: false, ..CAN }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        ReferenceAdapter::new(Declaration { capabilities: CAN, dialect: self.0 }).open()
    }
}

#[test]
fn a_campaign_with_the_dialect_that_was_found_conforms() {
    for dialect in odd_dialects() {
        let probed = probed(Silent(dialect));
        for knob in Knob::ALL.iter().copied().filter(|knob| matches!(told(*knob), Told::All)) {
            // Where the dialect leaves a choice, the reference store answers.
            let is_left_open = knob.is_open(&dialect) || knob == Knob::AtomicMany;
            if !is_left_open {
                assert_eq!(knob.value(&probed.found), knob.value(&dialect), "{knob}");
            }
        }
        let machine = Machine::of(Silent(dialect)).dialect(probed.found).environment(false);
        let report = machine.cases(60).required_goals([]).run();
        assert!(report.conforms(), "{dialect:?}\n{report}");
        // Else there was nothing to find.
        assert!(probed.entries.iter().any(|entry| entry.line.is_some()));
    }
}
