//! `HierarchyModel`: groups, arrays and foreign objects, and the keys that a store must have of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value as JsonValue;
use zarrs_storage::StoreKey;

use crate::array_model::ArrayModel;
use crate::array_spec::Json;
use crate::clause::Clause;
use crate::dialect::{Dialect, Reply};
use crate::metadata::{self, DOCUMENTS, ZARR_JSON};
use crate::model::Model;
use crate::names::{KeyId, Names, PrefixId};
use crate::node::{NodeAction, NodeOperation};
use crate::operation::Operation;
use crate::outcome::{NodeKind, Outcome};
use crate::region::fitted;

/// A group or an array.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A group, with its user attributes.
    Group(Json),
    /// An array.
    Array(ArrayModel),
}

impl Node {
    /// What its metadata must say, in the terms of Zarr v3.
    #[must_use]
    pub fn metadata(&self) -> JsonValue {
        match self {
            Self::Group(attributes) => metadata::of_group(attributes),
            Self::Array(array) => metadata::of_array(array.spec()),
        }
    }

    /// Which kind of node it is.
    #[must_use]
    pub const fn kind(&self) -> NodeKind {
        match self {
            Self::Group(_) => NodeKind::Group,
            Self::Array(_) => NodeKind::Array,
        }
    }
}

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
    pub(crate) dialect: Dialect,
    /// By path: `a/b`, and nothing for the root.
    nodes: BTreeMap<String, Node>,
    /// Objects that belong to no node.
    objects: BTreeMap<String, Bytes>,
    /// Every key, in byte order.
    pub(crate) keys: Vec<StoreKey>,
    /// Whether something was done to keys that belong to nodes behind the back of the library:
    /// nothing is known of what it says then.
    pub(crate) lost: bool,
}

impl HierarchyModel {
    /// The model of a library over an empty store.
    #[must_use]
    pub fn new(names: Arc<Names>, dialect: Dialect) -> Self {
        Self {
            names,
            dialect,
            nodes: BTreeMap::new(),
            objects: BTreeMap::new(),
            keys: Vec::new(),
            lost: false,
        }
    }

    /// What the store declares.
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

    pub(crate) fn array_at(&self, path: &str) -> Option<&ArrayModel> {
        match self.nodes.get(path) {
            Some(Node::Array(array)) => Some(array),
            _ => None,
        }
    }

    /// The path of a node: its prefix without the slash at the end.
    #[must_use]
    pub fn path(&self, prefix: PrefixId) -> &str {
        let prefix = self.names.prefix(prefix).as_str();
        prefix.strip_suffix('/').unwrap_or(prefix)
    }

    /// How many keys the store has.
    #[must_use]
    pub fn live_count(&self) -> usize {
        self.keys.len()
    }

    /// Whether nothing is known any more of what the library says: keys that belong to nodes were
    /// changed behind its back.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.lost
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
    /// model.predict(&plan.operations()[0]);
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

    fn is_group(&self, path: &str) -> bool {
        matches!(self.nodes.get(path), Some(Node::Group(_)))
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
    pub(crate) fn content(&self, key: &str) -> Content<'_> {
        if let Some(object) = self.objects.get(key) {
            return Content::Object(object);
        }
        let document = key.strip_suffix(ZARR_JSON).map(|path| path.trim_end_matches('/'));
        if let Some(node) = document.and_then(|path| self.nodes.get(path))
            && below(document.unwrap_or_default(), ZARR_JSON) == key
        {
            return Content::Document(node);
        }
        let Some((array, _, name)) = self.chunk_of(key) else {
            return Content::Nothing;
        };
        let index = array.filled_chunks().find(|index| array.spec().keys.key(index) == name);
        match index.map(|index| array.raw_chunk(index)) {
            Some(Some(bytes)) => Content::Chunk(bytes),
            Some(None) => Content::Encoded,
            None => Content::Nothing,
        }
    }

    /// Whether the store may refuse a key: the dialect does not promise to hold it, or holds no
    /// keys below keys.
    pub(crate) fn may_refuse(&self, key: &str) -> bool {
        let nested = || {
            let is_key = |name: &str| self.keys.iter().any(|key| key.as_str() == name);
            let directory = format!("{key}/");
            ancestors(key).any(|above| !above.is_empty() && is_key(above))
                || self.keys.iter().any(|other| other.as_str().starts_with(&directory))
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
    pub(crate) fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Set { key, value } => {
                let key = self.names.key(*key).as_str().to_owned();
                self.set(&key, value.to_bytes());
            }
            Operation::Erase { key } => {
                let key = self.names.key(*key).as_str().to_owned();
                self.erase(&key);
            }
            Operation::EraseMany { keys } => {
                let names = Arc::clone(&self.names);
                keys.iter().for_each(|key| self.erase(names.key(*key).as_str()));
            }
            Operation::ErasePrefix { prefix } => {
                let prefix = self.names.prefix(*prefix).as_str().to_owned();
                self.erase_prefix(&prefix);
            }
            Operation::Clear => self.erase_prefix(""),
            Operation::Node(NodeOperation { node, action }) => {
                let path = self.path(*node).to_owned();
                self.act(&path, action);
            }
            // Nothing here has parts of values.
            _ => self.lost = true,
        }
        self.list_keys();
    }

