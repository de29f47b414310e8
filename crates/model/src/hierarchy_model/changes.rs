//! What operations change: nodes, what arrays hold, and the keys that the store has of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value as JsonValue;
use zarrs_storage::StoreKey;

use crate::hierarchy_model::array::ArrayModel;
use crate::hierarchy_model::hierarchy_model::HierarchyModel;
use crate::hierarchy_model::metadata::{DOCUMENTS, ZATTRS};
use crate::hierarchy_model::node::{GroupModel, Node};
use crate::hierarchy_model::path::{ancestors, below, inside, prefix_of, split};
use crate::hierarchy_model::snapshot::Snapshot;
use crate::plan::node::{NodeAction, NodeOperation};
use crate::plan::operation::Operation;
use crate::plan::region::fitted;

impl HierarchyModel {
    /// Carries out what succeeded.
    pub(super) fn apply(&mut self, operation: &Operation) {
        let directories = if self.dialect.phantom_dirs { self.directories() } else { Vec::new() };
        match operation {
            Operation::Set { key, value } => {
                let key = self.names.key(*key).as_str().to_owned();
                self.set(&key, value.to_bytes());
            }
            Operation::Erase { .. } | Operation::EraseMany { .. } => {
                let names = Arc::clone(&self.names);
                operation.keys().for_each(|key| self.erase(names.key(key).as_str()));
            }
            Operation::ErasePrefix { prefix } => {
                let prefix = self.names.prefix(*prefix).as_str().to_owned();
                self.erase_prefix(&prefix);
            }
            Operation::Clear => self.erase_prefix(""),
            Operation::Node(NodeOperation { node, action }) => {
                let path = self.path(*node).to_owned();
                if self.change(&path, action) {
                    self.list_optional(directories);
                    return;
                }
                self.act(&path, action);
            }
            // Nothing here has parts of values.
            _ => self.lost = true,
        }
        self.list_keys();
        self.list_optional(directories);
    }

    /// Does what changes one node and no other key than its own, if the action is such a one.
    fn change(&mut self, path: &str, action: &NodeAction) -> bool {
        let snapshot = match action {
            NodeAction::Consolidate => Some(self.snapshot(path)),
            _ => None,
        };
        let Some(node) = self.nodes.get_mut(path) else { return false };
        let (gone, new): (Vec<String>, Vec<String>) = match (node, action) {
            (Node::Group(group), NodeAction::Consolidate) => {
                group.snapshot = snapshot;
                return true;
            }
            (node, NodeAction::SetAttributes { attributes }) => {
                let before: Vec<_> = node.document_names().map(str::to_owned).collect();
                node.set_attributes(attributes.clone());
                (before, node.document_names().map(str::to_owned).collect())
            }
            (Node::Array(array), action) if is_change_of_array(action) => {
                let before: BTreeSet<Vec<u64>> =
                    array.filled_chunks().map(<[u64]>::to_vec).collect();
                write(array, action);
                let keys = array.spec().keys;
                let gone = before.iter().filter(|index| !array.has_chunk(index));
                let new = array.filled_chunks().filter(|index| !before.contains(*index));
                (
                    gone.map(|index| keys.key(index)).collect(),
                    new.map(|index| keys.key(index)).collect(),
                )
            }
            _ => return false,
        };
        let key = |name: &String| StoreKey::new(below(path, name)).ok();
        for key in gone.iter().filter_map(key) {
            self.keys.remove(&key);
        }
        self.keys.extend(new.iter().filter_map(key));
        true
    }

    /// The nodes below a group, with what their metadata says.
    fn snapshot(&self, path: &str) -> Snapshot {
        let found = self.below(path, true).filter_map(|(found, kind)| {
            let metadata = self.nodes.get(found)?.metadata();
            Some((inside(path, found)?.to_owned(), (kind, metadata)))
        });
        found.collect()
    }

    fn act(&mut self, path: &str, action: &NodeAction) {
        let (node, overwrite) = match action {
            NodeAction::AddGroup { attributes, overwrite } => {
                (Node::Group(GroupModel::new(attributes.clone())), *overwrite)
            }
            NodeAction::AddArray { spec, overwrite } => {
                (Node::Array(ArrayModel::new(spec.clone())), *overwrite)
            }
            NodeAction::CopyNode { to } => {
                let to = self.path(*to).to_owned();
                return self.copy(path, &to);
            }
            NodeAction::MoveNode { to } => {
                let to = self.path(*to).to_owned();
                self.copy(path, &to);
                return self.erase_prefix(&prefix_of(path));
            }
            NodeAction::DeleteNode => return self.erase_prefix(&prefix_of(path)),
            _ => return,
        };
        if overwrite && self.is_occupied(path) {
            self.act(path, &NodeAction::DeleteNode);
        }
        // What is there is taken for user attributes.
        self.lost |= node.may_have_attributes() && self.objects.contains_key(&below(path, ZATTRS));
        if let Node::Array(array) = &node {
            // What was there before is taken for chunks, or stays in the way.
            let inside = |name: &String| inside(path, name).map(ToOwned::to_owned);
            self.lost |= self.nodes.keys().any(|other| inside(other).is_some());
            let mut names = self.objects.keys().filter_map(inside);
            self.lost |= names.any(|name| array.spec().keys.is_key(&name));
        }
        self.make_groups_above(path);
        self.nodes.insert(path.to_owned(), node);
    }

