//! Regions: boxes of positions in an array, and grids that cut arrays into chunks.

use std::fmt;

use crate::plan::text;

/// A box of positions: from a start to an end, which does not belong to it, in each dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// The first position.
    pub start: Vec<u64>,
    /// One more than the last, in each dimension.
    pub end: Vec<u64>,
}

impl Region {
    /// All of an array.
    #[must_use]
    pub fn all(shape: &[u64]) -> Self {
        Self { start: vec![0; shape.len()], end: shape.to_vec() }
    }

    /// How many positions it has in each dimension.
    #[must_use]
    pub fn shape(&self) -> Vec<u64> {
        self.start.iter().zip(&self.end).map(|(start, end)| end.saturating_sub(*start)).collect()
    }

    /// How many positions it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape().iter().product::<u64>() as usize
    }

    /// Whether it has no position.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The part of it in an array of some shape, as slices are cut in `NumPy`: dimensions that it
    /// does not name are whole, and those that the array does not have are left out.
    #[must_use]
    pub fn within(&self, shape: &[u64]) -> Self {
        let cut = |positions: &[u64], otherwise: fn(u64) -> u64| -> Vec<u64> {
            let dimensions = shape.iter().enumerate();
            dimensions
                .map(|(at, length)| {
                    positions.get(at).map_or(otherwise(*length), |position| *position.min(length))
                })
                .collect()
        };
        let start = cut(&self.start, |_| 0);
        let end = cut(&self.end, |length| length);
        let end = start.iter().zip(end).map(|(start, end)| end.max(*start)).collect();
        Self { start, end }
    }

    /// What both have in common.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> Self {
        let start: Vec<u64> =
            self.start.iter().zip(&other.start).map(|(one, other)| *one.max(other)).collect();
        let ends = self.end.iter().zip(&other.end).map(|(one, other)| *one.min(other));
        let end = start.iter().zip(ends).map(|(start, end)| end.max(*start)).collect();
        Self { start, end }
    }

    /// Its positions in C order: the last dimension runs fastest.
    pub fn positions(&self) -> impl Iterator<Item = Vec<u64>> + use<> {
        let (start, shape) = (self.start.clone(), self.shape());
        (0..self.len() as u64).map(move |number| {
            let mut rest = number;
            let mut position = start.clone();
            for (at, length) in shape.iter().enumerate().rev() {
                position[at] += rest % length;
                rest /= length;
            }
            position
        })
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides = self.start.iter().zip(&self.end);
        text::write_list(f, sides.map(|(start, end)| format!("{start}..{end}")))
    }
}

/// Where a position stands in an array of some shape, in C order.
#[must_use]
pub fn offset_in(shape: &[u64], position: &[u64]) -> usize {
    shape.iter().zip(position).fold(0, |offset, (length, at)| offset * length + at) as usize
}

/// Numbers cut or filled up to the dimensions of an array: where there is none, that of `otherwise`
/// stands, which has one for each dimension.
///
/// Chunk indices of [`NodeAction`](crate::plan::NodeAction) are filled up with zeros, and shapes with the
/// lengths that the array has.
#[must_use]
pub fn fitted(numbers: &[u64], otherwise: &[u64]) -> Vec<u64> {
    let dimensions = otherwise.iter().enumerate();
    dimensions.map(|(at, other)| *numbers.get(at).unwrap_or(other)).collect()
}

/// How one dimension of an array is cut.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edges {
    /// Chunks of one length: `2`.
    Every(u64),
    /// Chunks of these lengths: `(1 3 2)`.
    Each(Vec<u64>),
}

impl Edges {
    /// The ends of the chunk with this number, if there is one in `length` positions.
    fn chunk(&self, number: u64, length: u64) -> Option<(u64, u64)> {
        if number >= self.count(length) {
            return None;
        }
        match self {
            Self::Every(edge) => Some((number * edge, (number + 1) * edge)),
            Self::Each(edges) => {
                let start = edges[..number as usize].iter().sum::<u64>();
                Some((start, start + edges[number as usize]))
            }
        }
    }

    /// How many chunks have a position.
    fn count(&self, length: u64) -> u64 {
        match self {
            Self::Every(edge) => length.div_ceil(*edge),
            Self::Each(edges) => {
                let starts = edges.iter().scan(0, |end, edge| {
                    let start = *end;
                    *end += edge;
                    Some(start)
                });
                starts.take_while(|start| *start < length).count() as u64
            }
        }
    }

