//! What some stores can do and `zarrs_storage` has no traits for: to create a key on a condition, to
//! copy and to rename.
//!
//! A store answers the traits that it can, and the adapter declares the capabilities `create`, `copy`
//! and `rename`, which [`ZarrsStore::creatable`](crate::ZarrsStore::creatable) and its siblings do.

#[cfg(feature = "async")]
use async_trait::async_trait;
use zarrs_storage::{Bytes, StorageError, StoreKey};

/// What became of a key that was to be created only if it has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It was created.
    New,
    /// It has a value already, which stays.
    Exists,
    /// It has a value now, and the store does not say which: so does zarr-python's
    /// `set_if_not_exists`.
    Unsaid,
}

/// Stores that create a key on the condition that it has no value.
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
///
/// use zarr_conform_store::optional::{CreatableStorageTraits, Created};
/// use zarrs_storage::{Bytes, StorageError, StoreKey};
///
/// #[derive(Default)]
/// struct MyStore(Mutex<BTreeMap<StoreKey, Bytes>>);
///
/// impl CreatableStorageTraits for MyStore {
///     fn set_if_absent(&self, key: &StoreKey, value: Bytes) -> Result<Created, StorageError> {
///         let mut values = self.0.lock().map_err(|error| StorageError::Other(error.to_string()))?;
///         if values.contains_key(key) {
///             return Ok(Created::Exists);
///         }
///         values.insert(key.clone(), value);
///         Ok(Created::New)
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (store, key) = (MyStore::default(), StoreKey::new("a")?);
/// assert_eq!(store.set_if_absent(&key, Bytes::new())?, Created::New);
/// assert_eq!(store.set_if_absent(&key, "x".into())?, Created::Exists);
/// # Ok(())
/// # }
/// ```
pub trait CreatableStorageTraits: Send + Sync {
    /// Gives the key a value, if it has none; an empty value is one.
    ///
    /// # Errors
    ///
    /// Returns a [`StorageError`] if it is not known whether the key has a value now.
    fn set_if_absent(&self, key: &StoreKey, value: Bytes) -> Result<Created, StorageError>;
}

/// Stores that copy values from key to key.
pub trait CopyableStorageTraits: Send + Sync {
    /// Gives `to` the value of `from`, whatever it had.
    ///
    /// # Errors
    ///
    /// Returns a [`StorageError`] if `from` has no value or `to` cannot be written.
    fn copy(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StorageError>;
}

/// Stores that rename keys.
pub trait RenamableStorageTraits: Send + Sync {
    /// Gives `to` the value of `from`, whatever it had, and takes it from there.
    ///
    /// # Errors
    ///
    /// Returns a [`StorageError`] if `from` has no value or `to` cannot be written.
    fn rename(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StorageError>;
}

/// [`CreatableStorageTraits`] for asynchronous stores.
#[cfg(feature = "async")]
#[async_trait]
pub trait AsyncCreatableStorageTraits: Send + Sync {
    /// See [`CreatableStorageTraits::set_if_absent`].
    async fn set_if_absent(&self, key: &StoreKey, value: Bytes) -> Result<Created, StorageError>;
}

/// [`CopyableStorageTraits`] for asynchronous stores.
#[cfg(feature = "async")]
#[async_trait]
pub trait AsyncCopyableStorageTraits: Send + Sync {
    /// See [`CopyableStorageTraits::copy`].
    async fn copy(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StorageError>;
}

/// [`RenamableStorageTraits`] for asynchronous stores.
#[cfg(feature = "async")]
#[async_trait]
pub trait AsyncRenamableStorageTraits: Send + Sync {
    /// See [`RenamableStorageTraits::rename`].
    async fn rename(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StorageError>;
}
