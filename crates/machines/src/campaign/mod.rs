//! Many plans under one seed, on threads, and what they come to.

pub(crate) mod campaign;
pub(crate) mod case;
#[cfg(feature = "faults")]
mod interleave;
mod motifs;
pub(crate) mod news;
pub(crate) mod part;
pub(crate) mod source;
pub(crate) mod sweep;
pub(crate) mod tally;
