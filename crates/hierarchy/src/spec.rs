//! Array specifications of plans as arrays of `zarrs`.

use std::num::NonZeroU64;
use std::sync::Arc;

use serde_json::{Map, Value as JsonValue, json};
use zarr_conform_model::{ArraySpec, ChunkKeys, Compressor, DataType, Edges, Json, Refusal};
use zarrs::array::chunk_key_encoding::{DefaultChunkKeyEncoding, V2ChunkKeyEncoding};
use zarrs::array::codec::{
    BloscCodec, BloscCompressor, BloscShuffleMode, BytesCodec, Crc32cCodec, GzipCodec,
    ShardingCodecBuilder, TransposeCodec, TransposeOrder, VlenUtf8Codec, ZstdCodec,
};
use zarrs::array::{
    Array, ArrayBuilder, ArrayMetadataOptions, ArrayToArrayCodecTraits, ArrayToBytesCodecTraits,
    BytesToBytesCodecTraits, ChunkKeyEncoding, ChunkKeySeparator, data_type,
};

use crate::bridge::Bridge;
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
    store: &Arc<Bridge>,
    path: &str,
    spec: &ArraySpec,
) -> Result<Array<Bridge>, Refusal> {
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
