//! Bugs of an array library: what it makes of a store that is right.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as JsonValue;
use zarr_conform_model::plan::{
    ArraySpec, DataType, Edges, Elements, Json, NodeAction, NodeOperation, ReadDoor, Region,
    Scalar, fitted, offset_in,
};
use zarr_conform_model::{Operation, Outcome, PrefixId};
use zarrs_storage::{StoreKey, StorePrefix};

use crate::host::{Bug, Host};
use crate::nodes::{Nodes, region_of};
use crate::zarr_names::{document_in, is_document};

/// The question to a node that an operation is.
fn asked(operation: &Operation) -> Option<(PrefixId, &NodeAction)> {
    match operation {
        Operation::Node(NodeOperation { node, action }) => Some((*node, action)),
        _ => None,
    }
}

/// All of an array, through the plain door.
const READ_ARRAY: NodeAction = NodeAction::ReadArray { door: ReadDoor::Plain };

fn ask_node(host: &mut Host<'_>, node: PrefixId, action: NodeAction) -> Outcome {
    host.ask(&Operation::Node(NodeOperation { node, action: Arc::new(action) }))
}

/// A bug that only asks something else of a node, where `other` says so.
fn actions_are(other: fn(&NodeAction) -> Option<NodeAction>) -> Bug {
    Box::new(move |host, operation| {
        let other = asked(operation).and_then(|(node, action)| Some((node, other(action)?)));
        match other {
            Some((node, action)) => ask_node(host, node, action),
            None => host.ask(operation),
        }
    })
}

pub(crate) fn edge_chunk_zeroed() -> Bug {
    let mut nodes = Nodes::default();
    Box::new(move |host, operation| {
        let mut outcome = host.ask(operation);
        nodes.note(host.names, operation, &outcome);
        if let (Some((node, action)), Outcome::Elements(elements)) =
            (asked(operation), &mut outcome)
            && let Some(array) = nodes.array(host.names, node)
            && let Some(region) = region_of(array, action)
        {
            let edges = edges(array);
            for (position, bits) in region.positions().zip(elements) {
                let mut sides = position.iter().zip(&edges);
                if sides.any(|(at, edge)| edge.is_some_and(|edge| *at >= edge)) {
                    *bits = 0;
                }
            }
        }
        outcome
    })
}

/// Where the last chunk starts in each dimension in which it reaches over the edge of the array.
fn edges(array: &ArraySpec) -> Vec<Option<u64>> {
    let counts = array.chunks.counts(&array.shape);
    let last: Vec<u64> = counts.iter().map(|count| count.saturating_sub(1)).collect();
    // Without any chunk there is no element either.
    let Some(chunk) = array.chunks.chunk(&array.shape, &last) else { return Vec::new() };
    let sides = chunk.start.iter().zip(&chunk.end).zip(&array.shape);
    sides.map(|((start, end), length)| (end > length).then_some(*start)).collect()
}

pub(crate) fn shrink_keeps_chunks() -> Bug {
    let mut nodes = Nodes::default();
    Box::new(move |host, operation| {
        let mut kept = Vec::new();
        if let Some((node, NodeAction::Resize { shape })) = asked(operation)
            && let Some(array) = nodes.array(host.names, node)
        {
            let shape = fitted(shape, &array.shape);
            let mut chunks: Vec<_> = array.chunks.indices(&array.shape).collect();
            chunks.retain(|chunk| array.chunks.chunk(&shape, chunk).is_none());
            for chunk in chunks {
                let key = format!("{}{}", host.names.prefix(node), array.keys.key(&chunk));
                let bytes = ask_node(host, node, NodeAction::GetChunk { chunk });
                if let (Ok(key), Outcome::Value(bytes)) = (StoreKey::new(key), bytes) {
                    kept.push((key, bytes));
                }
            }
        }
        let outcome = host.ask(operation);
        nodes.note(host.names, operation, &outcome);
        if outcome == Outcome::Done {
            for (key, bytes) in &kept {
                host.set_named(key, bytes);
            }
        }
        outcome
    })
}

