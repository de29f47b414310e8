//! Simpler forms of what is done to one node.

use serde_json::{Value as JsonValue, json};
use zarr_conform_model::plan::{
    ArraySpec, ChunkGrid, ChunkKeys, Codecs, DataType, Edges, Elements, Json, NodeAction, Region,
    Scalar, ZarrFormat,
};

use crate::shrink::smaller::smaller;

/// Simpler forms of what is done to a node, the simplest first.
pub(super) fn simpler_actions(action: &NodeAction) -> Vec<NodeAction> {
    match action {
        NodeAction::AddGroup { attributes, overwrite } => {
            let simpler = simpler_json(attributes).into_iter();
            let simpler = simpler
                .map(|attributes| NodeAction::AddGroup { attributes, overwrite: *overwrite });
            let plain = NodeAction::AddGroup { attributes: Json::object(), overwrite: false };
            let new = NodeAction::AddGroup { attributes: attributes.clone(), overwrite: false };
            [plain, new].into_iter().chain(simpler).collect()
        }
        NodeAction::AddArray { spec, overwrite } => {
            let with = |spec, overwrite| NodeAction::AddArray { spec, overwrite };
            let group = [false, *overwrite]
                .map(|overwrite| NodeAction::AddGroup { attributes: Json::object(), overwrite });
            let specs = simpler_specs(spec);
            let new = specs.iter().cloned().map(|spec| with(spec, false)).collect::<Vec<_>>();
            let same = specs.into_iter().map(|spec| with(spec, true)).filter(|_| *overwrite);
            group.into_iter().chain([with(spec.clone(), false)]).chain(new).chain(same).collect()
        }
        NodeAction::WriteChunk { chunk, elements: Elements::Fill } => {
            vec![NodeAction::EraseChunk { chunk: chunk.clone() }]
        }
        NodeAction::WriteChunk { chunk, elements } => {
            let with = |chunk: &Vec<u64>, elements| NodeAction::WriteChunk {
                chunk: chunk.clone(),
                elements,
            };
            let chunks = simpler_lists(chunk, 0);
            let written = simpler_elements(*elements).map(|elements| with(chunk, elements));
            let chunks = chunks.iter().map(|chunk| with(chunk, *elements));
            chunks.chain(written).collect()
        }
        NodeAction::WriteRegion { region, elements } => {
            let zeros = vec![0; region.start.len()];
            let as_chunk = NodeAction::WriteChunk { chunk: zeros, elements: *elements };
            let with = |region: &Region, elements| NodeAction::WriteRegion {
                region: region.clone(),
                elements,
            };
            let regions = simpler_regions(region);
            let regions = regions.iter().map(|region| with(region, *elements));
            let written = simpler_elements(*elements).map(|elements| with(region, elements));
            [as_chunk].into_iter().chain(regions).chain(written).collect()
        }
        NodeAction::ReadRegion { region, door } => {
            let regions = simpler_regions(region).into_iter();
            let regions = regions.map(|region| NodeAction::ReadRegion { region, door: *door });
            plainer_doors(action).chain(regions).collect()
        }
        NodeAction::ReadChunk { chunk, door } => {
            let chunks = simpler_lists(chunk, 0).into_iter();
            let chunks = chunks.map(|chunk| NodeAction::ReadChunk { chunk, door: *door });
            plainer_doors(action).chain(chunks).collect()
        }
        NodeAction::ReadArray { .. } => plainer_doors(action).collect(),
        NodeAction::GetChunk { chunk } => {
            let chunks = simpler_lists(chunk, 0).into_iter();
            chunks.map(|chunk| NodeAction::GetChunk { chunk }).collect()
        }
        NodeAction::EraseChunk { chunk } => {
            let chunks = simpler_lists(chunk, 0).into_iter();
            chunks.map(|chunk| NodeAction::EraseChunk { chunk }).collect()
        }
        NodeAction::Resize { shape } => {
            // What is cut off is erased.
            let erased = NodeAction::EraseChunk { chunk: vec![0; shape.len()] };
            let shapes = simpler_lists(shape, 1).into_iter();
            [erased].into_iter().chain(shapes.map(|shape| NodeAction::Resize { shape })).collect()
        }
        NodeAction::SetAttributes { attributes } => {
            let simpler = simpler_json(attributes).into_iter();
            simpler.map(|attributes| NodeAction::SetAttributes { attributes }).collect()
        }
        NodeAction::OpenNode
        | NodeAction::GetMetadata
        | NodeAction::Walk
        | NodeAction::ListChildren
        | NodeAction::ListNodes
        | NodeAction::CopyNode { .. }
        | NodeAction::Consolidate
        | NodeAction::DeleteNode => Vec::new(),
        // A node that is moved is copied, and then removed.
        NodeAction::MoveNode { to } => {
            vec![NodeAction::CopyNode { to: *to }, NodeAction::DeleteNode]
        }
    }
}

