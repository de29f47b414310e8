//! Stores with the asynchronous traits of `zarrs_storage` as stores under test.
//!
//! An [`AsyncStore`] asks a store's asynchronous traits directly, on a runtime that is given to it,
//! and needs no bridge of the author's own. The model, which knows neither runtimes nor threads,
//! sees a store like any other.
//!
//! # Examples
//!
//! ```
//! use std::sync::Arc;
//!
//! use zarr_conform_async::{AsyncStore, CallingThread};
//! use zarr_conform_model::{Plan, StoreUnderTest};
//! use zarrs_storage::store::AsyncMemoryStore;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut store = AsyncStore::of(Arc::new(AsyncMemoryStore::new()), CallingThread);
//! let plan: Plan = "set a/b \"x\"\nsize_key a/b".parse()?;
//! let answers = plan.operations().iter().map(|operation| store.answer(plan.names(), operation));
//! let answers: Vec<String> = answers.map(|outcome| outcome.to_string()).collect();
//! assert_eq!(answers, ["done", "1"]);
//! # Ok(())
//! # }
//! ```
//!
//! # Runtimes
//!
//! Whatever implements [`AsyncToSyncBlockOn`] is a runtime. Two are here:
//!
//! | runtime | feature | for |
//! |---|---|---|
//! | [`CallingThread`] | `futures`, on by default | stores that wait for nothing outside their process |
//! | `TokioRuntime` | `tokio` | stores that use tokio's timers, sockets or files |

#![forbid(unsafe_code)]

#[cfg(feature = "futures")]
mod runtime;
mod store;
#[cfg(feature = "tokio")]
mod tokio_runtime;

pub use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncBlockOn;

#[cfg(all(feature = "futures", feature = "tokio"))]
pub use runtime::AnyRuntime;
#[cfg(feature = "futures")]
pub use runtime::CallingThread;
pub use store::AsyncStore;
#[cfg(feature = "tokio")]
pub use tokio_runtime::{LazyTokio, TokioRuntime};
