#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod ask;
mod described;
mod differential;
mod on_service;
pub mod optional;
mod port;
mod requests;
#[cfg(feature = "async")]
mod runtime;
mod sandbox;
mod sandboxed;
mod shim;
mod threads;
mod trace;
mod translation;
mod turns;
mod words;
mod zarrs;
#[cfg(feature = "async")]
mod zarrs_async;

pub use described::{AddressError, Described, ServerAddress};
pub use differential::Differential;
pub use on_service::OnService;
pub use port::{Adapter, Callers, Contents, Handle, Layered, OpenError, StoreUnderTest, Way};
pub use requests::{RequestKind, Requests, corrupted};
#[cfg(feature = "async")]
pub use runtime::calling_thread::CallingThread;
#[cfg(feature = "tokio")]
pub use runtime::{
    any::AnyRuntime,
    tokio::{LazyTokio, TokioRuntime},
};
pub use sandbox::{DEPTH, Sandbox, keeping_surroundings};
pub use sandboxed::Sandboxed;
pub use shim::Shim;
pub use threads::{STORE_THREAD, on_thread_start};
pub use trace::Trace;
pub use translation::{Translation, classify};
pub use turns::{Chooser, TurnsEnd};
pub use zarrs::ZarrsStore;
#[cfg(feature = "async")]
pub use zarrs_async::AsyncStore;
#[cfg(feature = "async")]
pub use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncBlockOn;
