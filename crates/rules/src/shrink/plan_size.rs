//! How large a plan is, so that shrinking knows what is simpler.

use zarr_conform_model::plan::{
    ArraySpec, ChunkKeys, DataType, Edges, Effect, Elements, Json, KeyPart, NodeAction,
    NodeOperation, Operand, ReadDoor, Region, Scalar, ZarrFormat,
};
use zarr_conform_model::{Operation, Patch, Plan, Range, Value};
use zarrs_storage::byte_range::ByteRange;

use crate::shrink::simplify::LONGEST_TEXT;
use crate::shrink::simplify_fault::weight_of_fault;
use crate::shrink::simplify_together::weight_of_callers;

/// How large a plan is: the first field that differs decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PlanSize {
    operations: usize,
    /// How many of them are asked at the same time as others.
    together: usize,
    /// How far those are from the plainest ones.
    asked_together: usize,
    /// How far the faults are from none at all.
    faults: u64,
    /// How long the values are that are written, parts counted with what is before them.
    value_bytes: u128,
    /// Short texts count nothing, a repeated letter one, another byte two, patterns three, long texts
    /// four.
    value_kinds: usize,
    numbers: u128,
    names: usize,
    text: String,
}

impl PlanSize {
    pub(super) fn of(plan: &Plan) -> Self {
        let operations = || plan.operations();
        let values = || operations().flat_map(Operation::values);
        let names = plan.names();
        let keys = names.keys().map(|key| names.key(key).as_str());
        let prefixes = names.prefixes().map(|prefix| names.prefix(prefix).as_str());
        Self {
            operations: plan.len(),
            together: plan.together().map_or(0, |block| block.len()),
            asked_together: weight_of_callers(plan),
            faults: plan.steps().iter().filter_map(|step| step.fault).map(weight_of_fault).sum(),
            value_bytes: operations().map(value_bytes).sum(),
            value_kinds: values().map(kind_of).sum(),
            numbers: operations().map(numbers).sum(),
            names: keys.map(weight_of_key).sum::<usize>()
                + prefixes.map(weight_of).sum::<usize>()
                + if operations().any(|operation| is_about_root(plan, operation)) { 9 } else { 0 },
            text: plan.to_string(),
        }
    }
}

fn value_bytes(operation: &Operation) -> u128 {
    let values = operation.values().map(|value| value.len() as u128);
    let before = operation.patches().iter().map(|patch| u128::from(patch.offset));
    values.chain(before).sum()
}

fn kind_of(value: &Value) -> usize {
    match value {
        Value::Literal(bytes) if bytes.len() as u64 > LONGEST_TEXT => 4,
        Value::Literal(_) => 0,
        Value::Repeat { byte: b'a'..=b'z', .. } => 1,
        Value::Repeat { .. } => 2,
        Value::Pattern { .. } => 3,
    }
}

/// How far a key is from a short and plain one; the empty key is shortest, and the oddest.
fn weight_of_key(key: &str) -> usize {
    if key.is_empty() { 16 } else { weight_of(key) }
}

/// Whether the root is made something of, or opened: an odd thing for an array to be, so that a node
/// of one letter is plainer. To list it is plain, and so is a group there.
fn is_about_root(plan: &Plan, operation: &Operation) -> bool {
    let is_plain = |action: &NodeAction| match action {
        NodeAction::ListChildren | NodeAction::ListNodes => true,
        NodeAction::AddGroup { attributes, overwrite } => attributes.is_empty() && !overwrite,
        _ => false,
    };
    match operation {
        Operation::Node(NodeOperation { node, action }) => {
            plan.names().prefix(*node).as_str().is_empty() && !is_plain(action)
        }
        _ => false,
    }
}

fn weight_of(name: &str) -> usize {
    let weights = name.chars().map(|char| match char {
        'a'..='z' | '/' => 4,
        'A'..='Z' | '0'..='9' | '-' | '.' | '_' => 5,
        // With these, a name stands in quotes.
        '"' | ',' | '[' | ']' | '#' | '\\' => 7,
        '!'..='~' => 6,
        _ => 8,
    });
    weights.sum()
}

/// The sum of the numbers that an operation names, lists counted by their length too.
fn numbers(operation: &Operation) -> u128 {
    let of_range = |range: &Range| match range.0 {
        ByteRange::FromStart(offset, None) => u128::from(offset),
        ByteRange::FromStart(offset, Some(length)) => u128::from(offset) + u128::from(length) + 1,
        ByteRange::Suffix(length) => u128::from(length) + 1,
    };
    let of_offset = |patch: &Patch| u128::from(patch.offset);
    let of_list = |length: usize| length as u128 * 2;
    let of_operand = |operand: Operand<'_>| match operand {
        Operand::Range(range) => of_range(&range),
        Operand::Ranges(ranges) => {
            ranges.iter().map(of_range).sum::<u128>() + of_list(ranges.len())
        }
        Operand::Patch(patch) => of_offset(patch) + 1,
        Operand::Patches(patches) => {
            patches.iter().map(of_offset).sum::<u128>() + of_list(patches.len()) + 1
        }
        Operand::Keys(keys) => of_list(keys.len()),
        Operand::Parts(parts) => {
            let of_part = |part: &KeyPart| part.range.map_or(0, |range| of_range(&range) + 1);
            parts.iter().map(of_part).sum::<u128>() + of_list(parts.len())
        }
        // To write one key is plainer.
        Operand::Pair(_) => 2,
        Operand::Node(NodeOperation { action, .. }) => of_action(action),
        Operand::Key(_) | Operand::Prefix(_) | Operand::Value(_) => 0,
    };
    // To erase what is not named is less plain than to erase a key.
    let of_effect = u128::from(operation.kind().effect() == Effect::ErasesBelow);
    operation.operands().map(of_operand).sum::<u128>() + of_effect
}

