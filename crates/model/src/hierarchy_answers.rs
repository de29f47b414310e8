//! What an array library over a store must answer.

use std::sync::Arc;

use bytes::Bytes;

use crate::clause::Clause;
use crate::dialect::Reply;
use crate::expected::{Expected, Mismatch, Want};
use crate::hierarchy_model::{
    Content, HierarchyModel, Node, ancestors, below, is_node_path, prefix_of,
};
use crate::metadata::ZARR_JSON;
use crate::model::Model;
use crate::names::{KeyId, Names};
use crate::node::{NodeAction, NodeOperation};
use crate::operation::Operation;
use crate::outcome::{ErrorClass, ErrorClasses, Outcome};
use crate::region::fitted;
use crate::signature::{Facts, Situation};

const EXISTS: ErrorClasses = ErrorClasses::of(&[ErrorClass::AlreadyExists]);
const MISSING: ErrorClasses = ErrorClasses::of(&[ErrorClass::NotFound]);

impl Model for HierarchyModel {
    fn names(&self) -> &Arc<Names> {
        self.table()
    }

    fn expect(&self, operation: &Operation) -> Expected<'_> {
        if self.lost {
            return Expected::only(Clause::H12, Want::Anything);
        }
        let expected = match operation {
            Operation::Node(NodeOperation { node, action }) => {
                self.expect_node(self.path(*node), action)
            }
            _ => self.expect_of_store(operation),
        };
        Expected { order: self.dialect.order, ..expected }
    }

    fn advance(&mut self, operation: &Operation, outcome: &Outcome) {
        if !operation.is_write() {
            return;
        }
        match outcome {
            Outcome::Done => self.apply(operation),
            // A library does several things one after the other: some of them may have been done.
            _ if matches!(operation, Operation::Node(_)) => {
                self.lost |= !self.expect(operation).wanted.is_error();
            }
            _ => {}
        }
    }

    fn situation(&self, operation: &Operation, mismatch: &Mismatch) -> Situation {
        let name = match (&mismatch.offender, operation) {
            (Some(offender), _) => offender.as_str(),
            (None, Operation::Node(NodeOperation { node, .. })) => self.path(*node),
            (None, other) => match (other.key(), other.prefix()) {
                (Some(key), _) => self.table().key(key).as_str(),
                (None, Some(prefix)) => self.table().prefix(prefix).as_str().trim_end_matches('/'),
                (None, None) => return Situation::default(),
            },
        };
        Situation { facts: self.facts(name), ..Situation::default() }
    }

    fn live_keys(&self) -> Vec<KeyId> {
        self.live_ids()
    }

    fn value(&self, key: KeyId) -> Option<&Bytes> {
        self.object(key)
    }

    fn is_erased(&self, _: KeyId) -> bool {
        false
    }
}

