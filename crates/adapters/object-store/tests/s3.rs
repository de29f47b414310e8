//! Stores on S3: that what is wrong with a server is said, and that nothing is left on one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(feature = "s3")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use zarr_conform_machines::Machine;
use zarr_conform_machines::model::{
    Capabilities, Clause, Dialect, ErrorClass, Names, Operation, Outcome, Plan,
};
use zarr_conform_machines::report::Status;
use zarr_conform_machines::store::{Adapter, Callers, Handle, OpenError, StoreUnderTest};
use zarr_conform_object_store::{ObjectStoreAdapter, S3Config};
use zarr_conform_s3_service::{Fault, S3Service};

/// What is known of the service as of a user's.
fn config(service: &S3Service, prefix: &str) -> S3Config {
    S3Config {
        bucket: service.bucket().to_owned(),
        prefix: prefix.to_owned(),
        endpoint: service.endpoint().to_owned(),
        region: service.region().to_owned(),
        access_key: service.access_key().to_owned(),
        secret_key: service.secret_key().to_owned(),
        session_token: None,
    }
}

fn answers(store: &mut dyn StoreUnderTest, plan: &str) -> Vec<Outcome> {
    let plan: Plan = plan.parse().unwrap();
    plan.operations().map(|operation| store.answer(plan.names(), operation)).collect()
}

#[test]
fn the_service_in_this_process_is_empty_after_a_campaign() {
    let adapter = ObjectStoreAdapter::s3();
    assert!(adapter.s3_service().is_none());
    let machine = Machine::of(adapter.clone()).cases(8).steps(30).jobs(2).time_budget(None);
    let report = machine.required_goals([]).run();
    assert!(report.failures.is_empty(), "{report}");
    let service = adapter.s3_service().unwrap();
    assert!(service.requests().values().sum::<u64>() > report.operations);
    assert_eq!(service.keys(), Vec::<String>::new());
    assert_eq!(service.open_uploads(), 0);
}

#[test]
fn stores_on_one_service_share_nothing_and_may_be_opened_again() {
    let adapter = ObjectStoreAdapter::s3();
    let mut first = adapter.open().unwrap();
    let mut second = adapter.open().unwrap();
    assert_eq!(answers(&mut *first, "set a \"x\"\nreopen")[1], Outcome::Done);
    assert_eq!(answers(&mut *first, "get a")[0].to_string(), "\"x\"");
    assert_eq!(answers(&mut *second, "get a\nlist")[0], Outcome::Absent);
    assert_eq!(adapter.s3_service().unwrap().keys().len(), 1);
    drop(first);
    assert_eq!(adapter.s3_service().unwrap().keys().len(), 0);
}

#[test]
fn a_bucket_of_the_users_is_left_as_it_was() {
    let service = S3Service::start().unwrap();
    let mut theirs = ObjectStoreAdapter::s3_at(config(&service, "")).open().unwrap();
    answers(&mut *theirs, "set theirs \"x\"");
    let before = service.keys();
    assert_eq!(before.len(), 1);

    let adapter = ObjectStoreAdapter::s3_at(config(&service, "ours/for tests"));
    let mut store = adapter.open().unwrap();
    answers(&mut *store, "set a/b \"x\"");
    let written: Vec<String> =
        service.keys().into_iter().filter(|key| !before.contains(key)).collect();
    assert!(written[0].starts_with("ours/for tests/zarr-conform-"), "{written:?}");
    // A store that was abandoned removes nothing; the end of the run does.
    std::mem::forget(store);
    assert_eq!(service.keys().len(), 2);
    drop(adapter);
    assert_eq!(service.keys(), before);
}

#[test]
fn a_prefix_that_is_not_empty_is_refused() {
    let service = S3Service::start().unwrap();
    let mut theirs = ObjectStoreAdapter::s3_at(config(&service, "data")).open().unwrap();
    answers(&mut *theirs, "set theirs \"x\"");
    let refused = ObjectStoreAdapter::s3_at(config(&service, "data")).open().err().unwrap();
    let words = refused.to_string();
    assert!(words.contains("give --url a prefix with nothing below it"), "{words}");
    // Beside it there is room.
    assert!(ObjectStoreAdapter::s3_at(config(&service, "dat")).open().is_ok());
}

#[track_caller]
fn check_unreachable(config: S3Config, words: &str) {
    let started = Instant::now();
    let report = Machine::of(ObjectStoreAdapter::s3_at(config)).cases(4).run();
    // It does not try for as long as cases may be played.
    assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
    let Status::CannotOpen(reason) = &report.status else {
        panic!("{report}");
    };
    assert!(reason.contains(words), "{reason}");
}

