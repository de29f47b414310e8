//! What is sent is what arrives, and what is malformed is told.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufReader, Read};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use zarr_conform_model::contract::{Death, ErrorClass, Traffic};
use zarr_conform_model::plan::NodeKind;
use zarr_conform_model::{Names, Operation, Outcome, Plan, Refusal};
use zarr_conform_store::{Adapter, OpenError, StoreUnderTest};
use zarr_conform_wire::{Client, Dropped, GreetingError, Which, WireError, serve};
use zarrs_storage::{StoreKey, StorePrefix};

/// A store that gives prepared answers, and keeps what it was asked.
#[derive(Clone, Default)]
struct Scripted {
    answers: Arc<Mutex<Vec<Outcome>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Adapter for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(Box::new(self.clone()))
    }
}

impl StoreUnderTest for Scripted {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.asked.lock().unwrap().push(operation.display(names).to_string());
        let answer = self.answers.lock().unwrap().pop();
        answer.unwrap_or_else(|| panic!("there are no more answers"))
    }

    fn traffic(&self) -> Option<Traffic> {
        let requests = self.asked.lock().unwrap().len() as u64;
        Some(Traffic { requests, sent: 1, received: 2 })
    }
}

type Connection = Client<BufReader<UnixStream>, UnixStream>;

fn connect(adapter: impl Adapter + 'static) -> Connection {
    let (here, there) = UnixStream::pair().unwrap();
    thread::spawn(move || {
        let catch = |run: &mut dyn FnMut()| {
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
            caught.map_err(|_| "it panicked".to_owned())
        };
        serve(&adapter, &catch, there.try_clone().unwrap(), there).unwrap();
    });
    Client::greet(BufReader::new(here.try_clone().unwrap()), here).unwrap()
}

fn opened(adapter: impl Adapter + 'static) -> Connection {
    let mut client = connect(adapter);
    client.open(Which::default()).unwrap().unwrap();
    client
}

fn refusal() -> impl Strategy<Value = Refusal> {
    let class = proptest::sample::select(&ErrorClass::ALL[..]);
    (class, any::<String>()).prop_map(|(class, words)| Refusal::new(class, words))
}

fn value() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..50).prop_map(Bytes::from)
}

fn keys() -> impl Strategy<Value = Vec<StoreKey>> {
    let key = "[a-z\u{e9}\n\"./]{0,8}[a-z]".prop_filter_map("a key", |key| StoreKey::new(key).ok());
    vec(key, 0..5)
}

fn document() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        any::<f64>().prop_map(serde_json::Value::from),
        any::<u64>().prop_map(serde_json::Value::from),
        any::<String>().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(3, 10, 4, |inner| {
        vec((any::<String>(), inner), 0..4)
            .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect()))
    })
}

fn death() -> impl Strategy<Value = Death> {
    let name = proptest::sample::select(vec!["SIGABRT", "SIGSEGV"]).prop_map(str::to_owned);
    prop_oneof![
        (any::<i32>(), any::<String>()).prop_map(|(status, words)| Death::Exit { status, words }),
        (name, any::<String>()).prop_map(|(name, words)| Death::Signal { name, words }),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let kind = || proptest::sample::select(vec![NodeKind::Group, NodeKind::Array]);
    let part = prop_oneof![
        value().prop_map(|value| Ok(Some(value))),
        Just(Ok(None)),
        refusal().prop_map(Err),
    ];
    let leaf = prop_oneof![
        proptest::sample::select(vec![Outcome::Done, Outcome::Absent, Outcome::TimedOut]),
        value().prop_map(Outcome::Value),
        vec(part, 0..5).prop_map(Outcome::Values),
        keys().prop_map(Outcome::Keys),
        keys().prop_map(|keys| {
            let prefixes = keys.iter().map(|key| StorePrefix::new(format!("{key}/")).unwrap());
            Outcome::Directory { prefixes: prefixes.collect(), keys }
        }),
        any::<u64>().prop_map(Outcome::Size),
        any::<bool>().prop_map(Outcome::Truth),
        vec(any::<u64>(), 0..5).prop_map(Outcome::Elements),
        vec((any::<String>(), kind()), 0..4).prop_map(Outcome::Nodes),
        document().prop_map(Outcome::Document),
        refusal().prop_map(Outcome::Refused),
        any::<String>().prop_map(Outcome::Panicked),
        death().prop_map(Outcome::Died),
        (any::<u64>(), any::<u64>()).prop_map(|(bytes, names)| Outcome::Overlong { bytes, names }),
        any::<u32>().prop_map(Outcome::StillAsking),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        (inner.clone(), inner).prop_map(|(first, second)| Outcome::diverged(first, second))
    })
}

