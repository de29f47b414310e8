//! The command line of zarr-conform as a library, for the stores of any adapter.

#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adapter_error;
mod adapters;
mod bugs;
mod calibrate;
mod calibration;
mod called;
mod command;
mod conform;
mod every;
mod exit;
mod export;
#[cfg(feature = "faults")]
mod fault_calibration;
mod folder;
mod goals;
mod interrupt;
mod isolation;
mod known_issues;
mod lacking;
mod machine;
mod merge;
mod options;
pub mod output;
mod passport;
mod passport_pages;
mod plans;
mod program;
mod progress;
mod rendered;
mod replay;
mod report_file;
mod report_text;
mod server;
mod shards;
mod show;
mod table;
mod which_store;

use std::process::ExitCode;

pub use command::Command;
pub use exit::Exit;
pub use lacking::Lacking;
pub use program::Program;
pub use zarr_conform_machines as machines;
use zarr_conform_store::Described;
pub use {zarr_conform_model as model, zarr_conform_store as store};

/// The whole command line for the stores of these adapters, with the arguments of this process.
///
/// With one adapter, `--adapter` need not be given. The exit status is that of [`Exit`].
///
/// [`Program`] is the same with more to say about it.
pub fn main<I>(adapters: I) -> ExitCode
where
    I: IntoIterator<Item: Into<Described>>,
{
    Program::of(adapters).main()
}
