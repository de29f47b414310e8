//! What the store has of nodes, read past the library.

use std::sync::Arc;

use zarr_conform_model::{Outcome, Refusal};
use zarr_conform_store::Shim;
use zarrs::node::{NodePath, meta_key_v2_array, meta_key_v3};
use zarrs_storage::{
    ListableStorageTraits, ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StorePrefix,
};

use crate::refusal::{Refuse, other};

/// The bytes of a value, if there is one.
pub(crate) fn value(store: &Shim, key: &StoreKey) -> Result<Outcome, Refusal> {
    let value = store.get(key).map_err(Refuse::refusal)?;
    Ok(value.map_or(Outcome::Absent, Outcome::Value))
}

/// The bytes of the document that makes a path a node, of Zarr v3 or else of v2.
pub(crate) fn metadata(store: &Shim, path: &str) -> Result<Outcome, Refusal> {
    let node = NodePath::new(path).map_err(Refuse::refusal)?;
    match value(store, &meta_key_v3(&node))? {
        Outcome::Absent => value(store, &meta_key_v2_array(&node)),
        found => Ok(found),
    }
}

/// Every key below a node, found by listing one directory after the other.
pub(crate) fn walk(store: &Arc<Shim>, path: &str) -> Result<Outcome, Refusal> {
    let node = NodePath::new(path).map_err(Refuse::refusal)?;
    let root: StorePrefix =
        (&node).try_into().map_err(|error| StorageError::from(error).refusal())?;
    let (mut keys, mut left) = (StoreKeys::new(), vec![root]);
    while let Some(prefix) = left.pop() {
        let directory = store.list_dir(&prefix).map_err(Refuse::refusal)?;
        keys.extend(directory.keys().iter().cloned());
        for inner in directory.prefixes() {
            // One that lists itself, or what is not below it, would be walked for ever.
            if inner.as_str() == prefix.as_str() || !inner.as_str().starts_with(prefix.as_str()) {
                return Err(other(format!("the directory {prefix} lists {inner}")));
            }
            left.push(inner.clone());
        }
    }
    Ok(Outcome::Keys(keys))
}
