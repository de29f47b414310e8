//! Metadata documents: what a `zarr.json` or a `.zarray` must say of a node.

use serde_json::{Value as JsonValue, json};

use crate::contract::document::CONSOLIDATED;
use crate::hierarchy_model::snapshot::Snapshot;
use crate::plan::array_spec::{ArraySpec, Json, ZarrFormat};
use crate::plan::data_type::{DataType, Scalar};
use crate::plan::region::Edges;

/// The name of the metadata document of a node.
pub const ZARR_JSON: &str = "zarr.json";

/// The name of the metadata document of an array of Zarr v2.
pub const ZARRAY: &str = ".zarray";

/// The name of the document with the user attributes of a node of Zarr v2.
pub const ZATTRS: &str = ".zattrs";

/// The names of documents that make a path that of a node, or look as if they did.
pub const DOCUMENTS: [&str; 3] = [ZARR_JSON, ".zgroup", ZARRAY];

/// What the metadata of a group must say.
pub(super) fn of_group(attributes: &Json, snapshot: Option<&Snapshot>) -> JsonValue {
    let mut metadata =
        json!({"zarr_format": 3, "node_type": "group", "attributes": attributes.value()});
    if let Some(snapshot) = snapshot {
        let nodes = snapshot.iter().map(|(path, (_, metadata))| (path.clone(), metadata.clone()));
        let nodes: JsonValue = JsonValue::Object(nodes.collect());
        metadata[CONSOLIDATED] =
            json!({"kind": "inline", "must_understand": false, "metadata": nodes});
    }
    metadata
}

/// What the metadata of an array must say.
pub(super) fn of_array(spec: &ArraySpec) -> JsonValue {
    match spec.format {
        ZarrFormat::V3 => of_v3_array(spec),
        ZarrFormat::V2 => of_v2_array(spec),
    }
}

fn of_v2_array(spec: &ArraySpec) -> JsonValue {
    let compressor = spec.codecs.compressor.map(|compressor| json!({"id": compressor.name()}));
    json!({
        "zarr_format": 2,
        "shape": spec.shape,
        "chunks": regular_lengths(spec),
        "dtype": spec.data_type.v2_name(),
        "compressor": compressor,
        "fill_value": spec.fill_json(),
        "order": if spec.codecs.transpose.is_some() { "F" } else { "C" },
        "dimension_separator": spec.keys.separator(),
        "attributes": spec.attributes.value(),
    })
}

fn of_v3_array(spec: &ArraySpec) -> JsonValue {
    let mut metadata = json!({
        "zarr_format": 3,
        "node_type": "array",
        "shape": spec.shape,
        "data_type": spec.data_type.zarr_name(),
        "chunk_grid": chunk_grid(spec),
        "chunk_key_encoding": {
            "name": spec.keys.zarr_name(),
            "configuration": {"separator": spec.keys.separator()},
        },
        "fill_value": spec.fill_json(),
        "codecs": codecs(spec),
        "attributes": spec.attributes.value(),
    });
    if let Some(names) = &spec.dimension_names {
        metadata["dimension_names"] = names.value();
    }
    metadata
}

/// The lengths of chunks, if there is one for each dimension.
fn regular_lengths(spec: &ArraySpec) -> Option<Vec<u64>> {
    let lengths = spec.chunks.0.iter().map(|edges| match edges {
        Edges::Every(edge) => Some(*edge),
        Edges::Each(_) => None,
    });
    lengths.collect()
}

fn chunk_grid(spec: &ArraySpec) -> JsonValue {
    match regular_lengths(spec) {
        Some(lengths) => json!({"name": "regular", "configuration": {"chunk_shape": lengths}}),
        // Lengths of chunks may be run-length encoded: reading chunks back is what shows them.
        None => json!({"name": "rectilinear"}),
    }
}

impl ArraySpec {
    /// The fill value as metadata has it.
    #[must_use]
    pub fn fill_json(&self) -> JsonValue {
        let bits = self.fill_bits();
        let float = |number: f64| match self.fill {
            Scalar::NaN => json!("NaN"),
            Scalar::Infinity => json!("Infinity"),
            Scalar::NegativeInfinity => json!("-Infinity"),
            _ => json!(number),
        };
        match self.data_type {
            DataType::Bool => json!(bits != 0),
            DataType::UInt8 => json!(bits),
            DataType::Int16 => json!((bits as u16).cast_signed()),
            DataType::Int32 => json!((bits as u32).cast_signed()),
            DataType::Float32 => float(f64::from(f32::from_bits(bits as u32))),
            DataType::Float64 => float(f64::from_bits(bits)),
            DataType::String => json!(DataType::text_of(bits)),
        }
    }
}

/// The names of the codecs, in their order.
fn codecs(spec: &ArraySpec) -> JsonValue {
    let codecs = &spec.codecs;
    let to_bytes = if spec.data_type == DataType::String { "vlen-utf8" } else { "bytes" };
    let compressed = codecs.compressor.map(|compressor| json!({"name": compressor.name()}));
    let summed = codecs.crc32c.then(|| json!({"name": "crc32c"}));
    let bytes = [Some(json!({"name": to_bytes})), compressed, summed];
    let bytes: Vec<_> = bytes.into_iter().flatten().collect();
    let transposed = codecs
        .transpose
        .as_ref()
        .map(|order| json!({"name": "transpose", "configuration": {"order": order}}));
    let inner = match &codecs.shard {
        Some(shape) => vec![json!({
            "name": "sharding_indexed",
            "configuration": {"chunk_shape": shape, "codecs": bytes},
        })],
        None => bytes,
    };
    transposed.into_iter().chain(inner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::data_type::{DataType, Scalar};
    use crate::plan::region::ChunkGrid;

    #[test]
    fn fill_values_are_written_as_the_specification_says() {
        let of = |data_type, fill| {
            let plain = ArraySpec::new(vec![], ChunkGrid(vec![]));
            ArraySpec { data_type, fill, ..plain }.fill_json()
        };
        assert_eq!(of(DataType::Float32, Scalar::NaN), json!("NaN"));
        assert_eq!(of(DataType::Float64, Scalar::NegativeInfinity), json!("-Infinity"));
        assert_eq!(of(DataType::Int16, Scalar::NaN), json!(-1));
        assert_eq!(of(DataType::Bool, Scalar::Number(1)), json!(true));
        assert_eq!(of(DataType::String, Scalar::Number(0)), json!(""));
    }
}
