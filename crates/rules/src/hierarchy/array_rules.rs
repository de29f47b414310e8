//! The built-in rules about what arrays hold: clauses H5, H7 and H8.

use zarr_conform_model::hierarchy_model::ArrayModel;
use zarr_conform_model::plan::{Elements, NodeAction, ReadDoor, Region};
use zarr_conform_model::{Clause, HierarchyModel, OperationKind, PrefixId};

use crate::generate::rule::Role;
use crate::hierarchy::array_specs::{self, MOST_CHUNKS, MOST_ELEMENTS};
use crate::hierarchy::node_rule::{NodeDraw, NodeRule, Suits, is_array, on_node};

/// The rules about arrays and their chunks.
pub(super) fn array_rules() -> Vec<NodeRule> {
    let mut rules = writes();
    rules.extend(reads());
    rules.extend(erases());
    rules.extend(resizes());
    rules
}

/// A rule about an array, of those that suit if any does.
fn on_array(
    name: &'static str,
    asks: OperationKind,
    suits: Suits,
    draw: impl Fn(&mut NodeDraw<'_>, &ArrayModel) -> NodeAction + Send + Sync + 'static,
) -> NodeRule {
    on_node(name, asks, suits, move |from, node| {
        let array = from.model().array(node).expect("the precondition holds");
        draw(from, array)
    })
}

fn has_elements(model: &HierarchyModel, prefix: PrefixId) -> bool {
    model.array(prefix).is_some_and(|array| !array.elements().is_empty())
}

fn has_dimensions(model: &HierarchyModel, prefix: PrefixId) -> bool {
    model.array(prefix).is_some_and(|array| !array.shape().is_empty())
}

fn has_chunks(model: &HierarchyModel, prefix: PrefixId) -> bool {
    model.array(prefix).is_some_and(|array| array.filled_chunks().next().is_some())
}

fn elements(draw: &mut NodeDraw<'_>, array: &ArrayModel) -> Elements {
    let number = draw.next_number();
    array_specs::elements(draw.choices(), array.spec().data_type, number)
}

/// The index of a chunk in the grid, in two of five the last one in some dimension.
fn chunk_in(draw: &mut NodeDraw<'_>, array: &ArrayModel) -> Vec<u64> {
    let counts = array.spec().chunks.counts(array.shape());
    let index = counts.iter().map(|count| {
        let any = draw.choices().below(*count as usize) as u64;
        if draw.choices().chance(2, 5) { count.saturating_sub(1) } else { any }
    });
    index.collect()
}

/// The index of a chunk beyond the grid, or of a chunk with nothing but the fill value.
fn chunk_not_there(draw: &mut NodeDraw<'_>, array: &ArrayModel) -> Vec<u64> {
    let mut index = chunk_in(draw, array);
    if index.is_empty() || draw.choices().chance(1, 2) {
        let empty = array.spec().chunks.indices(array.shape());
        let empty: Vec<_> = empty.filter(|index| !array.is_filled(index)).collect();
        if !empty.is_empty() {
            return draw.choices().pick(&empty).clone();
        }
    }
    beyond(draw, array, &mut index);
    index
}

fn beyond(draw: &mut NodeDraw<'_>, array: &ArrayModel, index: &mut [u64]) {
    if !index.is_empty() {
        let at = draw.choices().below(index.len());
        let count = array.spec().chunks.counts(array.shape())[at];
        index[at] = count + draw.choices().halving(3) as u64;
    }
}

/// Writing elements.
fn writes() -> Vec<NodeRule> {
    const CLAUSES: &[Clause] = &[Clause::H5, Clause::H8];
    let (chunk, region) = (OperationKind::WriteChunk, OperationKind::WriteRegion);
    vec![
        on_array("write_chunk", chunk, has_elements, |draw, array| NodeAction::WriteChunk {
            chunk: chunk_in(draw, array),
            elements: elements(draw, array),
        })
        .weight(12)
        .clauses(CLAUSES),
        on_array("write_chunk_fill", chunk, has_chunks, |draw, array| NodeAction::WriteChunk {
            chunk: chunk_in(draw, array),
            elements: Elements::Fill,
        })
        .weight(3)
        .clauses(CLAUSES),
        on_array("write_chunk_outside", chunk, has_dimensions, |draw, array| {
            let mut chunk = chunk_in(draw, array);
            beyond(draw, array, &mut chunk);
            NodeAction::WriteChunk { chunk, elements: elements(draw, array) }
        })
        .weight(1)
        .clauses(CLAUSES),
        on_array("write_region", region, has_elements, |draw, array| NodeAction::WriteRegion {
            region: array_specs::region(draw.choices(), array.shape()),
            elements: elements(draw, array),
        })
        .weight(8)
        .clauses(CLAUSES),
        on_array("write_region_end", region, has_elements, |draw, array| NodeAction::WriteRegion {
            region: array_specs::region_at_end(draw.choices(), array.spec()),
            elements: elements(draw, array),
        })
        .weight(6)
        .clauses(CLAUSES),
        on_array("write_region_empty", region, has_dimensions, |draw, array| {
            NodeAction::WriteRegion {
                region: array_specs::empty_region(draw.choices(), array.shape()),
                elements: elements(draw, array),
            }
        })
        .weight(1)
        .clauses(CLAUSES),
        on_array("write_array", region, is_array, |draw, array| NodeAction::WriteRegion {
            region: Region::all(array.shape()),
            elements: elements(draw, array),
        })
        .weight(8)
        .role(Role::Fill)
        .clauses(CLAUSES),
    ]
}

/// The plain door in one of three, and each of the others as often as the next; of shards, their own
/// door more often.
fn read_door(draw: &mut NodeDraw<'_>, array: &ArrayModel) -> ReadDoor {
    if array.spec().codecs.shard.is_some() && draw.choices().chance(1, 3) {
        return ReadDoor::Sharded;
    }
    if draw.choices().chance(1, 3) {
        return ReadDoor::Plain;
    }
    *draw.choices().pick(&ReadDoor::ALL[1..])
}

/// Reading elements.
fn reads() -> Vec<NodeRule> {
    const CLAUSES: &[Clause] = &[Clause::H5, Clause::H2, Clause::H7, Clause::H8];
    let region = OperationKind::ReadRegion;
    vec![
        on_array("read_chunk", OperationKind::ReadChunk, is_array, |draw, array| {
            let mut chunk = chunk_in(draw, array);
            if draw.choices().chance(1, 12) {
                beyond(draw, array, &mut chunk);
            }
            NodeAction::ReadChunk { chunk, door: read_door(draw, array) }
        })
        .weight(6)
        .clauses(CLAUSES),
        on_array("read_region", region, is_array, |draw, array| NodeAction::ReadRegion {
            region: match draw.choices().below(12) {
                0 => array_specs::empty_region(draw.choices(), array.shape()),
                _ => array_specs::region(draw.choices(), array.shape()),
            },
            door: read_door(draw, array),
        })
        .weight(6)
        .clauses(CLAUSES),
        on_array("read_region_end", region, is_array, |draw, array| NodeAction::ReadRegion {
            region: array_specs::region_at_end(draw.choices(), array.spec()),
            door: read_door(draw, array),
        })
        .weight(5)
        .clauses(CLAUSES),
        on_array("read_array", OperationKind::ReadArray, is_array, |draw, array| {
            NodeAction::ReadArray { door: read_door(draw, array) }
        })
        .weight(6)
        .clauses(CLAUSES),
        on_node(
            "read_missing",
            OperationKind::ReadArray,
            |model, node| !is_array(model, node),
            |_, _| NodeAction::ReadArray { door: ReadDoor::Plain },
        )
        .weight(1)
        .clauses(&[Clause::H5, Clause::H10]),
    ]
}

/// Removing chunks.
fn erases() -> Vec<NodeRule> {
    let kind = OperationKind::EraseChunk;
    vec![
        on_array("erase_chunk", kind, has_chunks, |draw, array| {
            let filled: Vec<_> = array.filled_chunks().map(<[u64]>::to_vec).collect();
            NodeAction::EraseChunk { chunk: draw.choices().pick(&filled).clone() }
        })
        .weight(5)
        .role(Role::Erase)
        .clauses(&[Clause::H7]),
        on_array("erase_chunk_absent", kind, is_array, |draw, array| NodeAction::EraseChunk {
            chunk: chunk_not_there(draw, array),
        })
        .weight(3)
        .clauses(&[Clause::H7]),
    ]
}

fn resize(shape: Vec<u64>) -> NodeAction {
    NodeAction::Resize { shape }
}

/// Changing shapes.
fn resizes() -> Vec<NodeRule> {
    let rule = |name, suits, draw: fn(&mut NodeDraw<'_>, &ArrayModel) -> NodeAction| {
        on_array(name, OperationKind::Resize, suits, draw)
            .clauses(&[Clause::H8])
            .role(if name == "resize_shrink" { Role::Erase } else { Role::Mixed })
    };
    let back = on_node(
        "resize_back",
        OperationKind::Resize,
        |model, node| model.array(node).is_some_and(ArrayModel::is_resized),
        |draw, node| {
            let array = draw.model().array(node).expect("the precondition holds");
            let made = draw.made_shape(node).map(<[u64]>::to_vec);
            let is_back =
                |made: &Vec<u64>| made != array.shape() && made.len() == array.shape().len();
            resize(made.filter(is_back).unwrap_or_else(|| grown(draw, array)))
        },
    );
    vec![
        rule("resize_shrink", has_shrinkable, |draw, array| {
            let mut shape = array.shape().to_vec();
            for at in some_dimensions(draw, array) {
                shape[at] = draw.choices().below(shape[at] as usize) as u64;
            }
            resize(shape)
        })
        .weight(4),
        rule("resize_grow", has_dimensions, |draw, array| resize(grown(draw, array))).weight(4),
        rule("resize_zero", has_shrinkable, |draw, array| {
            let mut shape = array.shape().to_vec();
            for at in some_dimensions(draw, array) {
                shape[at] = 0;
            }
            resize(shape)
        })
        .weight(1),
        back.weight(5).clauses(&[Clause::H8]),
    ]
}

fn has_shrinkable(model: &HierarchyModel, prefix: PrefixId) -> bool {
    model.array(prefix).is_some_and(|array| array.shape().iter().any(|length| *length > 0))
}

/// One dimension, or several.
fn some_dimensions(draw: &mut NodeDraw<'_>, array: &ArrayModel) -> Vec<usize> {
    let count = array.shape().len();
    let one = draw.choices().below(count);
    let all = draw.choices().chance(1, 3);
    (0..count).filter(|at| all || *at == one).collect()
}

/// A larger shape, that its chunks mostly cover.
fn grown(draw: &mut NodeDraw<'_>, array: &ArrayModel) -> Vec<u64> {
    let chunks = &array.spec().chunks;
    let mut shape = array.shape().to_vec();
    for at in some_dimensions(draw, array) {
        let old = shape[at];
        shape[at] += draw.choices().between(1, 5) as u64;
        let is_small = |shape: &[u64]| {
            shape.iter().product::<u64>() <= MOST_ELEMENTS
                && (!chunks.fits(shape)
                    || chunks.counts(shape).iter().product::<u64>() <= MOST_CHUNKS)
        };
        let refused = draw.choices().chance(1, 6);
        while shape[at] > old && !(is_small(&shape) && (refused || chunks.fits(&shape))) {
            shape[at] -= 1;
        }
    }
    shape
}
