//! Stores that hold something else than they were told.

use std::collections::VecDeque;

use zarr_conform_machines::model::plan::Patch;
use zarr_conform_machines::model::{Operation, OperationKind, Outcome, Value};

use super::{Row, error};
use crate::stores::odd::{Ask, Odd};

/// The value of a key.
fn value(ask: &mut Ask<'_>, operation: &Operation) -> Option<Vec<u8>> {
    let key = operation.key()?;
    match ask.other(&Operation::Get { key }) {
        Outcome::Value(value) => Some(value.to_vec()),
        _ => None,
    }
}

fn literal(bytes: &[u8]) -> Value {
    Value::Literal(bytes.into())
}

pub fn writes() -> Vec<Row> {
    vec![
        Row::new("says that a write is done", "value lost", 2, |ask| match ask.operation() {
            Operation::Set { .. } => Outcome::Done,
            _ => ask.right(),
        })
        .or_two(),
        Row::new("never overwrites", "value", 3, |ask| match ask.operation() {
            set @ Operation::Set { .. } if value(ask, set).is_some() => Outcome::Done,
            _ => ask.right(),
        }),
        Row::new("appends", "value", 3, |ask| match ask.operation() {
            set @ Operation::Set { key, value: new } => {
                let mut all = value(ask, set).unwrap_or_default();
                all.extend_from_slice(&new.to_bytes());
                ask.other(&Operation::Set { key: *key, value: literal(&all) })
            }
            _ => ask.right(),
        }),
        Row::new("leaves the tail of the old value", "value too long", 3, |ask| {
            match ask.operation() {
                set @ Operation::Set { key, value: new } => {
                    let old = value(ask, set).unwrap_or_default();
                    let mut all = new.to_bytes().to_vec();
                    all.extend(old.into_iter().skip(new.len()));
                    ask.other(&Operation::Set { key: *key, value: literal(&all) })
                }
                _ => ask.right(),
            }
        }),
        Row::new("erases for an empty value", "lost", 2, |ask| match ask.operation() {
            Operation::Set { key, value } if value.is_empty() => {
                ask.other(&Operation::Erase { key: *key })
            }
            _ => ask.right(),
        }),
        Row::new("takes no long values", "set: error for answer", 1, |ask| match ask.operation() {
            Operation::Set { value, .. } if value.len() > 4096 => error("too long"),
            _ => ask.right(),
        }),
        Row::new("cuts long values in silence", "value too short", 2, |ask| {
            match ask.operation() {
                Operation::Set { key, value } if value.len() > 4096 => {
                    let cut = literal(&value.to_bytes()[..4096]);
                    ask.other(&Operation::Set { key: *key, value: cut })
                }
                _ => ask.right(),
            }
        }),
    ]
}

pub fn limits() -> Vec<Row> {
    vec![
        Row::new("takes no names but ASCII", "set: error for answer", 1, |ask| {
            match ask.operation() {
                Operation::Set { key, .. } if !ask.names.key(*key).as_str().is_ascii() => {
                    error("not ASCII")
                }
                _ => ask.right(),
            }
        })
        .or_two(),
        Row::new("takes no names of three levels", "set: error for answer", 1, |ask| {
            match ask.operation() {
                Operation::Set { key, .. }
                    if ask.names.key(*key).as_str().matches('/').count() > 1 =>
                {
                    error("too deep")
                }
                _ => ask.right(),
            }
        })
        .or_two(),
        Row::of(
            "holds one key",
            "key missing",
            3,
            Odd::each(|| {
                let mut last = None;
                move |ask: &mut Ask<'_>| {
                    if let Operation::Set { key, .. } = ask.operation
                        && let Some(before) = last.replace(*key).filter(|before| before != key)
                    {
                        let _ = ask.other(&Operation::Erase { key: before });
                    }
                    ask.right()
                }
            }),
        ),
        Row::of(
            "holds five keys, and lets the oldest go",
            "key missing",
            7,
            Odd::each(|| {
                let mut held = VecDeque::new();
                move |ask: &mut Ask<'_>| {
                    if let Operation::Set { key, .. } = ask.operation {
                        held.retain(|other| other != key);
                        held.push_back(*key);
                        if held.len() > 5 {
                            let key = held.pop_front().unwrap();
                            let _ = ask.other(&Operation::Erase { key });
                        }
                    }
                    ask.right()
                }
            }),
        ),
        Row::of(
            "loses every seventh write",
            "lost",
            8,
            Odd::each(|| {
                let mut writes = 0;
                move |ask: &mut Ask<'_>| {
                    if ask.is(OperationKind::Set) {
                        writes += 1;
                        if writes % 7 == 0 {
                            return Outcome::Done;
                        }
                    }
                    ask.right()
                }
            }),
        )
        .or_two(),
        Row::of(
            "writes nothing after it was listed",
            "value lost",
            3,
            Odd::each(|| {
                let mut was_listed = false;
                move |ask: &mut Ask<'_>| {
                    if was_listed && ask.operation.writes_bytes() {
                        return Outcome::Done;
                    }
                    was_listed |= ask.is(OperationKind::List);
                    ask.right()
                }
            }),
        )
        .or_two(),
    ]
}

