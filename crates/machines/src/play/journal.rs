//! What a store was asked, readable from another thread if it hangs.

use std::sync::{Arc, Mutex, PoisonError};

use zarr_conform_model::Operation;

/// Every operation that this store has been asked since it was opened.
pub(crate) enum Journal {
    /// Kept for this thread alone.
    Private(Vec<Operation>),
    /// Readable by others while this thread hangs.
    Shared(Arc<Mutex<Vec<Operation>>>),
}

impl Journal {
    pub(super) fn push(&mut self, operation: &Operation) {
        match self {
            Self::Private(operations) => operations.push(operation.clone()),
            Self::Shared(operations) => lock(operations).push(operation.clone()),
        }
    }

    pub(super) fn clear(&mut self) {
        match self {
            Self::Private(operations) => operations.clear(),
            Self::Shared(operations) => lock(operations).clear(),
        }
    }

    pub(super) fn to_vec(&self) -> Vec<Operation> {
        match self {
            Self::Private(operations) => operations.clone(),
            Self::Shared(operations) => lock(operations).clone(),
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is behind our locks is consistent at every moment.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
