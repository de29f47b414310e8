//! What goes wrong between a store and its files, and who goes first there: errors, crashes, power cuts
//! and turns at its calls.
//!
//! The calls are those of libc, which `zarr-conform-gate` defines in the program. Not here: which
//! faults are played (`campaign/sweep`), which turns are tried (`together`), and what is right after
//! them (the model).

mod calls;
mod faulty;
mod files;
mod turns;

pub(crate) use faulty::Faulty;
pub(crate) use turns::{schedule_of, turns_of};
