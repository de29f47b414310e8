//! What a store promises to callers at the same time, as levels that it declares.
//!
//! Sources: `zarrs` leaves it to the caller that no key is written by two at once. S3 and
//! `object_store` promise that a read gives one whole value, never a mixture.

use std::fmt;

/// What holds of calls that overlap, the weakest first.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::contract::Overlap;
///
/// assert!(Overlap::Readers < Overlap::Linearizable);
/// assert_eq!(Overlap::DistinctKeys.to_string(), "distinct_keys");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Overlap {
    /// Nothing: one call is asked at a time. If two are, anything may be there afterwards; but it
    /// stays.
    None,
    /// Operations on different keys do not disturb each other. One on a prefix is on each key below,
    /// so that a key that nobody else touches is listed.
    ///
    /// This is what array libraries need to write different chunks in parallel; `zarrs` asks callers
    /// not to write one key at the same time.
    DistinctKeys,
    /// A read beside a write gives the old value or the new one, whole, as S3 has it of one key.
    Readers,
    /// Each operation happens at one moment between its call and its return, key by key.
    ///
    /// S3 is strongly consistent for reads after writes; the stores in memory hold a lock.
    Linearizable,
}

/// Whether partial writes of one key at the same time may lose one another.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Dialect;
/// use zarr_conform_model::contract::PartialWrites;
///
/// assert_eq!(Dialect::ZARRS.partial_writes, PartialWrites::Lost);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PartialWrites {
    /// A partial write may read the value, and write all of it back later. So do
    /// `zarrs_storage::store_set_partial_many` and zarr-python #3682, #3683.
    Lost,
    /// Each is laid over what is there when it happens.
    Kept,
}

/// When a second handle on the same place sees what was written through the first.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Dialect;
/// use zarr_conform_model::contract::SecondHandle;
///
/// assert_eq!(Dialect::ZARRS.second_handle, SecondHandle::OnReopen);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecondHandle {
    /// When it is opened again; until then it may read what was there earlier. So do caches,
    /// zarr-python #1076 and #4282.
    OnReopen,
    /// At once, as icechunk's tests have it of handles on one branch.
    Immediate,
}

impl Overlap {
    /// Every level, the weakest first.
    pub const ALL: [Self; 4] = [Self::None, Self::DistinctKeys, Self::Readers, Self::Linearizable];

    /// The name in plans and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::DistinctKeys => "distinct_keys",
            Self::Readers => "readers",
            Self::Linearizable => "linearizable",
        }
    }
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
