//! Array specifications: what a plan asks an array to be.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value as JsonValue;

use crate::plan::data_type::{DataType, Scalar};
use crate::plan::region::{ChunkGrid, Edges};
use crate::plan::text;

/// JSON as plans write it: compact, on one line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Json(Arc<str>);

impl Json {
    /// The text of a JSON value, with the members of objects in byte order of their names.
    #[must_use]
    pub fn new(value: &JsonValue) -> Self {
        Self(sorted(value).to_string().into())
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> JsonValue {
        // Made of a value, so it is the text of one.
        serde_json::from_str(&self.0).unwrap_or(JsonValue::Null)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An object without members.
    #[must_use]
    pub fn object() -> Self {
        Self("{}".into())
    }

    /// Whether it is [`object`](Self::object).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        &*self.0 == "{}"
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The same value: whether objects keep the order in which their members came depends on the
/// features of `serde_json`, and plans must not.
fn sorted(value: &JsonValue) -> JsonValue {
    match value {
        JsonValue::Array(items) => items.iter().map(sorted).collect(),
        JsonValue::Object(members) => {
            let members: BTreeMap<_, _> =
                members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            JsonValue::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}

/// How chunks are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compressor {
    /// `gzip`.
    Gzip,
    /// `zstd`.
    Zstd,
    /// `blosc`, with lz4 and byte shuffling.
    Blosc,
}

impl Compressor {
    /// Every compressor.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Zstd, Self::Blosc];

    /// The name in plans and in metadata.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Blosc => "blosc",
        }
    }
}

/// How the elements of a chunk become its bytes: first transposed, then perhaps cut into the inner
/// chunks of a shard, then each compressed, then each with a checksum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Codecs {
    /// The order of dimensions in the bytes.
    pub transpose: Option<Vec<usize>>,
    /// The shape of the inner chunks of a shard.
    pub shard: Option<Vec<u64>>,
    /// The compressor.
    pub compressor: Option<Compressor>,
    /// Whether a CRC-32C stands behind the bytes.
    pub crc32c: bool,
}

impl Codecs {
    /// Whether the bytes of a chunk are its elements and nothing else.
    #[must_use]
    pub const fn is_raw(&self) -> bool {
        self.shard.is_none() && self.compressor.is_none() && !self.crc32c
    }
}

impl fmt::Display for Codecs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |numbers: Vec<String>| numbers.join(" ");
        let mut codecs = Vec::new();
        if let Some(order) = &self.transpose {
            codecs.push(format!(
                "transpose({})",
                words(order.iter().map(usize::to_string).collect())
            ));
        }
        if let Some(shape) = &self.shard {
            codecs.push(format!("shard({})", words(shape.iter().map(u64::to_string).collect())));
        }
        codecs.extend(self.compressor.map(|compressor| compressor.name().to_owned()));
        codecs.extend(self.crc32c.then(|| "crc32c".to_owned()));
        text::write_list(f, codecs.into_iter())
    }
}

/// How the keys of chunks are made: an encoding and its separator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChunkKeys {
    /// `default`: `c/0/1`.
    #[default]
    Default,
    /// `default.`: `c.0.1`.
    DefaultDots,
    /// `v2`: `0.1`.
    V2,
    /// `v2/`: `0/1`.
    V2Slashes,
}

impl ChunkKeys {
    /// Every encoding, the one that is used without being named first.
    pub const ALL: [Self; 4] = [Self::Default, Self::DefaultDots, Self::V2, Self::V2Slashes];