    /// Whether inner chunks of one length cut every chunk evenly.
    pub(super) fn are_cut_by(&self, inner: u64) -> bool {
        let cut = |edge: &u64| inner > 0 && *edge > 0 && edge.is_multiple_of(inner);
        match self {
            Self::Every(edge) => cut(edge),
            Self::Each(edges) => edges.iter().all(cut),
        }
    }

    /// Whether every one of `length` positions is in a chunk.
    #[must_use]
    pub fn cover(&self, length: u64) -> bool {
        match self {
            Self::Every(edge) => *edge > 0,
            Self::Each(edges) => edges.iter().sum::<u64>() >= length && !edges.contains(&0),
        }
    }
}

impl fmt::Display for Edges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(edge) => write!(f, "{edge}"),
            Self::Each(edges) => {
                let edges: Vec<_> = edges.iter().map(u64::to_string).collect();
                write!(f, "({})", edges.join(" "))
            }
        }
    }
}

/// How an array is cut into chunks, dimension by dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkGrid(pub Vec<Edges>);

impl ChunkGrid {
    /// Whether all chunks have the same shape.
    #[must_use]
    pub fn is_regular(&self) -> bool {
        self.0.iter().all(|edges| matches!(edges, Edges::Every(_)))
    }

    /// Whether an array of this shape can be cut so.
    #[must_use]
    pub fn fits(&self, shape: &[u64]) -> bool {
        self.0.len() == shape.len()
            && self.0.iter().zip(shape).all(|(edges, length)| edges.cover(*length))
    }

    /// How many chunks have a position, in each dimension.
    #[must_use]
    pub fn counts(&self, shape: &[u64]) -> Vec<u64> {
        self.0.iter().zip(shape).map(|(edges, length)| edges.count(*length)).collect()
    }

    /// The whole of a chunk, which may reach beyond the array; `None` if none of its positions is
    /// in the array.
    #[must_use]
    pub fn chunk(&self, shape: &[u64], index: &[u64]) -> Option<Region> {
        let sides: Option<Vec<(u64, u64)>> = self
            .0
            .iter()
            .zip(shape)
            .zip(index)
            .map(|((edges, length), number)| edges.chunk(*number, *length))
            .collect();
        let (start, end) = sides?.into_iter().unzip();
        Some(Region { start, end })
    }

    /// The indices of all chunks, in C order.
    pub fn indices(&self, shape: &[u64]) -> impl Iterator<Item = Vec<u64>> + use<> {
        Region::all(&self.counts(shape)).positions()
    }
}

impl fmt::Display for ChunkGrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write_list(f, self.0.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_cut_like_slices() {
        let region = Region { start: vec![1, 7], end: vec![9, 9] };
        assert_eq!(region.within(&[5, 3]), Region { start: vec![1, 3], end: vec![5, 3] });
        let line = Region { start: vec![1], end: vec![2] };
        assert_eq!(line.within(&[5, 3]), Region { start: vec![1, 0], end: vec![2, 3] });
        assert!(region.within(&[]).positions().eq([Vec::<u64>::new()]));
        assert_eq!(line.to_string(), "[1..2]");
    }

    #[test]
    fn positions_run_in_c_order() {
        let region = Region { start: vec![1, 0], end: vec![3, 2] };
        let positions: Vec<_> = region.positions().collect();
        assert_eq!(positions, [[1, 0], [1, 1], [2, 0], [2, 1]]);
        assert_eq!(offset_in(&[4, 3], &[2, 1]), 7);
    }

    #[test]
    fn numbers_are_cut_and_filled_up() {
        assert_eq!(fitted(&[7], &[1, 2]), [7, 2]);
        assert_eq!(fitted(&[7, 8, 9], &[1, 2]), [7, 8]);
        assert!(fitted(&[7], &[]).is_empty());
    }

    #[test]
    fn chunks_at_the_edge_reach_beyond_the_array() {
        let grid = ChunkGrid(vec![Edges::Every(2), Edges::Each(vec![1, 3])]);
        assert_eq!(grid.counts(&[5, 4]), [3, 2]);
        let last = grid.chunk(&[5, 4], &[2, 1]).unwrap();
        assert_eq!(last, Region { start: vec![4, 1], end: vec![6, 4] });
        assert_eq!(grid.chunk(&[5, 4], &[3, 0]), None);
        assert_eq!(grid.chunk(&[5, 1], &[0, 1]), None);
        assert!(grid.fits(&[9, 4]) && !grid.fits(&[9, 5]) && !grid.fits(&[9]));
        assert_eq!(grid.indices(&[0, 4]).count(), 0);
        assert_eq!(ChunkGrid(vec![]).indices(&[]).count(), 1);
        assert_eq!(grid.to_string(), "[2, (1 3)]");
    }
}
