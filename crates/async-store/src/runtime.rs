//! Runtimes: what futures are run on until they are done.

use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncBlockOn;

#[cfg(feature = "tokio")]
use crate::tokio_runtime::TokioRuntime;

/// Polls on the calling thread, with the executor of `futures`.
///
/// It has no timers and no sockets: a store that needs those of tokio panics on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallingThread;

impl AsyncToSyncBlockOn for CallingThread {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        futures::executor::block_on(future)
    }
}

/// Either of the runtimes, for adapters that choose by variant.
#[cfg(feature = "tokio")]
#[derive(Clone, Debug)]
pub enum AnyRuntime {
    /// See [`CallingThread`].
    CallingThread,
    /// See [`TokioRuntime`].
    Tokio(TokioRuntime),
}

#[cfg(feature = "tokio")]
impl AsyncToSyncBlockOn for AnyRuntime {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self {
            Self::CallingThread => CallingThread.block_on(future),
            Self::Tokio(runtime) => runtime.block_on(future),
        }
    }
}
