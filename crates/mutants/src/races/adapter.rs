//! The adapter of the small store for callers at the same time.

use std::sync::Arc;

use zarr_conform_model::contract::{Overlap, PartialWrites, SecondHandle};
use zarr_conform_model::{Capabilities, Dialect};
use zarr_conform_store::{Adapter, DEPTH, OpenError, Sandboxed, StoreUnderTest, ZarrsStore};

use crate::races::bug::RaceBug;
use crate::races::paths::LONGEST_KEY;
use crate::races::store::RaceStore;

/// What the stores on files for callers at the same time declare.
pub(super) const LINEARIZABLE: Dialect = Dialect {
    // The file systems of macOS and Windows fold case by default.
    case_sensitive: cfg!(target_os = "linux"),
    max_key_bytes: Some(LONGEST_KEY),
    climb: DEPTH,
    overlap: Overlap::Linearizable,
    partial_writes: PartialWrites::Kept,
    ..Dialect::ZARRS
};

/// Opens [`RaceStore`]s in sandboxes, with a bug or without; it declares that they are linearizable.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::contract::Overlap;
/// use zarr_conform_mutants::{RaceAdapter, RaceBug};
/// use zarr_conform_store::Adapter;
///
/// let adapter = RaceAdapter::with(RaceBug::C07);
/// assert_eq!(adapter.name(), "locks_in_any_order");
/// assert_eq!(adapter.dialect().overlap, Overlap::Linearizable);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RaceAdapter {
    bug: Option<RaceBug>,
    has_handles: bool,
}

impl RaceAdapter {
    /// Stores that do everything right.
    #[must_use]
    pub const fn careful() -> Self {
        Self { bug: None, has_handles: false }
    }

    /// Stores that do everything right, and may be opened twice at one place.
    #[must_use]
    pub const fn careful_with_handles() -> Self {
        Self { bug: None, has_handles: true }
    }

    /// Stores with a bug.
    #[must_use]
    pub const fn with(bug: RaceBug) -> Self {
        Self { bug: Some(bug), has_handles: bug.takes_handles() }
    }
}

impl Adapter for RaceAdapter {
    fn name(&self) -> &str {
        self.bug.map_or("careful", RaceBug::name)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            reopen: true,
            second_handle: self.has_handles,
            audit: true,
            create: true,
            ..Capabilities::ZARRS
        }
    }

    fn dialect(&self) -> Dialect {
        Dialect {
            second_handle: match self.bug {
                // What it loses is lost for good.
                Some(RaceBug::C20) => SecondHandle::OnReopen,
                _ => SecondHandle::Immediate,
            },
            ..LINEARIZABLE
        }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let Self { bug, has_handles } = *self;
        Ok(Box::new(Sandboxed::open(move |root| {
            let store = RaceStore::open(root, bug).map_err(OpenError::from_error)?;
            let store = Arc::new(if has_handles { store.with_handles() } else { store });
            Ok(ZarrsStore::of(Arc::clone(&store)).creatable(store))
        })?))
    }
}
