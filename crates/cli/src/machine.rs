//! `--machine`: what plays the plans, and on what.

use std::sync::Arc;

use clap::ValueEnum;
#[cfg(feature = "hierarchy")]
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
    #[cfg(feature = "hierarchy")]
    Hierarchy,
}

impl Kind {
    /// The adapter for this machine.
    pub(crate) fn over(self, adapter: Arc<dyn Adapter>) -> Arc<dyn Adapter> {
        match self {
            Self::Store => adapter,
            #[cfg(feature = "hierarchy")]
            Self::Hierarchy => Arc::new(Hierarchy::over(adapter)),
        }
    }

    /// The machine that can play a plan; none if this program was built without it.
    #[cfg_attr(
        feature = "hierarchy",
        expect(clippy::unnecessary_wraps, reason = "with the feature there is one for every plan")
    )]
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        let on_nodes = |operation: &Operation| matches!(operation, Operation::Node(_));
        if !plan.operations().any(on_nodes) {
            return Some(Self::Store);
        }
        #[cfg(feature = "hierarchy")]
        return Some(Self::Hierarchy);
        #[cfg(not(feature = "hierarchy"))]
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_with_nodes_are_for_the_hierarchy_machine() {
        let of = |text: &str| Kind::of(&text.parse().expect("it is a plan"));
        assert_eq!(of("list"), Some(Kind::Store));
        #[cfg(feature = "hierarchy")]
        let hierarchy = Some(Kind::Hierarchy);
        #[cfg(not(feature = "hierarchy"))]
        let hierarchy = None;
        assert_eq!(of("list\nopen_node /"), hierarchy);
    }
}
