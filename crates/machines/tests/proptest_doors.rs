//! The two open doors to proptest find what the machine finds.

#![allow(clippy::unwrap_used, reason = "panics are how tests fail")]

mod stores;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use proptest_state_machine::prop_state_machine;
use stores::{Bug, MapAdapter, MapStore, planted};
use zarr_conform_machines::mutants::{Mutant, Planted};
use zarr_conform_machines::proptest::{StateMachineAdapter, StoreStateMachine};
use zarr_conform_machines::{Machine, store_machine};
use zarr_conform_model::{Dialect, Operation, OperationKind};
use zarr_conform_rules::{Generator, Rule, plans, store_rules};

/// The plans of proptest are the same each time, too.
const SEED: RngSeed = RngSeed::Fixed(5);

struct Right;

impl StateMachineAdapter for Right {
    type Adapter = MapAdapter;

    fn adapter() -> MapAdapter {
        MapAdapter
    }
}

struct FoldsCase;

impl StateMachineAdapter for FoldsCase {
    type Adapter = Planted;

    fn adapter() -> Planted {
        planted(Mutant::M17)
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, rng_seed: SEED, ..ProptestConfig::default() })]

    #[test]
    fn a_right_store_passes_as_a_proptest_state_machine(sequential 1..40 => StoreStateMachine<Right>);

    #[test]
    #[should_panic(expected = "list: key missing (live)")]
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
        let replay = Machine::of(planted(Mutant::M11)).replay(&plan);
        prop_assert!(replay.is_ok_and(|replay| replay.agrees()));
    }
}

#[test]
fn a_rule_that_draws_from_a_strategy_is_played_among_the_others() {
    let sizes = Rule::from_strategy("sizes", OperationKind::SizeKey, |model| {
        let live = model.live_unordered().to_vec();
        prop::sample::select(live).prop_map(|key| Operation::SizeKey { key })
    });
    let sizes = sizes.precondition(|model| model.live_count() > 0);
    let rules = store_rules().into_iter().chain([sizes]).collect();
    let report = store_machine(|| MapStore::new(Bug::None)).rules(rules).run();
    report.assert_conforms();
    let played = report.rules.iter().find(|rule| rule.rule == "sizes").unwrap();
    assert!(played.operations > 50, "{report}");
}
