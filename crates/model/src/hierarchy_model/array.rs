//! `ArrayModel`: what an array holds, dense and uncompressed, and which chunks it must have.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::array_spec::ArraySpec;
use crate::plan::data_type::Elements;
use crate::plan::region::{ChunkGrid, Region, fitted, offset_in};

/// A dense array: its elements in C order, whatever its chunks and codecs.
///
/// Written without a line of an array library, so that one can be held against it.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::hierarchy_model::ArrayModel;
/// use zarr_conform_model::plan::{ArraySpec, ChunkGrid, Edges, Elements, Region};
///
/// let grid = ChunkGrid(vec![Edges::Every(2)]);
/// let mut array = ArrayModel::new(ArraySpec::new(vec![5], grid));
/// array.write(&Region { start: vec![1], end: vec![3] }, Elements::From(7));
/// assert_eq!(array.elements(), [0, 7, 8, 0, 0]);
/// let chunks: Vec<_> = array.chunk_keys().collect();
/// assert_eq!(chunks, ["c/0", "c/1"]);
///
/// array.resize(&[2]);
/// array.resize(&[3]);
/// assert_eq!(array.elements(), [0, 7, 0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayModel {
    spec: ArraySpec,
    elements: Vec<u64>,
    /// How many elements of each chunk are not the fill value; only chunks with such are there.
    filled: BTreeMap<Vec<u64>, usize>,
    /// The chunks that were written and hold nothing else than the fill value: a library may have
    /// kept them.
    empty: BTreeSet<Vec<u64>>,
    /// Whether the shape was ever changed.
    pub(crate) resized: bool,
}

impl ArrayModel {
    /// An array to which nothing was written.
    #[must_use]
    pub fn new(spec: ArraySpec) -> Self {
        let count = spec.shape.iter().product::<u64>() as usize;
        let elements = vec![spec.fill_bits(); count];
        Self { spec, elements, filled: BTreeMap::new(), empty: BTreeSet::new(), resized: false }
    }

    /// What it is, with the shape that it has now.
    #[must_use]
    pub fn spec(&self) -> &ArraySpec {
        &self.spec
    }

    pub(super) fn spec_mut(&mut self) -> &mut ArraySpec {
        &mut self.spec
    }

    /// The length of each dimension.
    #[must_use]
    pub fn shape(&self) -> &[u64] {
        &self.spec.shape
    }

    /// Whether the shape was ever changed.
    #[must_use]
    pub fn is_resized(&self) -> bool {
        self.resized
    }

    fn grid(&self) -> &ChunkGrid {
        &self.spec.chunks
    }

    /// The bits of all elements, in C order.
    #[must_use]
    pub fn elements(&self) -> &[u64] {
        &self.elements
    }

    /// The bits of the elements in a region, in C order.
    #[must_use]
    pub fn read(&self, region: &Region) -> Vec<u64> {
        let region = region.within(self.shape());
        region.positions().map(|at| self.elements[offset_in(self.shape(), &at)]).collect()
    }

    /// Writes a region, as far as it is in the array.
    pub fn write(&mut self, region: &Region, elements: Elements) {
        let region = region.within(self.shape());
        let bits = elements.bits(self.spec.data_type, self.spec.fill_bits(), region.len());
        for (position, bits) in region.positions().zip(bits) {
            let offset = offset_in(self.shape(), &position);
            self.elements[offset] = bits;
        }
        self.count_filled(&region);
    }

    /// A chunk index cut or filled up with zeros to the dimensions of the array.
    #[must_use]
    pub fn chunk_index(&self, index: &[u64]) -> Vec<u64> {
        fitted(index, &vec![0; self.shape().len()])
    }

    /// The part of the array that a chunk covers; `None` if it is not in the grid.
    #[must_use]
    pub fn chunk_region(&self, index: &[u64]) -> Option<Region> {
        let whole = self.grid().chunk(self.shape(), &self.chunk_index(index))?;
        Some(whole.within(self.shape()))
    }

    /// Makes a chunk the fill value again.
    pub fn erase_chunk(&mut self, index: &[u64]) {
        if let Some(region) = self.chunk_region(index) {
            self.write(&region, Elements::Fill);
            self.empty.remove(&self.chunk_index(index));
        }
    }

