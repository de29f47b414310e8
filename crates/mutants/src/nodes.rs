//! What a bug of an array library knows of the nodes: what the library was asked to make of them.

use std::collections::BTreeMap;

use zarr_conform_model::plan::{ArraySpec, Json, NodeAction, NodeOperation, Region, fitted};
use zarr_conform_model::{Names, Operation, Outcome, PrefixId};
use zarrs_storage::StorePrefix;

use crate::zarr_names::is_document;

/// A node, as far as it was asked for.
#[derive(Clone, Debug)]
enum Known {
    Group(Json),
    /// With the shape and the attributes that it has now.
    Array(ArraySpec),
}

/// The nodes that were made and not deleted, by their prefixes.
#[derive(Debug, Default)]
pub(crate) struct Nodes(BTreeMap<StorePrefix, Known>);

impl Nodes {
    /// The array with this prefix, with the shape and the attributes that it has now.
    pub(crate) fn array(&self, names: &Names, node: PrefixId) -> Option<&ArraySpec> {
        match self.0.get(names.prefix(node)) {
            Some(Known::Array(spec)) => Some(spec),
            _ => None,
        }
    }

    /// The user attributes of a node; none of one that was made as a parent of others.
    pub(crate) fn attributes(&self, names: &Names, node: PrefixId) -> Json {
        match self.0.get(names.prefix(node)) {
            Some(Known::Group(attributes) | Known::Array(ArraySpec { attributes, .. })) => {
                attributes.clone()
            }
            None => Json::object(),
        }
    }

    /// Takes down what an operation did that was answered so.
    pub(crate) fn note(&mut self, names: &Names, operation: &Operation, outcome: &Outcome) {
        if *outcome != Outcome::Done {
            return;
        }
        let prefix =
            || operation.prefix().map_or_else(StorePrefix::root, |id| names.prefix(id).clone());
        match operation {
            Operation::Node(NodeOperation { action, .. }) => match action.target() {
                Some(to) => {
                    self.copy(&prefix(), names.prefix(to));
                    if matches!(**action, NodeAction::MoveNode { .. }) {
                        self.forget(&prefix());
                    }
                }
                None => self.act(prefix(), action),
            },
            Operation::ErasePrefix { .. } | Operation::Clear => self.forget(&prefix()),
            Operation::Erase { .. } | Operation::EraseMany { .. } => {
                let keys = operation.keys().map(|key| names.key(key));
                keys.filter(|key| is_document(key)).for_each(|key| {
                    self.0.remove(&key.parent());
                });
            }
            _ => {}
        }
    }

    fn act(&mut self, node: StorePrefix, action: &NodeAction) {
        let (made, overwrite) = match action {
            NodeAction::AddGroup { attributes, overwrite } => {
                (Known::Group(attributes.clone()), *overwrite)
            }
            NodeAction::AddArray { spec, overwrite } => (Known::Array(spec.clone()), *overwrite),
            NodeAction::DeleteNode => return self.forget(&node),
            NodeAction::Resize { shape } => {
                if let Some(Known::Array(spec)) = self.0.get_mut(&node) {
                    spec.shape = fitted(shape, &spec.shape);
                }
                return;
            }
            NodeAction::SetAttributes { attributes: new } => {
                match self.0.entry(node).or_insert_with(|| Known::Group(Json::object())) {
                    Known::Group(attributes) | Known::Array(ArraySpec { attributes, .. }) => {
                        *attributes = new.clone();
                    }
                }
                return;
            }
            _ => return,
        };
        if overwrite {
            self.forget(&node);
        }
        self.0.insert(node, made);
    }

    /// Knows what is at a prefix and below it at another one too.
    fn copy(&mut self, from: &StorePrefix, to: &StorePrefix) {
        let copied = self.0.iter().filter_map(|(node, known)| {
            let below = node.as_str().strip_prefix(from.as_str())?;
            Some((StorePrefix::new(format!("{to}{below}")).ok()?, known.clone()))
        });
        let copied: Vec<_> = copied.collect();
        self.0.extend(copied);
    }

    /// Forgets the nodes at a prefix and below it.
    fn forget(&mut self, prefix: &StorePrefix) {
        self.0.retain(|node, _| !node.as_str().starts_with(prefix.as_str()));
    }
}

/// The part of an array that an action reads or writes the elements of, if it is one that does.
pub(crate) fn region_of(spec: &ArraySpec, action: &NodeAction) -> Option<Region> {
    match action {
        NodeAction::ReadArray { .. } => Some(Region::all(&spec.shape)),
        NodeAction::ReadRegion { region, .. } | NodeAction::WriteRegion { region, .. } => {
            Some(region.within(&spec.shape))
        }
        NodeAction::ReadChunk { chunk, .. } | NodeAction::WriteChunk { chunk, .. } => {
            let index = fitted(chunk, &vec![0; spec.shape.len()]);
            Some(spec.chunks.chunk(&spec.shape, &index)?.within(&spec.shape))
        }
        _ => None,
    }
}
