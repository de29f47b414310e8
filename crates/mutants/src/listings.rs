//! Bugs of listings: keys and prefixes too many, too few, or twice.

use std::collections::{BTreeSet, HashSet};

use zarr_conform_model::{Operation, Outcome, PrefixId};
use zarrs_storage::{StoreKey, StoreKeys, StorePrefix};

use crate::host::{Bug, Host, creates};
use crate::zarr_names::name_of;

/// Whether a key stands directly below a prefix that it is below.
pub(crate) fn is_direct(key: &StoreKey, prefix: &StorePrefix) -> bool {
    !key.as_str()[prefix.as_str().len()..].contains('/')
}

/// The keys that begin like a prefix without its slash, and are not below it: `a`, `a-` and
/// `ab/c` for `a/`.
pub(crate) fn beside(host: &mut Host<'_>, prefix: PrefixId) -> StoreKeys {
    let prefix = host.names.prefix(prefix);
    let stem = prefix.as_str().trim_end_matches('/');
    let mut keys = host.listed(&Operation::List);
    keys.retain(|key| key.as_str().starts_with(stem) && !key.has_prefix(prefix));
    keys
}

/// Changes the answers to `list` and `list_prefix`.
fn keys_are(change: fn(&mut StoreKeys)) -> Bug {
    Box::new(move |host, operation| {
        let mut outcome = host.ask(operation);
        if let Outcome::Keys(keys) = &mut outcome {
            change(keys);
        }
        outcome
    })
}

pub(crate) fn list_page_16() -> Bug {
    keys_are(|keys| keys.truncate(16))
}

pub(crate) fn page_1000() -> Bug {
    Box::new(|host, operation| {
        let mut outcome = host.ask(operation);
        if let (Operation::List, Outcome::Keys(keys)) = (operation, &mut outcome) {
            keys.truncate(1000);
        }
        outcome
    })
}

pub(crate) fn dot_names_hidden() -> Bug {
    hides(|key| name_of(key).starts_with('.'))
}

pub(crate) fn parts_hidden() -> Bug {
    // Keys are told apart by case, and so is this.
    hides(|key| key.as_str().strip_suffix(".part").is_some())
}

/// Listings leave out some keys.
fn hides(is_hidden: fn(&StoreKey) -> bool) -> Bug {
    Box::new(move |host, operation| {
        let mut outcome = host.ask(operation);
        if let Outcome::Keys(keys) | Outcome::Directory { keys, .. } = &mut outcome {
            keys.retain(|key| !is_hidden(key));
        }
        outcome
    })
}

pub(crate) fn commas_end_names() -> Bug {
    keys_are(|keys| {
        let names = keys.iter().flat_map(|key| key.as_str().split(','));
        *keys = names.filter_map(|name| StoreKey::new(name).ok()).collect();
    })
}

pub(crate) fn list_prefix_string() -> Bug {
    Box::new(|host, operation| {
        let mut outcome = host.ask(operation);
        if let (Operation::ListPrefix { prefix }, Outcome::Keys(keys)) = (operation, &mut outcome) {
            keys.extend(beside(host, *prefix));
        }
        outcome
    })
}

pub(crate) fn list_prefix_gives_key() -> Bug {
    Box::new(|host, operation| {
        let mut outcome = host.ask(operation);
        if let (Operation::ListPrefix { prefix }, Outcome::Keys(keys)) = (operation, &mut outcome) {
            let prefix = host.names.prefix(*prefix);
            if !prefix.as_str().is_empty() {
                let key = host.lengths(vec![prefix.into()]);
                keys.extend(key.into_iter().map(|(key, _)| key));
            }
        }
        outcome
    })
}

pub(crate) fn prefix_sibling_hidden() -> Bug {
    Box::new(|host, operation| {
        let mut outcome = host.ask(operation);
        if let (Operation::ListPrefix { prefix }, Outcome::Keys(keys)) = (operation, &mut outcome) {
            // In byte order, whatever stands between `a` and what is below `a/` stands before
            // all of it: the search stops before it has found a key.
            let prefix = host.names.prefix(*prefix).as_str();
            let between = prefix.trim_end_matches('/')..prefix;
            let is_between =
                |key: &StoreKey| between.start < key.as_str() && key.as_str() < between.end;
            if !keys.is_empty() && host.listed(&Operation::List).iter().any(is_between) {
                keys.clear();
            }
        }
        outcome
    })
}