impl HierarchyModel {
    fn expect_node(&self, path: &str, action: &NodeAction) -> Expected<'_> {
        let clause = self.clause_of(path, action);
        if let Some(classes) = self.refusal_of(path, action) {
            return Expected::only(clause, Want::Error(classes));
        }
        let array = || self.array_at(path);
        let wanted = match action {
            NodeAction::ReadArray => array().map(|array| Want::Elements(array.elements().to_vec())),
            NodeAction::ReadRegion { region } => {
                array().map(|array| Want::Elements(array.read(region)))
            }
            NodeAction::ReadChunk { chunk } => array()
                .and_then(|array| Some(Want::Elements(array.read(&array.chunk_region(chunk)?)))),
            NodeAction::GetChunk { chunk } => array().map(|array| {
                let chunk = array.chunk_index(chunk);
                if array.is_filled(&chunk) {
                    array.raw_chunk(&chunk).map_or(Want::Present, Want::Bytes)
                } else {
                    Want::Absent
                }
            }),
            NodeAction::Walk => {
                let prefix = prefix_of(path);
                let keys = self.keys.iter().filter(|key| key.as_str().starts_with(&prefix));
                Some(Want::Keys(keys.collect()))
            }
            NodeAction::GetMetadata => Some(match self.nodes().get(path) {
                Some(node) => Want::Document(node.metadata()),
                None if self.is_malformed(path) => Want::Anything,
                None => Want::Absent,
            }),
            NodeAction::OpenNode => {
                self.nodes().get(path).map(|node| Want::Document(node.metadata()))
            }
            NodeAction::ListChildren | NodeAction::ListNodes => {
                let recursive = matches!(action, NodeAction::ListNodes);
                Some(Want::Nodes(self.below(path, recursive).collect()))
            }
            _ => Some(Want::Done),
        };
        let expected = Expected::only(clause, wanted.unwrap_or(Want::Done));
        let adds = matches!(action, NodeAction::AddGroup { .. } | NodeAction::AddArray { .. });
        let paths = || ancestors(path).chain([path]);
        if adds && paths().any(|path| self.may_refuse(&below(path, ZARR_JSON))) {
            return expected.or(Want::Error(ErrorClasses::ANY));
        }
        expected
    }

    /// The errors of which one is wanted, if one is.
    fn refusal_of(&self, path: &str, action: &NodeAction) -> Option<ErrorClasses> {
        const ANY: Option<ErrorClasses> = Some(ErrorClasses::ANY);
        if !is_node_path(path) {
            return ANY;
        }
        let node = self.nodes().get(path);
        match (action, node) {
            (NodeAction::AddGroup { overwrite, .. }, _) => {
                self.refusal_to_add(path, *overwrite, true)
            }
            (NodeAction::AddArray { spec, overwrite }, _) => {
                self.refusal_to_add(path, *overwrite, spec.is_sound())
            }
            (NodeAction::DeleteNode, _) => (!self.is_occupied(path)).then_some(MISSING),
            (NodeAction::Walk | NodeAction::GetMetadata, _)
            | (NodeAction::OpenNode | NodeAction::SetAttributes { .. }, Some(_))
            | (NodeAction::ListChildren | NodeAction::ListNodes, Some(Node::Group(_))) => None,
            (_, None) if self.is_malformed(path) => ANY,
            (_, None) => Some(MISSING),
            (NodeAction::ListChildren | NodeAction::ListNodes, Some(Node::Array(_)))
            | (_, Some(Node::Group(_))) => ANY,
            (_, Some(Node::Array(array))) => {
                let is_there = match action {
                    NodeAction::WriteChunk { chunk, .. } | NodeAction::ReadChunk { chunk } => {
                        array.chunk_region(chunk).is_some()
                    }
                    NodeAction::Resize { shape } => {
                        array.spec().chunks.fits(&fitted(shape, array.shape()))
                    }
                    _ => true,
                };
                if is_there { None } else { ANY }
            }
        }
    }

    fn refusal_to_add(&self, path: &str, overwrite: bool, sound: bool) -> Option<ErrorClasses> {
        let in_the_way = |path: &str| self.array_at(path).is_some() || self.is_malformed(path);
        if !sound || ancestors(path).any(in_the_way) {
            return Some(ErrorClasses::ANY);
        }
        (self.is_occupied(path) && !overwrite).then_some(EXISTS)
    }

    fn expect_of_store(&self, operation: &Operation) -> Expected<'_> {
        let key = operation.key().map_or("", |key| self.table().key(key).as_str());
        let prefix = operation.prefix().map_or("", |prefix| self.table().prefix(prefix).as_str());
        let keys = || self.keys.iter().filter(|key| key.as_str().starts_with(prefix));
        match operation {
            Operation::Get { .. } => match self.content(key) {
                Content::Nothing => Expected::only(Clause::R3, Want::Absent),
                Content::Object(bytes) => Expected::only(Clause::R1, Want::Value(bytes)),
                Content::Document(node) => {
                    Expected::only(Clause::H12, Want::Document(node.metadata()))
                }
                Content::Chunk(bytes) => Expected::only(Clause::H5, Want::Bytes(bytes)),
                Content::Encoded => Expected::only(Clause::H5, Want::Present),
            },
            Operation::Exists { .. } => {
                let exists = !matches!(self.content(key), Content::Nothing);
                Expected::only(Clause::R10, Want::Truth(exists))
            }
            Operation::Set { .. } => {
                let expected = Expected::only(Clause::W1, Want::Done);
                if self.may_refuse(key) {
                    expected.or(Want::Error(ErrorClasses::ANY))
                } else {
                    expected
                }
            }
            Operation::Erase { .. } => {
                let expected = Expected::only(Clause::D1, Want::Done);
                let absent = matches!(self.content(key), Content::Nothing);
                if absent && self.dialect.erase_missing != Reply::Answer {
                    return expected.or(Want::Error(ErrorClasses::ANY));
                }
                expected
            }
            Operation::ErasePrefix { .. } => {
                let expected = Expected::only(Clause::D4, Want::Done);
                let absent = keys().next().is_none();
                if absent && self.dialect.erase_missing_prefix != Reply::Answer {
                    return expected.or(Want::Error(ErrorClasses::ANY));
                }
                expected
            }
            Operation::Clear => Expected::only(Clause::D7, Want::Done),
            Operation::List => Expected::only(Clause::L1, Want::Keys(self.keys.iter().collect())),
            Operation::ListPrefix { .. } => {
                self.listing(Clause::L2, keys().next().is_none(), Want::Keys(keys().collect()))
            }
            Operation::ListDir { .. } => {
                let inside = keys().filter_map(|key| {
                    let (directory, _) = key.as_str()[prefix.len()..].split_once('/')?;
                    Some(&key.as_str()[..=prefix.len() + directory.len()])
                });
                let mut prefixes: Vec<_> = inside.collect();
                prefixes.sort_unstable();
                prefixes.dedup();
                let own = keys().filter(|key| !key.as_str()[prefix.len()..].contains('/'));
                let (keys, phantoms): (Vec<_>, _) = (own.collect(), Vec::new());
                let empty = keys.is_empty() && prefixes.is_empty();
                self.listing(Clause::L4, empty, Want::Directory { keys, prefixes, phantoms })
            }
            Operation::Reopen => Expected::only(Clause::O1, Want::Done),
            Operation::Audit => Expected::only(Clause::X9, Want::Done),
            _ => Expected::only(Clause::R1, Want::Anything),
        }
    }

    fn listing<'a>(&self, clause: Clause, empty: bool, wanted: Want<'a>) -> Expected<'a> {
        let expected = Expected::only(clause, wanted);
        if empty && self.dialect.list_missing_prefix != Reply::Answer {
            return expected.or(Want::Error(ErrorClasses::ANY));
        }
        expected
    }

    fn facts(&self, name: &str) -> Facts {
        let path = name.trim_end_matches('/');
        let mut facts = match self.nodes().get(path) {
            Some(Node::Group(_)) => Facts::GROUP,
            Some(Node::Array(array)) => Facts::ARRAY | facts_of(array),
            None => match self.content(path) {
                Content::Document(_) => Facts::DOCUMENT,
                Content::Chunk(_) | Content::Encoded => Facts::CHUNK,
                Content::Object(_) => Facts::FOREIGN | Facts::LIVE,
                Content::Nothing => Facts::empty(),
            },
        };
        let in_array = ancestors(path).find_map(|above| self.array_at(above));
        if let Some(array) = in_array {
            facts |= Facts::IN_ARRAY | facts_of(array);
        }
        facts
    }
}

fn facts_of(array: &crate::array_model::ArrayModel) -> Facts {
    let mut facts = Facts::empty();
    facts.set(Facts::SHARDED, array.spec().codecs.shard.is_some());
    facts.set(Facts::RESIZED, array.resized);
    facts
}
