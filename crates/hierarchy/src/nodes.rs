//! What is done to nodes of either kind: adding, opening, listing and deleting them.

use std::sync::Arc;

use serde_json::{Map, Value as JsonValue};
use zarr_conform_model::plan::{ArraySpec, Json, NodeKind};
use zarr_conform_model::{ErrorClass, Outcome, Refusal};
use zarr_conform_store::Shim;
use zarrs::array::Array;
use zarrs::group::{Group, GroupBuilder, GroupCreateError};
use zarrs::metadata::NodeMetadata;
use zarrs::metadata_ext::group::consolidated_metadata::ConsolidatedMetadata;
use zarrs::node::{Node, NodePath, node_exists};
use zarrs_storage::{StorageError, StorePrefix, WritableStorageTraits};

use crate::refusal::{Refuse, other};
use crate::spec;

/// Makes a group, and groups above it where there are none.
pub(crate) fn add_group(
    store: &Arc<Shim>,
    path: &str,
    attributes: &Json,
    overwrite: bool,
) -> Result<Outcome, Refusal> {
    let node = NodePath::new(path).map_err(Refuse::refusal)?;
    let group = build_group(store, path, spec::members(attributes)?)?;
    make_room(store, &node, overwrite)?;
    group.store_metadata().map_err(Refuse::refusal)?;
    Ok(Outcome::Done)
}

/// Makes an array, and groups above it where there are none.
pub(crate) fn add_array(
    store: &Arc<Shim>,
    path: &str,
    spec: &ArraySpec,
    overwrite: bool,
) -> Result<Outcome, Refusal> {
    let node = NodePath::new(path).map_err(Refuse::refusal)?;
    let array = spec::build(store, path, spec)?;
    make_room(store, &node, overwrite)?;
    array.store_metadata().map_err(Refuse::refusal)?;
    Ok(Outcome::Done)
}

fn build_group(
    store: &Arc<Shim>,
    path: &str,
    attributes: Map<String, JsonValue>,
) -> Result<Group<Shim>, Refusal> {
    let mut builder = GroupBuilder::new();
    builder.attributes(attributes);
    builder.build(Arc::clone(store), path).map_err(Refuse::refusal)
}

/// Sees to it that a node can be written: nothing is at its path, and a group is at each above.
///
/// Everything that may stand in the way is looked at before anything is changed.
fn make_room(store: &Arc<Shim>, node: &NodePath, overwrite: bool) -> Result<(), Refusal> {
    let exists = node_exists(store, node).map_err(Refuse::refusal)?;
    if exists && !overwrite {
        let message = format!("there is a node at {node}");
        return Err(Refusal::new(ErrorClass::AlreadyExists, message));
    }
    let missing = missing_groups_above(store, node)?;
    if exists {
        erase(store, node)?;
    }
    make_groups(store, &missing)
}

/// The paths above a node at which nothing is, the highest first; at the others is a group.
pub(crate) fn missing_groups_above(
    store: &Arc<Shim>,
    node: &NodePath,
) -> Result<Vec<NodePath>, Refusal> {
    let mut missing = Vec::new();
    for above in std::iter::successors(node.parent(), NodePath::parent) {
        if !is_group(store, &above)? {
            missing.push(above);
        }
    }
    missing.reverse();
    Ok(missing)
}

/// Makes a group at each path.
pub(crate) fn make_groups(store: &Arc<Shim>, paths: &[NodePath]) -> Result<(), Refusal> {
    for path in paths {
        let group = build_group(store, path.as_str(), Map::new())?;
        group.store_metadata().map_err(Refuse::refusal)?;
    }
    Ok(())
}

/// Whether there is a group, or nothing at all.
fn is_group(store: &Arc<Shim>, path: &NodePath) -> Result<bool, Refusal> {
    let in_the_way = |why: String| {
        let message = format!("what is at {path} is no group: {why}");
        Refusal::new(ErrorClass::Precondition, message)
    };
    match Group::open(Arc::clone(store), path.as_str()) {
        Ok(_) => Ok(true),
        // A group does not see an array of Zarr v2.
        Err(GroupCreateError::MissingMetadata) => {
            if node_exists(store, path).map_err(Refuse::refusal)? {
                return Err(in_the_way("it has other metadata".to_owned()));
            }
            Ok(false)
        }
        Err(GroupCreateError::StorageError(StorageError::InvalidMetadata(_, why))) => {
            Err(in_the_way(why))
        }
        Err(GroupCreateError::StorageError(error)) => Err(error.refusal()),
        Err(error) => Err(in_the_way(error.to_string())),
    }
}

