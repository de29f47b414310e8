//! What is done to arrays: reading and writing chunks and regions, and changing the shape.

use std::sync::Arc;

use zarr_conform_model::plan::{DataType, Elements, ReadDoor, Region, fitted, offset_in};
use zarr_conform_model::{ErrorClass, Outcome, Refusal};
use zarr_conform_store::Shim;
use zarrs::array::{Array, ArrayBytes, ArraySubset, ChunkGrid, CodecOptions};

use crate::refusal::{Refuse, other};
use crate::{elements, spec, stored};

/// An array, read from its metadata just now.
pub(crate) struct Opened {
    pub(crate) array: Array<Shim>,
    pub(crate) data_type: DataType,
    pub(crate) options: CodecOptions,
}

/// A chunk that has positions in its array.
pub(crate) struct Chunk {
    pub(crate) index: Vec<u64>,
    /// Its first position in the array.
    pub(crate) start: Vec<u64>,
    pub(crate) shape: Vec<u64>,
    /// How far from its start on it is in the array.
    pub(crate) inside: Vec<u64>,
}

impl Chunk {
    /// Where the positions from its start up to some lengths are in it.
    fn offsets(&self, lengths: &[u64]) -> impl Iterator<Item = usize> {
        Region::all(lengths).positions().map(|position| offset_in(&self.shape, &position))
    }

    fn len(&self) -> usize {
        Region::all(&self.shape).len()
    }
}

impl Opened {
    pub(crate) fn open(
        store: &Arc<Shim>,
        path: &str,
        options: CodecOptions,
    ) -> Result<Self, Refusal> {
        let array = Array::open(Arc::clone(store), path).map_err(Refuse::refusal)?;
        let data_type = elements::data_type_of(array.data_type())?;
        Ok(Self { array, data_type, options })
    }

    /// The bits of the fill value.
    fn fill(&self) -> u64 {
        elements::fill_bits(self.data_type, self.array.fill_value())
    }

    fn decode(&self, bytes: ArrayBytes<'_>) -> Result<Vec<u64>, Refusal> {
        elements::decode(self.data_type, bytes)
    }

    /// The chunk at an index, which is cut or filled up with zeros; `None` if none of its positions
    /// is in the array.
    pub(crate) fn chunk(&self, index: &[u64]) -> Option<Chunk> {
        let shape = self.array.shape();
        let index = fitted(index, &vec![0; shape.len()]);
        // A grid may go on beyond the array, and one without chunks counts as endless.
        let counts = self.array.chunk_grid_shape();
        if index.iter().zip(counts).any(|(index, count)| index >= count) {
            return None;
        }
        let subset = self.array.chunk_subset(&index).ok()?;
        if subset.start().iter().zip(shape).any(|(start, length)| start >= length) {
            return None;
        }
        let ends = subset.end_exc().into_iter().zip(shape);
        let inside =
            ends.zip(subset.start()).map(|((end, length), start)| end.min(*length) - start);
        Some(Chunk {
            index,
            inside: inside.collect(),
            start: subset.start().to_vec(),
            shape: subset.shape().to_vec(),
        })
    }

    fn existing_chunk(&self, index: &[u64]) -> Result<Chunk, Refusal> {
        self.chunk(index).ok_or_else(|| {
            let message =
                format!("no chunk {index:?} in an array of shape {:?}", self.array.shape());
            Refusal::new(ErrorClass::InvalidRange, message)
        })
    }

    /// Writes the whole of a chunk: beyond the edge of the array it is the fill value.
    pub(crate) fn write_chunk(&self, index: &[u64], written: Elements) -> Result<Outcome, Refusal> {
        let chunk = self.existing_chunk(index)?;
        let fill = self.fill();
        let mut bits = vec![fill; chunk.len()];
        let count = Region::all(&chunk.inside).len();
        let written = written.bits(self.data_type, fill, count);
        for (offset, written) in chunk.offsets(&chunk.inside).zip(written) {
            bits[offset] = written;
        }
        self.store_chunk(&chunk, &bits)?;
        Ok(Outcome::Done)
    }

    fn store_chunk(&self, chunk: &Chunk, bits: &[u64]) -> Result<(), Refusal> {
        let bytes = elements::encode(self.data_type, bits)?;
        let stored = self.array.store_chunk_opt(&chunk.index, bytes, &self.options);
        stored.map_err(Refuse::refusal)
    }

    /// The bytes that the store has of a chunk.
    pub(crate) fn stored_chunk(&self, index: &[u64]) -> Result<Outcome, Refusal> {
        match self.chunk(index) {
            Some(chunk) => {
                stored::value(&self.array.storage(), &self.array.chunk_key(&chunk.index))
            }
            None => Ok(Outcome::Absent),
        }
    }

