//! How a Zarr store is asked: the port that machines ask through, and what stands behind it.
//!
//! A [`StoreUnderTest`] answers operations; an [`Adapter`] opens one and says what it promises.
//! Most stores need no code for that: [`ZarrsStore`] asks the synchronous traits of
//! `zarrs_storage`, `AsyncStore` the asynchronous ones, and [`Shim`] goes the other way.
//!
//! # Examples
//!
//! ```
//! use std::sync::Arc;
//!
//! use zarr_conform_model::Plan;
//! use zarr_conform_store::{StoreUnderTest, ZarrsStore};
//! use zarrs_storage::store::MemoryStore;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut store = ZarrsStore::of(Arc::new(MemoryStore::new()));
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
//! Whatever implements [`AsyncToSyncBlockOn`] is a runtime for an `AsyncStore`. Two are here:
//!
//! | runtime | feature | for |
//! |---|---|---|
//! | `CallingThread` | `async`, on by default | stores that wait for nothing outside their process |
//! | `TokioRuntime` | `tokio` | stores that use tokio's timers, sockets or files |
//!
//! [`AsyncToSyncBlockOn`]: https://docs.rs/zarrs_storage/latest/zarrs_storage/storage_adapter/async_to_sync/trait.AsyncToSyncBlockOn.html

#![forbid(unsafe_code)]

pub mod ask;
mod described;
mod differential;
pub mod optional;
mod port;
#[cfg(feature = "async")]
mod runtime;
mod sandbox;
mod sandboxed;
mod shim;
mod trace;
mod translation;
mod zarrs;
#[cfg(feature = "async")]
mod zarrs_async;

pub use described::{AddressError, Described, ServerAddress};
pub use differential::Differential;
pub use port::{Adapter, Layered, OpenError, STORE_THREAD, StoreUnderTest};
#[cfg(feature = "async")]
pub use runtime::calling_thread::CallingThread;
#[cfg(feature = "tokio")]
pub use runtime::{
    any::AnyRuntime,
    tokio::{LazyTokio, TokioRuntime},
};
pub use sandbox::{DEPTH, Sandbox};
pub use sandboxed::Sandboxed;
pub use shim::Shim;
pub use trace::Trace;
pub use translation::{Translation, classify};
pub use zarrs::ZarrsStore;
#[cfg(feature = "async")]
pub use zarrs_async::AsyncStore;
#[cfg(feature = "async")]
pub use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncBlockOn;