    /// The name in plans.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::DefaultDots => "default.",
            Self::V2 => "v2",
            Self::V2Slashes => "v2/",
        }
    }

    /// The name in metadata.
    #[must_use]
    pub const fn zarr_name(self) -> &'static str {
        match self {
            Self::Default | Self::DefaultDots => "default",
            Self::V2 | Self::V2Slashes => "v2",
        }
    }

    /// The separator.
    #[must_use]
    pub const fn separator(self) -> char {
        match self {
            Self::Default | Self::V2Slashes => '/',
            Self::DefaultDots | Self::V2 => '.',
        }
    }

    /// The key of a chunk, below its array.
    #[must_use]
    pub fn key(self, index: &[u64]) -> String {
        let numbers = index.iter().map(u64::to_string);
        let first = match self {
            Self::Default | Self::DefaultDots => Some("c".to_owned()),
            Self::V2 | Self::V2Slashes if index.is_empty() => Some("0".to_owned()),
            Self::V2 | Self::V2Slashes => None,
        };
        let parts: Vec<_> = first.into_iter().chain(numbers).collect();
        parts.join(&self.separator().to_string())
    }

    /// Whether a name below an array is that of a chunk, of whatever number of dimensions.
    #[must_use]
    pub fn is_key(self, name: &str) -> bool {
        let numbers = match self {
            Self::Default | Self::DefaultDots if name == "c" => return true,
            Self::Default | Self::DefaultDots => match name.strip_prefix('c') {
                Some(rest) => rest.strip_prefix(self.separator()),
                None => None,
            },
            Self::V2 | Self::V2Slashes => Some(name),
        };
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        numbers.is_some_and(|numbers| numbers.split(self.separator()).all(is_number))
    }
}

/// The version of the Zarr format in which an array is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ZarrFormat {
    /// Zarr v3: one `zarr.json`.
    #[default]
    V3,
    /// Zarr v2: a `.zarray`, and a `.zattrs` for user attributes.
    V2,
}

/// What an array is to be.
///
/// In plans, `shape` and `chunks` always stand, and of the rest what differs from the default:
///
/// ```
/// use zarr_conform_model::Plan;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let line = "add_array a/b shape=[5, 3] chunks=[2, 2] dtype=i32 fill=7 codecs=[zstd]";
/// let plan: Plan = line.parse()?;
/// assert!(plan.to_string().ends_with(&format!("{line}\n")));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArraySpec {
    /// The length of each dimension.
    pub shape: Vec<u64>,
    /// How it is cut into chunks.
    pub chunks: ChunkGrid,
    /// The type of its elements; `u8` unless it stands.
    pub data_type: DataType,
    /// What elements are that were never written; `0` unless it stands.
    pub fill: Scalar,
    /// How chunks become bytes; as they are unless it stands.
    pub codecs: Codecs,
    /// How the keys of chunks are made.
    pub keys: ChunkKeys,
    /// The format, v3 unless `format=2` stands.
    pub format: ZarrFormat,
    /// The names of its dimensions, a JSON list of texts and nulls; none unless it stands.
    pub dimension_names: Option<Json>,
    /// User attributes, a JSON object.
    pub attributes: Json,
}

impl ArraySpec {
    /// An array of bytes without anything special.
    #[must_use]
    pub fn new(shape: Vec<u64>, chunks: ChunkGrid) -> Self {
        Self {
            shape,
            chunks,
            data_type: DataType::UInt8,
            fill: Scalar::Number(0),
            codecs: Codecs::default(),
            keys: ChunkKeys::Default,
            format: ZarrFormat::V3,
            dimension_names: None,
            attributes: Json::object(),
        }
    }

    /// The most elements that an array has here: the model keeps every one of them. What would have
    /// more is refused, by the adapter of the library and by the model alike.
    pub const MOST_ELEMENTS: u64 = 1 << 20;

    /// Whether an array of this shape has no more elements than that.
    #[must_use]
    pub fn is_small(shape: &[u64]) -> bool {
        let count = shape.iter().try_fold(1_u64, |count, length| count.checked_mul(*length));
        count.is_some_and(|count| count <= Self::MOST_ELEMENTS)
    }

    /// The bits of the fill value.
    #[must_use]
    pub fn fill_bits(&self) -> u64 {
        self.data_type.bits(self.fill)
    }

