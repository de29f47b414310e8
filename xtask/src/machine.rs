//! `--machine`: what plays the plans, and on what.

use std::sync::Arc;

use clap::ValueEnum;
use zarr_conform_hierarchy::Hierarchy;
use zarr_conform_model::{Operation, Plan};
use zarr_conform_store::Adapter;

/// The machines by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Plays operations on keys.
    #[default]
    Store,
    /// Plays operations on groups and arrays, through `zarrs` over the store.
    Hierarchy,
}

impl Kind {
    /// The adapter for this machine.
    pub(crate) fn over(self, adapter: Arc<dyn Adapter>) -> Arc<dyn Adapter> {
        match self {
            Self::Store => adapter,
            Self::Hierarchy => Arc::new(Hierarchy::over(adapter)),
        }
    }

    /// The machine that can play a plan.
    pub(crate) fn of(plan: &Plan) -> Self {
        let on_nodes = |operation: &Operation| matches!(operation, Operation::Node(_));
        if plan.operations().iter().any(on_nodes) { Self::Hierarchy } else { Self::Store }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_with_nodes_are_for_the_hierarchy_machine() {
        let of = |text: &str| Kind::of(&text.parse().expect("it is a plan"));
        assert_eq!(of("list"), Kind::Store);
        assert_eq!(of("list\nopen_node /"), Kind::Hierarchy);
    }
}
