//! Bugs of sizes: of values, and of all that is below a prefix.

use std::collections::HashMap;

use zarr_conform_model::{Operation, Outcome};
use zarrs_storage::StorePrefix;

use crate::host::{Bug, creates};
use crate::listings::beside;

pub(crate) fn size_stale() -> Bug {
    let mut first = HashMap::new();
    Box::new(move |host, operation| match (operation, host.ask(operation)) {
        (Operation::Set { key, value }, Outcome::Done) => {
            first.entry(host.names.key(*key).clone()).or_insert(value.len() as u64);
            Outcome::Done
        }
        (Operation::SizeKey { key }, Outcome::Size(size)) => {
            Outcome::Size(*first.get(host.names.key(*key)).unwrap_or(&size))
        }
        (_, outcome) => outcome,
    })
}

pub(crate) fn empty_not_exists() -> Bug {
    Box::new(|host, operation| match (operation, host.ask(operation)) {
        (Operation::SizeKey { .. }, Outcome::Size(0)) => Outcome::Absent,
        (Operation::Exists { key }, Outcome::Truth(true)) => {
            Outcome::Truth(host.length(*key) != Some(0))
        }
        (_, outcome) => outcome,
    })
}

pub(crate) fn size_prefix_string() -> Bug {
    Box::new(|host, operation| match (operation, host.ask(operation)) {
        (Operation::SizePrefix { prefix }, Outcome::Size(size)) => {
            let beside = beside(host, *prefix);
            let lengths = host.lengths(beside).into_iter().map(|(_, length)| length);
            Outcome::Size(size + lengths.sum::<u64>())
        }
        (_, outcome) => outcome,
    })
}

pub(crate) fn size_counts_erased() -> Bug {
    let mut erased = HashMap::new();
    Box::new(move |host, operation| {
        let doomed = host.doomed(operation);
        let doomed = if doomed.is_empty() { Vec::new() } else { host.lengths(doomed) };
        match host.ask(operation) {
            Outcome::Done => {
                if creates(operation) {
                    for key in operation.keys() {
                        erased.remove(host.names.key(key));
                    }
                }
                erased.extend(doomed);
                Outcome::Done
            }
            Outcome::Size(size) if operation.key().is_none() => {
                let root = StorePrefix::root();
                let prefix = operation.prefix().map_or(&root, |prefix| host.names.prefix(prefix));
                let below = erased.iter().filter(|(key, _)| key.has_prefix(prefix));
                Outcome::Size(size + below.map(|(_, length)| length).sum::<u64>())
            }
            outcome => outcome,
        }
    })
}
