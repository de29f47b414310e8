//! Plans about keys: the names, rules, shapes and goals of the store machine.

pub(crate) mod crowd;
pub(crate) mod generator;
pub(crate) mod goals;
pub(crate) mod key_table;
pub(crate) mod large;
pub(crate) mod odd_names;
pub(crate) mod parade;
pub(crate) mod rules;
pub(crate) mod scene;
pub(crate) mod shapes;
pub(crate) mod states;
pub(crate) mod together;