/// The same through each door that is plainer, the plain one first.
fn plainer_doors(action: &NodeAction) -> impl Iterator<Item = NodeAction> {
    action.door().plainer().filter_map(|door| action.through(door))
}

/// `{}`, `{"a":1}`, and the object without each of its members or with that one alone.
fn simpler_json(json: &Json) -> Vec<Json> {
    let plain = [Json::object(), Json::new(&json!({"a": 1}))];
    let members = match json.value() {
        JsonValue::Object(members) => members,
        _ => serde_json::Map::new(),
    };
    let alone = members.iter().map(|(name, value)| json!({ name: value }));
    let renamed = members.values().map(|value| json!({ "a": value }));
    let without = members.keys().map(|name| {
        let mut left = members.clone();
        left.remove(name);
        JsonValue::Object(left)
    });
    let inner = members.iter().flat_map(|(name, value)| {
        let simpler = match value {
            JsonValue::Object(inner) => inner.values().cloned().chain([json!({})]).collect(),
            JsonValue::Array(inner) => inner.iter().cloned().chain([json!([])]).collect(),
            _ => vec![json!(1)],
        };
        simpler.into_iter().map(|value| {
            let mut changed = members.clone();
            changed.insert(name.clone(), value);
            JsonValue::Object(changed)
        })
    });
    let simpler = alone.chain(renamed).chain(without).chain(inner);
    plain.into_iter().chain(simpler.map(|json| Json::new(&json))).collect()
}

fn simpler_elements(elements: Elements) -> impl Iterator<Item = Elements> {
    let all = |number| Elements::All(Scalar::Number(number));
    let number = match elements {
        Elements::All(Scalar::Number(number)) | Elements::From(number) => number,
        _ => 0,
    };
    let smaller = smaller(u64::from(number)).map(|number| number as u32).collect::<Vec<_>>();
    let from = smaller.clone().into_iter().map(Elements::From);
    let from = from.filter(move |_| matches!(elements, Elements::From(_)));
    [all(1), Elements::Fill, all(2), all(0), all(number), Elements::From(1)]
        .into_iter()
        .chain(smaller.into_iter().map(all))
        .chain(from)
}

/// All numbers `plain`, then each made smaller.
fn simpler_lists(list: &[u64], plain: u64) -> Vec<Vec<u64>> {
    let one_smaller = list.iter().enumerate().flat_map(|(at, number)| {
        smaller(*number).map(move |number| {
            let mut list = list.to_vec();
            list[at] = number;
            list
        })
    });
    [vec![plain; list.len()]].into_iter().chain(one_smaller).collect()
}

/// `0..1` in all dimensions, then in each, and smaller ends.
fn simpler_regions(region: &Region) -> Vec<Region> {
    let count = region.start.len();
    let mut regions = vec![Region { start: vec![0; count], end: vec![1; count] }];
    for at in 0..count {
        let (start, end) = (region.start[at], region.end[at]);
        let length = end.saturating_sub(start);
        let shifted = smaller(start).map(|start| (start, start + length));
        let longer = smaller(start).map(|start| (start, end));
        let shorter = smaller(end).filter(|end| *end > start || length == 0);
        let shorter = shorter.map(|end| (start, end));
        for (start, end) in [(0, 1)].into_iter().chain(shifted).chain(longer).chain(shorter) {
            let mut region = region.clone();
            (region.start[at], region.end[at]) = (start, end);
            regions.push(region);
        }
    }
    regions
}

/// Simpler specifications, the simplest first; of a sound one only sound ones.
fn simpler_specs(spec: &ArraySpec) -> Vec<ArraySpec> {
    let line = |length| ArraySpec::new(vec![length], ChunkGrid(vec![Edges::Every(1)]));
    let mut specs = vec![line(1), line(2), plain(spec)];
    let dimensions = spec.shape.len();
    if dimensions == 0 {
        // A dimension comes together with a number for it in what is done to the array.
        specs.drain(..2);
    }
    if dimensions > 1 {
        specs.extend((0..dimensions).map(|at| without_dimension(spec, at)));
    }
    for at in 0..dimensions.min(spec.chunks.0.len()) {
        specs.extend(simpler_sides(spec, at));
    }
    let mut with = |change: &dyn Fn(&mut ArraySpec)| {
        let mut changed = spec.clone();
        change(&mut changed);
        specs.push(changed);
    };
    let simpler_types = DataType::ALL.iter().take_while(|simpler| **simpler != spec.data_type);
    simpler_types.for_each(|simpler| with(&|spec| spec.data_type = *simpler));
    for number in [0, 1, 7] {
        with(&|spec| spec.fill = Scalar::Number(number));
    }
    with(&|spec| spec.codecs = Codecs::default());
    with(&|spec| spec.codecs.transpose = None);
    with(&|spec| spec.codecs.shard = None);
    with(&|spec| spec.codecs.shard = spec.codecs.shard.as_ref().map(|inner| vec![1; inner.len()]));
    with(&|spec| spec.codecs.compressor = None);
    with(&|spec| spec.codecs.crc32c = false);
    with(&|spec| (spec.format, spec.keys) = (ZarrFormat::V3, ChunkKeys::Default));
    with(&|spec| spec.keys = spec.plain_keys());
    with(&|spec| spec.dimension_names = None);
    for simpler in simpler_json(&spec.attributes) {
        with(&|spec| spec.attributes = simpler.clone());
    }
    specs.retain(|simpler| simpler.is_sound() || !spec.is_sound());
    specs
}

