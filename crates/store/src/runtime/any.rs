//! `AnyRuntime`: one of the runtimes, chosen while the program runs.

use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncBlockOn;

use crate::runtime::calling_thread::CallingThread;
use crate::runtime::tokio::TokioRuntime;

/// Either of the runtimes, for adapters that choose by variant.
#[derive(Clone, Debug)]
pub enum AnyRuntime {
    /// See [`CallingThread`].
    CallingThread,
    /// See [`TokioRuntime`].
    Tokio(TokioRuntime),
}

impl AsyncToSyncBlockOn for AnyRuntime {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self {
            Self::CallingThread => CallingThread.block_on(future),
            Self::Tokio(runtime) => runtime.block_on(future),
        }
    }
}
