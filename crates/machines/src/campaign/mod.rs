//! Many plans under one seed, on threads, and what they come to.

pub(crate) mod campaign;
pub(crate) mod case;
pub(crate) mod source;
pub(crate) mod tally;
