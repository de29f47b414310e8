//! `--machine`: what plays the plans, and on what.

use std::sync::Arc;

use clap::ValueEnum;
#[cfg(feature = "hierarchy")]
use zarr_conform_hierarchy::Hierarchy;
use zarr_conform_machines::Machine;
use zarr_conform_model::{Operation, Plan};
use zarr_conform_store::Adapter;

/// The machines by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Plays operations on keys.
    #[default]
    Store,
    /// Plays each kind of operation with every fault that can strike on its way: errors, crashes, power
    /// cuts, requests that go wrong.
    #[cfg(feature = "faults")]
    Faults,
    /// Plays what several callers ask at the same time, in every order of their calls with up to two
    /// switches between them.
    #[cfg(feature = "faults")]
    Concurrent,
    /// Plays operations on groups and arrays, through `zarrs` over the store.
    #[cfg(feature = "hierarchy")]
    Hierarchy,
}

impl Kind {
    /// The adapter for this machine.
    pub(crate) fn over(self, adapter: Arc<dyn Adapter>) -> Arc<dyn Adapter> {
        match self {
            Self::Store => adapter,
            #[cfg(feature = "faults")]
            Self::Faults | Self::Concurrent => adapter,
            #[cfg(feature = "hierarchy")]
            Self::Hierarchy => Arc::new(Hierarchy::over(adapter)),
        }
    }

    /// A machine of the adapter's stores.
    pub(crate) fn machine(self, adapter: Arc<dyn Adapter>) -> Machine {
        let machine = Machine::of_shared(self.over(adapter));
        match self {
            #[cfg(feature = "faults")]
            Self::Faults => machine.faults(),
            #[cfg(feature = "faults")]
            Self::Concurrent => machine.concurrent(),
            _ => machine,
        }
    }

    /// The name after `--machine`.
    #[cfg(feature = "faults")]
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// How many plans are played, if nobody says.
    pub(crate) const fn cases(self) -> u64 {
        match self {
            // Each is some hundred runs.
            #[cfg(feature = "faults")]
            Self::Faults => 64,
            _ => 256,
        }
    }

    /// How many operations a plan has at the most, if nobody says.
    pub(crate) const fn steps(self) -> usize {
        match self {
            // What takes longer is swept over and over.
            #[cfg(feature = "faults")]
            Self::Faults => 8,
            _ => 100,
        }
    }

    /// The machine that can play a plan; none if this program was built without it.
    #[cfg_attr(
        feature = "hierarchy",
        expect(clippy::unnecessary_wraps, reason = "with the feature there is one for every plan")
    )]
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        let on_nodes = |operation: &Operation| matches!(operation, Operation::Node(_));
        #[cfg(feature = "faults")]
        if plan.together().is_some() {
            return Some(Self::Concurrent);
        }
        #[cfg(feature = "faults")]
        if plan.has_faults() {
            return Some(Self::Faults);
        }
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
    fn documents_name_a_machine_as_its_option_does() {
        for kind in Kind::value_variants() {
            let adapter: Arc<dyn Adapter> =
                Arc::new(zarr_conform_memory::MemoryAdapter::synchronous());
            let machine = kind.machine(adapter).cases(1).steps(1).planted_bug(false);
            let document = machine.environment(false).required_goals([]).run().document();
            let name = kind.to_possible_value().expect("each has a name");
            assert_eq!(document.machine, name.get_name());
        }
    }

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