    /// Changes the shape: what both shapes have stays, the rest is the fill value.
    pub fn resize(&mut self, shape: &[u64]) {
        let before = std::mem::replace(
            self,
            Self::new(ArraySpec { shape: shape.to_vec(), ..self.spec.clone() }),
        );
        self.resized = true;
        let kept = Region::all(before.shape()).within(shape);
        for position in kept.positions() {
            self.elements[offset_in(shape, &position)] =
                before.elements[offset_in(before.shape(), &position)];
        }
        self.count_filled(&Region::all(shape));
        let was_there =
            |index: &Vec<u64>| before.filled.contains_key(index) || before.empty.contains(index);
        self.empty.retain(was_there);
    }

    /// Counts the elements that are not the fill value in the chunks that a region touches.
    fn count_filled(&mut self, region: &Region) {
        if region.is_empty() {
            return;
        }
        let fill = self.spec.fill_bits();
        for index in self.grid().indices(self.shape()) {
            let Some(chunk) = self.chunk_region(&index) else { continue };
            if chunk.overlap(region).is_empty() {
                continue;
            }
            let filled = self.read(&chunk).iter().filter(|bits| **bits != fill).count();
            if filled > 0 {
                self.empty.remove(&index);
                self.filled.insert(index, filled);
            } else {
                self.filled.remove(&index);
                self.empty.insert(index);
            }
        }
    }

    /// Whether the chunk holds anything but the fill value.
    #[must_use]
    pub fn is_filled(&self, index: &[u64]) -> bool {
        self.filled.contains_key(&self.chunk_index(index))
    }

    /// [`is_filled`](Self::is_filled) of an index that has the dimensions of the array.
    pub(super) fn has_chunk(&self, index: &[u64]) -> bool {
        self.filled.contains_key(index)
    }

    /// The chunks that hold anything but the fill value, by their keys below the array.
    pub fn chunk_keys(&self) -> impl Iterator<Item = String> {
        self.filled.keys().map(|index| self.spec.keys.key(index))
    }

    /// The indices of the chunks that hold anything but the fill value.
    pub fn filled_chunks(&self) -> impl Iterator<Item = &[u64]> {
        self.filled.keys().map(Vec::as_slice)
    }

    /// The indices of the chunks that were written, were not erased since, and hold nothing but the
    /// fill value.
    pub fn empty_chunks(&self) -> impl Iterator<Item = &[u64]> {
        self.empty.iter().map(Vec::as_slice)
    }

