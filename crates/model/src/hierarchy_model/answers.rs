//! What an array library over a store must answer.

use std::sync::Arc;

use bytes::Bytes;

use crate::contract::capabilities::Capabilities;
use crate::contract::clause::Clause;
use crate::contract::dialect::Dialect;
use crate::contract::expected::{Expected, Want};
use crate::contract::mismatch::Mismatch;
use crate::contract::outcome::Outcome;
use crate::contract::refusal::{ErrorClass, ErrorClasses};
use crate::contract::reply::Reply;
use crate::contract::signature::{Facts, Situation};
use crate::hierarchy_model::array::ArrayModel;
use crate::hierarchy_model::hierarchy_model::HierarchyModel;
use crate::hierarchy_model::metadata::ZARR_JSON;
use crate::hierarchy_model::node::{Content, Node};
use crate::hierarchy_model::path::{ancestors, below, inside, is_node_path, prefix_of};
use crate::model::Model;
use crate::plan::array_spec::ArraySpec;
use crate::plan::names::{KeyId, Names};
use crate::plan::node::{NodeAction, NodeOperation};
use crate::plan::node_kind::NodeKind;
use crate::plan::operation::Operation;
use crate::plan::read_door::ReadDoor;
use crate::plan::region::fitted;

const EXISTS: ErrorClasses = ErrorClasses::of(&[ErrorClass::AlreadyExists]);
const MISSING: ErrorClasses = ErrorClasses::of(&[ErrorClass::NotFound]);
const TRANSIENT: ErrorClasses = ErrorClasses::of(&[ErrorClass::Transient]);
const UNSUPPORTED: ErrorClasses = ErrorClasses::of(&[ErrorClass::Unsupported]);

impl Model for HierarchyModel {
    fn names(&self) -> &Arc<Names> {
        self.table()
    }

    fn capabilities(&self) -> &Capabilities {
        self.capabilities()
    }

    fn dialect(&self) -> &Dialect {
        self.dialect()
    }

    fn expect(&self, operation: &Operation) -> Expected<'_> {
        if self.lost || self.is_doubtful(operation) {
            return Expected::only(Clause::H12, Want::Anything);
        }
        let expected = match operation {
            Operation::Node(NodeOperation { node, action }) => {
                self.expect_node(self.path(*node), action)
            }
            _ => self.expect_of_store(operation),
        };
        if !self.capabilities.allow(operation.kind()) {
            return Expected::only(expected.clause, Want::Error(UNSUPPORTED));
        }
        let expected = Expected { order: self.dialect.order, ..expected };
        if self.dialect.transient_errors { expected.or(Want::Error(TRANSIENT)) } else { expected }
    }

    fn advance(&mut self, operation: &Operation, outcome: &Outcome) {
        if !operation.is_write() {
            return;
        }
        if self.is_doubtful(operation) {
            return self.advance_in_doubt(operation, matches!(outcome, Outcome::Done));
        }
        match outcome {
            Outcome::Done => self.apply(operation),
            // It may have been done.
            Outcome::Refused(refusal) if refusal.class == ErrorClass::Transient => {
                self.doubt(operation);
            }
            // A library does several things one after the other: some of them may have been done.
            _ if matches!(operation, Operation::Node(_))
                && !self.expect(operation).wanted.is_error() =>
            {
                self.doubt(operation);
            }
            _ if matches!(operation, Operation::EraseMany { .. }) && !self.dialect.atomic_many => {
                self.doubt(operation);
            }
            _ => {}
        }
    }

    fn predict(&mut self, operation: &Operation) {
        self.predict(operation);
    }

    fn is_open(&self) -> bool {
        self.is_open()
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
        let door = match operation {
            Operation::Node(NodeOperation { action, .. }) => action.door(),
            _ => ReadDoor::Plain,
        };
        Situation { facts: self.facts(name), door, ..Situation::default() }
    }

    fn live_keys(&self) -> Vec<KeyId> {
        self.live_ids()
    }

    fn live_count(&self) -> usize {
        self.live_count()
    }

    fn value(&self, key: KeyId) -> Option<&Bytes> {
        self.object(key)
    }

    fn is_erased(&self, _: KeyId) -> bool {
        false
    }
}