    /// What is special about it besides its shape, by the names that plans use: `dtype=string`,
    /// `transpose`.
    #[must_use]
    pub fn features(&self) -> Vec<String> {
        let plain = Self::new(Vec::new(), ChunkGrid(Vec::new()));
        let Codecs { transpose, shard, compressor, crc32c } = &self.codecs;
        let named = |is_there: bool, name: &str| is_there.then(|| name.to_owned());
        let features = [
            named(!self.chunks.is_regular(), "rectilinear chunks"),
            named(self.data_type != plain.data_type, &format!("dtype={}", self.data_type.name())),
            named(self.fill != plain.fill, "fill"),
            named(transpose.is_some(), "transpose"),
            named(shard.is_some(), "shard"),
            compressor.map(|compressor| compressor.name().to_owned()),
            named(*crc32c, "crc32c"),
            named(self.keys != self.plain_keys(), &format!("keys={}", self.keys.name())),
            named(self.format != plain.format, "format=2"),
            named(self.dimension_names.is_some(), "names"),
            named(!self.attributes.is_empty(), "attributes"),
        ];
        features.into_iter().flatten().collect()
    }

    /// The keys of chunks that are made unless others are named; Zarr v2 has no `c/`.
    #[must_use]
    pub const fn plain_keys(&self) -> ChunkKeys {
        match self.format {
            ZarrFormat::V3 => ChunkKeys::Default,
            ZarrFormat::V2 => ChunkKeys::V2,
        }
    }

    /// The same array in Zarr v2, without what that does not have: shards, checksums, names of
    /// dimensions, chunks of different lengths, texts, and other orders than C and Fortran.
    ///
    /// # Examples
    ///
    /// ```
    /// use zarr_conform_model::plan::{ArraySpec, ChunkGrid, ChunkKeys, Edges};
    ///
    /// let spec = ArraySpec::new(vec![5], ChunkGrid(vec![Edges::Every(2)])).in_v2();
    /// assert!(spec.is_sound() && spec.keys == ChunkKeys::V2);
    /// ```
    #[must_use]
    pub fn in_v2(self) -> Self {
        let keys = match self.keys.separator() {
            '/' if self.keys != ChunkKeys::Default => ChunkKeys::V2Slashes,
            _ => ChunkKeys::V2,
        };
        let edges = self.chunks.0.into_iter().map(|edges| match edges {
            Edges::Every(edge) => Edges::Every(edge),
            Edges::Each(edges) => Edges::Every(edges.into_iter().max().unwrap_or(1).max(1)),
        });
        let dimensions = self.shape.len();
        let is_text = self.data_type == DataType::String;
        Self {
            chunks: ChunkGrid(edges.collect()),
            data_type: if is_text { DataType::UInt8 } else { self.data_type },
            codecs: Codecs {
                transpose: self.codecs.transpose.map(|_| (0..dimensions).rev().collect()),
                compressor: self.codecs.compressor,
                ..Codecs::default()
            },
            keys,
            format: ZarrFormat::V2,
            dimension_names: None,
            ..self
        }
    }

    /// Whether Zarr v2 has all that it needs.
    fn is_v2(&self) -> bool {
        let Codecs { transpose, shard, crc32c, .. } = &self.codecs;
        let reversed = || (0..self.shape.len()).rev();
        self.keys.zarr_name() == "v2"
            && self.data_type != DataType::String
            && self.chunks.is_regular()
            && self.dimension_names.is_none()
            && transpose.as_ref().is_none_or(|order| order.iter().copied().eq(reversed()))
            && shard.is_none()
            && !crc32c
    }

    /// Whether there can be such an array: the chunks fit the shape, the inner chunks of shards the
    /// chunks, the codecs the dimensions, the format has all of it, and it [is small](Self::is_small).
    #[must_use]
    pub fn is_sound(&self) -> bool {
        if self.format == ZarrFormat::V2 && !self.is_v2() {
            return false;
        }
        let dimensions = self.shape.len();
        let transposes = self.codecs.transpose.as_ref().is_none_or(|order| {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            sorted.into_iter().eq(0..dimensions)
        });
        // The inner chunks have to cut every chunk evenly, after it was transposed.
        let order = self.codecs.transpose.clone().unwrap_or_else(|| (0..dimensions).collect());
        let shards = self.codecs.shard.as_ref().is_none_or(|inner| {
            let grid = &self.chunks.0;
            transposes
                && inner.len() == dimensions
                && order.iter().zip(inner).all(|(from, inner)| {
                    grid.get(*from).is_some_and(|edges| edges.are_cut_by(*inner))
                })
        });
        let names = self.dimension_names.as_ref().is_none_or(|names| {
            names.value().as_array().is_some_and(|names| {
                let is_name = |name: &JsonValue| name.is_string() || name.is_null();
                names.len() == dimensions && names.iter().all(is_name)
            })
        });
        self.chunks.fits(&self.shape)
            && Self::is_small(&self.shape)
            && transposes
            && shards
            && names
    }
}