/// An array of the same shape and chunks without anything special.
pub(super) fn plain(spec: &ArraySpec) -> ArraySpec {
    ArraySpec::new(spec.shape.clone(), spec.chunks.clone())
}

/// Smaller lengths and simpler edges of one dimension, alone and together.
fn simpler_sides(spec: &ArraySpec, at: usize) -> Vec<ArraySpec> {
    let (length, edges) = (spec.shape[at], &spec.chunks.0[at]);
    let simpler_edges: Vec<Edges> = match edges {
        Edges::Every(edge) => smaller(*edge).filter(|edge| *edge > 0).map(Edges::Every).collect(),
        Edges::Each(pieces) => {
            let longest = pieces.iter().max().copied().unwrap_or(1);
            let every = [1, 2, longest].map(Edges::Every);
            let without = (0..pieces.len()).map(|left_out| {
                let mut pieces = pieces.clone();
                pieces.remove(left_out);
                pieces
            });
            let smaller = simpler_lists(pieces, 1).into_iter().chain(without);
            every.into_iter().chain(smaller.map(Edges::Each)).collect()
        }
    };
    let lengths = || smaller(length);
    let both = [(1, 1), (2, 1), (3, 2)]
        .into_iter()
        .map(|(length, edge)| with_side(spec, at, length, Edges::Every(edge)));
    let shorter = lengths().map(|length| with_side(spec, at, length, edges.clone()));
    let simpler = simpler_edges.iter().map(|edges| with_side(spec, at, length, edges.clone()));
    let together = simpler_edges.iter().filter_map(|edges| {
        let sum = match edges {
            Edges::Each(pieces) => pieces.iter().sum(),
            Edges::Every(_) => length,
        };
        (sum < length).then(|| with_side(spec, at, sum, edges.clone()))
    });
    both.chain(shorter).chain(simpler).chain(together).collect()
}

/// With another length and other chunks of one dimension; the inner chunks of shards still fit.
pub(super) fn with_side(spec: &ArraySpec, at: usize, length: u64, edges: Edges) -> ArraySpec {
    let mut changed = spec.clone();
    changed.shape[at] = length;
    let stored = match &spec.codecs.transpose {
        Some(order) => order.iter().position(|from| *from == at),
        None => Some(at),
    };
    let inner = changed.codecs.shard.as_mut().zip(stored);
    if let (Some(inner), Edges::Every(edge)) =
        (inner.and_then(|(inner, at)| inner.get_mut(at)), &edges)
        && (*inner == 0 || edge % *inner > 0)
    {
        *inner = *edge;
    }
    changed.chunks.0[at] = edges;
    changed
}

pub(super) fn without_dimension(spec: &ArraySpec, at: usize) -> ArraySpec {
    fn without<T>(list: &mut Vec<T>, at: usize) {
        if at < list.len() {
            list.remove(at);
        }
    }
    let mut left = spec.clone();
    without(&mut left.shape, at);
    without(&mut left.chunks.0, at);
    let order = left.codecs.transpose.take();
    let stored = order.as_ref().and_then(|order| order.iter().position(|from| *from == at));
    if let Some(inner) = &mut left.codecs.shard {
        without(inner, stored.unwrap_or(at));
    }
    left.codecs.transpose = order.map(|order| {
        let kept = order.into_iter().filter(|from| *from != at);
        kept.map(|from| if from > at { from - 1 } else { from }).collect()
    });
    if let Some(JsonValue::Array(mut names)) = left.dimension_names.as_ref().map(Json::value) {
        without(&mut names, at);
        left.dimension_names = Some(Json::new(&JsonValue::Array(names)));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::choices::Choices;
    use crate::hierarchy::array_specs;

    #[test]
    fn simpler_forms_of_sound_arrays_are_sound() {
        for case in 0..500 {
            let spec = array_specs::draw(&mut Choices::new(1, case));
            for simpler in simpler_specs(&spec) {
                assert!(simpler.is_sound(), "{spec}: {simpler}");
            }
            for at in 0..spec.shape.len() {
                assert!(without_dimension(&spec, at).is_sound(), "{spec} without {at}");
            }
            let unsound = array_specs::draw_unsound(&mut Choices::new(1, case));
            assert!(!simpler_specs(&unsound).is_empty());
        }
    }
}