/// What may be answered about bytes that are up to the library; that there are none only where it may
/// leave them out.
fn up_to_the_library<'a>(clause: Clause, content: &Content<'_>) -> Expected<'a> {
    let expected = Expected::only(clause, Want::Held);
    if matches!(content, Content::Perhaps(_)) { expected.or(Want::Absent) } else { expected }
}

impl HierarchyModel {
    fn expect_node(&self, path: &str, action: &NodeAction) -> Expected<'_> {
        let clause = self.clause_of(path, action);
        if let Some(classes) = self.refusal_of(path, action) {
            return Expected::only(clause, Want::Error(classes));
        }
        let array = || self.array_at(path);
        let wanted = match action {
            NodeAction::ReadArray { .. } => {
                array().map(|array| Want::Elements(array.elements().to_vec()))
            }
            NodeAction::ReadRegion { region, .. } => {
                array().map(|array| Want::Elements(array.read(region)))
            }
            NodeAction::ReadChunk { chunk, .. } => array()
                .and_then(|array| Some(Want::Elements(array.read(&array.chunk_region(chunk)?)))),
            NodeAction::GetChunk { chunk } => {
                return array().map_or_else(
                    || Expected::only(clause, Want::Done),
                    |array| self.expect_chunk(clause, array, &array.chunk_index(chunk)),
                );
            }
            NodeAction::Walk => {
                let prefix = prefix_of(path);
                Some(self.listed_below(&prefix))
            }
            NodeAction::GetMetadata => Some(match self.nodes().get(path) {
                Some(node) => Want::Document(node.document()),
                None if self.is_malformed(path) => Want::Anything,
                None => Want::Absent,
            }),
            NodeAction::OpenNode => {
                self.nodes().get(path).map(|node| Want::Document(node.metadata()))
            }
            NodeAction::ListChildren | NodeAction::ListNodes => {
                let recursive = matches!(action, NodeAction::ListNodes);
                Some(Want::Nodes(self.found_below(path, recursive)))
            }
            _ => Some(Want::Done),
        };
        let expected = Expected::only(clause, wanted.unwrap_or(Want::Done));
        if self.may_be_refused(path, action) {
            return expected.or(Want::Error(ErrorClasses::ANY));
        }
        expected
    }

    /// Whether the dialect leaves it to the store whether it does what an action takes.
    fn may_be_refused(&self, path: &str, action: &NodeAction) -> bool {
        let adds = |path: &str| {
            ancestors(path).chain([path]).any(|p| self.may_refuse(&below(p, ZARR_JSON)))
        };
        match action {
            NodeAction::AddGroup { .. } | NodeAction::AddArray { .. } => adds(path),
            NodeAction::CopyNode { to } | NodeAction::MoveNode { to } => {
                let to = self.path(*to);
                let prefix = prefix_of(path);
                let copied = |key: &str| self.may_refuse(&below(to, &key[prefix.len()..]));
                adds(to) || self.keys_below(&prefix).any(|key| copied(key.as_str()))
            }
            // What is written as the fill value is erased.
            NodeAction::WriteChunk { .. }
            | NodeAction::WriteRegion { .. }
            | NodeAction::EraseChunk { .. }
            | NodeAction::Resize { .. } => {
                self.dialect.erase_missing != Reply::Answer || self.chunks_clash(path)
            }
            _ => false,
        }
    }

    /// Whether the store cannot hold a chunk of an array, since there is a key above or below it.
    fn chunks_clash(&self, path: &str) -> bool {
        let Some(array) = self.array_at(path).filter(|_| !self.dialect.key_below_key) else {
            return false;
        };
        let mut indices = array.spec().chunks.indices(array.shape());
        indices.any(|index| self.may_refuse(&below(path, &array.spec().keys.key(&index))))
    }

    /// The bytes of a chunk, if it has to be there.
    fn expect_chunk(&self, clause: Clause, array: &ArrayModel, chunk: &[u64]) -> Expected<'_> {
        let bytes = || array.raw_chunk(chunk).map_or(Want::Present, Want::Bytes);
        if array.is_filled(chunk) {
            return Expected::only(clause, bytes());
        }
        let absent = Expected::only(clause, Want::Absent);
        let is_written = array.empty_chunks().any(|index| index == chunk);
        if is_written && self.dialect.empty_chunks { absent.or(bytes()) } else { absent }
    }

    /// The nodes that a group lists: those of its consolidated metadata, if it has such.
    fn found_below(&self, path: &str, recursive: bool) -> Vec<(String, NodeKind)> {
        let snapshot = self.group_at(path).and_then(|group| group.snapshot.as_ref());
        let Some(snapshot) = snapshot else {
            let found = self.below(path, recursive);
            return found.map(|(path, kind)| (path.to_owned(), kind)).collect();
        };
        let found = snapshot.iter().filter(|(inside, _)| recursive || !inside.contains('/'));
        found.map(|(inside, (kind, _))| (below(path, inside), *kind)).collect()
    }

    /// The keys below a prefix.
    fn listed_below(&self, prefix: &str) -> Want<'_> {
        let keys = self.keys_below(prefix).collect();
        match self.optional_below(prefix) {
            optional if optional.is_empty() => Want::Keys(keys),
            optional => Want::KeysAmong { keys, optional },
        }
    }

    /// The names below a prefix that listings may have besides those that they must.
    fn optional_below(&self, prefix: &str) -> Vec<&str> {
        let below = self.optional.range(prefix.to_owned()..).map(String::as_str);
        below.take_while(|name| name.starts_with(prefix)).collect()
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
            (NodeAction::CopyNode { to } | NodeAction::MoveNode { to }, Some(_)) => {
                self.refusal_to_copy(path, self.path(*to))
            }
            (NodeAction::Walk | NodeAction::GetMetadata, _)
            | (NodeAction::OpenNode | NodeAction::SetAttributes { .. }, Some(_))
            | (
                NodeAction::ListChildren | NodeAction::ListNodes | NodeAction::Consolidate,
                Some(Node::Group(_)),
            ) => None,
            (_, None) if self.is_malformed(path) => ANY,
            // Which of the two is looked at first is open.
            (NodeAction::CopyNode { to } | NodeAction::MoveNode { to }, None)
                if self.refusal_to_copy(path, self.path(*to)).is_some() =>
            {
                ANY
            }
            (_, None) => Some(MISSING),
            (
                NodeAction::ListChildren | NodeAction::ListNodes | NodeAction::Consolidate,
                Some(Node::Array(_)),
            )
            | (_, Some(Node::Group(_))) => ANY,
            (_, Some(Node::Array(array))) => {
                let is_there = match action {
                    NodeAction::WriteChunk { chunk, .. } | NodeAction::ReadChunk { chunk, .. } => {
                        array.chunk_region(chunk).is_some()
                    }
                    NodeAction::Resize { shape } => {
                        let shape = fitted(shape, array.shape());
                        array.spec().chunks.fits(&shape) && ArraySpec::is_small(&shape)
                    }
                    _ => true,
                };
                if is_there { None } else { ANY }
            }
        }
    }

    fn refusal_to_copy(&self, from: &str, to: &str) -> Option<ErrorClasses> {
        let in_the_way = |path: &str| self.array_at(path).is_some() || self.is_malformed(path);
        let into_itself = from == to || inside(from, to).is_some();
        if !is_node_path(to) || into_itself || ancestors(to).any(in_the_way) {
            return Some(ErrorClasses::ANY);
        }
        (!self.is_empty_at(to)).then_some(EXISTS)
    }

    fn refusal_to_add(&self, path: &str, overwrite: bool, sound: bool) -> Option<ErrorClasses> {
        let in_the_way = |path: &str| self.array_at(path).is_some() || self.is_malformed(path);
        if !sound || ancestors(path).any(in_the_way) {
            return Some(ErrorClasses::ANY);
        }
        (self.is_occupied(path) && !overwrite).then_some(EXISTS)
    }

    #[expect(clippy::too_many_lines, reason = "one match over every operation")]
    fn expect_of_store(&self, operation: &Operation) -> Expected<'_> {
        let key = operation.key().map_or("", |key| self.table().key(key).as_str());
        let prefix = operation.prefix().map_or("", |prefix| self.table().prefix(prefix).as_str());
        let keys = || self.keys_below(prefix);
        match operation {
            Operation::Get { .. } => match self.content(key) {
                Content::Nothing => Expected::only(Clause::R3, Want::Absent),
                Content::Object(bytes) => Expected::only(Clause::R1, Want::Value(bytes)),
                Content::Document(node) => {
                    Expected::only(Clause::H12, Want::Document(node.document()))
                }
                Content::Chunk(bytes) => Expected::only(Clause::H5, Want::Bytes(bytes)),
                Content::Encoded => Expected::only(Clause::H5, Want::Present),
                Content::Perhaps(bytes) => {
                    let bytes = bytes.map_or(Want::Present, Want::Bytes);
                    Expected::only(Clause::H5, Want::Absent).or(bytes)
                }
            },
            Operation::GetPartial { range, .. } => match self.content(key) {
                Content::Nothing => Expected::only(Clause::R2, Want::Absent),
                Content::Object(bytes) => self.dialect.expect_part(bytes, range.0),
                content => up_to_the_library(Clause::R4, &content),
            },
            Operation::GetPartialMany { ranges, .. } => match self.content(key) {
                Content::Nothing => Expected::only(Clause::R2, Want::Absent),
                Content::Object(bytes) => self.dialect.expect_parts(bytes, ranges),
                content => up_to_the_library(Clause::R6, &content),
            },
            Operation::SizeKey { .. } => match self.content(key) {
                Content::Nothing => Expected::only(Clause::R11, Want::Absent),
                Content::Object(bytes) => {
                    Expected::only(Clause::R11, Want::Size(bytes.len() as u64))
                }
                Content::Chunk(bytes) => {
                    Expected::only(Clause::R11, Want::Size(bytes.len() as u64))
                }
                content => up_to_the_library(Clause::R11, &content),
            },
            Operation::IsEmpty { .. } => {
                let empty = keys().next().is_none();
                let expected = self.listing(Clause::L8, empty, Want::Truth(empty));
                // What a library may keep or leave out.
                let is_open = empty && !self.optional_below(prefix).is_empty();
                if is_open { expected.or(Want::Truth(false)) } else { expected }
            }
            Operation::SizePrefix { .. } | Operation::Size => {
                let is_nothing = keys().next().is_none() && self.optional_below(prefix).is_empty();
                let wanted = if is_nothing { Want::Size(0) } else { Want::Anything };
                self.listing(Clause::L11, is_nothing, wanted)
            }
            Operation::Exists { .. } => match self.content(key) {
                Content::Perhaps(_) => {
                    Expected::only(Clause::R10, Want::Truth(false)).or(Want::Truth(true))
                }
                content => {
                    let exists = !matches!(content, Content::Nothing);
                    Expected::only(Clause::R10, Want::Truth(exists))
                }
            },
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
                let absent = matches!(self.content(key), Content::Nothing | Content::Perhaps(_));
                if absent && self.dialect.erase_missing != Reply::Answer {
                    return expected.or(Want::Error(ErrorClasses::ANY));
                }
                expected
            }
            Operation::EraseMany { .. } => {
                let expected = Expected::only(Clause::D3, Want::Done);
                if self.dialect.erase_missing != Reply::Answer {
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
            Operation::List => Expected::only(Clause::L1, self.listed_below("")),
            Operation::ListPrefix { .. } => {
                self.listing(Clause::L2, keys().next().is_none(), self.listed_below(prefix))
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
                let keys: Vec<_> = own.collect();
                let mut optional = self.optional_below(prefix);
                optional.retain(|name| !prefixes.contains(name));
                let empty = keys.is_empty() && prefixes.is_empty();
                self.listing(Clause::L4, empty, Want::Directory { keys, prefixes, optional })
            }
            Operation::Reopen => Expected::only(Clause::O1, Want::Done),
            Operation::Audit => Expected::only(Clause::X9, Want::Done),
            Operation::Close => Expected::only(Clause::X11, Want::Done),
            // No rule of the hierarchy machine asks these.
            Operation::GetMany { .. }
            | Operation::SetIfAbsent { .. }
            | Operation::Copy { .. }
            | Operation::Rename { .. }
            | Operation::SetPartial { .. }
            | Operation::SetPartialMany { .. }
            | Operation::Node(_) => Expected::only(Clause::R1, Want::Anything),
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
                Content::Chunk(_) | Content::Encoded | Content::Perhaps(_) => Facts::CHUNK,
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

fn facts_of(array: &ArrayModel) -> Facts {
    let mut facts = Facts::empty();
    facts.set(Facts::SHARDED, array.spec().codecs.shard.is_some());
    facts.set(Facts::RESIZED, array.resized);
    facts
}
