//! What listings are, key by key: whether each is there, and how long its value is.

use zarrs_storage::{StoreKey, StorePrefix};

use crate::contract::mismatch::{Mismatch, MismatchKind};
use crate::contract::outcome::Outcome;
use crate::history::deed::Deed;
use crate::history::projection::{Choice, Projection, Projector, wrong};
use crate::model::Model;
use crate::plan::names::{KeyId, PrefixId};
use crate::plan::operation::Operation;

impl Projector<'_> {
    /// What a listing, or a question about all keys below a prefix, is.
    pub(super) fn list(
        self,
        operation: &Operation,
        outcome: Option<&Outcome>,
        projection: &mut Projection,
    ) {
        let Some(outcome) = outcome else { return };
        if !self.model.capabilities().allow(operation.kind()) {
            projection.wrong = self.wrong_of_all(operation, outcome);
            return;
        }
        match (operation, outcome) {
            (_, Outcome::Refused(_)) => {
                let wrong = self.wrong_of_all(operation, outcome);
                if wrong.is_some() && !self.is_right_of_nothing(operation, outcome, projection) {
                    projection.wrong = wrong;
                }
            }
            (Operation::List | Operation::ListPrefix { .. }, Outcome::Keys(keys)) => {
                let shown = self.known(keys);
                self.list_keys(operation, &shown, projection);
                projection.wrong = self.wrong_of(shown, operation, outcome);
            }
            (Operation::ListDir { prefix }, Outcome::Directory { keys, prefixes }) => {
                let shown = self.known(keys);
                let prefixes: Vec<&str> = prefixes.iter().map(StorePrefix::as_str).collect();
                self.list_directory(operation, *prefix, &shown, &prefixes, projection);
                let below = self.keys_of(operation).into_iter().filter(|key| {
                    self.child(*prefix, *key).is_some_and(|child| prefixes.contains(&child))
                });
                let held = shown.iter().copied().chain(below).collect();
                projection.wrong = self.wrong_of(held, operation, outcome);
            }
            (Operation::IsEmpty { .. }, Outcome::Truth(is_empty)) => {
                let kind = MismatchKind::TruthDiffers;
                let keys = self.keys_of(operation).into_iter();
                let each = keys.map(|key| lives(key, !is_empty, kind, None));
                if *is_empty {
                    projection.deeds.extend(each);
                } else {
                    let otherwise = Mismatch { kind, offender: None };
                    projection.choices.push(Choice { options: each.collect(), otherwise });
                }
            }
            (Operation::Size | Operation::SizePrefix { .. }, Outcome::Size(size)) => {
                projection.sum = Some((self.keys_of(operation), *size));
            }
            _ => projection.wrong = self.wrong_of_all(operation, outcome),
        }
    }

    /// Each key below is there, or is not, as the listing has it.
    fn list_keys(self, operation: &Operation, shown: &[KeyId], projection: &mut Projection) {
        for key in self.keys_of(operation) {
            projection.deeds.push(self.shows(key, shown));
        }
    }

    /// Each direct child is there or is not. Below a prefix that is shown, one key is at least; below
    /// one that is not, none is.
    fn list_directory(
        self,
        operation: &Operation,
        prefix: PrefixId,
        shown: &[KeyId],
        prefixes: &[&str],
        projection: &mut Projection,
    ) {
        let keys = self.keys_of(operation);
        for key in &keys {
            match self.child(prefix, *key) {
                None => projection.deeds.push(self.shows(*key, shown)),
                Some(child) if prefixes.contains(&child) => {}
                child => {
                    let kind = MismatchKind::PrefixMissing;
                    projection.deeds.push(lives(*key, false, kind, child));
                }
            }
        }
        if self.model.dialect().phantom_dirs {
            return;
        }
        let kind = MismatchKind::PrefixUnexpected;
        for shown in prefixes {
            let below = keys.iter().filter(|key| self.child(prefix, **key) == Some(shown));
            let options: Vec<_> = below.map(|key| lives(*key, true, kind, Some(shown))).collect();
            let otherwise = Mismatch { kind, offender: Some((*shown).to_owned()) };
            if !options.is_empty() {
                projection.choices.push(Choice { options, otherwise });
            }
        }
    }

    /// Whether a key is there, by a listing that shows these, in order.
    fn shows(&self, key: KeyId, shown: &[KeyId]) -> Deed {
        let name = Some(self.model.names().key(key).as_str());
        if shown.binary_search(&key).is_ok() {
            lives(key, true, MismatchKind::KeyUnexpected, name)
        } else {
            lives(key, false, MismatchKind::KeyMissing, name)
        }
    }

    /// The prefix directly below `prefix` that a key is below, if it is not a direct child.
    fn child(&self, prefix: PrefixId, key: KeyId) -> Option<&str> {
        let names = self.model.names();
        let (name, top) = (names.key(key).as_str(), names.prefix(prefix).as_str().len());
        name[top..].find('/').map(|slash| &name[..=top + slash])
    }

    /// Those of these keys that are in the table, in order.
    fn known(self, keys: &[StoreKey]) -> Vec<KeyId> {
        let names = self.model.names();
        let mut known: Vec<KeyId> =
            keys.iter().filter_map(|key| names.find_key(key.as_str())).collect();
        known.sort_unstable();
        known
    }

    /// How a listing misses what is right of a store that holds what it shows.
    fn wrong_of(
        self,
        shown: Vec<KeyId>,
        operation: &Operation,
        outcome: &Outcome,
    ) -> Option<(Mismatch, String)> {
        let is_empty = shown.is_empty();
        let wrong = wrong(&self.model.holding(shown), operation, outcome);
        // A listing that begins while there is something may be refused or not if all of it goes.
        wrong.filter(|(mismatch, _)| !is_empty || mismatch.kind != MismatchKind::AnswerForError)
    }
}

/// That a key is there, or is not, and the mismatch otherwise.
fn lives(key: KeyId, is_live: bool, kind: MismatchKind, offender: Option<&str>) -> Deed {
    let otherwise = Mismatch { kind, offender: offender.map(str::to_owned) };
    Deed::Lives { key, is_live, otherwise }
}
