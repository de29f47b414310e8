//! Plans with all that is done to one array changed together.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::json;
use zarr_conform_model::plan::{
    ArraySpec, Edges, Elements, Json, NodeAction, NodeOperation, Scalar,
};
use zarr_conform_model::{Operation, Plan, PrefixId, Step};

use crate::shrink::simplify_node::{plain, with_side, without_dimension};

/// The plan with nothing special about any node: where that does not matter, it saves a search for
/// each.
pub(super) fn plain_nodes(plan: &Plan) -> Option<Plan> {
    let mut found = false;
    let plainer = plan.map(|operation| {
        let Operation::Node(NodeOperation { node, action }) = operation else {
            return operation.clone();
        };
        found = true;
        let one = Elements::All(Scalar::Number(1));
        let mut plainer = (**action).clone();
        match &mut plainer {
            NodeAction::AddGroup { attributes, .. } => *attributes = Json::object(),
            NodeAction::AddArray { spec, .. } if spec.is_sound() => *spec = plain(spec),
            NodeAction::WriteChunk { elements, .. } | NodeAction::WriteRegion { elements, .. } => {
                *elements = one;
            }
            _ => {}
        }
        Operation::Node(NodeOperation { node: *node, action: Arc::new(plainer) })
    });
    found.then_some(plainer)
}

/// A number in an operation on an array, by what it counts.
#[derive(Clone, Copy)]
enum Number {
    /// The length of a dimension.
    Length(u64),
    /// The length of its chunks.
    Edge(u64),
    /// Where a region starts.
    Start(u64),
    /// Where a region ends.
    End(u64),
    /// The number of a chunk.
    Chunk(u64),
}

/// The plan with all operations on one array changed alike: without one of its dimensions, with
/// shorter chunks at the same places, without its first chunks.
pub(super) fn together(plan: &Plan) -> VecDeque<Plan> {
    let arrays = plan.operations().filter_map(|operation| match operation {
        Operation::Node(NodeOperation { node, action }) => match &**action {
            NodeAction::AddArray { spec, .. } => Some((*node, spec)),
            _ => None,
        },
        _ => None,
    });
    let arrays: Vec<(PrefixId, &ArraySpec)> = arrays.collect();
    let mut plans = VecDeque::new();
    let mut seen = BTreeSet::new();
    for (node, spec) in &arrays {
        if spec.shape.is_empty() {
            plans.push_back(on_node(plan, *node, give_dimension));
        }
        for at in 0..spec.shape.len() {
            if !seen.insert((*node, at)) {
                continue;
            }
            plans.push_back(on_node(plan, *node, |action| drop_dimension(action, at)));
            let Some(Edges::Every(edge)) = spec.chunks.0.get(at) else { continue };
            for change in [to_ones, to_twos, without_first] {
                if *edge > 0 {
                    let changed = |number| change(*edge, number);
                    plans.push_back(on_node(plan, *node, |action| renumber(action, at, changed)));
                }
            }
        }
    }
    plans.extend(cut_to_arrays(plan, &arrays));
    plans.extend(made_with_attributes(plan));
    plans.extend(made_where_they_go(plan));
    plans
}

/// The plan with a node that is copied or moved made where it goes to.
fn made_where_they_go(plan: &Plan) -> Vec<Plan> {
    let operations = plan.operations().enumerate();
    let taken = operations.filter_map(|(at, operation)| match operation {
        Operation::Node(operation) => Some((at, operation.node, operation.action.target()?)),
        _ => None,
    });
    let made = taken.map(|(at, from, to)| {
        let mut changed = plan.steps().to_vec();
        changed.remove(at);
        for Step { operation, .. } in &mut changed[..at] {
            *operation = operation.rename(|key| key, |node| if node == from { to } else { node });
        }
        plan.with_steps(changed)
    });
    made.collect()
}

