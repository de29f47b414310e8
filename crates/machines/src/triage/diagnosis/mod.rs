//! Why failures show, where a few further questions to the store tell.

pub(crate) mod chance;
pub(crate) mod diagnose;
pub(crate) mod expiry;
pub(crate) mod knobs;
pub(crate) mod merging;
pub(crate) mod sharing;
