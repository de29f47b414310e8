//! Array specifications of plans as arrays of `zarrs`.

use std::num::NonZeroU64;
use std::sync::Arc;

use serde_json::{Map, Value as JsonValue, json};
use zarr_conform_model::plan::{
    ArraySpec, ChunkKeys, Codecs, Compressor, DataType, Edges, Json, ZarrFormat,
};
use zarr_conform_model::{ErrorClass, Refusal};
use zarr_conform_store::Shim;
use zarrs::array::chunk_key_encoding::{DefaultChunkKeyEncoding, V2ChunkKeyEncoding};
use zarrs::array::codec::{
    BloscCodec, BloscCompressor, BloscShuffleMode, BytesCodec, Crc32cCodec, GzipCodec,
    ShardingCodecBuilder, TransposeCodec, TransposeOrder, VlenUtf8Codec, ZstdCodec,
};
use zarrs::array::{
    Array, ArrayBuilder, ArrayMetadataOptions, ArrayToArrayCodecTraits, ArrayToBytesCodecTraits,
    BytesToBytesCodecTraits, ChunkKeyEncoding, ChunkKeySeparator, data_type,
};
use zarrs::metadata::ArrayMetadata;
use zarrs::metadata::v2::ArrayMetadataV2;

use crate::elements;
use crate::refusal::{Refuse, other};

/// Metadata that does not say which release of the library wrote it.
pub(crate) fn metadata_options() -> ArrayMetadataOptions {
    ArrayMetadataOptions::default().with_include_zarrs_metadata(false)
}

/// The members of a JSON object.
pub(crate) fn members(json: &Json) -> Result<Map<String, JsonValue>, Refusal> {
    match json.value() {
        JsonValue::Object(members) => Ok(members),
        other_value => Err(other(format!("attributes are a JSON object, and not {other_value}"))),
    }
}

/// An array as specified, of which nothing is stored yet.
pub(crate) fn build(
    store: &Arc<Shim>,
    path: &str,
    spec: &ArraySpec,
) -> Result<Array<Shim>, Refusal> {
    hold_to_limit(&spec.shape)?;
    if spec.format == ZarrFormat::V2 {
        return build_v2(store, path, spec);
    }
    let fill = elements::fill_value(spec.data_type, spec.fill_bits());
    let data_type = data_type_of(spec.data_type);
    let mut builder =
        ArrayBuilder::new(spec.shape.clone(), chunk_grid(spec), data_type.clone(), fill);
    builder.chunk_key_encoding(chunk_keys(spec.keys)).attributes(members(&spec.attributes)?);
    if let Some(names) = &spec.dimension_names {
        builder.dimension_names(Some(dimension_names(names)?));
    }
    if let Some(order) = &spec.codecs.transpose {
        let order = TransposeOrder::new(order).map_err(|error| other(error.to_string()))?;
        let transpose: Arc<dyn ArrayToArrayCodecTraits> = Arc::new(TransposeCodec::new(order));
        builder.array_to_array_codecs(vec![transpose]);
    }
    let to_bytes: Arc<dyn ArrayToBytesCodecTraits> = match spec.data_type {
        DataType::String => Arc::new(VlenUtf8Codec::new()),
        _ => Arc::new(BytesCodec::little()),
    };
    match &spec.codecs.shard {
        Some(inner) => {
            let inner = inner.iter().map(|edge| NonZeroU64::new(*edge)).collect::<Option<Vec<_>>>();
            let inner =
                inner.ok_or_else(|| other("inner chunks have a length in each dimension"))?;
            let mut shard = ShardingCodecBuilder::new(inner, &data_type);
            shard
                .index_array_to_bytes_codec(Arc::new(BytesCodec::little()))
                .array_to_bytes_codec(to_bytes)
                .bytes_to_bytes_codecs(bytes_to_bytes(spec)?);
            builder.array_to_bytes_codec(shard.build_arc());
        }
        None => {
            builder.array_to_bytes_codec(to_bytes).bytes_to_bytes_codecs(bytes_to_bytes(spec)?);
        }
    }
    let array = builder.build(Arc::clone(store), path).map_err(Refuse::refusal)?;
    Ok(array.with_metadata_options(metadata_options()))
}

/// Refuses what the model could not keep.
pub(crate) fn hold_to_limit(shape: &[u64]) -> Result<(), Refusal> {
    if ArraySpec::is_small(shape) {
        return Ok(());
    }
    let most = ArraySpec::MOST_ELEMENTS;
    let message = format!("arrays of plans have at most {most} elements, and not shape {shape:?}");
    Err(Refusal::new(ErrorClass::Unsupported, message))
}