pub(crate) fn erase_leaves_listing() -> Bug {
    let mut left = BTreeSet::new();
    Box::new(move |host, operation| {
        let doomed = match operation {
            Operation::Erase { .. } => host.doomed(operation),
            _ => StoreKeys::new(),
        };
        let mut outcome = host.ask(operation);
        match &mut outcome {
            Outcome::Done if creates(operation) => {
                for key in operation.keys() {
                    left.remove(host.names.key(key));
                }
            }
            Outcome::Done => left.extend(doomed),
            Outcome::Keys(keys) => {
                let root = StorePrefix::root();
                let prefix = operation.prefix().map_or(&root, |prefix| host.names.prefix(prefix));
                let listed: HashSet<_> = keys.iter().cloned().collect();
                let below = left.iter().filter(|key| key.has_prefix(prefix));
                keys.extend(below.filter(|key| !listed.contains(key)).cloned());
            }
            _ => {}
        }
        outcome
    })
}

pub(crate) fn list_duplicates() -> Bug {
    let mut overwritten = HashSet::new();
    Box::new(move |host, operation| {
        let overwrites = match operation {
            Operation::Set { key, .. } => host.is_live(*key).then_some(*key),
            _ => None,
        };
        match (host.ask(operation), overwrites) {
            (Outcome::Done, Some(key)) => {
                overwritten.insert(host.names.key(key).clone());
                Outcome::Done
            }
            (Outcome::Keys(keys), _) => {
                let times = |key| if overwritten.contains(key) { 2 } else { 1 };
                let twice = keys.iter().flat_map(|key| std::iter::repeat_n(key, times(key)));
                Outcome::Keys(twice.cloned().collect())
            }
            (outcome, _) => outcome,
        }
    })
}

/// Changes the answers to `list_dir`, given the prefix and all keys below it.
fn directories_are(
    change: fn(&StorePrefix, StoreKeys, &mut StoreKeys, &mut Vec<StorePrefix>),
) -> Bug {
    Box::new(move |host, operation| {
        let mut outcome = host.ask(operation);
        if let (Operation::ListDir { prefix }, Outcome::Directory { keys, prefixes }) =
            (operation, &mut outcome)
        {
            let below = host.listed(&Operation::ListPrefix { prefix: *prefix });
            change(host.names.prefix(*prefix), below, keys, prefixes);
        }
        outcome
    })
}

pub(crate) fn list_dir_deep() -> Bug {
    directories_are(|prefix, below, keys, _| {
        keys.extend(below.into_iter().filter(|key| !is_direct(key, prefix)));
    })
}

pub(crate) fn directories_25() -> Bug {
    directories_are(|_, _, _, prefixes| prefixes.truncate(25))
}

pub(crate) fn directories_1000() -> Bug {
    directories_are(|_, _, _, prefixes| prefixes.truncate(1000))
}

pub(crate) fn list_dir_repeats() -> Bug {
    directories_are(|prefix, below, _, prefixes| {
        *prefixes = below.iter().filter_map(|key| child(prefix, key.as_str())).collect();
    })
}

/// The prefix directly below another one that a name below it goes through.
fn child(prefix: &StorePrefix, name: &str) -> Option<StorePrefix> {
    let below = prefix.as_str().len();
    let slash = name[below..].find('/')?;
    StorePrefix::new(&name[..=below + slash]).ok()
}

pub(crate) fn list_dir_key_hides_prefix() -> Bug {
    directories_are(|_, _, keys, prefixes| {
        prefixes.retain(|prefix| !keys.contains(&prefix.into()));
    })
}

pub(crate) fn directory_lingers() -> Bug {
    let mut erased = BTreeSet::new();
    Box::new(move |host, operation| {
        let doomed = host.doomed(operation);
        let mut outcome = host.ask(operation);
        match (operation, &mut outcome) {
            (_, Outcome::Done) => erased.extend(doomed),
            (Operation::ListDir { prefix }, Outcome::Directory { prefixes, .. }) => {
                let prefix = host.names.prefix(*prefix);
                let below = erased.iter().filter(|key| key.has_prefix(prefix));
                for child in below.filter_map(|key| child(prefix, key.as_str())) {
                    if !prefixes.contains(&child) {
                        prefixes.push(child);
                    }
                }
            }
            _ => {}
        }
        outcome
    })
}
