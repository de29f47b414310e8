//! Callers: who asks, in the part of a plan where several ask at the same time.

use std::fmt;

/// One of those who ask at the same time: the first is `1` in text, and has the index 0.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::plan::Caller;
///
/// assert_eq!(Caller::at(1).to_string(), "2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Caller {
    index: u8,
}

impl Caller {
    /// The most callers that a plan can have. A guess: what two cannot show, three can.
    pub const MOST: usize = 9;

    /// The caller with an index from 0.
    ///
    /// # Panics
    ///
    /// Panics if there are not so many callers in any plan.
    #[must_use]
    pub const fn at(index: usize) -> Self {
        assert!(index < Self::MOST, "a plan has nine callers at the most");
        Self { index: index as u8 }
    }

    /// Its index, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index as usize
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.index + 1).fmt(f)
    }
}