/// Removes a node and everything below it.
pub(crate) fn delete(store: &Arc<Shim>, path: &str) -> Result<Outcome, Refusal> {
    let node = NodePath::new(path).map_err(Refuse::refusal)?;
    if !node_exists(store, &node).map_err(Refuse::refusal)? {
        return Err(Refusal::new(ErrorClass::NotFound, format!("there is no node at {node}")));
    }
    erase(store, &node)?;
    Ok(Outcome::Done)
}

pub(crate) fn erase(store: &Shim, node: &NodePath) -> Result<(), Refusal> {
    let prefix: Result<StorePrefix, _> = node.try_into();
    let prefix = prefix.map_err(|error| StorageError::from(error).refusal())?;
    store.erase_prefix(&prefix).map_err(Refuse::refusal)
}

/// A node of either kind.
pub(crate) enum Found {
    Group(Group<Shim>),
    Array(Box<Array<Shim>>),
}

/// Opens a node as a group, and if its metadata is not that of one, as an array.
pub(crate) fn find(store: &Arc<Shim>, path: &str) -> Result<Found, Refusal> {
    match Group::open(Arc::clone(store), path) {
        Ok(group) => Ok(Found::Group(group)),
        Err(
            GroupCreateError::MissingMetadata
            | GroupCreateError::AdditionalFieldUnsupportedError(_)
            | GroupCreateError::StorageError(StorageError::InvalidMetadata(..)),
        ) => {
            let array = Array::open(Arc::clone(store), path).map_err(Refuse::refusal)?;
            Ok(Found::Array(Box::new(array)))
        }
        Err(error) => Err(error.refusal()),
    }
}

/// Reads the metadata of a node.
pub(crate) fn open(store: &Arc<Shim>, path: &str) -> Result<Outcome, Refusal> {
    let document = match find(store, path)? {
        Found::Group(group) => serde_json::to_value(group.metadata()),
        Found::Array(array) => serde_json::to_value(array.metadata()),
    };
    document.map(Outcome::Document).map_err(|error| other(error.to_string()))
}

/// Replaces the user attributes of a node.
pub(crate) fn set_attributes(
    store: &Arc<Shim>,
    path: &str,
    attributes: &Json,
) -> Result<Outcome, Refusal> {
    let attributes = spec::members(attributes)?;
    let stored = match find(store, path)? {
        Found::Group(mut group) => {
            *group.attributes_mut() = attributes;
            group.store_metadata()
        }
        Found::Array(mut array) => {
            *array.attributes_mut() = attributes;
            array.store_metadata_opt(&spec::metadata_options())
        }
    };
    stored.map_err(Refuse::refusal)?;
    Ok(Outcome::Done)
}

/// Lists the nodes below a group: directly below it, or all of them.
pub(crate) fn list(store: &Arc<Shim>, path: &str, recursive: bool) -> Result<Outcome, Refusal> {
    let group = Group::open(Arc::clone(store), path).map_err(Refuse::refusal)?;
    let children = group.children(recursive).map_err(Refuse::refusal)?;
    let mut nodes = Vec::new();
    flatten(&children, &mut nodes);
    Ok(Outcome::Nodes(nodes))
}

/// Writes what is below a group into its metadata.
///
/// `zarrs` lists what the consolidated metadata of a group says: that goes first, or the new would
/// be made of the old.
pub(crate) fn consolidate(store: &Arc<Shim>, path: &str) -> Result<Outcome, Refusal> {
    let mut group = Group::open(Arc::clone(store), path).map_err(Refuse::refusal)?;
    group.set_consolidated_metadata(None);
    let below = group.traverse().map_err(Refuse::refusal)?;
    let own = group.path().as_str().trim_end_matches('/');
    let inside = below.into_iter().map(|(path, metadata)| {
        let path = path.as_str().strip_prefix(own).unwrap_or(path.as_str());
        (path.trim_start_matches('/').to_owned(), metadata)
    });
    let metadata = inside.collect();
    group.set_consolidated_metadata(Some(ConsolidatedMetadata { metadata, ..Default::default() }));
    group.store_metadata().map_err(Refuse::refusal)?;
    Ok(Outcome::Done)
}

fn flatten(children: &[Node], nodes: &mut Vec<(String, NodeKind)>) {
    for child in children {
        let kind = match child.metadata() {
            NodeMetadata::Group(_) => NodeKind::Group,
            NodeMetadata::Array(_) => NodeKind::Array,
        };
        nodes.push((child.path().as_str().trim_start_matches('/').to_owned(), kind));
        flatten(child.children(), nodes);
    }
}
