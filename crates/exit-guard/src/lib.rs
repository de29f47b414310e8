#![doc = include_str!("../README.md")]

mod copies;
mod exits;
mod signals;

pub use copies::{is_copy, leave, was_copied, watch_copies};
pub use exits::{AtExit, at_exit};
pub use signals::{Say, at_signal};