#[test]
fn a_server_that_is_not_there_or_does_not_let_anybody_in_ends_the_campaign_with_the_reason() {
    let service = S3Service::start().unwrap();
    let right = config(&service, "");
    let wrong_key = S3Config { secret_key: "wrong".to_owned(), ..right.clone() };
    check_unreachable(wrong_key, "does not take the credentials");
    let stranger = S3Config { access_key: "nobody".to_owned(), ..right.clone() };
    check_unreachable(stranger, "does not take the credentials");
    let no_bucket = S3Config { bucket: "nothing-here".to_owned(), ..right.clone() };
    check_unreachable(no_bucket, "the bucket `nothing-here` at http://127.0.0.1:");
    drop(service);
    check_unreachable(right, "there is no server at http://127.0.0.1:");
}

#[test]
fn a_connection_that_is_reset_is_a_transient_error() {
    let service = S3Service::start().unwrap();
    let adapter = ObjectStoreAdapter::s3_at(config(&service, ""));
    assert!(adapter.dialect().transient_errors);
    let mut store = adapter.open().unwrap();
    for fault in [Fault::Reset, Fault::Unavailable] {
        service.fail_next(ATTEMPTS, fault);
        let [Outcome::Refused(refusal)] = &answers(&mut *store, "get a")[..] else {
            panic!("{fault:?}: an answer");
        };
        assert_eq!(refusal.class, ErrorClass::Transient, "{refusal}");
        assert!(!refusal.message.contains("127.0.0.1"), "{refusal}");
        assert_eq!(service.faults_left(), 0);
        assert_eq!(answers(&mut *store, "get a"), [Outcome::Absent]);
    }
}

/// How often a client asks before it gives up.
const ATTEMPTS: u64 = 3;

/// A server that has too much to do now and then.
struct Busy {
    adapter: ObjectStoreAdapter,
    service: Arc<S3Service>,
}

struct BusyStore {
    store: Box<dyn StoreUnderTest>,
    service: Arc<S3Service>,
    asked: u64,
}

impl Adapter for Busy {
    fn name(&self) -> &str {
        "busy"
    }

    fn capabilities(&self) -> Capabilities {
        self.adapter.capabilities()
    }

    fn dialect(&self) -> Dialect {
        self.adapter.dialect()
    }

    fn known_issues(&self) -> &str {
        self.adapter.known_issues()
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let (store, service) = (self.adapter.open()?, Arc::clone(&self.service));
        Ok(Box::new(BusyStore { store, service, asked: 0 }))
    }
}

impl StoreUnderTest for BusyStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.asked += 1;
        if self.asked.is_multiple_of(7) && matches!(operation, Operation::Get { .. }) {
            self.service.fail_next(ATTEMPTS, Fault::Unavailable);
        }
        self.store.answer(names, operation)
    }
}

#[test]
fn transient_errors_in_the_middle_of_a_campaign_are_counted_and_fail_nothing() {
    let service = Arc::new(S3Service::start().unwrap());
    let adapter = ObjectStoreAdapter::s3_at(config(&service, ""));
    let machine = Machine::of(Busy { adapter, service }).cases(4).steps(30);
    let report = machine.required_goals([]).planted_bug(false).time_budget(None).run();
    assert!(report.failures.is_empty(), "{report}");
    let transient = report.clauses.iter().find(|count| count.clause == Clause::X1);
    assert!(transient.unwrap().questions > 0, "{report}");
}

/// Stores on S3 whose callers may share a bug.
struct Shared {
    adapter: ObjectStoreAdapter,
    is_torn: bool,
}

struct SharedStore {
    store: Box<dyn StoreUnderTest>,
    is_torn: bool,
}

impl Adapter for Shared {
    fn name(&self) -> &str {
        "shared"
    }

    fn capabilities(&self) -> Capabilities {
        self.adapter.capabilities()
    }

    fn dialect(&self) -> Dialect {
        self.adapter.dialect()
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(Box::new(SharedStore { store: self.adapter.open()?, is_torn: self.is_torn }))
    }
}

impl StoreUnderTest for SharedStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        if let (true, Operation::Set { key, .. }) = (self.is_torn, operation) {
            self.store.answer(names, &Operation::Erase { key: *key });
        }
        self.store.answer(names, operation)
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        Some(self)
    }
}

impl Callers for SharedStore {
    fn share(&mut self) -> Option<Handle> {
        let store = self.store.callers()?.share()?.store;
        Some(Handle::on_other_threads(Self { store, is_torn: self.is_torn }))
    }
}

#[test]
fn callers_at_the_same_time_see_what_s3_documents() {
    let plan: Plan = "set a \"oo\"; together; 1: set a \"nnnn\"; 2: get a; end".parse().unwrap();
    let agrees = |is_torn| {
        let machine = Machine::of(Shared { adapter: ObjectStoreAdapter::s3(), is_torn });
        machine.concurrent().replay(&plan).unwrap().agrees()
    };
    assert!(agrees(false));
    // An overwrite that erases first. Two of three runs showed it, of the 32 that are played.
    assert!(!agrees(true));
}
