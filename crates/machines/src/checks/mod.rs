//! What is asked beyond the plan, so that damage shows soon after it is done.

pub(crate) mod hierarchy;
pub(crate) mod policy;
pub(crate) mod store;
