//! Callers at the same time: a plan is played in the orders that its calls to the system allow, and
//! what its callers saw is held against what the store promises of calls that overlap.
//!
//! Each order is a run on a fresh store. The orders with the fewest switches come first, so the first
//! that shows something is the smallest. What goes wrong without an overlap is the business of the
//! machine that asks one thing at a time. Not here: what is right (`zarr_conform_model::history`), and
//! which plans are played (`campaign/interleave`).

#[cfg(feature = "faults")]
mod asked;
#[cfg(feature = "faults")]
mod bodies;
#[cfg(feature = "faults")]
mod by_futures;
#[cfg(feature = "faults")]
pub(crate) mod clauses;
#[cfg(feature = "faults")]
mod freely;
#[cfg(feature = "faults")]
mod lanes;
#[cfg(feature = "faults")]
pub(crate) mod lines;
pub(crate) mod replay;
#[cfg(feature = "faults")]
mod run;
#[cfg(feature = "faults")]
pub(crate) mod schedules;
#[cfg(feature = "faults")]
mod wrong;
