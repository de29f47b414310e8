//! Runtimes: what futures are run on until they are done.

#[cfg(feature = "tokio")]
pub(crate) mod any;
pub(crate) mod calling_thread;
pub(crate) mod in_turns;
#[cfg(feature = "tokio")]
pub(crate) mod tokio;
