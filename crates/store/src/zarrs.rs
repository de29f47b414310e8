//! `ZarrsStore`: how `zarrs_storage`'s synchronous traits are asked.

use std::sync::Arc;

use zarr_conform_model::{Capabilities, ErrorClass, Names, Operation, Outcome};
use zarrs_storage::{
    ListableStorageTraits, ReadableStorageTraits, StorageError, StorePrefix, WritableStorageTraits,
};

use crate::port::StoreUnderTest;
use crate::translation::{Translation, classify};

/// Any store with `zarrs_storage`'s traits, or with some of them, as a store under test.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use zarr_conform_store::ZarrsStore;
/// use zarrs_storage::store::MemoryStore;
///
/// // All three traits:
/// let store = ZarrsStore::of(Arc::new(MemoryStore::new()));
/// assert!(store.capabilities().list);
///
/// // A store that cannot list:
/// let memory = Arc::new(MemoryStore::new());
/// let store = ZarrsStore::new().readable(memory.clone()).writable(memory);
/// assert!(!store.capabilities().list);
/// ```
///
/// A read-only store is tested by writing through another one to the same place.
#[derive(Clone)]
pub struct ZarrsStore {
    readable: Option<Arc<dyn ReadableStorageTraits>>,
    writable: Option<Arc<dyn WritableStorageTraits>>,
    listable: Option<Arc<dyn ListableStorageTraits>>,
    translation: Translation,
}

impl Default for ZarrsStore {
    fn default() -> Self {
        Self::new()
    }
}

impl ZarrsStore {
    /// A store that can do nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            readable: None,
            writable: None,
            listable: None,
            translation: Translation::new(classify),
        }
    }

    /// A store with all three traits.
    #[must_use]
    pub fn of<S>(store: Arc<S>) -> Self
    where
        S: ReadableStorageTraits + WritableStorageTraits + ListableStorageTraits + 'static,
    {
        Self::new().readable(store.clone()).writable(store.clone()).listable(store)
    }

    /// Reads through `store`.
    #[must_use]
    pub fn readable(mut self, store: Arc<dyn ReadableStorageTraits>) -> Self {
        self.readable = Some(store);
        self
    }

    /// Writes through `store`.
    #[must_use]
    pub fn writable(mut self, store: Arc<dyn WritableStorageTraits>) -> Self {
        self.writable = Some(store);
        self
    }

    /// Lists through `store`.
    #[must_use]
    pub fn listable(mut self, store: Arc<dyn ListableStorageTraits>) -> Self {
        self.listable = Some(store);
        self
    }

    /// Sorts the store's errors into classes; [`classify`] is the default.
    #[must_use]
    pub fn classify_with(mut self, classify: fn(&StorageError) -> ErrorClass) -> Self {
        self.translation = Translation::new(classify);
        self
    }

    /// What the store can be asked.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            read: self.readable.is_some(),
            write: self.writable.is_some(),
            write_partial: self.writable.is_some(),
            list: self.listable.is_some(),
            ..Capabilities::NONE
        }
    }

    /// Asks, or gives `None` for what the store cannot be asked.
    fn ask(&self, names: &Names, operation: &Operation) -> Option<Result<Outcome, StorageError>> {
        let readable = self.readable.as_deref();
        let writable = self.writable.as_deref();
        let listable = self.listable.as_deref();
        Some(match operation {
            Operation::Get { key } => readable?.get(names.key(*key)).map(Translation::value),
            Operation::GetPartial { key, range } => {
                readable?.get_partial(names.key(*key), range.0).map(Translation::value)
            }
            Operation::GetPartialMany { key, ranges } => {
                let ranges = Box::new(ranges.iter().map(|range| range.0));
                let parts = readable?.get_partial_many(names.key(*key), ranges);
                parts.map(|parts| self.translation.parts(parts))
            }
            Operation::SizeKey { key } => {
                readable?.size_key(names.key(*key)).map(Translation::size)
            }
            Operation::Exists { key } => {
                readable?.size_key(names.key(*key)).map(Translation::existence)
            }
            Operation::Set { key, value } => {
                writable?.set(names.key(*key), value.to_bytes()).map(Translation::done)
            }
            Operation::SetPartial { key, patch } => {
                let value = patch.value.to_bytes();
                writable?.set_partial(names.key(*key), patch.offset, value).map(Translation::done)
            }
            Operation::SetPartialMany { key, patches } => {
                let patches = patches.iter().map(|patch| (patch.offset, patch.value.to_bytes()));
                writable?
                    .set_partial_many(names.key(*key), Box::new(patches))
                    .map(Translation::done)
            }
            Operation::Erase { key } => writable?.erase(names.key(*key)).map(Translation::done),
            Operation::EraseMany { keys } => {
                let keys: Vec<_> = keys.iter().map(|key| names.key(*key).clone()).collect();
                writable?.erase_many(&keys).map(Translation::done)
            }
            Operation::ErasePrefix { prefix } => {
                writable?.erase_prefix(names.prefix(*prefix)).map(Translation::done)
            }
            Operation::Clear => writable?.erase_prefix(&StorePrefix::root()).map(Translation::done),
            Operation::List => listable?.list().map(Outcome::Keys),
            Operation::ListPrefix { prefix } => {
                listable?.list_prefix(names.prefix(*prefix)).map(Outcome::Keys)
            }
            Operation::ListDir { prefix } => {
                listable?.list_dir(names.prefix(*prefix)).map(Translation::directory)
            }
            Operation::IsEmpty { prefix } => {
                let keys = listable?.list_prefix(names.prefix(*prefix));
                keys.map(|keys| Outcome::Truth(keys.is_empty()))
            }
            Operation::SizePrefix { prefix } => {
                listable?.size_prefix(names.prefix(*prefix)).map(Outcome::Size)
            }
            Operation::Size => listable?.size().map(Outcome::Size),
            Operation::Reopen | Operation::Audit | Operation::Node(_) => return None,
        })
    }
}

impl StoreUnderTest for ZarrsStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.translation.outcome(operation, self.ask(names, operation))
    }
}
