//! Copying and moving nodes, which `zarrs` leaves to its users: key by key, through the store.

use std::sync::Arc;

use zarr_conform_model::{ErrorClass, Outcome, Refusal};
use zarr_conform_store::Shim;
use zarrs::node::NodePath;
use zarrs_storage::{
    ListableStorageTraits, ReadableStorageTraits, StorageError, StoreKey, StorePrefix,
    WritableStorageTraits,
};

use crate::nodes::{erase, find, make_groups, missing_groups_above};
use crate::refusal::{Refuse, other};

/// Copies a node and everything below it to where nothing is, and makes groups above.
pub(crate) fn copy(store: &Arc<Shim>, from: &str, to: &str) -> Result<Outcome, Refusal> {
    let (from, to) = (node_path(from)?, node_path(to)?);
    find(store, from.as_str())?;
    let (source, target) = (prefix_of(&from)?, prefix_of(&to)?);
    if target.as_str().starts_with(source.as_str()) {
        let message = format!("{to} is {from} or below it");
        return Err(Refusal::new(ErrorClass::Precondition, message));
    }
    let missing = missing_groups_above(store, &to)?;
    if !store.list_prefix(&target).map_err(Refuse::refusal)?.is_empty() {
        let message = format!("there is something at {to}");
        return Err(Refusal::new(ErrorClass::AlreadyExists, message));
    }
    make_groups(store, &missing)?;
    for key in store.list_prefix(&source).map_err(Refuse::refusal)? {
        let value = store.get(&key).map_err(Refuse::refusal)?;
        let value = value.ok_or_else(|| other(format!("{key} is listed and has no value")))?;
        let name = key
            .as_str()
            .strip_prefix(source.as_str())
            .ok_or_else(|| other(format!("{key} is listed below {source}")))?;
        let copied = StoreKey::new(format!("{target}{name}"));
        let copied = copied.map_err(|error| StorageError::from(error).refusal())?;
        store.set(&copied, value).map_err(Refuse::refusal)?;
    }
    Ok(Outcome::Done)
}

/// Copies a node, and removes the original.
pub(crate) fn shift(store: &Arc<Shim>, from: &str, to: &str) -> Result<Outcome, Refusal> {
    copy(store, from, to)?;
    erase(store, &node_path(from)?)?;
    Ok(Outcome::Done)
}

fn node_path(path: &str) -> Result<NodePath, Refusal> {
    NodePath::new(path).map_err(Refuse::refusal)
}

fn prefix_of(node: &NodePath) -> Result<StorePrefix, Refusal> {
    node.try_into().map_err(|error| StorageError::from(error).refusal())
}
