//! `HierarchyModel`: groups, arrays and foreign objects, and the keys that a store must have of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use zarrs_storage::StoreKey;

use crate::contract::capabilities::Capabilities;
use crate::contract::declaration::Declaration;
use crate::contract::dialect::Dialect;
use crate::contract::outcome::Outcome;
use crate::contract::reply::Reply;
use crate::hierarchy_model::array::ArrayModel;
use crate::hierarchy_model::doubt::Doubt;
use crate::hierarchy_model::metadata::{DOCUMENTS, ZATTRS};
use crate::hierarchy_model::node::{Content, GroupModel, Node};
use crate::hierarchy_model::path::{ancestors, below, is_node_path, prefix_of, split};
use crate::model::Model;
use crate::plan::names::{KeyId, Names, PrefixId};
use crate::plan::node::path_of;
use crate::plan::node_kind::NodeKind;
use crate::plan::operation::Operation;

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
    pub(super) names: Arc<Names>,
    pub(crate) capabilities: Capabilities,
    pub(crate) dialect: Dialect,
    /// By path: `a/b`, and nothing for the root.
    pub(super) nodes: BTreeMap<String, Node>,
    /// Objects that belong to no node.
    pub(super) objects: BTreeMap<String, Bytes>,
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
    pub(super) fn chunk_of<'a>(&self, key: &'a str) -> Option<(&ArrayModel, &'a str, &'a str)> {
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
