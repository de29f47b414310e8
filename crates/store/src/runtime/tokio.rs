//! Runtimes of tokio, with timers, sockets and threads for what blocks.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::{Arc, OnceLock, mpsc};

use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncBlockOn;

use crate::threads::{self, STORE_THREAD};

/// A tokio runtime with timers and sockets, shared by all clones.
///
/// Futures are polled on the thread that asks; what they spawn runs on the runtime's own thread,
/// and what blocks on threads of tokio's pool. So whoever asks a store that hangs can be given up
/// on, and the runtime goes on with the others.
#[derive(Clone, Debug)]
pub struct TokioRuntime {
    runtime: Arc<tokio::runtime::Runtime>,
    takes_turns: bool,
}

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
    /// thread.
    ///
    /// So most races within a store come out the same way each time; with
    /// [`in_turns`](Self::in_turns) all do between what one future waits for. What blocks for ever
    /// keeps the thread, and with it everybody else who uses the runtime.
    ///
    /// # Errors
    ///
    /// Returns the error of the system if it gives no thread.
    pub fn orderly() -> io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        Self::build(builder.max_blocking_threads(1))
    }

    /// The same runtime, which polls a future when what it asked the threads for is done, and does
    /// nothing of what it asks them for before it has asked for all: futures that go on side by side
    /// do so in step. On an [orderly](Self::orderly) runtime alone, as it takes one thread.
    ///
    /// Each poll waits for the thread, so it takes several times as long as it would.
    #[must_use]
    pub fn in_turns(&self) -> Self {
        Self { runtime: Arc::clone(&self.runtime), takes_turns: true }
    }

    fn build(builder: &mut tokio::runtime::Builder) -> io::Result<Self> {
        let builder = builder.worker_threads(1).thread_name(STORE_THREAD);
        builder.on_thread_start(threads::begin);
        Ok(Self { runtime: Arc::new(builder.enable_all().build()?), takes_turns: false })
    }
}

impl AsyncToSyncBlockOn for TokioRuntime {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        if !self.takes_turns {
            return self.runtime.block_on(future);
        }
        let mut future = pin!(future);
        self.runtime.block_on(poll_fn(|context| {
            let _turn = Turn::begin();
            future.as_mut().poll(context)
        }))
    }
}

/// A time in which the one thread for what blocks has nothing left to do, and waits until this is
/// dropped.
///
/// Else what a future asks for may be done, or not, before another one asks for more.
struct Turn {
    _is_over: mpsc::Sender<()>,
}

impl Turn {
    /// Waits for what was asked for before. The runtime's context is that of the calling thread.
    fn begin() -> Self {
        let (begins, begun) = mpsc::channel::<()>();
        let (is_over, over) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || {
            drop(begins);
            // Both are errors that say that the other side is gone.
            let _ = over.recv();
        });
        let _ = begun.recv();
        Self { _is_over: is_over }
    }
}

/// Tokio runtimes that are started when they are first needed, shared by all clones.
#[derive(Clone, Debug, Default)]
pub struct LazyTokio {
    orderly: Arc<OnceLock<TokioRuntime>>,
    parallel: Arc<OnceLock<TokioRuntime>>,
}

impl LazyTokio {
    /// The [orderly](TokioRuntime::orderly) one, for one caller at a time.
    ///
    /// # Errors
    ///
    /// Returns the error of the system if it gives no thread.
    pub fn get(&self) -> io::Result<TokioRuntime> {
        started(&self.orderly, TokioRuntime::orderly)
    }

    /// The one that does side by side what it can, for callers at the same time.
    ///
    /// # Errors
    ///
    /// Returns the error of the system if it gives no thread.
    pub fn parallel(&self) -> io::Result<TokioRuntime> {
        started(&self.parallel, TokioRuntime::new)
    }
}

fn started(
    runtime: &OnceLock<TokioRuntime>,
    start: impl FnOnce() -> io::Result<TokioRuntime>,
) -> io::Result<TokioRuntime> {
    if let Some(runtime) = runtime.get() {
        return Ok(runtime.clone());
    }
    let started = start()?;
    Ok(runtime.get_or_init(|| started).clone())
}