/// One operation, as a plan.
fn plan(line: &str) -> Plan {
    line.parse().unwrap()
}

fn ask(client: &mut Connection, line: &str) -> Result<Outcome, WireError> {
    let plan = plan(line);
    let operation = plan.operations().next().unwrap().clone();
    client.ask(plan.names(), &operation)
}

proptest! {
    #[test]
    fn outcomes_arrive_as_they_were_sent(outcomes in vec(outcome(), 1..20)) {
        let store = Scripted::default();
        *store.answers.lock().unwrap() = outcomes.iter().rev().cloned().collect();
        let mut client = opened(store);
        for outcome in &outcomes {
            prop_assert_eq!(&ask(&mut client, "get a").unwrap(), outcome);
        }
    }

    #[test]
    fn what_is_no_frame_is_told_and_allocates_nothing(noise in vec(any::<u8>(), 0..60)) {
        // Whatever comes, it is no greeting.
        prop_assert!(greet(&noise).is_err());
    }
}

#[test]
fn operations_arrive_as_they_were_sent() {
    let store = Scripted::default();
    let lines = [
        "set \"a b/\\u{e9}\" 4097*#12",
        "get_partial a 3..",
        "erase_many [a, b, a]",
        "set_partial_many a [0 0x00ff, 9 \"x\"]",
        "list_prefix /",
        "close",
    ];
    *store.answers.lock().unwrap() = vec![Outcome::Done; lines.len()];
    let asked = Arc::clone(&store.asked);
    let mut client = opened(store);
    for line in lines {
        let line = plan(line).to_string();
        assert_eq!(ask(&mut client, &line).unwrap(), Outcome::Done);
        let asked = asked.lock().unwrap();
        assert!(line.ends_with(&format!("\n{}\n", asked.last().unwrap())), "{line}");
        assert_eq!(client.traffic().unwrap().requests, asked.len() as u64);
    }
}

#[test]
fn values_of_megabytes_arrive() {
    let store = Scripted::default();
    let value = Bytes::from(vec![7; 9 << 20]);
    *store.answers.lock().unwrap() = vec![Outcome::Value(value.clone())];
    assert_eq!(ask(&mut opened(store), "get a").unwrap(), Outcome::Value(value));
}

#[test]
fn a_panic_is_an_outcome_and_the_store_is_asked_on() {
    let store = Scripted::default();
    let answers = Arc::clone(&store.answers);
    let mut client = opened(store);
    assert_eq!(ask(&mut client, "list").unwrap(), Outcome::Panicked("it panicked".to_owned()));
    *answers.lock().unwrap() = vec![Outcome::Done];
    assert_eq!(ask(&mut client, "list").unwrap(), Outcome::Done);
    assert_eq!(client.drop_store().unwrap().panicked, None);
}

#[test]
fn a_store_that_is_not_open_is_not_asked() {
    let mut client = connect(Scripted::default());
    assert!(matches!(ask(&mut client, "list").unwrap(), Outcome::Refused(_)));
    let below = Which { layer: 1, trace: None };
    let error = client.open(below).unwrap().unwrap_err().to_string();
    assert!(error.contains("no library"), "{error}");
    assert_ne!(client.drop_store().unwrap(), Dropped::default());
}

