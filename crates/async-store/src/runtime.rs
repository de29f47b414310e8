//! Runtimes: what futures are run on until they are done.

#[cfg(feature = "tokio")]
use std::io;
#[cfg(feature = "tokio")]
use std::sync::{Arc, OnceLock};

#[cfg(feature = "tokio")]
use zarr_conform_model::STORE_THREAD;
use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncBlockOn;

/// Polls on the calling thread, with the executor of `futures`.
///
/// It has no timers and no sockets: a store that needs those of tokio panics on it.
#[cfg(feature = "futures")]
#[derive(Clone, Copy, Debug, Default)]
pub struct CallingThread;

#[cfg(feature = "futures")]
impl AsyncToSyncBlockOn for CallingThread {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        futures::executor::block_on(future)
    }
}

/// A tokio runtime with timers and sockets, shared by all clones.
///
/// Futures are polled on the thread that asks; what they spawn runs on the runtime's own thread,
/// and what blocks on threads of tokio's pool. So whoever asks a store that hangs can be given up
/// on, and the runtime goes on with the others.
#[cfg(feature = "tokio")]
#[derive(Clone, Debug)]
pub struct TokioRuntime(Arc<tokio::runtime::Runtime>);

#[cfg(feature = "tokio")]
impl TokioRuntime {
    /// Starts a runtime.
    ///
    /// # Errors
    ///
    /// Returns the error of the system if it gives no thread.
    pub fn new() -> io::Result<Self> {
        Self::build(&mut tokio::runtime::Builder::new_multi_thread())
    }

    /// Starts a runtime on which what blocks is done in the order in which it was asked for, on one
    /// thread: races within a store come out the same way each time.
    ///
    /// # Errors
    ///
    /// Returns the error of the system if it gives no thread.
    pub fn orderly() -> io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        Self::build(builder.max_blocking_threads(1))
    }

    fn build(builder: &mut tokio::runtime::Builder) -> io::Result<Self> {
        let builder = builder.worker_threads(1).thread_name(STORE_THREAD);
        Ok(Self(Arc::new(builder.enable_all().build()?)))
    }
}

#[cfg(feature = "tokio")]
impl AsyncToSyncBlockOn for TokioRuntime {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }
}

/// A tokio runtime that is started when it is first needed, shared by all clones, and
/// [orderly](TokioRuntime::orderly).
#[cfg(feature = "tokio")]
#[derive(Clone, Debug, Default)]
pub struct LazyTokio(Arc<OnceLock<TokioRuntime>>);

#[cfg(feature = "tokio")]
impl LazyTokio {
    /// The runtime.
    ///
    /// # Errors
    ///
    /// Returns the error of the system if it gives no thread.
    pub fn get(&self) -> io::Result<TokioRuntime> {
        if let Some(runtime) = self.0.get() {
            return Ok(runtime.clone());
        }
        let started = TokioRuntime::orderly()?;
        Ok(self.0.get_or_init(|| started).clone())
    }
}

/// Either of the runtimes, for adapters that choose by variant.
#[cfg(all(feature = "futures", feature = "tokio"))]
#[derive(Clone, Debug)]
pub enum AnyRuntime {
    /// See [`CallingThread`].
    CallingThread,
    /// See [`TokioRuntime`].
    Tokio(TokioRuntime),
}

#[cfg(all(feature = "futures", feature = "tokio"))]
impl AsyncToSyncBlockOn for AnyRuntime {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self {
            Self::CallingThread => CallingThread.block_on(future),
            Self::Tokio(runtime) => runtime.block_on(future),
        }
    }
}
