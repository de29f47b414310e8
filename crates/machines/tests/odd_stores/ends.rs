//! Stores that panic, never answer, or answer otherwise the next time.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fmt, io, thread};

use zarr_conform_machines::Machine;
use zarr_conform_machines::model::{
    Dialect, ErrorClass, Operation, OperationKind, Outcome, Refusal,
};
use zarr_conform_machines::mutants::ReferenceAdapter;
use zarr_conform_machines::store::ask::Answers;
use zarr_conform_machines::store::{Adapter, Translation};
use zarrs_storage::StorageError;

use super::{Row, error};
use crate::stores::odd::{Ask, Odd};

fn for_ever() -> Outcome {
    loop {
        thread::sleep(Duration::from_mins(1));
    }
}

/// With little time for each answer, and for everything.
fn soon(machine: Machine) -> Machine {
    let machine = machine.cases(8).deadline(Duration::from_millis(100));
    machine.time_budget(Duration::from_secs(2)).shrink_allowance(Duration::from_secs(2))
}

/// A store with a lock that is poisoned by a panic at this kind of operation.
fn poisoned(kind: OperationKind) -> Odd {
    Odd::each(move || {
        let mut is_poisoned = false;
        move |ask: &mut Ask<'_>| {
            assert!(!is_poisoned, "PoisonError at {}", ask.kind());
            is_poisoned = ask.is(kind);
            assert!(!is_poisoned, "the first panic");
            ask.right()
        }
    })
}

/// Whether it is one call in so many: hardly ever at the same place of a plan.
fn chance(once_in: u64) -> impl Fn() -> bool + Clone + Send + Sync + 'static {
    let calls = Arc::new(AtomicU64::new(0));
    move || {
        let call = calls.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (call >> 32).is_multiple_of(once_in)
    }
}

pub fn panics() -> Vec<Row> {
    let is_now = chance(2_000);
    vec![
        Row::new("panics at an empty value", "set: panic", 1, |ask| match ask.operation {
            Operation::Set { value, .. } => {
                assert!(!value.is_empty(), "there has to be something");
                ask.right()
            }
            _ => ask.right(),
        }),
        Row::of(
            "poisons its lock at a size",
            "size_key: panic",
            1,
            poisoned(OperationKind::SizeKey),
        ),
        Row::of("poisons its lock at an erase", "erase: panic", 1, poisoned(OperationKind::Erase)),
        Row::of(
            "poisons its lock at a listing",
            "list_dir: panic",
            1,
            poisoned(OperationKind::ListDir),
        ),
        Row::new("writes half of a value, and panics", "set: panic", 1, |ask| {
            match ask.operation {
                Operation::Set { key, value } if value.len() > 3 => {
                    let bytes = value.to_bytes();
                    let half = zarr_conform_machines::model::Value::Literal(bytes[..2].into());
                    let _ = ask.other(&Operation::Set { key: *key, value: half });
                    panic!("the disk is full after {} bytes", bytes.len() / 2);
                }
                _ => ask.right(),
            }
        }),
        Row::new("panics with the length in the words", "panic", 2, |ask| {
            match (ask.operation, ask.right()) {
                (Operation::GetPartial { range, .. }, Outcome::Refused(_)) => {
                    panic!("{range} is not there");
                }
                (_, right) => right,
            }
        }),
        Row::of(
            "panics when it is dropped",
            "close: panic",
            1,
            Odd::right().dropped(|| {
                panic!("not yet");
            }),
        ),
        Row::of(
            "panics once in two thousand calls",
            "panic",
            1_000,
            Odd::asked(move |ask| {
                assert!(!is_now(), "hardly ever");
                ask.right()
            }),
        ),
    ]
}

pub fn hangs() -> Vec<Row> {
    vec![
        Row::new("never gives a size", "size: no answer", 1, |ask| match ask.kind() {
            OperationKind::Size => for_ever(),
            _ => ask.right(),
        })
        .with(soon),
        Row::new("never answers about a key", "get: no answer", 1, |ask| {
            match ask.operation.keys().next() {
                Some(_) if !ask.operation.is_write() => for_ever(),
                _ => ask.right(),
            }
        })
        .with(soon),
        Row::new("never gives a part", "no answer", 2, |ask| match (ask.kind(), ask.right()) {
            (OperationKind::GetMany | OperationKind::GetPartialMany, Outcome::Values(parts))
                if parts.iter().any(Result::is_ok) =>
            {
                for_ever()
            }
            (OperationKind::GetPartial, Outcome::Value(_)) => for_ever(),
            (_, right) => right,
        })
        .with(soon),
        Row::new("spins at an empty value", "no answer", 2, |ask| {
            match (ask.kind(), ask.right()) {
                (OperationKind::Get, Outcome::Value(value)) if value.is_empty() => {
                    // Like an endless loop, but for the test that has to end.
                    for _ in 0..200 {
                        thread::sleep(Duration::from_millis(50));
                    }
                    Outcome::Absent
                }
                (_, right) => right,
            }
        })
        .with(soon),
        Row::of(
            "keeps its lock when it panics",
            "panic",
            1,
            Odd::each(|| {
                let mut is_held = false;
                move |ask: &mut Ask<'_>| {
                    if is_held {
                        return for_ever();
                    }
                    is_held = ask.is(OperationKind::Exists);
                    assert!(!is_held, "and the lock stays");
                    ask.right()
                }
            }),
        )
        .with(soon)
        .or_two(),
    ]
}