/// What something special about a node weighs: more than the numbers of a small array. A guess.
const SPECIAL: u128 = 32;

/// The numbers of an action on a node, and what is special about it.
fn of_action(action: &NodeAction) -> u128 {
    match action {
        NodeAction::AddGroup { attributes, overwrite } => of_json(attributes) + flag(*overwrite),
        NodeAction::AddArray { spec, overwrite } => 1 + of_spec(spec) + flag(*overwrite),
        NodeAction::WriteChunk { chunk, elements } => of_list(chunk) + of_elements(*elements),
        NodeAction::WriteRegion { region, elements } => of_region(region) + of_elements(*elements),
        NodeAction::ReadChunk { chunk, door } => of_list(chunk) + of_door(*door),
        NodeAction::GetChunk { chunk } | NodeAction::EraseChunk { chunk } => of_list(chunk),
        NodeAction::ReadRegion { region, door } => of_region(region) + of_door(*door),
        NodeAction::ReadArray { door } => of_door(*door),
        NodeAction::Resize { shape } => of_list(shape),
        NodeAction::SetAttributes { attributes } => of_json(attributes),
        NodeAction::OpenNode
        | NodeAction::GetMetadata
        | NodeAction::ListChildren
        | NodeAction::ListNodes
        | NodeAction::Walk
        | NodeAction::Consolidate
        | NodeAction::DeleteNode => 0,
        NodeAction::CopyNode { .. } => 1,
        NodeAction::MoveNode { .. } => 2,
    }
}

fn flag(set: bool) -> u128 {
    if set { SPECIAL } else { 0 }
}

/// The plain door is the plainest, and each of the others special.
fn of_door(door: ReadDoor) -> u128 {
    let plainer = door.plainer().count() as u128;
    if plainer == 0 { 0 } else { SPECIAL + plainer }
}

fn of_list(list: &[u64]) -> u128 {
    list.iter().map(|number| 2 + u128::from(*number)).sum()
}

/// `0..1` is the plainest side, and one without positions an odd one.
fn of_region(region: &Region) -> u128 {
    let sides = region.start.iter().zip(&region.end);
    let of_side =
        |(start, end): (&u64, &u64)| 2 + u128::from(*start) + u128::from(*end) + flag(start >= end);
    1 + sides.map(of_side).sum::<u128>()
}

fn of_json(json: &Json) -> u128 {
    if json.is_empty() { 0 } else { SPECIAL + json.as_str().len() as u128 }
}

fn of_elements(elements: Elements) -> u128 {
    match elements {
        Elements::All(Scalar::Number(1)) => 0,
        Elements::Fill => 1,
        Elements::All(Scalar::Number(number)) => 2 + u128::from(number),
        Elements::All(_) => SPECIAL,
        Elements::From(number) => SPECIAL + u128::from(number),
    }
}

fn position_of(keys: ChunkKeys) -> Option<usize> {
    ChunkKeys::ALL.iter().position(|other| *other == keys)
}

/// A line of one element is the plainest array, and one without dimensions or elements an odd one.
fn of_spec(spec: &ArraySpec) -> u128 {
    let of_edges = |edges: &Edges| match edges {
        Edges::Every(edge) => u128::from(*edge),
        Edges::Each(pieces) => SPECIAL + of_list(pieces),
    };
    let fill = match spec.fill {
        Scalar::Number(0) => 0,
        Scalar::Number(number) => SPECIAL + u128::from(number),
        _ => SPECIAL * 2,
    };
    let at = |found: Option<usize>| found.map_or(0, |at| SPECIAL * at as u128);
    let codecs = &spec.codecs;
    let order = codecs.transpose.iter().flatten().enumerate();
    let moved = order.filter(|(at, from)| at != *from).count() as u128;
    let inner = codecs.shard.as_ref().map_or(0, |inner| SPECIAL + of_list(inner));
    of_list(&spec.shape)
        + spec.chunks.0.iter().map(of_edges).sum::<u128>()
        + flag(spec.shape.is_empty() || spec.shape.contains(&0))
        + at(DataType::ALL.iter().position(|other| *other == spec.data_type))
        + fill
        + flag(codecs.transpose.is_some())
        + moved
        + inner
        + flag(codecs.compressor.is_some())
        + flag(codecs.crc32c)
        + flag(spec.format == ZarrFormat::V2)
        + if spec.keys == spec.plain_keys() { 0 } else { at(position_of(spec.keys)) }
        + spec.dimension_names.as_ref().map_or(0, |names| SPECIAL + of_json(names))
        + of_json(&spec.attributes)
}
