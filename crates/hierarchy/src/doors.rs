//! How elements are read through each `ReadDoor`.

use std::sync::Arc;

use zarr_conform_model::Refusal;
use zarr_conform_model::plan::{ReadDoor, Region, offset_in};
use zarrs::array::chunk_cache::{
    ChunkCache, ChunkCacheDecodedLruChunkLimit, ChunkCacheDecodedLruChunkLimitThreadLocal,
    ChunkCacheEncodedLruChunkLimit, ChunkCacheEncodedLruChunkLimitThreadLocal,
    ChunkCachePartialDecoderLruChunkLimit,
};
use zarrs::array::{
    ArrayBytes, ArrayError, ArrayShardedReadableExt, ArrayShardedReadableExtCache, ArraySubset,
};

use crate::arrays::{Chunk, Opened, subset};
use crate::elements;
use crate::refusal::{Refuse, other};

/// How many chunks a cache keeps: few, so that some have to go.
const CACHED_CHUNKS: u64 = 2;

impl Opened {
    /// The elements of a region that is in the array, through a door.
    pub(crate) fn read_through(
        &self,
        door: ReadDoor,
        region: &Region,
    ) -> Result<Vec<u64>, Refusal> {
        let (array, options) = (&self.array, &self.options);
        let wanted = subset(region)?;
        // No chunk has a part of an empty region.
        if region.is_empty() {
            return self.decoded(array.retrieve_array_subset_opt(&wanted, options));
        }
        let readable = || Arc::new(array.readable());
        match door {
            ReadDoor::Plain => self.decoded(array.retrieve_array_subset_opt(&wanted, options)),
            ReadDoor::Chunks => self.read_chunks(region),
            ReadDoor::ChunkSubsets => self.read_parts(region, |chunk, part| {
                array.retrieve_chunk_subset_opt(&chunk.index, part, options)
            }),
            ReadDoor::PartialDecoders => self.read_parts(region, |chunk, part| {
                let decoder = array.partial_decoder_opt(&chunk.index, options)?;
                Ok(decoder.partial_decode(part, options)?.into_owned())
            }),
            ReadDoor::Sharded => {
                let cache = ArrayShardedReadableExtCache::new(array);
                self.twice(|| array.retrieve_array_subset_sharded_opt(&cache, &wanted, options))
            }
            ReadDoor::DecodedCache => {
                let cache = ChunkCacheDecodedLruChunkLimit::new(readable(), CACHED_CHUNKS);
                self.read_cached(&cache, &wanted)
            }
            ReadDoor::DecodedCacheOfThread => {
                let cache =
                    ChunkCacheDecodedLruChunkLimitThreadLocal::new(readable(), CACHED_CHUNKS);
                self.read_cached(&cache, &wanted)
            }
            ReadDoor::EncodedCache => {
                let cache = ChunkCacheEncodedLruChunkLimit::new(readable(), CACHED_CHUNKS);
                self.read_cached(&cache, &wanted)
            }
            ReadDoor::EncodedCacheOfThread => {
                let cache =
                    ChunkCacheEncodedLruChunkLimitThreadLocal::new(readable(), CACHED_CHUNKS);
                self.read_cached(&cache, &wanted)
            }
            ReadDoor::DecoderCache => {
                let cache = ChunkCachePartialDecoderLruChunkLimit::new(readable(), CACHED_CHUNKS);
                self.read_cached(&cache, &wanted)
            }
        }
    }

    fn decoded(&self, bytes: Result<ArrayBytes<'_>, ArrayError>) -> Result<Vec<u64>, Refusal> {
        elements::decode(self.data_type, bytes.map_err(Refuse::refusal)?)
    }

    fn read_cached(
        &self,
        cache: &impl ChunkCache,
        wanted: &ArraySubset,
    ) -> Result<Vec<u64>, Refusal> {
        self.twice(|| cache.retrieve_array_subset(wanted, &self.options))
    }

    /// What a cache gives when it is filled, which it has to give again.
    fn twice<'a>(
        &self,
        read: impl Fn() -> Result<ArrayBytes<'a>, ArrayError>,
    ) -> Result<Vec<u64>, Refusal> {
        let (first, second) = (self.decoded(read())?, self.decoded(read())?);
        if first == second {
            return Ok(second);
        }
        Err(other(format!("a cache gives {second:?} after {first:?}")))
    }

    /// The chunks that have a part of a region, each with that part as a region of the array.
    fn touched(&self, region: &Region) -> Vec<(Chunk, Region)> {
        let indices = Region::all(self.array.chunk_grid_shape()).positions();
        let chunks = indices.filter_map(|index| self.chunk(&index));
        let parts = chunks.map(|chunk| {
            let start = chunk.start.iter().zip(&region.start).map(|(a, b)| *a.max(b)).collect();
            let ends = chunk.start.iter().zip(&chunk.inside).zip(&region.end);
            let end = ends.map(|((start, inside), end)| (start + inside).min(*end)).collect();
            (chunk, Region { start, end })
        });
        parts
            .filter(|(_, part)| part.start.iter().zip(&part.end).all(|(start, end)| start < end))
            .collect()
    }

    /// Reads each chunk's part of a region by itself, and puts them together.
    fn read_parts(
        &self,
        region: &Region,
        read: impl Fn(&Chunk, &ArraySubset) -> Result<ArrayBytes<'static>, ArrayError>,
    ) -> Result<Vec<u64>, Refusal> {
        let mut bits = vec![0; region.len()];
        for (chunk, part) in self.touched(region) {
            let inner = subset(&moved(&part, &chunk.start))?;
            let found = self.decoded(read(&chunk, &inner))?;
            if found.len() != part.len() {
                return Err(other(format!("{} elements for {}", found.len(), part.len())));
            }
            for (position, found) in moved(&part, &region.start).positions().zip(found) {
                bits[offset_in(&region.shape(), &position)] = found;
            }
        }
        Ok(bits)
    }

    /// Reads all chunks that a region touches, and cuts it out of them.
    fn read_chunks(&self, region: &Region) -> Result<Vec<u64>, Refusal> {
        let touched = self.touched(region);
        let (Some((first, _)), Some((last, _))) = (touched.first(), touched.last()) else {
            return Err(other("no chunk has a part of the region"));
        };
        let end = last.index.iter().map(|index| index + 1).collect();
        let chunks = subset(&Region { start: first.index.clone(), end })?;
        let found = self.decoded(self.array.retrieve_chunks_opt(&chunks, &self.options))?;
        let ends = last.start.iter().zip(&last.shape).zip(&first.start);
        let shape: Vec<_> = ends.map(|((start, length), first)| start + length - first).collect();
        let wanted = moved(region, &first.start).positions();
        let bits = wanted.map(|position| found.get(offset_in(&shape, &position)).copied());
        let short = || other(format!("{} elements in chunks of shape {shape:?}", found.len()));
        bits.collect::<Option<_>>().ok_or_else(short)
    }
}

/// A region as it is seen from a position before it.
fn moved(region: &Region, origin: &[u64]) -> Region {
    let from = |positions: &[u64]| {
        positions.iter().zip(origin).map(|(position, origin)| position - origin).collect()
    };
    Region { start: from(&region.start), end: from(&region.end) }
}
