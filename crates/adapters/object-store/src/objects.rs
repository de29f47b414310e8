//! What `object_store` can do beyond `zarrs_storage`'s traits: `PutMode::Create`, copies and renames.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode};
use zarr_conform_store::optional::{
    AsyncCopyableStorageTraits, AsyncCreatableStorageTraits, AsyncRenamableStorageTraits, Created,
};
use zarrs_storage::{Bytes, StorageError, StoreKey};

/// Objects by the names that `zarrs_object_store` gives keys.
pub(crate) struct Objects(pub(crate) Arc<dyn ObjectStore>);

#[async_trait]
impl AsyncCreatableStorageTraits for Objects {
    async fn set_if_absent(&self, key: &StoreKey, value: Bytes) -> Result<Created, StorageError> {
        match self.0.put_opts(&path(key), value.into(), PutMode::Create.into()).await {
            Ok(_) => Ok(Created::New),
            Err(Error::AlreadyExists { .. }) => Ok(Created::Exists),
            Err(error) => Err(storage_error(error)),
        }
    }
}

#[async_trait]
impl AsyncCopyableStorageTraits for Objects {
    async fn copy(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StorageError> {
        self.0.copy(&path(from), &path(to)).await.map_err(storage_error)
    }
}

#[async_trait]
impl AsyncRenamableStorageTraits for Objects {
    async fn rename(&self, from: &StoreKey, to: &StoreKey) -> Result<(), StorageError> {
        self.0.rename(&path(from), &path(to)).await.map_err(storage_error)
    }
}

fn path(key: &StoreKey) -> Path {
    Path::from(key.as_str())
}

/// The error as `zarrs_object_store` has it: in its words, but for what is not there.
fn storage_error(error: Error) -> StorageError {
    match error {
        Error::NotFound { .. } => {
            StorageError::IOError(Arc::new(io::Error::new(io::ErrorKind::NotFound, error)))
        }
        error => StorageError::Other(error.to_string()),
    }
}