impl fmt::Display for ArraySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = Self::new(Vec::new(), ChunkGrid(Vec::new()));
        f.write_str("shape=")?;
        text::write_list(f, self.shape.iter())?;
        write!(f, " chunks={}", self.chunks)?;
        if self.data_type != plain.data_type {
            write!(f, " dtype={}", self.data_type.name())?;
        }
        if self.fill != plain.fill {
            write!(f, " fill={}", self.fill)?;
        }
        if self.codecs != plain.codecs {
            write!(f, " codecs={}", self.codecs)?;
        }
        if self.format == ZarrFormat::V2 {
            f.write_str(" format=2")?;
        }
        if self.keys != self.plain_keys() {
            write!(f, " keys={}", self.keys.name())?;
        }
        if let Some(names) = &self.dimension_names {
            write!(f, " names={names}")?;
        }
        if !self.attributes.is_empty() {
            write!(f, " attributes={}", self.attributes)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunk_keys_are_those_of_the_specification() {
        let keys = ChunkKeys::ALL.map(|keys| (keys.key(&[]), keys.key(&[3, 10])));
        let text: Vec<_> = keys.iter().map(|(none, two)| format!("{none} {two}")).collect();
        assert_eq!(text, ["c c/3/10", "c c.3.10", "0 3.10", "0 3/10"]);
        for keys in ChunkKeys::ALL {
            assert!(keys.is_key(&keys.key(&[])) && keys.is_key(&keys.key(&[3, 10])));
            assert!(!keys.is_key("c/x") && !keys.is_key("d") && !keys.is_key("3//4"));
        }
    }

    #[test]
    fn what_cannot_be_an_array_is_not_sound() {
        let grid = |edge| ChunkGrid(vec![Edges::Every(edge), Edges::Every(2)]);
        let plain = ArraySpec::new(vec![4, 3], grid(4));
        assert!(plain.is_sound());
        let long = |length| ArraySpec::new(vec![length, 1], grid(1)).is_sound();
        assert!(long(ArraySpec::MOST_ELEMENTS) && !long(ArraySpec::MOST_ELEMENTS + 1));
        assert!(!ArraySpec::is_small(&[u64::MAX, 2]));
        let codecs = |transpose: Option<Vec<usize>>, shard: Option<Vec<u64>>| Codecs {
            transpose,
            shard,
            ..Codecs::default()
        };
        let with = |codecs| ArraySpec { codecs, ..plain.clone() };
        assert!(with(codecs(Some(vec![1, 0]), Some(vec![1, 4]))).is_sound());
        assert!(with(codecs(None, Some(vec![2, 2]))).is_sound());
        assert!(!with(codecs(None, Some(vec![3, 2]))).is_sound());
        let uneven = ChunkGrid(vec![Edges::Each(vec![4, 2]), Edges::Every(2)]);
        let uneven = |inner| ArraySpec {
            codecs: codecs(None, Some(inner)),
            ..ArraySpec::new(vec![4, 3], uneven.clone())
        };
        assert!(uneven(vec![2, 1]).is_sound() && !uneven(vec![4, 1]).is_sound());
        assert!(!with(codecs(Some(vec![1, 1]), None)).is_sound());
        assert!(!ArraySpec::new(vec![4], grid(4)).is_sound());
        assert!(!ArraySpec::new(vec![4, 3], grid(0)).is_sound());
        let named = |names: &str| ArraySpec {
            dimension_names: serde_json::from_str(names).ok().map(|names| Json::new(&names)),
            ..plain.clone()
        };
        assert!(named("[\"y\", null]").is_sound());
        assert!(!named("[\"y\"]").is_sound() && !named("[\"y\", 1]").is_sound());
    }
}
