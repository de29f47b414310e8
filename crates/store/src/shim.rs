//! `Shim`: any store under test as a store with `zarrs_storage`'s traits.

use std::sync::{Arc, Mutex, PoisonError};

use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{
    Capabilities, KeyId, Names, Operation, Outcome, Patch, PrefixId, Range, Value,
};
use zarrs_storage::byte_range::ByteRangeIterator;
use zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits,
};

use crate::port::StoreUnderTest;
use crate::trace::Trace;
use crate::translation::storage_error;

/// A store under test, asked through `zarrs_storage`'s traits: each call is one operation.
///
/// Calls come one after the other, whichever threads they come from. What the store refuses is an
/// error of the same [class](crate::classify). A store that panicked is asked again
/// all the same: whether it still answers is a question worth asking.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use zarr_conform_store::{Shim, ZarrsStore};
/// use zarrs_storage::store::MemoryStore;
/// use zarrs_storage::{ReadableStorageTraits, StoreKey, WritableStorageTraits};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = ZarrsStore::of(Arc::new(MemoryStore::new()));
/// let capabilities = store.capabilities();
/// let shim = Shim::new(Box::new(store), &capabilities);
/// let key = StoreKey::new("a/b")?;
/// shim.set(&key, "x".into())?;
/// assert_eq!(shim.get(&key)?, Some("x".into()));
/// # Ok(())
/// # }
/// ```
pub struct Shim {
    store: Mutex<Box<dyn StoreUnderTest>>,
    writes_parts: bool,
    trace: Option<Arc<Trace>>,
}

impl Shim {
    /// A way to a store that can do what `capabilities` say.
    #[must_use]
    pub fn new(store: Box<dyn StoreUnderTest>, capabilities: &Capabilities) -> Self {
        Self { store: Mutex::new(store), writes_parts: capabilities.write_partial, trace: None }
    }

    /// The same, with a record of everything that the store is asked.
    #[must_use]
    pub fn traced(mut self, trace: Arc<Trace>) -> Self {
        self.trace = Some(trace);
        self
    }

    /// Asks the store itself.
    pub fn answer(&self, names: &Names, operation: &Operation) -> Outcome {
        if let Some(trace) = &self.trace {
            trace.record(names, operation);
        }
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.answer(names, operation)
    }

    /// What the service below the store was asked so far, if somebody counts it.
    #[must_use]
    pub fn traffic(&self) -> Option<Traffic> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner).traffic()
    }

    fn ask(&self, names: &Names, operation: &Operation) -> Result<Outcome, StorageError> {
        match self.answer(names, operation) {
            Outcome::Refused(refusal) => Err(storage_error(refusal)),
            outcome => Ok(outcome),
        }
    }

    fn ask_key(
        &self,
        key: &StoreKey,
        operation: impl FnOnce(KeyId) -> Operation,
    ) -> Result<Outcome, StorageError> {
        let names = Names::new([key.clone()], []);
        self.ask(&names, &operation(names.key_at(0)))
    }

    fn ask_prefix(
        &self,
        prefix: &StorePrefix,
        operation: impl FnOnce(PrefixId) -> Operation,
    ) -> Result<Outcome, StorageError> {
        let names = Names::new([], [prefix.clone()]);
        self.ask(&names, &operation(names.prefix_at(0)))
    }
}

/// The error for an outcome that is no answer to what was asked.
fn unexpected<T>(outcome: &Outcome) -> Result<T, StorageError> {
    Err(StorageError::Other(format!("the store answered: {outcome}")))
}

fn done(outcome: &Outcome) -> Result<(), StorageError> {
    match outcome {
        Outcome::Done => Ok(()),
        other => unexpected(other),
    }
}

fn size(outcome: &Outcome) -> Result<u64, StorageError> {
    match outcome {
        Outcome::Size(size) => Ok(*size),
        other => unexpected(other),
    }
}

fn keys(outcome: Outcome) -> Result<StoreKeys, StorageError> {
    match outcome {
        Outcome::Keys(keys) => Ok(keys),
        other => unexpected(&other),
    }
}

fn literal(bytes: &Bytes) -> Value {
    Value::Literal(Arc::from(bytes.as_ref()))
}

