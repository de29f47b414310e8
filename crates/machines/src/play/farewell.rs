//! What became of a store that was dropped, if it was not just dropped.
//!
//! A destructor gives no answer. One that panics is caught; a store in another process leaves here
//! what became of that, on the thread that drops it.

use std::cell::RefCell;

use zarr_conform_model::Outcome;

thread_local! {
    static LEFT: RefCell<Option<Outcome>> = const { RefCell::new(None) };
}

/// Leaves word of a store that is dropped on this thread.
pub(crate) fn leave(outcome: Outcome) {
    LEFT.set(Some(outcome));
}

/// What the store left that was dropped last on this thread.
pub(super) fn take() -> Option<Outcome> {
    LEFT.take()
}
