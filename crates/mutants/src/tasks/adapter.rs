//! The adapter of the small store with futures.

use std::sync::Arc;

use zarr_conform_model::contract::{Overlap, PartialWrites};
use zarr_conform_model::{Capabilities, Dialect};
use zarr_conform_store::{Adapter, AsyncStore, CallingThread, OpenError, StoreUnderTest};

use crate::tasks::bug::TaskBug;
use crate::tasks::store::TaskStore;

/// Opens [`TaskStore`]s, with a bug or without; it declares that they are linearizable.
///
/// # Examples
///
/// ```
/// use zarr_conform_mutants::{TaskAdapter, TaskBug};
/// use zarr_conform_store::Adapter;
///
/// assert_eq!(TaskAdapter::with(TaskBug::T04).name(), "waiter_forgotten");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TaskAdapter {
    bug: Option<TaskBug>,
}

impl TaskAdapter {
    /// Stores that do everything right.
    #[must_use]
    pub const fn careful() -> Self {
        Self { bug: None }
    }

    /// Stores with a bug.
    #[must_use]
    pub const fn with(bug: TaskBug) -> Self {
        Self { bug: Some(bug) }
    }
}

impl Adapter for TaskAdapter {
    fn name(&self) -> &str {
        self.bug.map_or("careful", TaskBug::name)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ZARRS
    }

    fn dialect(&self) -> Dialect {
        Dialect {
            climb: usize::MAX,
            overlap: Overlap::Linearizable,
            partial_writes: PartialWrites::Kept,
            ..Dialect::ZARRS
        }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = Arc::new(TaskStore::new(self.bug));
        Ok(Box::new(AsyncStore::of(store, CallingThread).polled_alone()))
    }
}
