//! Threads that belong to stores: their name, and who wants to know when one starts.

use std::sync::OnceLock;

/// The name of threads that belong to stores and not to whoever asks them, such as those of a
/// runtime: a panic there is the store's, and `zarr-conform-machines` keeps it off standard error.
pub const STORE_THREAD: &str = "zarr-conform-store";

static ON_START: OnceLock<fn()> = OnceLock::new();

/// Has this called on each thread of a store's runtime that starts from now on, before anything else:
/// for whoever wants to see what stores do there. The first one who asks for it gets it.
pub fn on_thread_start(begin: fn()) {
    // Who comes second comes for the same.
    let _ = ON_START.set(begin);
}

/// Called on each thread when it starts.
#[cfg(feature = "tokio")]
pub(crate) fn begin() {
    if let Some(begin) = ON_START.get() {
        begin();
    }
}
