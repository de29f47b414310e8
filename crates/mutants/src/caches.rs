//! Bugs of caches: what is kept in one is lost or stale when others push it out.

use bytes::Bytes;
use zarr_conform_model::{Operation, Outcome};
use zarrs_storage::StoreKey;

use crate::host::{Bug, Host};

/// Keys in the order in which they were last used, the latest at the end; with each, the value that
/// the store is left with when others push it out, if that is not the one that it should hold.
#[derive(Default)]
struct Cache {
    entries: Vec<(StoreKey, Option<Bytes>)>,
}

impl Cache {
    fn holds(&self, key: &StoreKey) -> bool {
        self.entries.iter().any(|(held, _)| held == key)
    }

    /// Uses a key, and pushes out the one that was not used for longest if there are more than
    /// `most`.
    fn touch(&mut self, host: &mut Host<'_>, key: &StoreKey, most: usize) {
        let at = self.entries.iter().position(|(held, _)| held == key);
        let entry = at.map_or_else(|| (key.clone(), None), |at| self.entries.remove(at));
        self.entries.push(entry);
        if self.entries.len() > most
            && let (pushed_out, Some(left)) = self.entries.remove(0)
        {
            host.set_named(&pushed_out, &left);
        }
    }

    /// The key is left with this value when it is pushed out.
    fn leave(&mut self, key: &StoreKey, value: Option<Bytes>) {
        if let Some((_, left)) = self.entries.iter_mut().find(|(held, _)| held == key) {
            *left = value;
        }
    }

    fn forget(&mut self, gone: impl Fn(&StoreKey) -> bool) {
        self.entries.retain(|(key, _)| !gone(key));
    }
}

/// How many values the cache holds.
const ROOM: usize = 8;

pub(crate) fn patch_pushed_out() -> Bug {
    let mut cache = Cache::default();
    Box::new(move |host, operation| {
        let key = operation.key().map(|key| host.names.key(key).clone());
        let patched = match (operation, &key) {
            (
                Operation::SetPartial { key, .. } | Operation::SetPartialMany { key, .. },
                Some(name),
            ) if cache.holds(name) => host.value(*key),
            _ => None,
        };
        let outcome = host.ask(operation);
        match (operation, &key) {
            (Operation::Set { .. }, Some(key)) if outcome == Outcome::Done => {
                cache.touch(host, key, ROOM);
                cache.leave(key, None);
            }
            (Operation::Get { .. }, Some(key)) => cache.touch(host, key, ROOM),
            (Operation::SetPartial { .. } | Operation::SetPartialMany { .. }, Some(key)) => {
                let is_new = cache.entries.iter().any(|(held, left)| held == key && left.is_none());
                if outcome == Outcome::Done && is_new {
                    cache.leave(key, patched);
                }
            }
            // What is there to be written is written before anything else is changed.
            _ if operation.is_write() => cache.forget(|_| true),
            _ => {}
        }
        outcome
    })
}

/// How many values the larger cache holds.
const LARGE_ROOM: usize = 100;

pub(crate) fn overwrite_pushed_out() -> Bug {
    let mut cache = Cache::default();
    Box::new(move |host, operation| {
        let key = operation.key().map(|key| host.names.key(key).clone());
        let old = match operation {
            Operation::Set { key, .. } => host.value(*key),
            _ => None,
        };
        let outcome = host.ask(operation);
        match (operation, &key) {
            (Operation::Set { .. }, Some(key)) if outcome == Outcome::Done => {
                cache.touch(host, key, LARGE_ROOM);
                cache.leave(key, old);
            }
            (Operation::Get { .. }, Some(key)) => cache.touch(host, key, LARGE_ROOM),
            (Operation::GetMany { .. }, _) => {
                for key in operation.keys() {
                    let key = host.names.key(key).clone();
                    cache.touch(host, &key, LARGE_ROOM);
                }
            }
            _ if operation.is_write() => cache.forget(|_| true),
            _ => {}
        }
        outcome
    })
}
