//! `CallingThread`: futures are polled by whoever asks.

use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncBlockOn;

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
