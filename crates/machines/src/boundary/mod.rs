//! What goes wrong between a store and its files: errors, crashes and power cuts at its calls.
//!
//! The calls are those of libc, which `zarr-conform-gate` defines in the program. Not here: which
//! faults are played (`campaign/sweep`), and what is right after them (the model).

mod calls;
mod faulty;
mod files;

pub(crate) use faulty::Faulty;
