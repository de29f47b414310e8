//! Runtimes: what futures are run on until they are done.

#[cfg(feature = "tokio")]
pub(crate) mod any;
pub(crate) mod calling_thread;
#[cfg(feature = "tokio")]
pub(crate) mod tokio;