/// An array of Zarr v2: the builder of `zarrs` makes none, so it is made of its metadata.
fn build_v2(store: &Arc<Shim>, path: &str, spec: &ArraySpec) -> Result<Array<Shim>, Refusal> {
    let no_v2 =
        |what: &str| Refusal::new(ErrorClass::Unsupported, format!("Zarr v2 has no {what}"));
    let edges = spec.chunks.0.iter().map(|edges| match edges {
        Edges::Every(edge) => Some(*edge),
        Edges::Each(_) => None,
    });
    let chunks: Option<Vec<u64>> = edges.collect();
    let chunks = chunks.ok_or_else(|| no_v2("chunks of different lengths"))?;
    let Codecs { transpose, shard, crc32c, .. } = &spec.codecs;
    let is_reversed = |order: &Vec<usize>| order.iter().copied().eq((0..spec.shape.len()).rev());
    if shard.is_some() || *crc32c || !transpose.as_ref().is_none_or(is_reversed) {
        return Err(no_v2("such codecs"));
    }
    if spec.data_type == DataType::String || spec.dimension_names.is_some() {
        return Err(no_v2("texts without filters and no names of dimensions"));
    }
    if spec.keys.zarr_name() != "v2" {
        return Err(no_v2("keys that begin with c"));
    }
    let document = json!({
        "zarr_format": 2,
        "shape": spec.shape,
        "chunks": chunks,
        "dtype": spec.data_type.v2_name(),
        "compressor": v2_compressor(spec)?,
        "fill_value": spec.fill_json(),
        "order": if transpose.is_some() { "F" } else { "C" },
        "filters": null,
        "dimension_separator": spec.keys.separator(),
        "attributes": members(&spec.attributes)?,
    });
    let metadata: ArrayMetadataV2 =
        serde_json::from_value(document).map_err(|error| other(error.to_string()))?;
    let array = Array::new_with_metadata(Arc::clone(store), path, ArrayMetadata::V2(metadata));
    Ok(array.map_err(Refuse::refusal)?.with_metadata_options(metadata_options()))
}

/// A compressor in the terms of numcodecs.
fn v2_compressor(spec: &ArraySpec) -> Result<JsonValue, Refusal> {
    let size = spec.data_type.size().ok_or_else(|| other("texts have no size"))?;
    Ok(match spec.codecs.compressor {
        Some(Compressor::Gzip) => json!({"id": "gzip", "level": 1}),
        Some(Compressor::Zstd) => json!({"id": "zstd", "level": 1}),
        Some(Compressor::Blosc) => json!({
            "id": "blosc", "cname": "lz4", "clevel": 1, "shuffle": 1, "blocksize": 0,
            "typesize": size,
        }),
        None => JsonValue::Null,
    })
}

fn data_type_of(wanted: DataType) -> zarrs::array::DataType {
    match wanted {
        DataType::Bool => data_type::bool(),
        DataType::UInt8 => data_type::uint8(),
        DataType::Int16 => data_type::int16(),
        DataType::Int32 => data_type::int32(),
        DataType::Float32 => data_type::float32(),
        DataType::Float64 => data_type::float64(),
        DataType::String => data_type::string(),
    }
}

/// The metadata of a chunk grid: `regular` where every chunk has one shape, and else `rectilinear`.
fn chunk_grid(spec: &ArraySpec) -> String {
    let edges = spec.chunks.0.iter().map(|edges| match edges {
        Edges::Every(edge) => json!(edge),
        Edges::Each(edges) => json!(edges),
    });
    let edges: Vec<_> = edges.collect();
    let grid = if spec.chunks.is_regular() {
        json!({"name": "regular", "configuration": {"chunk_shape": edges}})
    } else {
        let configuration = json!({"kind": "inline", "chunk_shapes": edges});
        json!({"name": "rectilinear", "configuration": configuration})
    };
    grid.to_string()
}

fn chunk_keys(keys: ChunkKeys) -> ChunkKeyEncoding {
    match keys {
        ChunkKeys::Default => DefaultChunkKeyEncoding::new(ChunkKeySeparator::Slash).into(),
        ChunkKeys::DefaultDots => DefaultChunkKeyEncoding::new(ChunkKeySeparator::Dot).into(),
        ChunkKeys::V2 => V2ChunkKeyEncoding::new_dot().into(),
        ChunkKeys::V2Slashes => V2ChunkKeyEncoding::new_slash().into(),
    }
}

fn dimension_names(names: &Json) -> Result<Vec<Option<String>>, Refusal> {
    let wrong = || other(format!("dimension names are a list of texts and nulls, and not {names}"));
    let JsonValue::Array(names) = names.value() else {
        return Err(wrong());
    };
    let names = names.into_iter().map(|name| match name {
        JsonValue::Null => Ok(None),
        JsonValue::String(name) => Ok(Some(name)),
        _ => Err(wrong()),
    });
    names.collect()
}

fn bytes_to_bytes(spec: &ArraySpec) -> Result<Vec<Arc<dyn BytesToBytesCodecTraits>>, Refusal> {
    let mut codecs: Vec<Arc<dyn BytesToBytesCodecTraits>> = Vec::new();
    match spec.codecs.compressor {
        Some(Compressor::Gzip) => {
            codecs.push(Arc::new(GzipCodec::new(1).map_err(|error| other(error.to_string()))?));
        }
        Some(Compressor::Zstd) => codecs.push(Arc::new(ZstdCodec::new(1, false))),
        Some(Compressor::Blosc) => codecs.push(Arc::new(blosc(spec.data_type)?)),
        None => {}
    }
    if spec.codecs.crc32c {
        codecs.push(Arc::new(Crc32cCodec::new()));
    }
    Ok(codecs)
}

/// Bytes of texts have no size to shuffle by.
fn blosc(data_type: DataType) -> Result<BloscCodec, Refusal> {
    let size = data_type.size();
    let shuffle =
        if size.is_some() { BloscShuffleMode::Shuffle } else { BloscShuffleMode::NoShuffle };
    let level = 1.try_into().map_err(|_| other("blosc has no level 1"))?;
    let codec = BloscCodec::new(BloscCompressor::LZ4, level, None, shuffle, size);
    codec.map_err(|error| other(error.to_string()))
}