    fn make_groups_above(&mut self, path: &str) {
        for parent in ancestors(path) {
            self.nodes.entry(parent.to_owned()).or_insert_with(Node::plain_group);
        }
    }

    /// Copies everything at a path and below it to another one.
    fn copy(&mut self, from: &str, to: &str) {
        let copied = |name: &str| match inside(from, name) {
            Some(rest) => Some(below(to, rest)),
            None => (name == from).then(|| to.to_owned()),
        };
        let nodes = self.nodes.iter();
        let nodes: Vec<_> =
            nodes.filter_map(|(path, node)| Some((copied(path)?, node.clone()))).collect();
        let objects = self.objects.iter().filter(|(key, _)| *key != from);
        let objects: Vec<_> =
            objects.filter_map(|(key, value)| Some((copied(key)?, value.clone()))).collect();
        self.make_groups_above(to);
        self.nodes.extend(nodes);
        self.objects.extend(objects);
    }

    fn set(&mut self, key: &str, value: Bytes) {
        let (path, name) = split(key);
        // One of another format is looked for first, or not at all.
        let of_node =
            self.is_of_node(key) || DOCUMENTS.contains(&name) && self.nodes.contains_key(path);
        let looks = serde_json::from_slice::<JsonValue>(&value);
        let looks = DOCUMENTS.contains(&name) && looks.is_ok_and(|json| json.is_object());
        self.lost |= of_node || looks || self.chunk_of(key).is_some();
        self.objects.insert(key.to_owned(), value);
    }

    fn erase(&mut self, key: &str) {
        if self.objects.remove(key).is_some() {
            return;
        }
        self.lost |= self.is_of_node(key);
        self.erase_chunks(|name| name == key);
    }

    fn erase_prefix(&mut self, prefix: &str) {
        self.objects.retain(|key, _| !key.starts_with(prefix));
        self.nodes.retain(|path, node| !below(path, node.document_name()).starts_with(prefix));
        self.erase_chunks(|key| key.starts_with(prefix));
    }

    /// Erases the chunks of whose keys `erases` says so.
    fn erase_chunks(&mut self, erases: impl Fn(&str) -> bool) {
        for (path, node) in &mut self.nodes {
            let Node::Array(array) = node else { continue };
            let keys = array.spec().keys;
            let chunks = array.filled_chunks().chain(array.empty_chunks());
            let chunks: Vec<Vec<u64>> = chunks.map(<[u64]>::to_vec).collect();
            for index in chunks.iter().filter(|index| erases(&below(path, &keys.key(index)))) {
                array.erase_chunk(index);
            }
        }
    }

    fn list_keys(&mut self) {
        let nodes = self.nodes.iter().flat_map(|(path, node)| keys_of(path, node));
        let objects = self.objects.keys().filter_map(|key| StoreKey::new(key).ok());
        self.keys = nodes.chain(objects).collect();
    }

    /// The directories of all keys.
    fn directories(&self) -> Vec<String> {
        let above = |key: &StoreKey| ancestors(key.as_str()).map(prefix_of).collect::<Vec<_>>();
        let mut directories: Vec<_> = self.keys.iter().flat_map(above).collect();
        directories.extend(self.optional.iter().filter(|name| name.ends_with('/')).cloned());
        directories
    }

    /// Lists what may be there, with directories of which some may have stayed behind.
    fn list_optional(&mut self, directories: Vec<String>) {
        self.optional.clear();
        let mut keys = Vec::new();
        for (path, node) in &self.nodes {
            if node.may_have_attributes() && node.attributes().is_empty() {
                keys.push(below(path, ZATTRS));
            }
            if let Node::Array(array) = node
                && self.dialect.empty_chunks
            {
                let empty = array.empty_chunks().map(|index| array.spec().keys.key(index));
                keys.extend(empty.map(|name| below(path, &name)));
            }
        }
        keys.retain(|key| !self.objects.contains_key(key));
        for key in keys {
            self.optional.extend(ancestors(&key).map(prefix_of));
            self.optional.insert(key);
        }
        self.optional.extend(directories);
    }
}

/// The keys that must be there of a node.
fn keys_of<'a>(path: &'a str, node: &'a Node) -> impl Iterator<Item = StoreKey> + 'a {
    let chunks = match node {
        Node::Array(array) => Some(array.chunk_keys().map(|key| below(path, &key))),
        Node::Group(_) => None,
    };
    let documents = node.document_names().map(|name| below(path, name));
    documents.chain(chunks.into_iter().flatten()).filter_map(|key| StoreKey::new(key).ok())
}

/// Whether an action changes what an array holds, and nothing else.
fn is_change_of_array(action: &NodeAction) -> bool {
    matches!(
        action,
        NodeAction::WriteChunk { .. }
            | NodeAction::WriteRegion { .. }
            | NodeAction::EraseChunk { .. }
            | NodeAction::Resize { .. }
    )
}

/// Changes what an array holds.
fn write(array: &mut ArrayModel, action: &NodeAction) {
    match action {
        NodeAction::WriteChunk { chunk, elements } => {
            if let Some(region) = array.chunk_region(chunk) {
                array.write(&region, *elements);
            }
        }
        NodeAction::WriteRegion { region, elements } => array.write(region, *elements),
        NodeAction::EraseChunk { chunk } => array.erase_chunk(chunk),
        NodeAction::Resize { shape } => {
            let shape = fitted(shape, array.shape());
            array.resize(&shape);
        }
        _ => {}
    }
}
