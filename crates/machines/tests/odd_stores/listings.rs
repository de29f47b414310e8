//! Stores that hold what they should, and list something else.

use zarr_conform_machines::model::contract::ListOrder;
use zarr_conform_machines::model::{Dialect, Operation, OperationKind, Outcome};
use zarrs_storage::{StoreKey, StorePrefix};

use super::{Row, error, with_keys};
use crate::stores::odd::{Ask, Odd};

/// A listing of all keys with this change.
fn listed(
    change: impl Fn(&mut Vec<StoreKey>) + Clone + Send + Sync + 'static,
) -> impl Fn(&mut Ask<'_>) -> Outcome + Clone + Send + Sync + 'static {
    move |ask| {
        let right = ask.right();
        if ask.is(OperationKind::List) { with_keys(right, &change) } else { right }
    }
}

/// Keys and prefixes of a directory with this change.
fn directory(
    change: impl Fn(&str, &mut Vec<StoreKey>, &mut Vec<StorePrefix>) + Clone + Send + Sync + 'static,
) -> impl Fn(&mut Ask<'_>) -> Outcome + Clone + Send + Sync + 'static {
    move |ask| match (ask.operation, ask.right()) {
        (Operation::ListDir { prefix }, Outcome::Directory { mut keys, mut prefixes }) => {
            change(ask.names.prefix(*prefix).as_str(), &mut keys, &mut prefixes);
            Outcome::Directory { keys, prefixes }
        }
        (_, right) => right,
    }
}

/// A listing below another prefix than that which was asked for.
fn all_that_begin(
    how: fn(&str) -> &str,
) -> impl Fn(&mut Ask<'_>) -> Outcome + Clone + Send + Sync + 'static {
    move |ask| match ask.operation {
        Operation::ListPrefix { prefix } => {
            let begin = how(ask.names.prefix(*prefix).as_str()).to_owned();
            with_keys(ask.other(&Operation::List), |keys| {
                keys.retain(|key| key.as_str().starts_with(&begin));
            })
        }
        _ => ask.right(),
    }
}

pub fn keys() -> Vec<Row> {
    let sorted = Dialect { order: ListOrder::Bytes, ..Dialect::ZARRS };
    vec![
        Row::new("lists nothing", "list: key missing", 2, listed(Vec::clear)),
        Row::new("lists a page of ten", "list: key missing", 12, listed(|keys| keys.truncate(10))),
        Row::new("forgets the last key", "list: key missing", 2, listed(|keys| drop(keys.pop()))),
        Row::new(
            "lists the first key twice",
            "list: key repeated",
            2,
            listed(|keys| {
                keys.extend(keys.first().cloned());
            }),
        ),
        Row::new(
            "lists a lock of its own",
            "list: key unexpected",
            1,
            listed(|keys| {
                keys.push(StoreKey::new(".lock").unwrap());
            }),
        ),
        Row::new(
            "hides its metadata",
            "list: key missing",
            2,
            listed(|keys| {
                keys.retain(|key| !key.as_str().ends_with("zarr.json"));
            }),
        ),
        Row::new(
            "hides names with a dot",
            "list: key missing",
            2,
            listed(|keys| {
                keys.retain(|key| !key.as_str().starts_with('.'));
            }),
        )
        // The key `.` is a failure of names of its own kind.
        .or_two(),
        Row::new(
            "lists small letters",
            "names with capital letters",
            2,
            listed(|keys| {
                for key in keys {
                    *key = StoreKey::new(key.as_str().to_lowercase()).unwrap();
                }
            }),
        ),
        Row::of(
            "lists in no order where one is declared",
            "list: wrong order",
            3,
            Odd::asked(listed(|keys| keys.reverse())).declaring(sorted),
        ),
        Row::new("fails to list an empty store", "list: error for answer", 1, |ask| {
            match (ask.kind(), ask.right()) {
                (OperationKind::List, Outcome::Keys(keys)) if keys.is_empty() => error("empty"),
                (_, right) => right,
            }
        }),
    ]
}

pub fn prefixes() -> Vec<Row> {
    vec![
        Row::new(
            "lists below by the letters",
            "list_prefix: key unexpected",
            2,
            all_that_begin(|prefix| prefix.trim_end_matches('/')),
        ),
        Row::new("heeds no prefix", "list_prefix: key unexpected", 2, all_that_begin(|_| "")),
        Row::new("lists below the root only", "list_prefix: key missing", 2, |ask| {
            match (ask.operation, ask.right()) {
                (Operation::ListPrefix { prefix }, right) => {
                    match ask.names.prefix(*prefix).as_str() {
                        "" => right,
                        _ => Outcome::Keys(Vec::new()),
                    }
                }
                (_, right) => right,
            }
        }),
        Row::new("lists one level in place of all", "list_prefix: key missing", 2, |ask| {
            match (ask.operation, ask.right()) {
                (Operation::ListPrefix { prefix }, right) => {
                    let prefix = ask.names.prefix(*prefix).as_str();
                    with_keys(right, |keys| {
                        keys.retain(|key| !key.as_str()[prefix.len()..].contains('/'));
                    })
                }
                (_, right) => right,
            }
        }),
    ]
}

pub fn directories() -> Vec<Row> {
    vec![
        Row::new(
            "lists no directories",
            "list_dir: prefix missing",
            2,
            directory(|_, _, prefixes| prefixes.clear()),
        ),
        Row::new(
            "lists a directory twice",
            "list_dir: prefix repeated",
            2,
            directory(|_, _, prefixes| prefixes.extend(prefixes.first().cloned())),
        ),
        Row::new(
            "lists a directory in itself",
            "list_dir: prefix unexpected",
            1,
            directory(|prefix, _, prefixes| prefixes.push(StorePrefix::new(prefix).unwrap())),
        ),
        Row::new(
            "lists no keys of a directory",
            "list_dir: key missing",
            2,
            directory(|_, keys, _| keys.clear()),
        ),
        Row::new(
            "fails at a directory that is not there",
            "list_dir: error for answer",
            1,
            |ask| match (ask.kind(), ask.right()) {
                (OperationKind::ListDir, Outcome::Directory { keys, prefixes })
                    if keys.is_empty() && prefixes.is_empty() =>
                {
                    error("no such directory")
                }
                (_, right) => right,
            },
        ),
        Row::new("is always empty", "is_empty: wrong truth", 2, |ask| {
            let right = ask.right();
            if ask.is(OperationKind::IsEmpty) { Outcome::Truth(true) } else { right }
        }),
        Row::new("lists a hundred thousand duplicates", "list", 1, |ask| {
            let right = ask.right();
            if ask.is(OperationKind::List) {
                Outcome::Keys(vec![StoreKey::new("many").unwrap(); 100_000])
            } else {
                right
            }
        })
        .with(|machine| machine.cases(2))
        // What is listed in place of the keys, and the keys that are not.
        .or_two(),
    ]
}