pub fn patches() -> Vec<Row> {
    vec![
        Row::new("patches at the start", "value", 3, |ask| match ask.operation() {
            Operation::SetPartial { key, patch } => {
                let patch = Patch { offset: 0, value: patch.value.clone() };
                ask.other(&Operation::SetPartial { key: *key, patch })
            }
            _ => ask.right(),
        }),
        Row::new("cuts a value after the patch", "value too short", 3, |ask| {
            match ask.operation() {
                patch @ Operation::SetPartial { key, patch: Patch { offset, value: new } } => {
                    let right = ask.right();
                    let end = *offset as usize + new.len();
                    let all = value(ask, patch).filter(|all| end < all.len() && end < 1 << 20);
                    if let Some(all) = all {
                        let cut = literal(&all[..end]);
                        return ask.other(&Operation::Set { key: *key, value: cut });
                    }
                    right
                }
                _ => ask.right(),
            }
        })
        .or_two(),
        Row::new("takes the last of several patches", "value", 3, |ask| match ask.operation() {
            Operation::SetPartialMany { key, patches } => match patches.split_last() {
                Some((last, _)) => {
                    ask.other(&Operation::SetPartial { key: *key, patch: last.clone() })
                }
                None => ask.right(),
            },
            _ => ask.right(),
        })
        .or_two(),
    ]
}

pub fn erases() -> Vec<Row> {
    vec![
        Row::new("says that an erase is done", "value for absent", 3, |ask| {
            match ask.operation() {
                Operation::Erase { .. } => Outcome::Done,
                _ => ask.right(),
            }
        }),
        Row::new("fails to erase what is absent", "erase: error for answer", 1, |ask| {
            match ask.operation() {
                erase @ Operation::Erase { .. } if value(ask, erase).is_none() => error("absent"),
                _ => ask.right(),
            }
        }),
        Row::new("erases the first of several", "key unexpected", 4, |ask| match ask.operation() {
            Operation::EraseMany { keys } if keys.len() > 1 => {
                ask.other(&Operation::EraseMany { keys: keys[..1].into() })
            }
            _ => ask.right(),
        }),
        Row::new("empties in place of erasing", "for absent", 3, |ask| match ask.operation() {
            erase @ Operation::Erase { key } if value(ask, erase).is_some() => {
                ask.other(&Operation::Set { key: *key, value: "".into() })
            }
            _ => ask.right(),
        }),
        Row::new("erases what is below a key too", "missing", 4, |ask| match ask.operation() {
            Operation::Erase { key } => {
                let below = format!("{}/", ask.names.key(*key));
                erase_all(ask, |name| name.starts_with(&below));
                ask.right()
            }
            _ => ask.right(),
        }),
        Row::new("erases the key of the prefix too", "missing", 3, |ask| match ask.operation() {
            Operation::ErasePrefix { prefix } => {
                let own = ask.names.prefix(*prefix).as_str().trim_end_matches('/').to_owned();
                erase_all(ask, |name| name == own);
                ask.right()
            }
            _ => ask.right(),
        }),
        Row::new("erases by the letters", "missing", 3, |ask| match ask.operation() {
            Operation::ErasePrefix { prefix } => {
                let own = ask.names.prefix(*prefix).as_str().trim_end_matches('/').to_owned();
                erase_all(ask, |name| name.starts_with(&own));
                ask.right()
            }
            _ => ask.right(),
        }),
        Row::new("erases one level", "key unexpected", 3, |ask| match ask.operation() {
            Operation::ErasePrefix { prefix } => {
                let own = ask.names.prefix(*prefix).as_str().to_owned();
                erase_all(ask, |name| {
                    name.strip_prefix(&own).is_some_and(|rest| !rest.contains('/'))
                });
                Outcome::Done
            }
            _ => ask.right(),
        }),
        Row::new("clears nothing", "key unexpected", 3, |ask| match ask.operation() {
            Operation::Clear => Outcome::Done,
            _ => ask.right(),
        }),
        Row::new("erases everything for a prefix", "missing", 3, |ask| match ask.operation() {
            Operation::ErasePrefix { .. } => ask.other(&Operation::Clear),
            _ => ask.right(),
        }),
        Row::new("loses a file where a directory is to be", "missing", 3, |ask| {
            match ask.operation() {
                Operation::Set { key, .. } => {
                    let own = ask.names.key(*key).as_str().to_owned();
                    erase_all(ask, |name| own.starts_with(&format!("{name}/")));
                    ask.right()
                }
                _ => ask.right(),
            }
        })
        .or_two(),
    ]
}

/// Erases the keys with such names.
fn erase_all(ask: &mut Ask<'_>, such: impl Fn(&str) -> bool) {
    let keys = ask.names.keys().filter(|key| such(ask.names.key(*key).as_str()));
    for key in keys.collect::<Vec<_>>() {
        let _ = ask.other(&Operation::Erase { key });
    }
}