    fn act(&mut self, path: &str, action: &NodeAction) {
        let (node, overwrite) = match action {
            NodeAction::AddGroup { attributes, overwrite } => {
                (Node::Group(attributes.clone()), *overwrite)
            }
            NodeAction::AddArray { spec, overwrite } => {
                (Node::Array(ArrayModel::new(spec.clone())), *overwrite)
            }
            NodeAction::DeleteNode => {
                return self.erase_prefix(&prefix_of(path));
            }
            NodeAction::SetAttributes { attributes } => {
                match self.nodes.get_mut(path) {
                    Some(Node::Group(held)) => *held = attributes.clone(),
                    Some(Node::Array(array)) => array.spec_mut().attributes = attributes.clone(),
                    None => {}
                }
                return;
            }
            _ => {
                if let Some(Node::Array(array)) = self.nodes.get_mut(path) {
                    write(array, action);
                }
                return;
            }
        };
        if overwrite && self.is_occupied(path) {
            self.act(path, &NodeAction::DeleteNode);
        }
        if let Node::Array(array) = &node {
            // What was there before is taken for chunks, or stays in the way.
            let inside = |name: &String| inside(path, name).map(ToOwned::to_owned);
            self.lost |= self.nodes.keys().any(|other| inside(other).is_some());
            let mut names = self.objects.keys().filter_map(inside);
            self.lost |= names.any(|name| array.spec().keys.is_key(&name));
        }
        for parent in ancestors(path) {
            self.nodes.entry(parent.to_owned()).or_insert_with(|| Node::Group(Json::object()));
        }
        self.nodes.insert(path.to_owned(), node);
    }

    fn set(&mut self, key: &str, value: Bytes) {
        let (path, name) = key.rsplit_once('/').unwrap_or(("", key));
        let of_node = name == ZARR_JSON && self.nodes.contains_key(path);
        let looks = serde_json::from_slice::<JsonValue>(&value);
        let looks = DOCUMENTS.contains(&name) && looks.is_ok_and(|json| json.is_object());
        self.lost |= of_node || looks || self.chunk_of(key).is_some();
        self.objects.insert(key.to_owned(), value);
    }

    fn erase(&mut self, key: &str) {
        if self.objects.remove(key).is_some() {
            return;
        }
        self.lost |= matches!(self.content(key), Content::Document(_));
        self.erase_chunks(|name| name == key);
    }

    fn erase_prefix(&mut self, prefix: &str) {
        self.objects.retain(|key, _| !key.starts_with(prefix));
        let document = |path: &String| below(path, ZARR_JSON);
        self.nodes.retain(|path, _| !document(path).starts_with(prefix));
        self.erase_chunks(|key| key.starts_with(prefix));
    }

    /// Erases the chunks of whose keys `erases` says so.
    fn erase_chunks(&mut self, erases: impl Fn(&str) -> bool) {
        for (path, node) in &mut self.nodes {
            let Node::Array(array) = node else { continue };
            let keys = array.spec().keys;
            let chunks: Vec<Vec<u64>> = array.filled_chunks().map(<[u64]>::to_vec).collect();
            for index in chunks.iter().filter(|index| erases(&below(path, &keys.key(index)))) {
                array.erase_chunk(index);
            }
        }
    }

    fn list_keys(&mut self) {
        let nodes = self.nodes.iter().flat_map(|(path, node)| {
            let chunks = match node {
                Node::Array(array) => array.chunk_keys().map(|key| below(path, &key)).collect(),
                Node::Group(_) => Vec::new(),
            };
            chunks.into_iter().chain([below(path, ZARR_JSON)])
        });
        let keys = nodes.chain(self.objects.keys().cloned());
        self.keys = keys.filter_map(|key| StoreKey::new(key).ok()).collect();
        self.keys.sort_unstable();
    }
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

/// What a key holds.
pub(crate) enum Content<'a> {
    Nothing,
    /// An object that belongs to no node.
    Object(&'a Bytes),
    /// The metadata of a node.
    Document(&'a Node),
    /// A chunk whose bytes are known.
    Chunk(Vec<u8>),
    /// A chunk whose bytes are up to its codecs.
    Encoded,
}

/// The prefix of a node's path: `a/b/` of `a/b`, and nothing of the root.
#[must_use]
pub fn prefix_of(path: &str) -> String {
    below(path, "")
}

/// The key of something below a path.
pub(crate) fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// What of a name is below a path.
fn inside<'a>(path: &str, name: &'a str) -> Option<&'a str> {
    if path.is_empty() {
        return Some(name).filter(|name| !name.is_empty());
    }
    name.strip_prefix(path)?.strip_prefix('/')
}

/// The paths above a name, the nearest first; the root is the last.
pub(crate) fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    let slashes = name.rmatch_indices('/').map(|(at, _)| &name[..at]);
    let root = (!name.is_empty()).then_some("");
    slashes.chain(root)
}

/// Whether a library may make a node at the path: the specification's rules for node names.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::is_node_path;
///
/// assert!(is_node_path("a/b.c") && is_node_path(""));
/// assert!(!is_node_path("a/..") && !is_node_path("__a") && !is_node_path("a//b"));
/// ```
#[must_use]
pub fn is_node_path(path: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && !name.starts_with("__") && !name.bytes().all(|byte| byte == b'.')
    };
    path.is_empty() || path.split('/').all(is_name)
}

impl HierarchyModel {
    /// The clause that an operation on nodes exercises.
    pub(crate) fn clause_of(&self, path: &str, action: &NodeAction) -> Clause {
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
                if resized && !action.is_write() { Clause::H8 } else { Clause::H5 }
            }
            NodeAction::EraseChunk { .. } => Clause::H7,
            NodeAction::Resize { .. } => Clause::H8,
            NodeAction::DeleteNode => Clause::H10,
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
    pub(crate) fn live_ids(&self) -> Vec<KeyId> {
        self.keys.iter().filter_map(|key| self.names.find_key(key.as_str())).collect()
    }

    pub(crate) fn table(&self) -> &Arc<Names> {
        &self.names
    }

    pub(crate) fn object(&self, key: KeyId) -> Option<&Bytes> {
        self.objects.get(self.names.key(key).as_str())
    }
}
