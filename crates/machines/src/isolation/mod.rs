//! Isolation: stores in processes of their own, which may end without taking the campaign along.
//!
//! The processes are made of this very program. Under `cargo test` it starts itself again with the
//! one test, and the call of `isolated` serves stores there in place of returning. So a test needs
//! no program of its own, and a closure that opens a store need not be sent anywhere.

#[cfg(unix)]
mod adapter;
#[cfg(unix)]
mod child;
mod error;
#[cfg(unix)]
mod inside;
#[cfg(unix)]
mod last_words;
#[cfg(unix)]
mod pool;
mod program;
#[cfg(unix)]
mod signals;

#[cfg(unix)]
pub(crate) use adapter::Isolated;
pub use error::IsolationError;
#[cfg(unix)]
pub(crate) use inside::{serve_here, serve_if_wanted};
#[cfg(unix)]
pub(crate) use pool::Pool;
pub(crate) use program::Program;