    /// The bytes of a chunk, if its codecs leave the elements as they are: little endian, in C order
    /// of the transposed dimensions, beyond the edge of the array the fill value.
    #[must_use]
    pub fn raw_chunk(&self, index: &[u64]) -> Option<Vec<u8>> {
        let ArraySpec { data_type, codecs, .. } = &self.spec;
        let size = data_type.size().filter(|_| codecs.is_raw())?;
        let whole = self.grid().chunk(self.shape(), index)?;
        let dimensions = self.shape().len();
        let order = codecs.transpose.clone().unwrap_or_else(|| (0..dimensions).collect());
        let stored =
            Region::all(&order.iter().map(|from| whole.shape()[*from]).collect::<Vec<_>>());
        let mut bytes = Vec::with_capacity(stored.len() * size);
        for position in stored.positions() {
            let mut at = whole.start.clone();
            for (stored, from) in position.iter().zip(&order) {
                at[*from] += stored;
            }
            let inside = at.iter().zip(self.shape()).all(|(at, length)| at < length);
            let bits = if inside {
                self.elements[offset_in(self.shape(), &at)]
            } else {
                self.spec.fill_bits()
            };
            bytes.extend_from_slice(&bits.to_le_bytes()[..size]);
        }
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::array_spec::Codecs;
    use crate::plan::data_type::{DataType, Scalar};
    use crate::plan::region::Edges;

    fn array(shape: &[u64], edges: &[u64]) -> ArrayModel {
        let grid = ChunkGrid(edges.iter().map(|edge| Edges::Every(*edge)).collect());
        ArrayModel::new(ArraySpec::new(shape.to_vec(), grid))
    }

    fn region(start: &[u64], end: &[u64]) -> Region {
        Region { start: start.to_vec(), end: end.to_vec() }
    }

    #[test]
    fn chunks_with_nothing_but_the_fill_value_are_not_there() {
        let mut array = array(&[3, 3], &[2, 2]);
        array.write(&region(&[1, 1], &[3, 3]), Elements::From(0));
        assert_eq!(array.elements(), [0, 0, 0, 0, 0, 1, 0, 2, 3]);
        assert!(array.chunk_keys().eq(["c/0/1", "c/1/0", "c/1/1"]));
        array.erase_chunk(&[1, 0]);
        array.erase_chunk(&[7, 7]);
        assert!(array.chunk_keys().eq(["c/0/1", "c/1/1"]));
        array.write(&region(&[2, 2], &[9, 9]), Elements::Fill);
        assert!(array.chunk_keys().eq(["c/0/1"]));
    }

    #[test]
    fn what_is_cut_off_is_gone() {
        let mut array = array(&[2, 3], &[2, 2]);
        array.write(&Region::all(&[2, 3]), Elements::From(1));
        array.resize(&[3, 2]);
        assert_eq!(array.elements(), [1, 2, 4, 5, 0, 0]);
        array.resize(&[0, 2]);
        assert_eq!(array.chunk_keys().count(), 0);
        array.resize(&[1, 1]);
        assert_eq!(array.elements(), [0]);
    }

    #[test]
    fn chunks_may_stay_empty_until_they_are_erased_or_cut_off() {
        let mut array = array(&[5], &[2]);
        let empty = |array: &ArrayModel| array.empty_chunks().map(|at| at[0]).collect::<Vec<_>>();
        array.write(&region(&[0], &[5]), Elements::From(1));
        assert_eq!(empty(&array), [0; 0]);
        array.write(&region(&[0], &[5]), Elements::Fill);
        assert_eq!(empty(&array), [0, 1, 2]);
        array.erase_chunk(&[1]);
        array.write(&region(&[0], &[1]), Elements::From(1));
        assert_eq!(empty(&array), [2]);
        array.resize(&[4]);
        array.resize(&[5]);
        assert_eq!(empty(&array), [0; 0]);
    }

    #[test]
    fn arrays_without_dimensions_have_one_element() {
        let mut array = array(&[], &[]);
        array.write(&Region::all(&[]), Elements::All(Scalar::Number(7)));
        assert_eq!(array.elements(), [7]);
        assert!(array.chunk_keys().eq(["c"]));
        assert_eq!(array.raw_chunk(&[]), Some(vec![7]));
    }

    #[test]
    fn raw_chunks_are_transposed_little_endian_and_filled_up() {
        let mut array = array(&[2, 3], &[2, 2]);
        array.spec.data_type = DataType::Int16;
        array.write(&Region::all(&[2, 3]), Elements::From(1));
        assert_eq!(array.raw_chunk(&[0, 0]), Some(vec![1, 0, 2, 0, 4, 0, 5, 0]));
        assert_eq!(array.raw_chunk(&[0, 1]), Some(vec![3, 0, 0, 0, 6, 0, 0, 0]));
        array.spec.codecs = Codecs { transpose: Some(vec![1, 0]), ..Codecs::default() };
        assert_eq!(array.raw_chunk(&[0, 0]), Some(vec![1, 0, 4, 0, 2, 0, 5, 0]));
        array.spec.codecs.crc32c = true;
        assert_eq!(array.raw_chunk(&[0, 0]), None);
    }

    #[test]
    fn chunks_of_different_lengths_are_counted_from_their_starts() {
        let grid = ChunkGrid(vec![Edges::Each(vec![1, 3])]);
        let mut array = ArrayModel::new(ArraySpec::new(vec![3], grid));
        array.write(&region(&[1], &[3]), Elements::From(1));
        assert!(array.chunk_keys().eq(["c/1"]));
        assert_eq!(array.raw_chunk(&[1]), Some(vec![1, 2, 0]));
    }
}