/// What is done with an error by whoever logs it.
#[derive(Clone, Copy)]
enum Logged {
    Formats,
    Writes,
    Asks,
    Follows,
    Waits,
    Drops,
}

/// An error with something wrong about it, wherever it is shown.
struct Unspeakable(Logged);

impl fmt::Display for Unspeakable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Logged::Formats => panic!("words fail"),
            Logged::Writes => Err(fmt::Error),
            _ => f.write_str("beyond the end"),
        }
    }
}

impl fmt::Debug for Unspeakable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unspeakable")
    }
}

impl Error for Unspeakable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self.0 {
            Logged::Asks => panic!("there is no why"),
            Logged::Follows => Some(self),
            Logged::Waits => {
                for_ever();
                None
            }
            _ => None,
        }
    }
}

impl Drop for Unspeakable {
    fn drop(&mut self) {
        assert!(!matches!(self.0, Logged::Drops), "no farewell");
    }
}

/// A store that is right about what is beyond the end of a value, but for the error that says so.
fn says_so_by(logged: Logged) -> Odd {
    let unspeakable = move || {
        StorageError::from(io::Error::new(io::ErrorKind::UnexpectedEof, Unspeakable(logged)))
    };
    Odd::asked(move |ask| match ask.right() {
        Outcome::Refused(right) if right.class == ErrorClass::InvalidRange => {
            Translation::default().outcome(ask.operation, Some(Err(unspeakable())))
        }
        Outcome::Values(parts) => {
            let error = |part: Result<_, _>| part.map_err(|_| unspeakable());
            Translation::default().many(parts.into_iter().map(error).collect())
        }
        right => right,
    })
}

pub fn errors() -> Vec<Row> {
    let row = |name, symptom, logged| Row::of(name, symptom, 2, says_so_by(logged));
    vec![
        row("has an error that panics when it is formatted", "panic", Logged::Formats),
        row("has an error that cannot be formatted", "panic", Logged::Writes),
        row("has an error that panics when it is asked its source", "panic", Logged::Asks),
        row("has an error that is its own source", "panic", Logged::Follows),
        row("has an error that panics when it is dropped", "panic", Logged::Drops),
        row("has an error that never gives its source", "no answer", Logged::Waits)
            .with(soon)
            .or_two(),
    ]
}

pub fn changes_of_mind() -> Vec<Row> {
    let (is_now, is_then) = (chance(8), chance(12));
    let nested = Dialect { key_below_key: false, ..Dialect::ZARRS };
    vec![
        Row::of(
            "loses a value now and then",
            "one time to the next",
            66,
            Odd::asked(move |ask| match (ask.kind(), ask.right()) {
                (OperationKind::Get, Outcome::Value(_)) if is_now() => Outcome::Absent,
                (_, right) => right,
            }),
        ),
        Row::of(
            "fails now and then",
            "one time to the next",
            66,
            Odd::asked(move |ask| {
                if !ask.operation.is_write() && is_then() {
                    return Outcome::Refused(Refusal::new(ErrorClass::Transient, "try again"));
                }
                ask.right()
            }),
        )
        .or_two(),
        Row::of(
            "keeps keys as files, and does not say so",
            "key_below_key: false",
            2,
            Odd::right(),
        )
        .over(move || ReferenceAdapter::new(nested).open().unwrap()),
        Row::new("says that it cannot be written", "set: error for answer", 1, |ask| {
            if ask.operation.is_write() {
                return Outcome::Refused(Refusal::new(ErrorClass::ReadOnly, "no"));
            }
            ask.right()
        }),
        Row::of("holds something from the start", "list: key unexpected", 1, Odd::right())
            .over(|| {
                let mut store = ReferenceAdapter::new(Dialect::ZARRS).open().unwrap();
                let plan: zarr_conform_machines::model::Plan = "set old \"a\"".parse().unwrap();
                let _ = store.answer(plan.names(), plan.last().unwrap());
                store
            })
            .or_two(),
        Row::new("fails at everything", "error for answer", 1, |_| error("no")).or_two(),
    ]
}
