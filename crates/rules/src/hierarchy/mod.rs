//! Plans about groups and arrays: the nodes, specs and rules of the hierarchy machine.

pub(crate) mod array_rules;
pub(crate) mod array_specs;
pub(crate) mod generator;
pub(crate) mod node_rule;
pub(crate) mod node_table;
pub(crate) mod rules;
