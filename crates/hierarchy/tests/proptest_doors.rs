//! The doors to proptest lead to the hierarchy machine too.

use std::sync::Arc;
use zarr_conform_model::Capabilities;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use proptest_state_machine::prop_state_machine;
use zarr_conform_hierarchy::Hierarchy;
use zarr_conform_machines::Machine;
use zarr_conform_machines::model::Dialect;
use zarr_conform_machines::mutants::{Mutant, Planted, ReferenceAdapter};
use zarr_conform_machines::proptest::{StateMachineAdapter, StoreStateMachine};
use zarr_conform_machines::rules::{HierarchyGenerator, plans};
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};

/// The plans of proptest are the same each time, too.
const SEED: RngSeed = RngSeed::Fixed(8);

/// An array library over a correct store, or over one with a planted bug.
struct Library(Hierarchy);

impl Library {
    fn over_reference() -> Self {
        Self(Hierarchy::over(Arc::new(ReferenceAdapter::new(Dialect::ZARRS))))
    }

    fn over(mutant: Mutant) -> Self {
        let reference = Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
        Self(Hierarchy::over(Arc::new(Planted::new(reference, mutant))))
    }
}

impl Adapter for Library {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.0.open()
    }
}

struct LosesDeepKeys;

impl StateMachineAdapter for LosesDeepKeys {
    type Adapter = Library;

    fn adapter() -> Library {
        Library::over(Mutant::H10)
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, rng_seed: SEED, ..ProptestConfig::default() })]

    #[test]
    #[should_panic(expected = "read_region: elements differ (array, resized, through encoded-cache)")]
    fn a_bug_of_the_store_fails_as_a_proptest_state_machine(sequential 1..60 => StoreStateMachine<LosesDeepKeys>);
}

/// Plans about nodes without what `zarrs` is known to get wrong.
fn generator(steps: usize) -> HierarchyGenerator {
    let rules = zarr_conform_machines::rules::hierarchy_rules().into_iter().filter(|rule| {
        ["add_group", "open_node", "list_dir", "delete_node", "move_node", "set_attributes"]
            .contains(&rule.name())
    });
    HierarchyGenerator::new(Library::over_reference().declared())
        .steps(steps)
        .rules(rules.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, rng_seed: SEED, ..ProptestConfig::default() })]

    #[test]
    fn a_right_store_passes_plans_about_nodes(plan in plans(generator(30))) {
        let replay = Machine::of(Library::over_reference()).replay(&plan);
        prop_assert!(replay.is_ok_and(|replay| replay.agrees()));
    }

    #[test]
    #[should_panic(expected = "minimal failing input: plan = \nzarr-conform plan 1\nadd_group a")]
    fn a_bug_of_the_store_fails_plans_about_nodes(plan in plans(generator(30))) {
        let replay = Machine::of(Library::over(Mutant::H08)).replay(&plan);
        prop_assert!(replay.is_ok_and(|replay| replay.agrees()));
    }
}
