//! What was found: an answer that is not allowed, and a plan that shows it.

pub(crate) mod diagnosis;
pub(crate) mod disagreement;
pub(crate) mod finding;
pub(crate) mod likeness;
