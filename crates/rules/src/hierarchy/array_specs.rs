//! Draws what arrays are to be: small ones, cut into few chunks, that differ in everything else.

use serde_json::{Map, Value as JsonValue};
use zarr_conform_model::plan::{
    ArraySpec, ChunkGrid, ChunkKeys, Codecs, Compressor, DataType, Edges, Elements, Json, Region,
    Scalar,
};

use crate::generate::choices::Choices;

/// The most elements that an array is given, be it by a resize. A guess: the model holds arrays
/// dense.
pub(super) const MOST_ELEMENTS: u64 = 400;

/// The most chunks that an array is given, be it by a resize. A guess: each chunk is a key of the
/// plan.
pub(super) const MOST_CHUNKS: u64 = 40;

/// Names of attributes and dimensions: some that metadata has a meaning for, some that are hard to
/// write.
const JSON_NAMES: &[&str] =
    &["a", "b", "x", "caf\u{e9}", "zarr_format", "attributes", "0", "", " "];

/// Texts in attributes.
const TEXTS: &[&str] = &["", "a", "日本 😀", "\"\\\n\u{1f}", "NaN", "0"];

/// Draws a specification that is [sound](ArraySpec::is_sound).
pub(crate) fn draw(choices: &mut Choices) -> ArraySpec {
    let dimensions = choices.weighted(&[1, 9, 7, 2, 1]);
    let is_regular = !choices.chance(1, 7);
    let mut left = Left { elements: MOST_ELEMENTS, chunks: MOST_CHUNKS };
    let sides = if dimensions == 2 && choices.chance(1, 5) {
        square(choices)
    } else {
        (0..dimensions)
            .map(|_| side(choices, &mut left, is_regular, dimensions < 3))
            .collect::<Vec<_>>()
    };
    let (shape, edges): (Vec<u64>, Vec<Edges>) = sides.into_iter().unzip();
    let mut spec = ArraySpec::new(shape, ChunkGrid(edges));
    let data_type = choices.weighted(&[6, 1, 1, 4, 1, 4, 1]);
    spec.data_type = DataType::ALL[data_type];
    spec.fill = fill(choices, spec.data_type);
    spec.codecs = codecs(choices, &spec);
    if choices.chance(3, 8) {
        spec.keys = *choices.pick(&ChunkKeys::ALL);
    }
    if choices.chance(1, 6) {
        spec.dimension_names = Some(dimension_names(choices, dimensions));
    }
    if choices.chance(1, 4) {
        spec.attributes = attributes(choices);
    }
    if choices.chance(1, 8) { spec.in_v2() } else { spec }
}

/// Draws a specification that nothing can be made of: its chunks do not fit its shape.
pub(crate) fn draw_unsound(choices: &mut Choices) -> ArraySpec {
    let mut spec = draw(choices);
    let ChunkGrid(edges) = &mut spec.chunks;
    let dimensions = edges.len();
    match (choices.below(3), edges.last_mut(), spec.shape.last_mut()) {
        (0, Some(edge), _) => *edge = Edges::Every(0),
        (1, Some(edge), Some(length)) => {
            *length += 2;
            *edge = Edges::Each(vec![1; *length as usize - 1]);
        }
        (2, ..) if dimensions > 1 => edges.truncate(dimensions - 1),
        _ => edges.push(Edges::Every(1)),
    }
    spec
}

/// What is left of the limits for the dimensions to come.
struct Left {
    elements: u64,
    chunks: u64,
}

