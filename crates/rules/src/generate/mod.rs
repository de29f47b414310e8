//! What every generator is made of: choices, values, rules, swarms.

pub(crate) mod choices;
pub(crate) mod exhaustive;
pub(crate) mod rule;
pub(crate) mod swarm;
pub(crate) mod values;
