#![doc = include_str!("../README.md")]
#![warn(clippy::undocumented_unsafe_blocks)]
#![cfg_attr(
    not(all(
        target_os = "linux",
        target_env = "gnu",
        any(target_arch = "x86_64", target_arch = "aarch64"),
        not(target_feature = "crt-static")
    )),
    allow(dead_code, reason = "without hooks nobody asks a session")
)]

mod address;
mod armed;
mod call;
mod decider;
mod errno;
mod error;
mod fault;
#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(target_feature = "crt-static")
))]
mod hooks;
#[cfg(not(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(target_feature = "crt-static")
)))]
#[path = "no_hooks.rs"]
mod hooks;
mod journal;
mod ledger;
pub mod power;
pub mod schedule;
mod session;
mod snapshot;
#[cfg(feature = "symbols")]
mod symbols;
mod text;

pub use address::{CallAddress, CallKind};
pub use armed::{Armed, Leading, follow};
pub use call::Call;
pub use decider::{Decider, Decision, Resume, Wait};
pub use errno::Errno;
pub use error::GateError;
pub use fault::{FaultKind, Strike, faults_for};
pub use hooks::hooked;
pub use journal::{Effect, Journal};
pub use ledger::Escape;
pub use session::Session;
pub use snapshot::Escaped;
#[cfg(feature = "symbols")]
pub use symbols::{SymbolsError, left_out, unhooked_symbols};
pub use text::TextError;
