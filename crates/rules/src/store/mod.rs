//! Plans about keys: the names, rules, shapes and goals of the store machine.

pub(crate) mod crowd;
pub(crate) mod generator;
pub(crate) mod goals;
pub(crate) mod key_table;
pub(crate) mod odd_names;
pub(crate) mod rules;
pub(crate) mod shapes;
pub(crate) mod together;