/// The length of a dimension and how it is cut: the number of chunks is drawn, not their length.
fn side(choices: &mut Choices, left: &mut Left, is_regular: bool, may_reach: bool) -> (u64, Edges) {
    let length = match choices.below(24) {
        0 => 0,
        // So that there are the chunks 1 and 10.
        1 if left.chunks == MOST_CHUNKS => 11,
        _ => choices.between(1, 7) as u64,
    };
    let length = length.min(left.elements);
    let count = if length == 11 { 11 } else { choices.between(1, 4) as u64 };
    let count = count.min(length).min(left.chunks).max(1);
    left.elements /= length.max(1);
    left.chunks /= count;
    if !is_regular && choices.chance(2, 3) {
        return (length, Edges::Each(pieces(choices, length, count)));
    }
    let edge = length.div_ceil(count).max(1);
    if count == 1 && may_reach && choices.chance(1, 4) {
        return (length, Edges::Every(edge + choices.between(1, 3) as u64));
    }
    // The last chunk reaches over the end more often than not.
    let is_even = edge > 1 && length > 1 && length % edge == 0;
    let length = if is_even && choices.chance(1, 2) { length - 1 } else { length };
    (length, Edges::Every(edge))
}

/// Two dimensions that are cut alike into whole squares: what takes one for the other is seen in
/// the elements alone.
fn square(choices: &mut Choices) -> Vec<(u64, Edges)> {
    let edge = choices.between(2, 3) as u64;
    let count = choices.between(1, 2) as u64;
    vec![(edge * count, Edges::Every(edge)); 2]
}

/// Up to `count` lengths, no two alike if it can be, that cover `length`, some a little more.
fn pieces(choices: &mut Choices, length: u64, count: u64) -> Vec<u64> {
    let mut rest = length.max(1);
    let mut pieces = Vec::new();
    for later in (1..count).rev() {
        let piece = choices.between(1, (rest - later) as usize) as u64;
        pieces.push(piece);
        rest -= piece;
    }
    let over = if choices.chance(1, 4) { choices.between(1, 2) as u64 } else { 0 };
    pieces.push(rest + over);
    pieces
}

fn fill(choices: &mut Choices, data_type: DataType) -> Scalar {
    let is_float = matches!(data_type, DataType::Float32 | DataType::Float64);
    match choices.below(8) {
        0..=4 => Scalar::Number(0),
        5..=6 if is_float => special(choices),
        _ => Scalar::Number(*choices.pick(&[1, 7, 255])),
    }
}

fn special(choices: &mut Choices) -> Scalar {
    choices.pick(&Scalar::SPECIAL).0
}

fn codecs(choices: &mut Choices, spec: &ArraySpec) -> Codecs {
    let mut codecs = Codecs::default();
    let dimensions = spec.shape.len();
    // The bytes of chunks are only known of those without.
    if choices.chance(9, 16) {
        return codecs;
    }
    let is_text = spec.data_type == DataType::String;
    if dimensions > 0 && choices.chance(1, 3) {
        codecs.transpose = Some(permutation(choices, dimensions));
    }
    if dimensions > 0 && !is_text && spec.chunks.is_regular() && choices.chance(1, 2) {
        codecs.shard = Some(inner_chunks(choices, spec, codecs.transpose.as_deref()));
    }
    if choices.chance(1, 2) {
        // Setting gzip up takes a hundred times as long as compressing a small chunk, and blosc
        // shuffles elements of one length.
        codecs.compressor = Some(match choices.below(12) {
            0 => Compressor::Gzip,
            1..=8 if !is_text => Compressor::Blosc,
            _ => Compressor::Zstd,
        });
    }
    codecs.crc32c = choices.chance(1, 3);
    codecs
}

fn permutation(choices: &mut Choices, dimensions: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..dimensions).collect();
    for at in (1..dimensions).rev() {
        order.swap(at, choices.below(at + 1));
    }
    order
}

/// Lengths that cut the transposed chunk evenly.
fn inner_chunks(choices: &mut Choices, spec: &ArraySpec, order: Option<&[usize]>) -> Vec<u64> {
    let stored = (0..spec.shape.len()).map(|at| order.map_or(at, |order| order[at]));
    let edges = stored.map(|from| match spec.chunks.0[from] {
        Edges::Every(edge) => edge,
        Edges::Each(_) => 1,
    });
    edges
        .map(|edge| {
            let divisors: Vec<u64> = (1..=edge).filter(|part| edge % part == 0).collect();
            *choices.pick(&divisors)
        })
        .collect()
}

