//! `HierarchyModel`: groups, arrays and foreign objects, and the keys that a store must have of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value as JsonValue;
use zarrs_storage::StoreKey;

use crate::contract::capabilities::Capabilities;
use crate::contract::clause::Clause;
use crate::contract::declaration::Declaration;
use crate::contract::dialect::Dialect;
use crate::contract::outcome::Outcome;
use crate::contract::reply::Reply;
use crate::hierarchy_model::array::ArrayModel;
use crate::hierarchy_model::doubt::Doubt;
use crate::hierarchy_model::metadata::{DOCUMENTS, ZATTRS};
use crate::hierarchy_model::node::{Content, GroupModel, Node};
use crate::hierarchy_model::path::{ancestors, below, inside, is_node_path, prefix_of, split};
use crate::model::Model;
use crate::plan::names::{KeyId, Names, PrefixId};
use crate::plan::node::{NodeAction, NodeOperation, path_of};
use crate::plan::node_kind::NodeKind;
use crate::plan::operation::Operation;
use crate::plan::region::fitted;

/// The reference model of an array library over a store: which nodes there are, what arrays hold,
/// and so which keys the store has.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Dialect, HierarchyModel, Model, Operation, Plan};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = "add_array a/b shape=[3] chunks=[2]\nwrite_chunk a/b [1] 7".parse()?;
/// let mut model = HierarchyModel::new(plan.names().clone(), Dialect::ZARRS);
/// for operation in plan.operations() {
///     model.predict(operation);
/// }
/// let keys = model.expect(&Operation::List).to_string();
/// assert_eq!(keys, "[a/b/c/1, a/b/zarr.json, a/zarr.json, zarr.json]");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HierarchyModel {
    names: Arc<Names>,
    pub(crate) capabilities: Capabilities,
    pub(crate) dialect: Dialect,
    /// By path: `a/b`, and nothing for the root.
    nodes: BTreeMap<String, Node>,
    /// Objects that belong to no node.
    objects: BTreeMap<String, Bytes>,
    /// Every key that must be there.
    pub(crate) keys: BTreeSet<StoreKey>,
    /// What listings may have besides: keys that a library may keep or leave out, their
    /// directories, and directories of which the dialect says that they may stay behind.
    pub(crate) optional: BTreeSet<String>,
    /// Whether something was done to keys that belong to nodes behind the back of the library:
    /// nothing is known of what it says then.
    pub(crate) lost: bool,
    /// What may have been done or not.
    pub(super) doubt: Doubt,
}

impl HierarchyModel {
    /// The model of a library over an empty store: whatever is declared of them, it can be asked
    /// for nodes.
    #[must_use]
    pub fn new(names: Arc<Names>, declared: impl Into<Declaration>) -> Self {
        let Declaration { capabilities, dialect } = declared.into();
        Self {
            names,
            capabilities: Capabilities { nodes: true, ..capabilities },
            dialect,
            nodes: BTreeMap::new(),
            objects: BTreeMap::new(),
            keys: BTreeSet::new(),
            optional: BTreeSet::new(),
            lost: false,
            doubt: Doubt::default(),
        }
    }

    /// What the store can be asked.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// How the store answers where the contract leaves it open.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// The nodes by their paths: `a/b`, and nothing for the root.
    #[must_use]
    pub fn nodes(&self) -> &BTreeMap<String, Node> {
        &self.nodes
    }

    /// The node with this prefix.
    #[must_use]
    pub fn node(&self, prefix: PrefixId) -> Option<&Node> {
        self.nodes.get(self.path(prefix))
    }

    /// The array with this prefix.
    #[must_use]
    pub fn array(&self, prefix: PrefixId) -> Option<&ArrayModel> {
        self.array_at(self.path(prefix))
    }

    pub(super) fn array_at(&self, path: &str) -> Option<&ArrayModel> {
        match self.nodes.get(path) {
            Some(Node::Array(array)) => Some(array),
            _ => None,
        }
    }

    /// The path of a node: its prefix without the slash at the end.
    #[must_use]
    pub fn path(&self, prefix: PrefixId) -> &str {
        path_of(&self.names, prefix)
    }

    /// How many keys the store has.
    #[must_use]
    pub fn live_count(&self) -> usize {
        self.keys.len()
    }

