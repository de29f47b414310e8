//! The asynchronous store under test: how `zarrs_storage`'s asynchronous traits are asked.

use std::sync::Arc;

use zarr_conform_model::{Capabilities, ErrorClass, Names, Operation, Outcome};
use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncBlockOn;
use zarrs_storage::{
    AsyncListableStorageTraits, AsyncReadableStorageTraits, AsyncWritableStorageTraits,
    StorageError,
};

use crate::ask::{AsyncTraits, ask_async};
use crate::optional::{
    AsyncCopyableStorageTraits, AsyncCreatableStorageTraits, AsyncRenamableStorageTraits,
};
use crate::port::{Callers, Handle, StoreUnderTest};
use crate::runtime::in_turns::{Asked, run};
use crate::translation::Translation;
use crate::turns::{Chooser, TurnsEnd};

/// Any store with `zarrs_storage`'s asynchronous traits, or with some of them, as a store under
/// test.
///
/// `B` is the runtime: each question is one future that it runs to its end.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use zarr_conform_store::{AsyncStore, CallingThread};
/// use zarrs_storage::store::AsyncMemoryStore;
///
/// // All three traits:
/// let store = AsyncStore::of(Arc::new(AsyncMemoryStore::new()), CallingThread);
/// assert!(store.capabilities().list);
///
/// // A store that cannot list:
/// let memory = Arc::new(AsyncMemoryStore::new());
/// let store = AsyncStore::new(CallingThread).readable(memory.clone()).writable(memory);
/// assert!(!store.capabilities().list);
/// ```
///
/// A read-only store is tested by writing through another one to the same place.
pub struct AsyncStore<B> {
    readable: Option<Arc<dyn AsyncReadableStorageTraits>>,
    writable: Option<Arc<dyn AsyncWritableStorageTraits>>,
    listable: Option<Arc<dyn AsyncListableStorageTraits>>,
    creatable: Option<Arc<dyn AsyncCreatableStorageTraits>>,
    copyable: Option<Arc<dyn AsyncCopyableStorageTraits>>,
    renamable: Option<Arc<dyn AsyncRenamableStorageTraits>>,
    translation: Translation,
    runtime: Arc<B>,
    /// Whether nobody wakes its futures but they each other.
    is_polled_alone: bool,
}

// `derive` would ask for runtimes that can be cloned.
impl<B> Clone for AsyncStore<B> {
    fn clone(&self) -> Self {
        self.with_runtime(Arc::clone(&self.runtime))
    }
}

impl<B> AsyncStore<B> {
    /// A store that can do nothing yet, on a runtime.
    #[must_use]
    pub fn new(runtime: B) -> Self {
        let translation = Translation::default();
        Self {
            readable: None,
            writable: None,
            listable: None,
            creatable: None,
            copyable: None,
            renamable: None,
            translation,
            runtime: Arc::new(runtime),
            is_polled_alone: false,
        }
    }

    /// A store with all three traits, on a runtime.
    #[must_use]
    pub fn of<S>(store: Arc<S>, runtime: B) -> Self
    where
        S: AsyncReadableStorageTraits
            + AsyncWritableStorageTraits
            + AsyncListableStorageTraits
            + 'static,
    {
        Self::new(runtime).readable(store.clone()).writable(store.clone()).listable(store)
    }

    /// Reads through `store`.
    #[must_use]
    pub fn readable(mut self, store: Arc<dyn AsyncReadableStorageTraits>) -> Self {
        self.readable = Some(store);
        self
    }

    /// Writes through `store`.
    #[must_use]
    pub fn writable(mut self, store: Arc<dyn AsyncWritableStorageTraits>) -> Self {
        self.writable = Some(store);
        self
    }

    /// Lists through `store`.
    #[must_use]
    pub fn listable(mut self, store: Arc<dyn AsyncListableStorageTraits>) -> Self {
        self.listable = Some(store);
        self
    }

    /// Creates keys on a condition through `store`.
    #[must_use]
    pub fn creatable(mut self, store: Arc<dyn AsyncCreatableStorageTraits>) -> Self {
        self.creatable = Some(store);
        self
    }

    /// Copies values through `store`.
    #[must_use]
    pub fn copyable(mut self, store: Arc<dyn AsyncCopyableStorageTraits>) -> Self {
        self.copyable = Some(store);
        self
    }

    /// Renames keys through `store`.
    #[must_use]
    pub fn renamable(mut self, store: Arc<dyn AsyncRenamableStorageTraits>) -> Self {
        self.renamable = Some(store);
        self
    }

    /// Sorts the store's errors into classes; [`classify`](crate::classify) is the
    /// default.
    #[must_use]
    pub fn classify_with(mut self, classify: fn(&StorageError) -> ErrorClass) -> Self {
        self.translation = Translation::new(classify);
        self
    }

    /// The same store, none of whose futures is ever woken by another thread, a timer or a socket: those
    /// of callers at the same time can be polled in turns, and if none may go on, that is a deadlock.
    #[must_use]
    pub fn polled_alone(mut self) -> Self {
        self.is_polled_alone = true;
        self
    }

    /// The same store on another runtime.
    #[must_use]
    pub fn on<C>(&self, runtime: C) -> AsyncStore<C> {
        self.with_runtime(Arc::new(runtime))
    }

    fn with_runtime<C>(&self, runtime: Arc<C>) -> AsyncStore<C> {
        AsyncStore {
            readable: self.readable.clone(),
            writable: self.writable.clone(),
            listable: self.listable.clone(),
            creatable: self.creatable.clone(),
            copyable: self.copyable.clone(),
            renamable: self.renamable.clone(),
            translation: self.translation,
            runtime,
            is_polled_alone: self.is_polled_alone,
        }
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

    /// The answer as a future, for adapters that do more with it than wait.
    pub async fn outcome(&self, names: &Names, operation: &Operation) -> Outcome {
        let traits = AsyncTraits {
            readable: self.readable.as_deref(),
            writable: self.writable.as_deref(),
            listable: self.listable.as_deref(),
            creatable: self.creatable.as_deref(),
            copyable: self.copyable.as_deref(),
            renamable: self.renamable.as_deref(),
        };
        let answer = ask_async(traits, names, operation, &self.translation).await;
        self.translation.outcome(operation, answer)
    }
}

impl<B: AsyncToSyncBlockOn + Send + Sync + 'static> StoreUnderTest for AsyncStore<B> {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.runtime.block_on(self.outcome(names, operation))
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        Some(self)
    }
}

impl<B: AsyncToSyncBlockOn + Send + Sync + 'static> Callers for AsyncStore<B> {
    fn share(&mut self) -> Option<Handle> {
        (!self.is_polled_alone).then(|| Handle::on_other_threads(self.clone()))
    }

    fn answer_in_turns(
        &mut self,
        names: &Names,
        callers: &[Vec<Operation>],
        chooser: &mut dyn Chooser,
    ) -> Option<TurnsEnd> {
        let ask = |operation| -> Asked<'_> { Box::pin(self.outcome(names, operation)) };
        self.is_polled_alone.then(|| run(callers, &ask, chooser))
    }
}
