//! Bugs of reading whole values: of keys that are missing, were missing, or are directories.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use zarr_conform_model::{KeyId, Names, Operation, Outcome};

use crate::host::{Bug, Host};

pub(crate) fn get_missing_empty() -> Bug {
    Box::new(|host, operation| match (operation, host.ask(operation)) {
        (Operation::Get { .. }, Outcome::Absent) => Outcome::Value(Bytes::new()),
        (_, outcome) => outcome,
    })
}

pub(crate) fn get_missing_cached() -> Bug {
    let mut missing = HashSet::new();
    Box::new(move |host, operation| match (operation, host.ask(operation)) {
        (Operation::Get { key }, Outcome::Absent) => {
            missing.insert(host.names.key(*key).clone());
            Outcome::Absent
        }
        (Operation::Get { key }, _) if missing.contains(host.names.key(*key)) => Outcome::Absent,
        (_, outcome) => outcome,
    })
}

pub(crate) fn stale_read_cache() -> Bug {
    let mut read = HashMap::new();
    Box::new(move |host, operation| match (operation, host.ask(operation)) {
        (Operation::Get { key }, Outcome::Value(value)) => {
            let cached = read.entry(host.names.key(*key).clone()).or_insert(value);
            Outcome::Value(cached.clone())
        }
        (_, outcome) => outcome,
    })
}

pub(crate) fn directory_exists() -> Bug {
    Box::new(|host, operation| match (operation, host.ask(operation)) {
        (Operation::Exists { key }, Outcome::Truth(false)) => {
            Outcome::Truth(is_directory(host, *key))
        }
        (Operation::SizeKey { key }, Outcome::Absent) if is_directory(host, *key) => {
            Outcome::Size(0)
        }
        (_, outcome) => outcome,
    })
}

pub(crate) fn directory_reads_empty() -> Bug {
    Box::new(|host, operation| match (operation, host.ask(operation)) {
        (Operation::Get { key }, Outcome::Absent) if is_directory(host, *key) => {
            Outcome::Value(Bytes::new())
        }
        (_, outcome) => outcome,
    })
}

pub(crate) fn present_if_alone() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::Exists { key } => Outcome::Truth(count_like(host, *key) == 1),
        Operation::Get { key }
        | Operation::GetPartial { key, .. }
        | Operation::GetPartialMany { key, .. }
        | Operation::SizeKey { key }
            if count_like(host, *key) != 1 =>
        {
            Outcome::Absent
        }
        _ => host.ask(operation),
    })
}

/// How many keys begin with the name of this one.
fn count_like(host: &mut Host<'_>, key: KeyId) -> usize {
    let name = host.names.key(key).as_str().to_owned();
    let keys = host.listed(&Operation::List);
    keys.iter().filter(|key| key.as_str().starts_with(&name)).count()
}

/// Whether a key that has a value is below this one.
fn is_directory(host: &mut Host<'_>, key: KeyId) -> bool {
    let key = host.names.key(key);
    if key.as_str().is_empty() {
        return false;
    }
    let names = Names::new([], [key.to_prefix()]);
    let prefix = names.prefix_at(0);
    host.under(&names).ask(&Operation::IsEmpty { prefix }) == Outcome::Truth(false)
}
