//! The store that a bug lives in, as the bug asks it.
//!
//! A bug is planted in front of a store, at the trait `StoreUnderTest`: what it has no part in
//! passes through. So each bug is written once and can be had in any store, and any tester can be
//! held against it.

use std::path::Path;

use bytes::Bytes;
use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{KeyId, Names, Operation, Outcome, Value};
use zarr_conform_store::{Callers, Chooser, Handle, OpenError, StoreUnderTest, TurnsEnd, Way};
use zarrs_storage::{StoreKey, StoreKeys, StorePrefix};

/// A planted bug: what a store answers that has it. Memory is what the closure holds.
pub(crate) type Bug = Box<dyn FnMut(&mut Host<'_>, &Operation) -> Outcome + Send>;

/// A store with a bug in front of it.
pub(crate) struct Bugged {
    store: Box<dyn StoreUnderTest>,
    bug: Bug,
    make: fn() -> Bug,
}

impl Bugged {
    pub(crate) fn new(store: Box<dyn StoreUnderTest>, make: fn() -> Bug) -> Self {
        Self { store, bug: make(), make }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl StoreUnderTest for Bugged {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        (self.bug)(&mut Host { store: &mut *self.store, names }, operation)
    }

    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        let _ = way;
        self.answer(names, operation)
    }

    fn place(&self) -> Option<&Path> {
        self.store.place()
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        Some(self)
    }

    fn close(self: Box<Self>) -> Outcome {
        self.store.close()
    }

    fn traffic(&self) -> Option<Traffic> {
        self.store.traffic()
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl Callers for Bugged {
    fn share(&mut self) -> Option<Handle> {
        // A bug keeps what it needs for one caller.
        None
    }

    fn open_second(&mut self) -> Result<Option<Box<dyn StoreUnderTest>>, OpenError> {
        let second = self.store.callers().map_or(Ok(None), Callers::open_second)?;
        Ok(second.map(|store| Box::new(Self::new(store, self.make)) as _))
    }

    fn answer_in_turns(
        &mut self,
        names: &Names,
        callers: &[Vec<Operation>],
        chooser: &mut dyn Chooser,
    ) -> Option<TurnsEnd> {
        let _ = (names, callers, chooser);
        None
    }
}

/// The store behind a bug, with the table that the ids of the moment belong to.
pub(crate) struct Host<'a> {
    store: &'a mut dyn StoreUnderTest,
    pub(crate) names: &'a Names,
}

impl Host<'_> {
    pub(crate) fn ask(&mut self, operation: &Operation) -> Outcome {
        self.store.answer(self.names, operation)
    }

    /// The same store, asked with another table: for names that the plan does not have.
    pub(crate) fn under<'b>(&'b mut self, names: &'b Names) -> Host<'b> {
        Host { store: &mut *self.store, names }
    }

    /// The value of a key, if it has one and the store gives it.
    pub(crate) fn value(&mut self, key: KeyId) -> Option<Bytes> {
        match self.ask(&Operation::Get { key }) {
            Outcome::Value(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn length(&mut self, key: KeyId) -> Option<u64> {
        match self.ask(&Operation::SizeKey { key }) {
            Outcome::Size(length) => Some(length),
            _ => None,
        }
    }

    pub(crate) fn is_live(&mut self, key: KeyId) -> bool {
        self.length(key).is_some()
    }

    /// Sets a key to bytes that no operation of the plan has.
    pub(crate) fn set(&mut self, key: KeyId, bytes: &[u8]) -> Outcome {
        self.ask(&Operation::Set { key, value: Value::Literal(bytes.into()) })
    }

    /// [`value`](Self::value) of a key that the table of the moment need not have.
    pub(crate) fn value_named(&mut self, key: &StoreKey) -> Option<Bytes> {
        let names = Names::new([key.clone()], []);
        self.under(&names).value(names.key_at(0))
    }

    /// [`set`](Self::set) of a key that the table of the moment need not have.
    pub(crate) fn set_named(&mut self, key: &StoreKey, bytes: &[u8]) -> Outcome {
        let names = Names::new([key.clone()], []);
        self.under(&names).set(names.key_at(0), bytes)
    }

    /// The keys below a prefix that the table of the moment need not have.
    pub(crate) fn below(&mut self, prefix: &StorePrefix) -> StoreKeys {
        let names = Names::new([], [prefix.clone()]);
        self.under(&names).listed(&Operation::ListPrefix { prefix: names.prefix_at(0) })
    }

    /// What a listing lists; nothing if the store refuses to.
    pub(crate) fn listed(&mut self, listing: &Operation) -> StoreKeys {
        match self.ask(listing) {
            Outcome::Keys(keys) => keys,
            _ => StoreKeys::new(),
        }
    }

    /// The length of each of the keys that has a value, in byte order.
    pub(crate) fn lengths(&mut self, keys: StoreKeys) -> Vec<(StoreKey, u64)> {
        let names = Names::new(keys, []);
        let mut host = self.under(&names);
        let length_of = |key| Some((names.key(key).clone(), host.length(key)?));
        names.keys().filter_map(length_of).collect()
    }

    pub(crate) fn erase_all(&mut self, keys: StoreKeys) -> Outcome {
        let names = Names::new(keys, []);
        let keys = names.keys().collect();
        self.under(&names).ask(&Operation::EraseMany { keys })
    }

    /// The keys that an operation would erase.
    pub(crate) fn doomed(&mut self, operation: &Operation) -> StoreKeys {
        match operation {
            Operation::Erase { .. } | Operation::EraseMany { .. } => {
                let names = self.names;
                let live = operation.keys().filter(|key| self.is_live(*key));
                live.map(|key| names.key(key).clone()).collect()
            }
            Operation::ErasePrefix { prefix } => {
                self.listed(&Operation::ListPrefix { prefix: *prefix })
            }
            Operation::Clear => self.listed(&Operation::List),
            _ => StoreKeys::new(),
        }
    }
}

/// Whether an operation may give its key a value.
pub(crate) fn creates(operation: &Operation) -> bool {
    operation.is_write() && !operation.is_erase()
}