    /// Whether something is not known of what the library says: keys that belong to nodes were
    /// changed behind its back, or some of an operation may have been done.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.lost || !self.doubt.is_none()
    }

    /// Objects that belong to no node, by their keys.
    #[must_use]
    pub fn objects(&self) -> &BTreeMap<String, Bytes> {
        &self.objects
    }

    /// Whether the path is taken: by a node, or by a document that looks like one's.
    #[must_use]
    pub fn is_occupied(&self, path: &str) -> bool {
        self.nodes.contains_key(path) || self.is_malformed(path)
    }

    /// Whether there is a document at the path that is not one.
    #[must_use]
    pub fn is_malformed(&self, path: &str) -> bool {
        let looks = |document: &&str| self.objects.contains_key(&below(path, document));
        !self.nodes.contains_key(path) && DOCUMENTS.iter().any(looks)
    }

    /// Whether a node can be made at the path: its names are valid, nothing is there, and neither
    /// an array nor a malformed document is above it.
    ///
    /// # Examples
    ///
    /// ```
    /// use zarr_conform_model::{Dialect, HierarchyModel, Plan};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let plan: Plan = "add_array a/b shape=[3] chunks=[2]".parse()?;
    /// let mut model = HierarchyModel::new(plan.names().clone(), Dialect::ZARRS);
    /// model.predict(&plan.steps()[0].operation);
    /// assert!(model.is_free("a/c") && model.is_free("a/bc"));
    /// assert!(!model.is_free("a") && !model.is_free("a/b/c") && !model.is_free("__c"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_free(&self, path: &str) -> bool {
        let in_the_way = |above: &str| self.array_at(above).is_some() || self.is_malformed(above);
        is_node_path(path) && !self.is_occupied(path) && !ancestors(path).any(in_the_way)
    }

    /// The nodes below a path that a library finds from there: those in groups.
    pub fn below(&self, path: &str, recursive: bool) -> impl Iterator<Item = (&str, NodeKind)> {
        let all = self.nodes.iter().filter(move |(other, _)| {
            let mut parents = ancestors(other);
            let found = if recursive {
                parents.by_ref().take_while(|parent| self.is_group(parent)).any(|up| up == path)
            } else {
                parents.next() == Some(path)
            };
            found && !other.is_empty()
        });
        all.map(|(path, node)| (path.as_str(), node.kind()))
    }

    /// The group with this path.
    pub(super) fn group_at(&self, path: &str) -> Option<&GroupModel> {
        match self.nodes.get(path) {
            Some(Node::Group(group)) => Some(group),
            _ => None,
        }
    }

    /// Whether no key is below a path: neither a node nor an object.
    #[must_use]
    pub fn is_empty_at(&self, path: &str) -> bool {
        self.keys_below(&prefix_of(path)).next().is_none()
    }

    /// Whether a key is that of a document of a node.
    #[must_use]
    pub fn is_of_node(&self, key: &str) -> bool {
        let (path, name) = split(key);
        self.nodes.get(path).is_some_and(|node| {
            name == node.document_name() || name == ZATTRS && node.may_have_attributes()
        })
    }

    /// The keys that must be there below a prefix.
    pub(super) fn keys_below<'a>(&'a self, prefix: &str) -> impl Iterator<Item = &'a StoreKey> {
        let start = StoreKey::new(prefix.trim_end_matches('/')).ok();
        let from = start.filter(|_| !prefix.is_empty());
        let keys = match &from {
            Some(from) => self.keys.range(from..),
            None => self.keys.range::<StoreKey, _>(..),
        };
        // Between a name and what is below it stands what goes on with a byte before the slash.
        let name = prefix.trim_end_matches('/');
        keys.take_while(move |key| key.as_str().starts_with(name))
            .filter(move |key| key.as_str().starts_with(prefix))
    }

    fn is_group(&self, path: &str) -> bool {
        self.group_at(path).is_some()
    }

    /// Whether a key is that of a chunk of an array, and of which.
    fn chunk_of<'a>(&self, key: &'a str) -> Option<(&ArrayModel, &'a str, &'a str)> {
        ancestors(key).find_map(|path| {
            let name = if path.is_empty() { key } else { &key[path.len() + 1..] };
            let array = self.array_at(path)?;
            array.spec().keys.is_key(name).then_some((array, path, name))
        })
    }

    /// What a key holds, if anything.
    pub(super) fn content(&self, key: &str) -> Content<'_> {
        if let Some(object) = self.objects.get(key) {
            return Content::Object(object);
        }
        let (path, name) = split(key);
        if let Some(node) = self.nodes.get(path) {
            if name == node.document_name() {
                return Content::Document(node);
            }
            if name == ZATTRS && node.may_have_attributes() {
                let must = !node.attributes().is_empty();
                return if must { Content::Encoded } else { Content::Perhaps(None) };
            }
        }
        let Some((array, _, name)) = self.chunk_of(key) else {
            return Content::Nothing;
        };
        let is_it = |index: &&[u64]| array.spec().keys.key(index) == name;
        if let Some(index) = array.filled_chunks().find(is_it) {
            return array.raw_chunk(index).map_or(Content::Encoded, Content::Chunk);
        }
        match array.empty_chunks().find(is_it).filter(|_| self.dialect.empty_chunks) {
            Some(index) => Content::Perhaps(array.raw_chunk(index)),
            None => Content::Nothing,
        }
    }

    /// Whether the store may refuse a key: the dialect does not promise to hold it, or holds no
    /// keys below keys.
    pub(super) fn may_refuse(&self, key: &str) -> bool {
        let nested = || {
            let is_key = |name: &str| self.keys.iter().any(|key| key.as_str() == name);
            let directory = format!("{key}/");
            ancestors(key).any(|above| !above.is_empty() && is_key(above))
                || self.keys_below(&directory).next().is_some()
        };
        self.dialect.standing(key) != Reply::Answer || !self.dialect.key_below_key && nested()
    }

    /// Moves on as if the first allowed outcome had been observed.
    pub fn predict(&mut self, operation: &Operation) {
        if operation.is_write() && !self.expect(operation).wanted.is_error() {
            self.advance(operation, &Outcome::Done);
        }
    }

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
    fn snapshot(&self, path: &str) -> crate::hierarchy_model::snapshot::Snapshot {
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

impl HierarchyModel {
    /// The clause that an operation on nodes exercises.
    pub(super) fn clause_of(&self, path: &str, action: &NodeAction) -> Clause {
        match action {
            NodeAction::AddGroup { .. } | NodeAction::AddArray { .. } if !is_node_path(path) => {
                Clause::H4
            }
            NodeAction::AddGroup { .. } | NodeAction::AddArray { .. } if self.is_occupied(path) => {
                Clause::H3
            }
            NodeAction::AddGroup { .. } => Clause::H1,
            NodeAction::AddArray { .. } => Clause::H2,
            NodeAction::WriteChunk { .. }
            | NodeAction::WriteRegion { .. }
            | NodeAction::ReadChunk { .. }
            | NodeAction::ReadRegion { .. }
            | NodeAction::ReadArray
            | NodeAction::GetChunk { .. } => {
                let resized = self.array_at(path).is_some_and(|array| array.resized);
                if resized && !action.kind().is_write() { Clause::H8 } else { Clause::H5 }
            }
            NodeAction::EraseChunk { .. } => Clause::H7,
            NodeAction::Resize { .. } => Clause::H8,
            NodeAction::DeleteNode => Clause::H10,
            NodeAction::CopyNode { .. } | NodeAction::MoveNode { .. } => Clause::H11,
            NodeAction::Consolidate => Clause::H14,
            NodeAction::ListChildren | NodeAction::ListNodes
                if self.group_at(path).is_some_and(|group| group.snapshot.is_some()) =>
            {
                Clause::H14
            }
            NodeAction::OpenNode
            | NodeAction::GetMetadata
            | NodeAction::ListChildren
            | NodeAction::ListNodes => Clause::H12,
            NodeAction::Walk => Clause::L4,
            NodeAction::SetAttributes { .. } => Clause::H13,
        }
    }
}

/// [`Model`] asks for keys of the plan's table, of which arrays have others too.
impl HierarchyModel {
    pub(super) fn live_ids(&self) -> Vec<KeyId> {
        self.keys.iter().filter_map(|key| self.names.find_key(key.as_str())).collect()
    }

    pub(super) fn table(&self) -> &Arc<Names> {
        &self.names
    }

    pub(super) fn object(&self, key: KeyId) -> Option<&Bytes> {
        self.objects.get(self.names.key(key).as_str())
    }
}
