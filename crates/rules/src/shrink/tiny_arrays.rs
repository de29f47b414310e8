//! Tiny arrays: the same plan on every array of a few elements, so that what shows on several ends
//! on one.

use std::sync::Arc;

use zarr_conform_model::plan::{ArraySpec, ChunkGrid, Edges, NodeAction, NodeOperation};
use zarr_conform_model::{Operation, Plan};

/// Plans of up to this many operations are tried on all tiny arrays. A guess: there are many tiny
/// arrays.
const FEW: usize = 5;

/// The length of a dimension and of its chunks.
type Side = (u64, u64);

const SIDES: &[Side] = &[(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 2)];

/// Fewer, for arrays of three dimensions.
const FEWER_SIDES: &[Side] = &[(1, 1), (1, 2), (2, 1)];

/// A short plan with each of its arrays in every tiny shape, as it is and without any one of the
/// operations between.
pub(super) fn tiny_arrays(plan: &Plan) -> Vec<Plan> {
    if plan.len() > FEW {
        return Vec::new();
    }
    let operations = plan.operations().enumerate();
    let arrays = operations.filter_map(|(at, operation)| match operation {
        Operation::Node(NodeOperation { node, action }) => match &**action {
            NodeAction::AddArray { spec, overwrite } => Some((at, *node, spec, *overwrite)),
            _ => None,
        },
        _ => None,
    });
    let tried = arrays.flat_map(|(at, node, spec, overwrite)| {
        let last = plan.len() - 1;
        let left_out = (0..last).filter(move |other| *other != at).map(Some);
        let left_out: Vec<Option<usize>> = [None].into_iter().chain(left_out).collect();
        shapes(spec).into_iter().flat_map(move |spec| {
            let action = Arc::new(NodeAction::AddArray { spec, overwrite });
            let mut steps = plan.steps().to_vec();
            steps[at].operation = Operation::Node(NodeOperation { node, action });
            let tiny = plan.with_steps(steps);
            let without =
                move |other: &Option<usize>| tiny.keep(|at, _| Some(at) != *other).compact();
            left_out.iter().map(without).collect::<Vec<_>>()
        })
    });
    tried.collect()
}

/// An array in every tiny shape that its codecs allow.
fn shapes(spec: &ArraySpec) -> Vec<ArraySpec> {
    let sides = match spec.shape.len() {
        1 | 2 => SIDES,
        3 => FEWER_SIDES,
        _ => return Vec::new(),
    };
    let mut shapes: Vec<Vec<Side>> = vec![Vec::new()];
    for _ in 0..spec.shape.len() {
        let longer = shapes.iter().flat_map(|shape| {
            sides.iter().map(|side| shape.iter().copied().chain([*side]).collect())
        });
        shapes = longer.collect();
    }
    let specs = shapes.into_iter().map(|sides| ArraySpec {
        shape: sides.iter().map(|(length, _)| *length).collect(),
        chunks: ChunkGrid(sides.iter().map(|(_, edge)| Edges::Every(*edge)).collect()),
        ..spec.clone()
    });
    specs.filter(ArraySpec::is_sound).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_tried_with_fewer_operations_on_another_shape() {
        let plan = "add_array a shape=[1, 1] chunks=[1, 2] dtype=string codecs=[transpose(1 0)]\n\
            write_chunk a [0, 0] 1\nread_array a";
        let wanted = "zarr-conform plan 1\n\
            add_array a shape=[1, 2] chunks=[1, 3] dtype=string codecs=[transpose(1 0)]\n\
            read_array a\n";
        let plan: Plan = plan.parse().unwrap();
        assert!(tiny_arrays(&plan).iter().any(|tiny| tiny.to_string() == wanted));
    }

    #[test]
    fn shards_stay_sound() {
        let plan: Plan = "add_array a shape=[4] chunks=[4] codecs=[shard(2)]".parse().unwrap();
        let chunks: Vec<_> = tiny_arrays(&plan).iter().map(Plan::to_string).collect();
        assert!(chunks.iter().all(|plan| plan.contains("chunks=[2]")), "{chunks:?}");
        assert_eq!(chunks.len(), 3);
    }
}