/// The plan with nodes that have the attributes from the start which are set later.
fn made_with_attributes(plan: &Plan) -> Vec<Plan> {
    let set = plan.operations().enumerate().filter_map(|(at, operation)| match operation {
        Operation::Node(NodeOperation { node, action }) => match &**action {
            NodeAction::SetAttributes { attributes } => Some((at, *node, attributes)),
            _ => None,
        },
        _ => None,
    });
    let made = set.filter_map(|(at, node, set)| {
        let mut changed = plan.steps().to_vec();
        changed.remove(at);
        let makes = |step: &&mut Step| match &step.operation {
            Operation::Node(operation) => {
                operation.node == node
                    && matches!(
                        *operation.action,
                        NodeAction::AddArray { .. } | NodeAction::AddGroup { .. }
                    )
            }
            _ => false,
        };
        let Operation::Node(operation) = &mut changed[..at].iter_mut().rfind(makes)?.operation
        else {
            return None;
        };
        let mut action = (*operation.action).clone();
        match &mut action {
            NodeAction::AddArray { spec, .. } => spec.attributes = set.clone(),
            NodeAction::AddGroup { attributes, .. } => *attributes = set.clone(),
            _ => {}
        }
        operation.action = Arc::new(action);
        Some(plan.with_steps(changed))
    });
    made.collect()
}

/// Chunks of one element each.
fn to_ones(edge: u64, number: Number) -> u64 {
    match number {
        Number::Length(number) | Number::End(number) => number.div_ceil(edge),
        Number::Start(number) => number / edge,
        Number::Edge(_) => 1,
        Number::Chunk(number) => number,
    }
}

/// Chunks of two elements each, of which the last keeps one if it was not full.
fn to_twos(edge: u64, number: Number) -> u64 {
    match number {
        Number::Length(number) | Number::End(number) | Number::Start(number) => {
            number / edge * 2 + (number % edge).min(1)
        }
        Number::Edge(_) => 2,
        Number::Chunk(number) => number,
    }
}

fn without_first(edge: u64, number: Number) -> u64 {
    match number {
        Number::Length(number) | Number::Start(number) | Number::End(number) => {
            number.saturating_sub(edge)
        }
        Number::Edge(edge) => edge,
        Number::Chunk(number) => number.saturating_sub(1),
    }
}

/// The plan with every operation on a node changed.
fn on_node(plan: &Plan, changed: PrefixId, change: impl Fn(&mut NodeAction)) -> Plan {
    plan.map(|operation| match operation {
        Operation::Node(NodeOperation { node, action }) if *node == changed => {
            let mut action = (**action).clone();
            change(&mut action);
            Operation::Node(NodeOperation { node: changed, action: Arc::new(action) })
        }
        other => other.clone(),
    })
}

/// The lists of numbers in an action that have one for each dimension.
fn lists(action: &mut NodeAction) -> Vec<&mut Vec<u64>> {
    match action {
        NodeAction::WriteChunk { chunk, .. }
        | NodeAction::ReadChunk { chunk, .. }
        | NodeAction::EraseChunk { chunk } => vec![chunk],
        NodeAction::Resize { shape } => vec![shape],
        NodeAction::WriteRegion { region, .. } | NodeAction::ReadRegion { region, .. } => {
            vec![&mut region.start, &mut region.end]
        }
        _ => Vec::new(),
    }
}

fn drop_dimension(action: &mut NodeAction, at: usize) {
    if let NodeAction::AddArray { spec, .. } = action {
        if spec.shape.len() > at && spec.shape.len() > 1 {
            *spec = without_dimension(spec, at);
        }
        return;
    }
    for list in lists(action) {
        if list.len() > at && list.len() > 1 {
            list.remove(at);
        }
    }
}

/// Makes an array without dimensions a line of one element.
fn give_dimension(action: &mut NodeAction) {
    match action {
        NodeAction::AddArray { spec, .. } if spec.shape.is_empty() && spec.is_sound() => {
            spec.shape.push(1);
            spec.chunks.0.push(Edges::Every(1));
            spec.codecs.transpose.iter_mut().for_each(|order| order.push(0));
            spec.codecs.shard.iter_mut().for_each(|inner| inner.push(1));
            spec.dimension_names = spec.dimension_names.as_ref().map(|_| Json::new(&json!([null])));
        }
        NodeAction::WriteRegion { region, .. } | NodeAction::ReadRegion { region, .. }
            if region.end.is_empty() =>
        {
            region.start.push(0);
            region.end.push(1);
        }
        _ => {
            let empty = lists(action).into_iter().filter(|list| list.is_empty());
            empty.for_each(|list| list.push(0));
        }
    }
}

