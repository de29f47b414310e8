#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod client;
mod error;
mod form;
mod frame;
mod held;
mod message;
mod serve;

pub use client::{Client, Dropped, GreetingError, RemoteStore, Which};
pub use error::WireError;
pub use serve::{Catch, decline, serve};

/// The version of the protocol; both ends have to speak the same one.
pub const VERSION: u32 = 1;
