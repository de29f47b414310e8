//! The two open doors to proptest find what the machine finds.

mod stores;

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use proptest_state_machine::prop_state_machine;
use stores::{Bug, MapStore};
use zarr_conform_machines::{StateMachineAdapter, StoreStateMachine, store_machine};
use zarr_conform_model::Dialect;
use zarr_conform_rules::{Generator, plans};
use zarr_conform_store::{Adapter, OpenError, StoreUnderTest, ZarrsStore};

/// The plans of proptest are the same each time, too.
const SEED: RngSeed = RngSeed::Fixed(5);

struct MapAdapter(Bug);

impl Adapter for MapAdapter {
    fn name(&self) -> &str {
        "map"
    }

    fn dialect(&self) -> Dialect {
        Dialect::ZARRS
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(Box::new(ZarrsStore::of(Arc::new(MapStore::new(self.0)))))
    }
}

struct Right;

impl StateMachineAdapter for Right {
    type Adapter = MapAdapter;

    fn adapter() -> MapAdapter {
        MapAdapter(Bug::None)
    }
}

struct FoldsCase;

impl StateMachineAdapter for FoldsCase {
    type Adapter = MapAdapter;

    fn adapter() -> MapAdapter {
        MapAdapter(Bug::FoldsCase)
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, rng_seed: SEED, ..ProptestConfig::default() })]

    #[test]
    fn a_right_store_passes_as_a_proptest_state_machine(sequential 1..40 => StoreStateMachine<Right>);

    #[test]
    #[should_panic(expected = "want ")]
    fn a_planted_bug_fails_as_a_proptest_state_machine(sequential 1..40 => StoreStateMachine<FoldsCase>);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, rng_seed: SEED, ..ProptestConfig::default() })]

    #[test]
    fn a_right_store_passes_plans_from_the_strategy(plan in plans(Generator::new(Dialect::ZARRS))) {
        let replay = store_machine(|| MapStore::new(Bug::None)).replay(&plan);
        prop_assert!(replay.is_ok_and(|replay| replay.agrees()));
    }

    #[test]
    #[should_panic(expected = "minimal failing input: plan = \nzarr-conform plan 1\n")]
    fn a_planted_bug_fails_plans_from_the_strategy(plan in plans(Generator::new(Dialect::ZARRS))) {
        let replay = store_machine(|| MapStore::new(Bug::EraseMissingErrors)).replay(&plan);
        prop_assert!(replay.is_ok_and(|replay| replay.agrees()));
    }
}