pub(crate) fn dimensions_swapped() -> Bug {
    let mut nodes = Nodes::default();
    Box::new(move |host, operation| {
        let swapped = asked(operation).and_then(|(node, action)| {
            let array = nodes.array(host.names, node)?;
            let edge = square_edge(array)?;
            let region = region_of(array, action).filter(|region| !region.is_empty())?;
            Some((node, action, array, edge, region))
        });
        let outcome = match swapped {
            Some((
                node,
                NodeAction::WriteChunk { elements, .. } | NodeAction::WriteRegion { elements, .. },
                _,
                edge,
                region,
            )) => write_swapped(host, node, edge, &region, *elements),
            Some((node, _, array, edge, region)) => {
                match (host.ask(operation), ask_node(host, node, READ_ARRAY)) {
                    (Outcome::Elements(_), Outcome::Elements(all)) => {
                        let places = region.positions().map(|position| swap(edge, &position));
                        let elements = places.map(|place| all[offset_in(&array.shape, &place)]);
                        Outcome::Elements(elements.collect())
                    }
                    (outcome, _) => outcome,
                }
            }
            None => host.ask(operation),
        };
        nodes.note(host.names, operation, &outcome);
        outcome
    })
}

/// The length of the chunks of a square array that is cut into whole squares.
fn square_edge(array: &ArraySpec) -> Option<u64> {
    match (&array.shape[..], &array.chunks.0[..]) {
        ([rows, columns], [Edges::Every(edge), Edges::Every(other)])
            if rows == columns && edge == other && rows.is_multiple_of(*edge) =>
        {
            Some(*edge)
        }
        _ => None,
    }
}

/// The place in the same chunk with the two dimensions swapped.
fn swap(edge: u64, position: &[u64]) -> Vec<u64> {
    let within = position.iter().rev().map(|at| at % edge);
    position.iter().zip(within).map(|(at, within)| at / edge * edge + within).collect()
}

/// Writes element by element, for a pattern runs in the order of the region that was asked for.
fn write_swapped(
    host: &mut Host<'_>,
    node: PrefixId,
    edge: u64,
    region: &Region,
    elements: Elements,
) -> Outcome {
    for (number, position) in region.positions().enumerate() {
        let start = swap(edge, &position);
        let end = start.iter().map(|at| at + 1).collect();
        let elements = match elements {
            Elements::From(first) => {
                Elements::All(Scalar::Number(first.wrapping_add(number as u32)))
            }
            same => same,
        };
        let action = NodeAction::WriteRegion { region: Region { start, end }, elements };
        let outcome = ask_node(host, node, action);
        if outcome != Outcome::Done {
            return outcome;
        }
    }
    Outcome::Done
}

pub(crate) fn resize_first_only() -> Bug {
    actions_are(|action| match action {
        // The lengths that are not named stay as they are.
        NodeAction::Resize { shape } if shape.len() > 1 => {
            Some(NodeAction::Resize { shape: shape[..1].to_vec() })
        }
        _ => None,
    })
}

pub(crate) fn special_fill_plain() -> Bug {
    actions_are(|action| match action {
        NodeAction::AddArray { spec, overwrite }
            if matches!(spec.data_type, DataType::Float32 | DataType::Float64)
                && !matches!(spec.fill, Scalar::Number(_)) =>
        {
            let spec = ArraySpec { fill: Scalar::Number(0), ..spec.clone() };
            Some(NodeAction::AddArray { spec, overwrite: *overwrite })
        }
        _ => None,
    })
}

pub(crate) fn delete_leaves_children() -> Bug {
    Box::new(|host, operation| {
        let Some((node, NodeAction::DeleteNode)) = asked(operation) else {
            return host.ask(operation);
        };
        let node = host.names.prefix(node);
        let keys = host.below(node);
        let children: Vec<_> = keys
            .iter()
            .filter(|key| is_document(key))
            .map(StoreKey::parent)
            .filter(|up| up != node)
            .collect();
        let is_node = document_in(node).is_some_and(|document| keys.contains(&document));
        if !is_node || children.is_empty() {
            return host.ask(operation);
        }
        let is_own = |key: &StoreKey| !children.iter().any(|child| key.has_prefix(child));
        host.erase_all(keys.into_iter().filter(is_own).collect())
    })
}