fn dimension_names(choices: &mut Choices, dimensions: usize) -> Json {
    let names = (0..dimensions).map(|_| match choices.below(4) {
        0 => JsonValue::Null,
        _ => (*choices.pick(JSON_NAMES)).into(),
    });
    Json::new(&JsonValue::Array(names.collect()))
}

/// Draws user attributes: nested, and with numbers and texts that are easily written wrong.
pub(super) fn attributes(choices: &mut Choices) -> Json {
    Json::new(&object(choices, 2))
}

fn object(choices: &mut Choices, depth: usize) -> JsonValue {
    let count = choices.below(4);
    let mut names: Vec<_> = (0..count).map(|_| *choices.pick(JSON_NAMES)).collect();
    // In this order however the map keeps them.
    names.sort_unstable();
    names.dedup();
    let members = names.into_iter().map(|name| (name.to_owned(), value(choices, depth)));
    JsonValue::Object(members.collect::<Map<_, _>>())
}

fn value(choices: &mut Choices, depth: usize) -> JsonValue {
    match choices.below(if depth > 0 { 10 } else { 7 }) {
        0 => JsonValue::Null,
        1 => choices.chance(1, 2).into(),
        2 => choices.below(10).into(),
        3 => (*choices.pick(&[u64::MAX, (1 << 53) + 1, 1 << 63])).into(),
        4 => (*choices.pick(&[i64::MIN, -1, -(1 << 53) - 1])).into(),
        5 => (*choices.pick(&[0.5, -1.5, 1e-3])).into(),
        6 => (*choices.pick(TEXTS)).into(),
        7 | 8 => object(choices, depth - 1),
        _ => (0..choices.below(3)).map(|_| value(choices, depth - 1)).collect(),
    }
}

/// Draws what is written into an array; `number` is one that no other write has.
pub(super) fn elements(choices: &mut Choices, data_type: DataType, number: u32) -> Elements {
    let is_float = matches!(data_type, DataType::Float32 | DataType::Float64);
    match choices.below(16) {
        0..=9 => Elements::From(number),
        10..=12 => Elements::All(Scalar::Number(number)),
        13 => Elements::All(Scalar::Number(0)),
        14 if is_float => Elements::All(special(choices)),
        14 => Elements::All(Scalar::Number(255)),
        _ => Elements::Fill,
    }
}

/// Draws a region with a position, if the shape has one.
pub(super) fn region(choices: &mut Choices, shape: &[u64]) -> Region {
    let sides = shape.iter().map(|length| {
        let start = choices.below(*length as usize) as u64;
        let most = length.saturating_sub(start) as usize;
        let end =
            if choices.chance(1, 4) { *length } else { start + choices.below(most) as u64 + 1 };
        (start, end.min(*length))
    });
    region_of(sides.collect())
}

/// Draws a region that ends where the array does, or beyond, and begins around the last chunk or
/// the one before.
pub(super) fn region_at_end(choices: &mut Choices, spec: &ArraySpec) -> Region {
    let counts = spec.chunks.counts(&spec.shape);
    let last: Vec<u64> = counts
        .iter()
        .map(|count| count.saturating_sub(1 + u64::from(choices.chance(1, 3))))
        .collect();
    let chunk = spec.chunks.chunk(&spec.shape, &last);
    let starts = chunk.map_or_else(|| vec![0; spec.shape.len()], |chunk| chunk.start);
    let sides = starts.iter().zip(&spec.shape).map(|(start, length)| {
        let start = match choices.below(4) {
            0 => start + 1,
            1 => start.saturating_sub(1),
            _ => *start,
        };
        let end =
            if choices.chance(1, 4) { length + choices.between(1, 3) as u64 } else { *length };
        (start.min(*length), end)
    });
    region_of(sides.collect())
}

