//! `ReadDoor`: the ways in which `zarrs` can be asked for elements.

use std::fmt;

/// A way in which `zarrs` reads elements; all of them have to give the same ones.
///
/// # Examples
///
/// ```
/// use zarr_conform_hierarchy::ReadDoor;
///
/// assert_eq!(ReadDoor::Chunks.to_string(), "retrieve_chunks");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadDoor {
    /// A chunk by `retrieve_chunk`, and a region by `retrieve_array_subset`.
    #[default]
    Plain,
    /// All chunks of a region at once, of which it is cut out.
    Chunks,
    /// The part of each chunk that is in a region, by `retrieve_chunk_subset`.
    ChunkSubsets,
    /// The same by a partial decoder for each chunk.
    PartialDecoders,
    /// By `retrieve_array_subset_sharded_opt`, which reads inner chunks of shards.
    Sharded,
    /// Through a cache of decoded chunks.
    DecodedCache,
    /// Through a cache of decoded chunks for each thread.
    DecodedCacheOfThread,
    /// Through a cache of encoded chunks.
    EncodedCache,
    /// Through a cache of encoded chunks for each thread.
    EncodedCacheOfThread,
    /// Through a cache of partial decoders.
    PartialDecoderCache,
}

impl ReadDoor {
    /// Each of them, the plain one first.
    pub const ALL: [Self; 10] = [
        Self::Plain,
        Self::Chunks,
        Self::ChunkSubsets,
        Self::PartialDecoders,
        Self::Sharded,
        Self::DecodedCache,
        Self::DecodedCacheOfThread,
        Self::EncodedCache,
        Self::EncodedCacheOfThread,
        Self::PartialDecoderCache,
    ];
}

impl fmt::Display for ReadDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "retrieve_array_subset",
            Self::Chunks => "retrieve_chunks",
            Self::ChunkSubsets => "retrieve_chunk_subset",
            Self::PartialDecoders => "partial_decoder",
            Self::Sharded => "retrieve_array_subset_sharded",
            Self::DecodedCache => "ChunkCacheDecodedLruChunkLimit",
            Self::DecodedCacheOfThread => "ChunkCacheDecodedLruChunkLimitThreadLocal",
            Self::EncodedCache => "ChunkCacheEncodedLruChunkLimit",
            Self::EncodedCacheOfThread => "ChunkCacheEncodedLruChunkLimitThreadLocal",
            Self::PartialDecoderCache => "ChunkCachePartialDecoderLruChunkLimit",
        })
    }
}