pub(crate) fn attributes_merged() -> Bug {
    let mut nodes = Nodes::default();
    Box::new(move |host, operation| {
        let merged = match asked(operation) {
            Some((node, NodeAction::SetAttributes { attributes })) => {
                let attributes = merged(&nodes.attributes(host.names, node), attributes);
                let action = Arc::new(NodeAction::SetAttributes { attributes });
                Some(Operation::Node(NodeOperation { node, action }))
            }
            _ => None,
        };
        let operation = merged.as_ref().unwrap_or(operation);
        let outcome = host.ask(operation);
        nodes.note(host.names, operation, &outcome);
        outcome
    })
}

pub(crate) fn move_leaves_original() -> Bug {
    actions_are(|action| match action {
        NodeAction::MoveNode { to } => Some(NodeAction::CopyNode { to: *to }),
        _ => None,
    })
}

pub(crate) fn copy_leaves_children() -> Bug {
    Box::new(|host, operation| {
        let outcome = host.ask(operation);
        let Some((_, NodeAction::CopyNode { to })) = asked(operation) else {
            return outcome;
        };
        if outcome == Outcome::Done {
            let to = host.names.prefix(*to);
            let copied = host.below(to);
            let children: Vec<_> = copied
                .iter()
                .filter(|key| is_document(key))
                .map(StoreKey::parent)
                .filter(|up| up != to)
                .collect();
            let is_of_child = |key: &StoreKey| children.iter().any(|child| key.has_prefix(child));
            host.erase_all(copied.into_iter().filter(is_of_child).collect());
        }
        outcome
    })
}

pub(crate) fn attributes_make_anew() -> Bug {
    let mut consolidated = BTreeSet::new();
    Box::new(move |host, operation| {
        let is_consolidated = |node: PrefixId| consolidated.contains(host.names.prefix(node));
        let outcome = match asked(operation) {
            Some((node, NodeAction::SetAttributes { attributes })) if is_consolidated(node) => {
                let attributes = attributes.clone();
                ask_node(host, node, NodeAction::AddGroup { attributes, overwrite: true })
            }
            _ => host.ask(operation),
        };
        match asked(operation) {
            Some((node, NodeAction::Consolidate)) if outcome == Outcome::Done => {
                consolidated.insert(host.names.prefix(node).clone());
            }
            // What was consolidated may be gone.
            Some((_, NodeAction::DeleteNode | NodeAction::MoveNode { .. })) => consolidated.clear(),
            _ if operation.is_erase() => consolidated.clear(),
            _ => {}
        }
        outcome
    })
}

pub(crate) fn consolidation_of_old() -> Bug {
    let mut consolidated: BTreeMap<StorePrefix, JsonValue> = BTreeMap::new();
    Box::new(move |host, operation| {
        let mut outcome = host.ask(operation);
        match (asked(operation), &mut outcome) {
            (Some((node, NodeAction::Consolidate)), Outcome::Done) => {
                let metadata = ask_node(host, node, NodeAction::GetMetadata);
                if let Some(mut document) = document_of(&metadata) {
                    let own = host.names.prefix(node).clone();
                    for (other, nodes) in &consolidated {
                        take_over(&mut document, &own, other, nodes);
                    }
                    consolidated.insert(own, document[CONSOLIDATED]["metadata"].take());
                }
            }
            (Some((node, NodeAction::GetMetadata)), outcome) => {
                let own = host.names.prefix(node);
                if let (Some(nodes), Some(mut document)) =
                    (consolidated.get(own), document_of(outcome))
                {
                    take_over(&mut document, own, own, nodes);
                    *outcome = match outcome {
                        Outcome::Document(_) => Outcome::Document(document),
                        _ => Outcome::Value(document.to_string().into()),
                    };
                }
            }
            (Some((_, action)), _) if makes_anew(action) => consolidated.clear(),
            (None, _) if operation.is_erase() => consolidated.clear(),
            _ => {}
        }
        outcome
    })
}

/// The field of a group with the metadata of all nodes below it.
const CONSOLIDATED: &str = "consolidated_metadata";