/// Draws a region without a position: in some dimension it ends where it starts, or starts behind
/// the end.
pub(super) fn empty_region(choices: &mut Choices, shape: &[u64]) -> Region {
    let mut region = region(choices, shape);
    if !shape.is_empty() {
        let at = choices.below(shape.len());
        let start = choices.below(shape[at] as usize + 2) as u64;
        (region.start[at], region.end[at]) = (start, start);
    }
    region
}

fn region_of(sides: Vec<(u64, u64)>) -> Region {
    let (start, end) = sides.into_iter().unzip();
    Region { start, end }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use expect_test::expect;
    use zarr_conform_model::plan::ZarrFormat;

    use super::*;

    fn specs(count: u64) -> impl Iterator<Item = ArraySpec> {
        (0..count).map(|case| draw(&mut Choices::new(1, case)))
    }

    #[test]
    fn specifications_are_sound_and_small() {
        for spec in specs(5000) {
            assert!(spec.is_sound(), "{spec}");
            assert!(spec.shape.iter().product::<u64>() <= MOST_ELEMENTS, "{spec}");
            assert!(
                spec.chunks.counts(&spec.shape).iter().product::<u64>() <= MOST_CHUNKS,
                "{spec}"
            );
        }
    }

    #[test]
    fn unsound_specifications_are_unsound() {
        for case in 0..2000 {
            let spec = draw_unsound(&mut Choices::new(2, case));
            assert!(!spec.is_sound(), "{spec}");
        }
    }

    #[test]
    fn specifications_differ_in_everything() {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for spec in specs(1000) {
            let partial =
                spec.chunks.0.iter().zip(&spec.shape).any(|(edges, length)| match edges {
                    Edges::Every(edge) => length % edge > 0,
                    Edges::Each(edges) => edges.iter().sum::<u64>() > *length,
                });
            let facts = [
                ("0 dimensions", spec.shape.is_empty()),
                ("1 or 2 dimensions", matches!(spec.shape.len(), 1 | 2)),
                ("4 dimensions", spec.shape.len() == 4),
                ("a dimension without length", spec.shape.contains(&0)),
                ("a partial chunk", partial),
                ("chunks of different lengths", !spec.chunks.is_regular()),
                ("u8, i32 or f64", !spec.data_type.zarr_name().ends_with(['6', 'l', 'g'])),
                ("fill that is not 0", spec.fill != Scalar::Number(0)),
                ("raw chunks", spec.codecs.is_raw()),
                ("transposed", spec.codecs.transpose.is_some()),
                ("sharded", spec.codecs.shard.is_some()),
                ("compressed", spec.codecs.compressor.is_some()),
                ("summed", spec.codecs.crc32c),
                ("other keys", spec.keys != spec.plain_keys()),
                ("Zarr v2", spec.format == ZarrFormat::V2),
                ("named dimensions", spec.dimension_names.is_some()),
                ("attributes", !spec.attributes.is_empty()),
            ];
            for (fact, holds) in facts {
                *counts.entry(fact).or_default() += usize::from(holds);
            }
        }
        let lines: Vec<_> = counts.iter().map(|(fact, count)| format!("{count} {fact}")).collect();
        expect![[r"
            50 0 dimensions
            799 1 or 2 dimensions
            47 4 dimensions
            125 Zarr v2
            64 a dimension without length
            511 a partial chunk
            199 attributes
            93 chunks of different lengths
            218 compressed
            371 fill that is not 0
            138 named dimensions
            249 other keys
            675 raw chunks
            153 sharded
            123 summed
            143 transposed
            846 u8, i32 or f64"]]
        .assert_eq(&lines.join("\n"));
    }

    #[test]
    fn regions_at_the_end_reach_it() {
        for (case, spec) in specs(2000).enumerate() {
            let choices = &mut Choices::new(3, case as u64);
            let region = region_at_end(choices, &spec).within(&spec.shape);
            assert_eq!(region.end, spec.shape, "{spec}");
            let empty = empty_region(choices, &spec.shape).within(&spec.shape);
            assert!(empty.is_empty() || spec.shape.is_empty(), "{spec} {empty}");
        }
    }
}
