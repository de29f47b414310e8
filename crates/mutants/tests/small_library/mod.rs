//! A small library over a store, for bugs to be planted below it: lines of bytes, and documents
//! that hold the user attributes alone.

use std::collections::BTreeMap;

use zarr_conform_model::hierarchy_model::{ZARRAY, ZATTRS};
use zarr_conform_model::plan::{
    ArraySpec, Elements, Json, NodeAction, NodeOperation, ZarrFormat, offset_in,
};
use zarr_conform_model::{Names, Operation, Outcome, Range, Value};
use zarr_conform_store::StoreUnderTest;
use zarrs_storage::byte_range::ByteRange;
use zarrs_storage::{StoreKey, StoreKeys, StorePrefix};

/// A library that asks its store with a table of each name alone.
pub(crate) struct SmallLibrary {
    store: Box<dyn StoreUnderTest>,
    arrays: BTreeMap<StorePrefix, ArraySpec>,
}

impl StoreUnderTest for SmallLibrary {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        match operation {
            Operation::Node(NodeOperation { node, action }) => {
                self.act(&names.prefix(*node).clone(), action)
            }
            _ => self.store.answer(names, operation),
        }
    }
}

impl SmallLibrary {
    pub(crate) fn over(store: Box<dyn StoreUnderTest>) -> Self {
        Self { store, arrays: BTreeMap::new() }
    }

    fn act(&mut self, node: &StorePrefix, action: &NodeAction) -> Outcome {
        match action {
            NodeAction::AddGroup { attributes, overwrite } => {
                self.add(node, attributes, *overwrite)
            }
            NodeAction::AddArray { spec, .. } if spec.format == ZarrFormat::V2 => {
                let documents = [(ZATTRS, spec.attributes.as_str()), (ZARRAY, "{}")];
                let set = |(name, text): (&str, &str)| {
                    let key = StoreKey::new(format!("{node}{name}")).unwrap();
                    self.set(&key, text.as_bytes())
                };
                documents.map(set)[1].clone()
            }
            NodeAction::AddArray { spec, overwrite } => {
                self.arrays.insert(node.clone(), spec.clone());
                self.add(node, &spec.attributes, *overwrite)
            }
            NodeAction::SetAttributes { attributes } => self.add(node, attributes, false),
            NodeAction::DeleteNode => {
                let names = Names::new([], [node.clone()]);
                let prefix = names.prefix_at(0);
                self.store.answer(&names, &Operation::ErasePrefix { prefix })
            }
            NodeAction::OpenNode => self.get(&document(node)),
            NodeAction::WriteChunk { chunk, elements } => {
                let (key, bytes) = self.chunk(node, chunk, *elements);
                self.set(&key, &bytes)
            }
            NodeAction::EraseChunk { chunk } => {
                let (key, _) = self.chunk(node, chunk, Elements::Fill);
                let names = Names::new([key], []);
                self.store.answer(&names, &Operation::Erase { key: names.key_at(0) })
            }
            NodeAction::ReadArray { .. } => {
                let (key, _) = self.chunk(node, &[0], Elements::Fill);
                self.get(&key)
            }
            NodeAction::ReadRegion { region, .. } => {
                let (key, _) = self.chunk(node, &[0], Elements::Fill);
                let names = Names::new([key], []);
                let start = offset_in(&self.arrays[node].shape, &region.start) as u64;
                let range = Range(ByteRange::FromStart(start, Some(region.len() as u64)));
                self.store.answer(&names, &Operation::GetPartial { key: names.key_at(0), range })
            }
            NodeAction::Walk => Outcome::Keys(self.walk(node)),
            other => panic!("no test asks for {other:?}"),
        }
    }

    /// Sets the document of a node, and of those above it that have none.
    fn add(&mut self, node: &StorePrefix, attributes: &Json, overwrite: bool) -> Outcome {
        if overwrite {
            self.act(node, &NodeAction::DeleteNode);
        }
        if let Some(parent) = node.parent()
            && self.get(&document(&parent)) == Outcome::Absent
        {
            self.add(&parent, &Json::object(), false);
        }
        self.set(&document(node), attributes.as_str().as_bytes())
    }

    /// The key of a chunk, and the bytes that elements are in it.
    fn chunk(&self, node: &StorePrefix, chunk: &[u64], elements: Elements) -> (StoreKey, Vec<u8>) {
        let array = &self.arrays[node];
        let whole = array.chunks.chunk(&array.shape, chunk).unwrap();
        let bits = elements.bits(array.data_type, 0, whole.len());
        let key = StoreKey::new(format!("{node}{}", array.keys.key(chunk))).unwrap();
        (key, bits.into_iter().map(|bits| bits as u8).collect())
    }

    fn get(&mut self, key: &StoreKey) -> Outcome {
        let names = Names::new([key.clone()], []);
        self.store.answer(&names, &Operation::Get { key: names.key_at(0) })
    }

    fn set(&mut self, key: &StoreKey, bytes: &[u8]) -> Outcome {
        let names = Names::new([key.clone()], []);
        let value = Value::Literal(bytes.into());
        self.store.answer(&names, &Operation::Set { key: names.key_at(0), value })
    }

    fn walk(&mut self, node: &StorePrefix) -> StoreKeys {
        let names = Names::new([], [node.clone()]);
        let listing = Operation::ListDir { prefix: names.prefix_at(0) };
        let Outcome::Directory { mut keys, prefixes } = self.store.answer(&names, &listing) else {
            return StoreKeys::new();
        };
        for prefix in prefixes {
            keys.extend(self.walk(&prefix));
        }
        keys
    }
}

fn document(node: &StorePrefix) -> StoreKey {
    StoreKey::new(format!("{node}zarr.json")).unwrap()
}