/// The metadata that came, be it read or as it is stored.
fn document_of(outcome: &Outcome) -> Option<JsonValue> {
    match outcome {
        Outcome::Document(document) => Some(document.clone()),
        Outcome::Value(bytes) => serde_json::from_slice(bytes).ok(),
        _ => None,
    }
}

/// Puts what another group at or below a node had consolidated in the place of what its document
/// says of the same nodes.
fn take_over(document: &mut JsonValue, own: &StorePrefix, other: &StorePrefix, nodes: &JsonValue) {
    let Some(inside) = other.as_str().strip_prefix(own.as_str()) else { return };
    for (name, node) in nodes.as_object().into_iter().flatten() {
        if let Some(held) = document[CONSOLIDATED]["metadata"].get_mut(format!("{inside}{name}")) {
            *held = node.clone();
        }
    }
}

/// Whether an action may make other nodes of those that were consolidated.
const fn makes_anew(action: &NodeAction) -> bool {
    matches!(
        action,
        NodeAction::DeleteNode
            | NodeAction::MoveNode { .. }
            | NodeAction::CopyNode { .. }
            | NodeAction::AddGroup { overwrite: true, .. }
            | NodeAction::AddArray { overwrite: true, .. }
    )
}

pub(crate) fn cut_elements_return() -> Bug {
    let mut nodes = Nodes::default();
    // What was cut off of each array, by its position.
    let mut cut: BTreeMap<StorePrefix, BTreeMap<Vec<u64>, u64>> = BTreeMap::new();
    Box::new(move |host, operation| {
        let mut kept = BTreeMap::new();
        if let Some((node, NodeAction::Resize { shape })) = asked(operation)
            && let Some(array) = nodes.array(host.names, node)
            && let Outcome::Elements(elements) = ask_node(host, node, READ_ARRAY)
        {
            let shape = fitted(shape, &array.shape);
            let all = Region::all(&array.shape);
            let positions = all.positions().zip(elements);
            kept.extend(positions.filter(|(position, _)| is_cut(array, &shape, position)));
        }
        let mut outcome = host.ask(operation);
        nodes.note(host.names, operation, &outcome);
        match (asked(operation), &mut outcome) {
            (Some((node, NodeAction::Resize { .. })), Outcome::Done) => {
                cut.entry(host.names.prefix(node).clone()).or_default().append(&mut kept);
            }
            (Some((node, action)), Outcome::Elements(elements)) => {
                let cut = cut.get(host.names.prefix(node));
                let region =
                    nodes.array(host.names, node).and_then(|array| region_of(array, action));
                if let (Some(cut), Some(region)) = (cut, region) {
                    for (position, bits) in region.positions().zip(elements) {
                        *bits = cut.get(&position).copied().unwrap_or(*bits);
                    }
                }
            }
            // What is written over or gone does not come back.
            (Some((node, action)), Outcome::Done) if *action != NodeAction::Consolidate => {
                let node = host.names.prefix(node).as_str();
                cut.retain(|cut, _| !cut.as_str().starts_with(node));
            }
            (None, _) if operation.is_write() => cut.clear(),
            _ => {}
        }
        outcome
    })
}

/// Whether an array of this shape has the chunk of a position, and not the position.
fn is_cut(array: &ArraySpec, shape: &[u64], position: &[u64]) -> bool {
    let is_inside = |position: &[u64]| position.iter().zip(shape).all(|(at, length)| at < length);
    let is_of = |region: &Region| {
        let mut sides = position.iter().zip(region.start.iter().zip(&region.end));
        sides.all(|(at, (start, end))| (start..end).contains(&at))
    };
    let mut chunks = array.chunks.indices(&array.shape);
    let chunk = chunks.find_map(|chunk| array.chunks.chunk(&array.shape, &chunk).filter(is_of));
    !is_inside(position) && chunk.is_some_and(|chunk| is_inside(&chunk.start))
}

/// The members of both objects, those of the second where both have one.
fn merged(old: &Json, new: &Json) -> Json {
    let mut members = old.value();
    if let (Some(members), Some(new)) = (members.as_object_mut(), new.value().as_object()) {
        members.extend(new.clone());
    }
    Json::new(&members)
}
