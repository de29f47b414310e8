//! The asynchronous store under test: how `zarrs_storage`'s asynchronous traits are asked.

use std::sync::Arc;

use futures::StreamExt;
use zarr_conform_model::{Capabilities, ErrorClass, Names, Operation, Outcome};
use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncBlockOn;
use zarrs_storage::{
    AsyncListableStorageTraits, AsyncReadableStorageTraits, AsyncWritableStorageTraits,
    StorageError, StorePrefix,
};

use crate::port::StoreUnderTest;
use crate::translation::Translation;

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
#[derive(Clone)]
pub struct AsyncStore<B> {
    readable: Option<Arc<dyn AsyncReadableStorageTraits>>,
    writable: Option<Arc<dyn AsyncWritableStorageTraits>>,
    listable: Option<Arc<dyn AsyncListableStorageTraits>>,
    translation: Translation,
    runtime: B,
}

impl<B> AsyncStore<B> {
    /// A store that can do nothing yet, on a runtime.
    #[must_use]
    pub fn new(runtime: B) -> Self {
        let translation = Translation::default();
        Self { readable: None, writable: None, listable: None, translation, runtime }
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

    /// Sorts the store's errors into classes; [`classify`](crate::classify) is the
    /// default.
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
    async fn ask(
        &self,
        names: &Names,
        operation: &Operation,
    ) -> Option<Result<Outcome, StorageError>> {
        let readable = self.readable.as_deref();
        let writable = self.writable.as_deref();
        let listable = self.listable.as_deref();
        Some(match operation {
            Operation::Get { key } => readable?.get(names.key(*key)).await.map(Translation::value),
            Operation::GetPartial { key, range } => {
                let part = readable?.get_partial(names.key(*key), range.0).await;
                part.map(Translation::value)
            }
            Operation::GetPartialMany { key, ranges } => {
                let ranges = Box::new(ranges.iter().map(|range| range.0));
                match readable?.get_partial_many(names.key(*key), ranges).await {
                    Ok(None) => Ok(Outcome::Absent),
                    Ok(Some(parts)) => {
                        Ok(self.translation.parts(Some(parts.collect::<Vec<_>>().await)))
                    }
                    Err(error) => Err(error),
                }
            }
            Operation::SizeKey { key } => {
                readable?.size_key(names.key(*key)).await.map(Translation::size)
            }
            Operation::Exists { key } => {
                readable?.size_key(names.key(*key)).await.map(Translation::existence)
            }
            Operation::Set { key, value } => {
                writable?.set(names.key(*key), value.to_bytes()).await.map(Translation::done)
            }
            Operation::SetPartial { key, patch } => {
                let value = patch.value.to_bytes();
                let written = writable?.set_partial(names.key(*key), patch.offset, value).await;
                written.map(Translation::done)
            }
            Operation::SetPartialMany { key, patches } => {
                let patches = patches.iter().map(|patch| (patch.offset, patch.value.to_bytes()));
                let written = writable?.set_partial_many(names.key(*key), Box::new(patches)).await;
                written.map(Translation::done)
            }
            Operation::Erase { key } => {
                writable?.erase(names.key(*key)).await.map(Translation::done)
            }
            Operation::EraseMany { keys } => {
                let keys: Vec<_> = keys.iter().map(|key| names.key(*key).clone()).collect();
                writable?.erase_many(&keys).await.map(Translation::done)
            }
            Operation::ErasePrefix { prefix } => {
                writable?.erase_prefix(names.prefix(*prefix)).await.map(Translation::done)
            }
            Operation::Clear => {
                writable?.erase_prefix(&StorePrefix::root()).await.map(Translation::done)
            }
            Operation::List => listable?.list().await.map(Outcome::Keys),
            Operation::ListPrefix { prefix } => {
                listable?.list_prefix(names.prefix(*prefix)).await.map(Outcome::Keys)
            }
            Operation::ListDir { prefix } => {
                listable?.list_dir(names.prefix(*prefix)).await.map(Translation::directory)
            }
            Operation::IsEmpty { prefix } => {
                let keys = listable?.list_prefix(names.prefix(*prefix)).await;
                keys.map(|keys| Outcome::Truth(keys.is_empty()))
            }
            Operation::SizePrefix { prefix } => {
                listable?.size_prefix(names.prefix(*prefix)).await.map(Outcome::Size)
            }
            Operation::Size => listable?.size().await.map(Outcome::Size),
            Operation::Reopen | Operation::Audit | Operation::Node(_) => return None,
        })
    }

    /// The answer as a future, for adapters that do more with it than wait.
    pub async fn outcome(&self, names: &Names, operation: &Operation) -> Outcome {
        let answer = self.ask(names, operation).await;
        self.translation.outcome(operation, answer)
    }
}

impl<B: AsyncToSyncBlockOn + Send> StoreUnderTest for AsyncStore<B> {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.runtime.block_on(self.outcome(names, operation))
    }
}