    /// Reads the whole of a chunk, and cuts off what is beyond the edge of the array.
    pub(crate) fn read_chunk(&self, door: ReadDoor, index: &[u64]) -> Result<Outcome, Refusal> {
        let chunk = self.existing_chunk(index)?;
        if door != ReadDoor::Plain {
            let ends = chunk.start.iter().zip(&chunk.inside);
            let end = ends.map(|(start, inside)| start + inside).collect();
            let region = Region { start: chunk.start, end };
            return self.read_through(door, &region).map(Outcome::Elements);
        }
        let bytes = self.array.retrieve_chunk_opt::<ArrayBytes>(&chunk.index, &self.options);
        let bits = self.decode(bytes.map_err(Refuse::refusal)?)?;
        let inside = chunk.offsets(&chunk.inside).map(|offset| bits.get(offset).copied());
        let inside: Option<Vec<_>> = inside.collect();
        let short = || other(format!("{} elements in a chunk of {}", bits.len(), chunk.len()));
        inside.map(Outcome::Elements).ok_or_else(short)
    }

    /// Removes a chunk; one that is not in the grid cannot be there.
    pub(crate) fn erase_chunk(&self, index: &[u64]) -> Result<Outcome, Refusal> {
        if let Some(chunk) = self.chunk(index) {
            self.array.erase_chunk(&chunk.index).map_err(Refuse::refusal)?;
        }
        Ok(Outcome::Done)
    }

    /// Writes a region, as far as it is in the array; be it empty.
    pub(crate) fn write_region(
        &self,
        region: &Region,
        written: Elements,
    ) -> Result<Outcome, Refusal> {
        let region = region.within(self.array.shape());
        let bits = written.bits(self.data_type, self.fill(), region.len());
        let bytes = elements::encode(self.data_type, &bits)?;
        let stored = self.array.store_array_subset_opt(&subset(&region)?, bytes, &self.options);
        stored.map_err(Refuse::refusal)?;
        Ok(Outcome::Done)
    }

    /// Reads a region, as far as it is in the array; be it empty.
    pub(crate) fn read_region(&self, door: ReadDoor, region: &Region) -> Result<Outcome, Refusal> {
        let region = region.within(self.array.shape());
        self.read_through(door, &region).map(Outcome::Elements)
    }

    /// Reads all of the array.
    pub(crate) fn read_all(&self, door: ReadDoor) -> Result<Outcome, Refusal> {
        self.read_region(door, &Region::all(self.array.shape()))
    }

    /// Changes the shape, which is cut or filled up with the lengths that the array has.
    ///
    /// `zarrs` changes the metadata and nothing else: what is cut off would be back as soon as the
    /// array grows again. So it is removed first.
    pub(crate) fn resize(mut self, shape: &[u64]) -> Result<Outcome, Refusal> {
        let shape = fitted(shape, self.array.shape());
        spec::hold_to_limit(&shape)?;
        ChunkGrid::from_metadata(&self.array.chunk_grid().metadata(), &shape)
            .map_err(|error| other(error.to_string()))?;
        for index in Region::all(self.array.chunk_grid_shape()).positions() {
            if let Some(chunk) = self.chunk(&index) {
                self.cut_chunk(&chunk, &shape)?;
            }
        }
        self.array.set_shape(shape).map_err(Refuse::refusal)?;
        self.array.store_metadata_opt(&spec::metadata_options()).map_err(Refuse::refusal)?;
        Ok(Outcome::Done)
    }

    /// Removes from a chunk what is not in an array of another shape.
    fn cut_chunk(&self, chunk: &Chunk, shape: &[u64]) -> Result<(), Refusal> {
        let ends = chunk.start.iter().zip(&chunk.inside).zip(shape);
        let kept: Vec<_> = ends
            .map(|((start, inside), length)| (*inside).min(length.saturating_sub(*start)))
            .collect();
        if kept == chunk.inside {
            return Ok(());
        }
        if kept.contains(&0) {
            return self.array.erase_chunk(&chunk.index).map_err(Refuse::refusal);
        }
        let bytes =
            self.array.retrieve_chunk_if_exists_opt::<ArrayBytes>(&chunk.index, &self.options);
        let Some(bytes) = bytes.map_err(Refuse::refusal)? else {
            return Ok(());
        };
        let before = self.decode(bytes)?;
        let mut bits = vec![self.fill(); chunk.len()];
        for offset in chunk.offsets(&kept) {
            bits[offset] = before.get(offset).copied().unwrap_or(bits[offset]);
        }
        self.store_chunk(chunk, &bits)
    }
}

pub(crate) fn subset(region: &Region) -> Result<ArraySubset, Refusal> {
    let subset = ArraySubset::new_with_start_end_exc(region.start.clone(), region.end.clone());
    subset.map_err(|error| other(error.to_string()))
}
