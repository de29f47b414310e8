//! Simpler plans: the search for the shortest that still fails.

pub(crate) mod exchanges;
pub(crate) mod leave_out;
pub(crate) mod nodes_together;
pub(crate) mod plan_size;
pub(crate) mod renaming;
pub(crate) mod shrink;
pub(crate) mod simplify;
pub(crate) mod simplify_fault;
pub(crate) mod simplify_node;
pub(crate) mod simplify_step;
pub(crate) mod simplify_together;
pub(crate) mod slices;
pub(crate) mod smaller;
pub(crate) mod tiny_arrays;
pub(crate) mod values_together;
