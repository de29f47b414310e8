//! Rows of stores that misbehave: what a reader wants to be told, and a hook.

#![allow(clippy::unwrap_used, unreachable_pub, reason = "the whole folder is a test")]

pub mod ends;
pub mod listings;
pub mod reads;
pub mod writes;

use zarr_conform_machines::Machine;
use zarr_conform_machines::model::{ErrorClass, Outcome, Refusal};
use zarr_conform_machines::store::StoreUnderTest;
use zarrs_storage::{Bytes, StoreKey};

use crate::stores::odd::{Ask, Odd};

/// A store that misbehaves, and what is to be said of it.
pub struct Row {
    pub name: &'static str,
    /// What one of the failures is to be called.
    pub symptom: &'static str,
    /// How many operations show it at the least.
    pub least: usize,
    /// How many failures it may be.
    pub most: usize,
    odd: Odd,
    set_up: fn(Machine) -> Machine,
}

impl Row {
    /// A store with a hook that remembers nothing.
    pub fn new(
        name: &'static str,
        symptom: &'static str,
        least: usize,
        hook: impl Fn(&mut Ask<'_>) -> Outcome + Clone + Send + Sync + 'static,
    ) -> Self {
        Self::of(name, symptom, least, Odd::asked(hook))
    }

    /// A store with a hook of its own.
    pub fn of(name: &'static str, symptom: &'static str, least: usize, odd: Odd) -> Self {
        Self { name, symptom, least, most: 1, odd, set_up: |machine| machine }
    }

    /// With other stores behind the hooks.
    pub fn over(self, store: impl Fn() -> Box<dyn StoreUnderTest> + Send + Sync + 'static) -> Self {
        Self { odd: self.odd.over(store), ..self }
    }

    /// What it does is two things, or looks like it.
    pub fn or_two(self) -> Self {
        Self { most: 2, ..self }
    }

    /// With a machine that is set up for it.
    pub fn with(self, set_up: fn(Machine) -> Machine) -> Self {
        Self { set_up, ..self }
    }

    pub fn machine(&self) -> Machine {
        (self.set_up)(self.odd.machine().cases(48).crowds(false))
    }
}

/// All rows.
pub fn all() -> Vec<Row> {
    let tables = [
        reads::values(),
        reads::absences(),
        reads::parts(),
        reads::sizes(),
        listings::keys(),
        listings::prefixes(),
        listings::directories(),
        writes::writes(),
        writes::limits(),
        writes::patches(),
        writes::erases(),
        ends::panics(),
        ends::hangs(),
        ends::errors(),
        ends::changes_of_mind(),
    ];
    tables.into_iter().flatten().collect()
}

/// An outcome with other bytes in it, if it has any.
pub fn with_bytes(outcome: Outcome, change: impl Fn(Bytes) -> Bytes) -> Outcome {
    match outcome {
        Outcome::Value(value) => Outcome::Value(change(value)),
        Outcome::Values(parts) => {
            let changed = parts.into_iter().map(|part| part.map(|part| part.map(&change)));
            Outcome::Values(changed.collect())
        }
        other => other,
    }
}

/// A listing of other keys, if it is one.
pub fn with_keys(outcome: Outcome, change: impl FnOnce(&mut Vec<StoreKey>)) -> Outcome {
    match outcome {
        Outcome::Keys(mut keys) => {
            change(&mut keys);
            Outcome::Keys(keys)
        }
        other => other,
    }
}

/// An error in these words.
pub fn error(words: &str) -> Outcome {
    Outcome::Refused(Refusal::new(ErrorClass::Other, words))
}