fn greet(sent: &[u8]) -> Result<(), GreetingError> {
    Client::greet(sent, std::io::sink()).map(|_| ())
}

fn message_of(sent: &str) -> String {
    greet(sent.as_bytes()).unwrap_err().to_string()
}

#[test]
fn malformed_frames_are_told_apart() {
    assert_eq!(message_of(""), "the connection was closed");
    assert_eq!(message_of("7"), "the connection was closed in the middle of a frame");
    assert_eq!(message_of("7 0\n{"), "the connection was closed in the middle of a frame");
    assert!(message_of("hello, here is a server\n").contains("two lengths"));
    assert!(message_of("+7 0\n").contains("two lengths"));
    assert!(message_of("99999999999999999999 0\n").contains("two lengths"));
    assert!(message_of("999999999 0\n").contains("268435456 are the most"));
    assert!(message_of("2 9999999999\n").contains("1073741824 are the most"));
    assert!(message_of("2 0\n{}").contains("none of this protocol"));
    assert!(message_of("2 0\n\u{fffd}").contains("none of this protocol"));
    assert!(message_of("12 0\n{\"unable\":1}").contains("none of this protocol"));
    assert_eq!(message_of("15 0\n{\"unable\":\"no\"}"), "no");
    assert_eq!(message_of("13 0\n{\"opened\":{}}"), "hello was due, and opened came");
    let hello = r#"{"hello":{"protocol":"zarr-conform","version":2,"name":"x"}}"#;
    let spoken = message_of(&format!("{} 0\n{hello}", hello.len()));
    assert_eq!(spoken, "the other end speaks zarr-conform 2, and this one zarr-conform 1");
}

/// What a server says to the first `ask` after a greeting and an opening.
fn answered(answer: &str, bytes: usize) -> Result<Outcome, WireError> {
    let frame = |message: &str, bytes: usize| format!("{} {bytes}\n{message}", message.len());
    let hello = r#"{"hello":{"protocol":"zarr-conform","version":1,"name":"x","more":[1]}}"#;
    let answer = format!(r#"{{"answered":{{"outcome":{answer}}}}}"#);
    let sent = [frame(hello, 0), frame(r#"{"opened":{}}"#, 0), frame(&answer, bytes)].concat();
    let behind = vec![0; bytes];
    let sent = sent.as_bytes().chain(&behind[..]);
    let mut client = Client::greet(BufReader::new(sent), std::io::sink()).unwrap();
    client.open(Which::default())?.unwrap();
    let plan = plan("list");
    let operation = plan.operations().next().unwrap().clone();
    client.ask(plan.names(), &operation)
}

#[test]
fn answers_that_do_not_add_up_are_told() {
    assert!(matches!(answered(r#"{"value":3}"#, 3), Ok(Outcome::Value(_))));
    assert!(matches!(answered(r#"{"value":3}"#, 2), Err(WireError::Bytes { .. })));
    assert!(matches!(answered(r#"{"value":3}"#, 4), Err(WireError::Bytes { .. })));
    assert!(matches!(
        answered(r#"{"value":18446744073709551615}"#, 4),
        Err(WireError::Bytes { .. })
    ));
    assert!(matches!(
        answered(r#"{"elements":18446744073709551615}"#, 8),
        Err(WireError::Bytes { .. })
    ));
    assert!(matches!(answered(r#"{"keys":["/a"]}"#, 0), Err(WireError::Key(_))));
    let directory = r#"{"directory":{"keys":[],"prefixes":["a"]}}"#;
    assert!(matches!(answered(directory, 0), Err(WireError::Prefix(_))));
    assert!(matches!(answered(r#""wrong""#, 0), Err(WireError::Message(_))));
}