fn renumber(action: &mut NodeAction, at: usize, change: impl Fn(Number) -> u64) {
    let kind: fn(u64) -> Number = match action {
        NodeAction::Resize { .. } => Number::Length,
        NodeAction::AddArray { spec, .. } => {
            let side = spec.shape.get(at).zip(spec.chunks.0.get(at));
            if let Some((length, Edges::Every(edge))) = side {
                let edges = Edges::Every(change(Number::Edge(*edge)));
                *spec = with_side(spec, at, change(Number::Length(*length)), edges);
            }
            return;
        }
        NodeAction::WriteRegion { region, .. } | NodeAction::ReadRegion { region, .. } => {
            let side = region.start.get_mut(at).zip(region.end.get_mut(at));
            if let Some((start, end)) = side {
                (*start, *end) = (change(Number::Start(*start)), change(Number::End(*end)));
            }
            return;
        }
        _ => Number::Chunk,
    };
    for list in lists(action) {
        if let Some(number) = list.get_mut(at) {
            *number = change(kind(*number));
        }
    }
}

/// The plan without the numbers for dimensions that no array at their node has.
fn cut_to_arrays(plan: &Plan, arrays: &[(PrefixId, &ArraySpec)]) -> Option<Plan> {
    let mut is_cut = false;
    let cut = plan.map(|operation| {
        let Operation::Node(NodeOperation { node, action }) = operation else {
            return operation.clone();
        };
        let own = arrays.iter().filter(|(other, _)| other == node);
        let dimensions = own.map(|(_, spec)| spec.shape.len()).max().unwrap_or(1);
        let mut action = (**action).clone();
        for list in lists(&mut action) {
            is_cut |= list.len() > dimensions;
            list.truncate(dimensions);
        }
        Operation::Node(NodeOperation { node: *node, action: Arc::new(action) })
    });
    is_cut.then_some(cut)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(plan: &str, changed: impl Fn(&Plan) -> Plan, expected: Expect) {
        let plan: Plan = plan.replace("; ", "\n").parse().unwrap();
        let text = changed(&plan).to_string();
        let lines: Vec<_> = text.lines().skip(1).collect();
        expected.assert_eq(&lines.join("; "));
    }

    #[test]
    fn arrays_without_dimensions_are_given_one() {
        check(
            "add_array a shape=[] chunks=[] names=[]; write_chunk a [] 1; read_region a []",
            |plan| together(plan)[0].clone(),
            expect![
                "add_array a shape=[1] chunks=[1] names=[null]; write_chunk a [0] 1; read_region a [0..1]"
            ],
        );
    }

    #[test]
    fn operations_on_one_array_change_together() {
        let plan = "add_array a shape=[7, 5] chunks=[3, 2] codecs=[transpose(1 0), shard(2 3)]; \
                    write_chunk a [2, 1] 1; read_region a [4..7, 1..9]; resize a [8]; \
                    read_chunk b [2, 1]";
        let nth = |at: usize| move |plan: &Plan| together(plan)[at].clone();
        check(
            plan,
            nth(0),
            expect![
                "add_array a shape=[5] chunks=[2] codecs=[transpose(0), shard(2)]; write_chunk a [1] 1; read_region a [1..9]; resize a [8]; read_chunk b [2, 1]"
            ],
        );
        check(
            plan,
            nth(1),
            expect![
                "add_array a shape=[3, 5] chunks=[1, 2] codecs=[transpose(1 0), shard(2 1)]; write_chunk a [2, 1] 1; read_region a [1..3, 1..9]; resize a [3]; read_chunk b [2, 1]"
            ],
        );
        check(
            plan,
            nth(2),
            expect![
                "add_array a shape=[5, 5] chunks=[2, 2] codecs=[transpose(1 0), shard(2 2)]; write_chunk a [2, 1] 1; read_region a [3..5, 1..9]; resize a [5]; read_chunk b [2, 1]"
            ],
        );
        check(
            plan,
            nth(3),
            expect![
                "add_array a shape=[4, 5] chunks=[3, 2] codecs=[transpose(1 0), shard(2 3)]; write_chunk a [1, 1] 1; read_region a [1..4, 1..9]; resize a [5]; read_chunk b [2, 1]"
            ],
        );
        check(
            plan,
            |plan| together(plan).pop_back().unwrap(),
            expect![
                "add_array a shape=[7, 5] chunks=[3, 2] codecs=[transpose(1 0), shard(2 3)]; write_chunk a [2, 1] 1; read_region a [4..7, 1..9]; resize a [8]; read_chunk b [2]"
            ],
        );
        check(
            plan,
            |plan| plain_nodes(plan).unwrap(),
            expect![
                "add_array a shape=[7, 5] chunks=[3, 2]; write_chunk a [2, 1] 1; read_region a [4..7, 1..9]; resize a [8]; read_chunk b [2, 1]"
            ],
        );
    }
}
