//! Metadata documents: what a `zarr.json` or a `.zarray` must say of a node.

use serde_json::{Map, Value as JsonValue, json};

use crate::array_spec::{ArraySpec, Json, ZarrFormat};
use crate::data_type::{DataType, Scalar};
use crate::node_model::Snapshot;
use crate::region::Edges;

/// The name of the metadata document of a node.
pub const ZARR_JSON: &str = "zarr.json";

/// The name of the metadata document of an array of Zarr v2.
pub const ZARRAY: &str = ".zarray";

/// The name of the document with the user attributes of a node of Zarr v2.
pub const ZATTRS: &str = ".zattrs";

/// The names of documents that make a path that of a node, or look as if they did.
pub const DOCUMENTS: [&str; 3] = [ZARR_JSON, ".zgroup", ZARRAY];

/// What the metadata of a group must say.
pub(crate) fn of_group(attributes: &Json, snapshot: Option<&Snapshot>) -> JsonValue {
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

/// The field of a group with the metadata of all nodes below it.
const CONSOLIDATED: &str = "consolidated_metadata";

/// What the metadata of an array must say.
pub(crate) fn of_array(spec: &ArraySpec) -> JsonValue {
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

/// Whether a document says what it must: everything that is wanted is there, lists are as long as
/// wanted, user attributes are exactly the wanted ones, and consolidated metadata is of exactly the
/// wanted nodes.
pub(crate) fn says(document: &JsonValue, wanted: &JsonValue) -> bool {
    match (wanted, document) {
        (JsonValue::Object(wanted), JsonValue::Object(document)) => {
            wanted.iter().all(|(name, wanted)| match document.get(name) {
                _ if name == "attributes" => {
                    let none = json!({});
                    document.get(name).unwrap_or(&none) == wanted
                }
                Some(value) if name == CONSOLIDATED => {
                    let count = |value: &JsonValue| value["metadata"].as_object().map(Map::len);
                    count(value) == count(wanted) && says(value, wanted)
                }
                Some(value) => says(value, wanted),
                None => wanted.is_null(),
            })
        }
        // An extension without configuration may be written as its name alone.
        (JsonValue::Object(wanted), JsonValue::String(name)) => {
            wanted.len() == 1 && wanted.get("name").and_then(JsonValue::as_str) == Some(name)
        }
        (JsonValue::Array(wanted), JsonValue::Array(document)) => {
            wanted.len() == document.len()
                && wanted.iter().zip(document).all(|(wanted, value)| says(value, wanted))
        }
        (JsonValue::Number(wanted), JsonValue::Number(value)) => {
            // `-0` is not `0`, and `7` is `7.0`.
            value.as_f64().map(f64::to_bits) == wanted.as_f64().map(f64::to_bits)
        }
        _ => document == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::ChunkGrid;

    #[test]
    fn documents_may_say_more_but_not_in_attributes() {
        let wanted = json!({"shape": [1, 2], "attributes": {"a": 1}});
        let says = |document: JsonValue| says(&document, &wanted);
        assert!(says(json!({"shape": [1, 2.0], "attributes": {"a": 1}, "more": 1})));
        assert!(!says(json!({"shape": [1, 2], "attributes": {"a": 1, "b": 2}})));
        assert!(!says(json!({"shape": [1, 2, 3], "attributes": {"a": 1}})));
        assert!(!says(json!({"shape": [1, 2]})));
        assert!(!says(json!([])));
    }

    #[test]
    fn consolidated_metadata_is_of_no_other_nodes() {
        let nodes = |nodes: JsonValue| json!({CONSOLIDATED: {"metadata": nodes}});
        let wanted = nodes(json!({"a": {"shape": [1]}}));
        assert!(says(&nodes(json!({"a": {"shape": [1], "more": 1}})), &wanted));
        assert!(!says(&nodes(json!({"a": {"shape": [2]}})), &wanted));
        assert!(!says(&nodes(json!({"a": {"shape": [1]}, "b": {}})), &wanted));
        assert!(!says(&nodes(json!({})), &wanted) && !says(&json!({}), &wanted));
    }

    #[test]
    fn extensions_without_configuration_may_be_names() {
        let wanted = json!({"codecs": [{"name": "crc32c"}]});
        assert!(says(&json!({"codecs": ["crc32c"]}), &wanted));
        assert!(!says(&json!({"codecs": ["gzip"]}), &wanted));
        let configured = json!([{"name": "transpose", "configuration": {"order": [0]}}]);
        assert!(!says(&json!(["transpose"]), &configured));
    }

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
