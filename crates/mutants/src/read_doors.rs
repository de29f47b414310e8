//! Bugs of an array library that one door shows: one way to read elements, and not the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use zarr_conform_model::plan::{ArraySpec, NodeAction, NodeOperation, ReadDoor, Region, offset_in};
use zarr_conform_model::{Operation, Outcome};
use zarrs_storage::StorePrefix;

use crate::host::Bug;
use crate::nodes::{Nodes, region_of};

/// What comes of a read, by where it is and by all elements of its array.
type Wrong = fn(&ArraySpec, &Region, &[u64]) -> Vec<u64>;

/// Where elements are read through `door`, `wrong` ones come.
fn reads_through(door: ReadDoor, wrong: Wrong) -> Bug {
    let mut nodes = Nodes::default();
    Box::new(move |host, operation| {
        let outcome = host.ask(operation);
        nodes.note(host.names, operation, &outcome);
        if let (Operation::Node(NodeOperation { node, action }), Outcome::Elements(_)) =
            (operation, &outcome)
            && action.door() == door
            && let Some(array) = nodes.array(host.names, *node)
            && let Some(region) = region_of(array, action)
            && let Outcome::Elements(all) = host.ask(&all_of(operation, ReadDoor::Plain))
        {
            return Outcome::Elements(wrong(array, &region, &all));
        }
        outcome
    })
}

/// The same node, read whole.
fn all_of(operation: &Operation, door: ReadDoor) -> Operation {
    match operation {
        Operation::Node(NodeOperation { node, .. }) => Operation::Node(NodeOperation {
            node: *node,
            action: Arc::new(NodeAction::ReadArray { door }),
        }),
        other => other.clone(),
    }
}

fn elements_at(
    array: &ArraySpec,
    all: &[u64],
    positions: impl Iterator<Item = Vec<u64>>,
) -> Vec<u64> {
    positions.map(|position| all[offset_in(&array.shape, &position)]).collect()
}

pub(crate) fn decoder_ignores_offset() -> Bug {
    reads_through(ReadDoor::PartialDecoders, |array, region, all| {
        let indices: Vec<_> = array.chunks.indices(&array.shape).collect();
        let chunks = indices.iter().filter_map(|index| array.chunks.chunk(&array.shape, index));
        let chunks: Vec<Region> = chunks.collect();
        let is_in = |position: &[u64], chunk: &Region| {
            let mut sides = position.iter().zip(chunk.start.iter().zip(&chunk.end));
            sides.all(|(at, (start, end))| (start..end).contains(&at))
        };
        let read = region.positions().map(|position| {
            let chunk = chunks.iter().find(|chunk| is_in(&position, chunk));
            let start = chunk.map_or(&position, |chunk| &chunk.start);
            let asked = position.iter().zip(start.iter().zip(&region.start));
            asked.map(|(at, (start, region))| at - region.saturating_sub(*start)).collect()
        });
        elements_at(array, all, read)
    })
}

pub(crate) fn shards_swap_axes() -> Bug {
    reads_through(ReadDoor::Sharded, |array, region, all| {
        let is_swapped = array.codecs.shard.is_some() && array.shape.len() == 2;
        if !is_swapped {
            return elements_at(array, all, region.positions());
        }
        let swapped = |sides: &[u64]| sides.iter().rev().copied().collect::<Vec<_>>();
        let columns = Region { start: swapped(&region.start), end: swapped(&region.end) };
        elements_at(array, all, columns.positions().map(|position| swapped(&position)))
    })
}

pub(crate) fn stale_chunk_cache() -> Bug {
    let mut nodes = Nodes::default();
    let mut kept: BTreeMap<StorePrefix, Vec<u64>> = BTreeMap::new();
    Box::new(move |host, operation| {
        let outcome = host.ask(operation);
        nodes.note(host.names, operation, &outcome);
        let Operation::Node(NodeOperation { node, action }) = operation else {
            if operation.is_write() {
                kept.clear();
            }
            return outcome;
        };
        let name = host.names.prefix(*node);
        match **action {
            NodeAction::WriteChunk { .. }
            | NodeAction::WriteRegion { .. }
            | NodeAction::EraseChunk { .. } => {}
            // Nodes that are made, moved or cut are read anew.
            _ if action.kind().is_write() => kept.clear(),
            _ if action.door().is_cache() => {
                if let (Some(array), Outcome::Elements(_)) =
                    (nodes.array(host.names, *node), &outcome)
                    && let Some(region) = region_of(array, action)
                    && let Outcome::Elements(now) = host.ask(&all_of(operation, ReadDoor::Plain))
                {
                    let all = kept.entry(name.clone()).or_insert(now);
                    return Outcome::Elements(elements_at(array, all, region.positions()));
                }
            }
            _ => {}
        }
        outcome
    })
}