impl ReadableStorageTraits for Shim {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        match self.ask_key(key, |key| Operation::Get { key })? {
            Outcome::Value(bytes) => Ok(Some(bytes)),
            Outcome::Absent => Ok(None),
            other => unexpected(&other),
        }
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        byte_ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let ranges = byte_ranges.map(Range).collect();
        match self.ask_key(key, |key| Operation::GetPartialMany { key, ranges })? {
            Outcome::Values(parts) => {
                // No part of a value that is there is absent.
                let parts = parts.into_iter().filter_map(Result::transpose);
                let parts = parts.map(|part| part.map_err(storage_error));
                Ok(Some(Box::new(parts)))
            }
            Outcome::Absent => Ok(None),
            other => unexpected(&other),
        }
    }

    fn get_partial(
        &self,
        key: &StoreKey,
        byte_range: zarrs_storage::byte_range::ByteRange,
    ) -> Result<MaybeBytes, StorageError> {
        let range = Range(byte_range);
        match self.ask_key(key, |key| Operation::GetPartial { key, range })? {
            Outcome::Value(bytes) => Ok(Some(bytes)),
            Outcome::Absent => Ok(None),
            other => unexpected(&other),
        }
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        match self.ask_key(key, |key| Operation::SizeKey { key })? {
            Outcome::Size(size) => Ok(Some(size)),
            Outcome::Absent => Ok(None),
            other => unexpected(&other),
        }
    }

    /// Every store under test is asked for parts of values: whether that is quick is not the
    /// question.
    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl WritableStorageTraits for Shim {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        let value = literal(&value);
        done(&self.ask_key(key, |key| Operation::Set { key, value })?)
    }

    fn set_partial(&self, key: &StoreKey, offset: u64, value: Bytes) -> Result<(), StorageError> {
        let patch = Patch { offset, value: literal(&value) };
        done(&self.ask_key(key, |key| Operation::SetPartial { key, patch })?)
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        offset_values: OffsetBytesIterator,
    ) -> Result<(), StorageError> {
        let patches = offset_values.map(|(offset, bytes)| Patch { offset, value: literal(&bytes) });
        let patches = patches.collect();
        done(&self.ask_key(key, |key| Operation::SetPartialMany { key, patches })?)
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        done(&self.ask_key(key, |key| Operation::Erase { key })?)
    }

    fn erase_many(&self, keys: &[StoreKey]) -> Result<(), StorageError> {
        let names = Names::new(keys.iter().cloned(), []);
        // The table holds every one of them.
        let keys = keys.iter().filter_map(|key| names.find_key(key.as_str())).collect();
        done(&self.ask(&names, &Operation::EraseMany { keys })?)
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        if prefix.as_str().is_empty() {
            return done(&self.ask(&Names::default(), &Operation::Clear)?);
        }
        done(&self.ask_prefix(prefix, |prefix| Operation::ErasePrefix { prefix })?)
    }

    fn supports_set_partial(&self) -> bool {
        self.writes_parts
    }
}

impl ListableStorageTraits for Shim {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        keys(self.ask(&Names::default(), &Operation::List)?)
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        keys(self.ask_prefix(prefix, |prefix| Operation::ListPrefix { prefix })?)
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        match self.ask_prefix(prefix, |prefix| Operation::ListDir { prefix })? {
            Outcome::Directory { keys, prefixes } => Ok(StoreKeysPrefixes::new(keys, prefixes)),
            other => unexpected(&other),
        }
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        size(&self.ask_prefix(prefix, |prefix| Operation::SizePrefix { prefix })?)
    }

    fn size(&self) -> Result<u64, StorageError> {
        size(&self.ask(&Names::default(), &Operation::Size)?)
    }
}

#[cfg(test)]
mod tests {
    use zarr_conform_model::{ErrorClass, Refusal};

    use super::*;
    use crate::translation::classify;

    /// Gives the same answer to everything, and panics when there is none.
    struct Always(Option<Outcome>);

    impl StoreUnderTest for Always {
        fn answer(&mut self, _: &Names, _: &Operation) -> Outcome {
            self.0.clone().expect("nothing to say")
        }
    }

    fn shim(outcome: Option<Outcome>) -> Shim {
        Shim::new(Box::new(Always(outcome)), &Capabilities::ZARRS)
    }

    #[test]
    fn what_a_store_refuses_keeps_its_class_and_its_words() {
        for class in ErrorClass::ALL {
            let shim = shim(Some(Outcome::Refused(Refusal::new(class, "no such luck"))));
            let error = shim.get(&StoreKey::new("a").unwrap()).unwrap_err();
            let kept = if class == ErrorClass::Precondition { ErrorClass::Other } else { class };
            assert_eq!(classify(&error), kept);
            assert_eq!(error.to_string(), "no such luck");
        }
    }

    #[test]
    fn an_answer_to_another_question_is_an_error() {
        let shim = shim(Some(Outcome::Size(7)));
        let key = StoreKey::new("a").unwrap();
        assert_eq!(shim.get(&key).unwrap_err().to_string(), "the store answered: 7");
        assert!(shim.list().is_err());
        assert_eq!(shim.size_key(&key).unwrap(), Some(7));
    }

    #[test]
    fn a_store_that_panicked_is_asked_again() {
        let shim = shim(None);
        for _ in 0..2 {
            let asked = std::panic::AssertUnwindSafe(|| shim.list());
            assert!(std::panic::catch_unwind(asked).is_err());
        }
    }
}
