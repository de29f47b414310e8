//! What a store was asked, readable from another thread if it hangs.

use std::sync::{Arc, Mutex, PoisonError};

use zarr_conform_model::Step;

/// Every operation that this store has been asked since it was opened, and what went wrong then.
pub(crate) enum Journal {
    /// Kept for this thread alone.
    Private(Vec<Step>),
    /// Readable by others while this thread hangs.
    Shared(Arc<Mutex<Vec<Step>>>),
}

impl Journal {
    pub(super) fn push(&mut self, step: Step) {
        match self {
            Self::Private(steps) => steps.push(step),
            Self::Shared(steps) => lock(steps).push(step),
        }
    }

    pub(super) fn clear(&mut self) {
        match self {
            Self::Private(steps) => steps.clear(),
            Self::Shared(steps) => lock(steps).clear(),
        }
    }

    pub(super) fn to_vec(&self) -> Vec<Step> {
        match self {
            Self::Private(steps) => steps.clone(),
            Self::Shared(steps) => lock(steps).clone(),
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is behind our locks is consistent at every moment.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
