//! `ZarrsStore`: how `zarrs_storage`'s synchronous traits are asked.

use std::sync::Arc;

use zarr_conform_model::{Capabilities, ErrorClass, Names, Operation, Outcome};
use zarrs_storage::{
    ListableStorageTraits, ReadableStorageTraits, StorageError, WritableStorageTraits,
};

use crate::ask::{Traits, ask};
use crate::optional::{CopyableStorageTraits, CreatableStorageTraits, RenamableStorageTraits};
use crate::port::{Callers, Handle, StoreUnderTest};
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
    creatable: Option<Arc<dyn CreatableStorageTraits>>,
    copyable: Option<Arc<dyn CopyableStorageTraits>>,
    renamable: Option<Arc<dyn RenamableStorageTraits>>,
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
            creatable: None,
            copyable: None,
            renamable: None,
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

    /// Creates keys on a condition through `store`.
    #[must_use]
    pub fn creatable(mut self, store: Arc<dyn CreatableStorageTraits>) -> Self {
        self.creatable = Some(store);
        self
    }

    /// Copies values through `store`.
    #[must_use]
    pub fn copyable(mut self, store: Arc<dyn CopyableStorageTraits>) -> Self {
        self.copyable = Some(store);
        self
    }

    /// Renames keys through `store`.
    #[must_use]
    pub fn renamable(mut self, store: Arc<dyn RenamableStorageTraits>) -> Self {
        self.renamable = Some(store);
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
            erase: self.writable.is_some(),
            write_partial: self.writable.is_some(),
            list: self.listable.is_some(),
            create: self.creatable.is_some(),
            copy: self.copyable.is_some(),
            rename: self.renamable.is_some(),
            ..Capabilities::NONE
        }
    }
}

impl StoreUnderTest for ZarrsStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let traits = Traits {
            readable: self.readable.as_deref(),
            writable: self.writable.as_deref(),
            listable: self.listable.as_deref(),
            creatable: self.creatable.as_deref(),
            copyable: self.copyable.as_deref(),
            renamable: self.renamable.as_deref(),
        };
        let answer = ask(traits, names, operation, &self.translation);
        self.translation.outcome(operation, answer)
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        Some(self)
    }
}

impl Callers for ZarrsStore {
    fn share(&mut self) -> Option<Handle> {
        Some(Handle::on_callers_thread(self.clone()))
    }
}
