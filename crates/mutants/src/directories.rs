//! Bugs of directories, as deep and as much alike as hierarchies of nodes make them.

use std::collections::{BTreeSet, HashSet};

use zarr_conform_model::{Operation, Outcome};
use zarrs_storage::{StoreKey, StorePrefix};

use crate::erases::spare;
use crate::host::{Bug, creates};
use crate::listings::beside;
use crate::zarr_names::document_in;

pub(crate) fn erase_prefix_three_levels() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::ErasePrefix { prefix } => {
            let above = host.names.prefix(*prefix).as_str().len();
            spare(host, operation, |key| key.as_str()[above..].matches('/').count() >= 2)
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn erase_prefix_sibling() -> Bug {
    Box::new(|host, operation| {
        let outcome = host.ask(operation);
        if let (Operation::ErasePrefix { prefix }, Outcome::Done) = (operation, &outcome) {
            let stem = host.names.prefix(*prefix).as_str().trim_end_matches('/').len();
            let mut siblings = beside(host, *prefix);
            siblings.retain(|key| {
                let rest = &key.as_str()[stem..];
                rest.starts_with(['-', '.']) && rest.contains('/')
            });
            host.erase_all(siblings);
        }
        outcome
    })
}

pub(crate) fn list_dir_hides_chunks() -> Bug {
    Box::new(|host, operation| {
        let mut outcome = host.ask(operation);
        if let (Operation::ListDir { prefix }, Outcome::Directory { keys, prefixes }) =
            (operation, &mut outcome)
        {
            let directory = host.names.prefix(*prefix);
            if document_in(directory).is_some_and(|document| keys.contains(&document)) {
                let chunks = format!("{directory}c/");
                // A node may be called `c` too.
                let mut is_node = |prefix: &StorePrefix| {
                    document_in(prefix).is_some_and(|key| host.value_named(&key).is_some())
                };
                prefixes.retain(|child| child.as_str() != chunks || is_node(child));
            }
        }
        outcome
    })
}

pub(crate) fn deep_keys_lost() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::Set { key, .. } if host.names.key(*key).as_str().matches('/').count() >= 4 => {
            Outcome::Done
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn erased_prefix_hides() -> Bug {
    let mut erased: BTreeSet<String> = BTreeSet::new();
    let mut hidden: HashSet<StoreKey> = HashSet::new();
    Box::new(move |host, operation| {
        let doomed = host.doomed(operation);
        let mut outcome = host.ask(operation);
        match &mut outcome {
            Outcome::Done if creates(operation) => {
                for key in operation.keys().map(|key| host.names.key(key)) {
                    let awaiting = erased.len();
                    erased.retain(|prefix| !key.as_str().starts_with(prefix));
                    if !hidden.remove(key) && erased.len() < awaiting {
                        hidden.insert(key.clone());
                    }
                }
            }
            Outcome::Done => {
                hidden.retain(|key| !doomed.contains(key));
                if let Operation::ErasePrefix { prefix } = operation
                    && !doomed.is_empty()
                {
                    erased.insert(host.names.prefix(*prefix).as_str().to_owned());
                }
            }
            Outcome::Keys(keys) => keys.retain(|key| !hidden.contains(key)),
            Outcome::Directory { keys, prefixes } => {
                keys.retain(|key| !hidden.contains(key));
                prefixes.retain(|child| host.below(child).iter().any(|key| !hidden.contains(key)));
            }
            _ => {}
        }
        outcome
    })
}
