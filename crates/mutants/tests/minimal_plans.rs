//! Every planted bug shows in the last answer of its minimal plan, over any store.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod play;

use std::collections::BTreeSet;
use std::sync::Arc;

use play::{REOPENING, wrong_answers_of};
use zarr_conform_memory::MemoryAdapter;
use zarr_conform_model::contract::RangeDialect;
use zarr_conform_model::{Declaration, Dialect, Operation, Plan, Value};
use zarr_conform_mutants::{Mutant, Planted, ReferenceAdapter};
use zarr_conform_rules::{Exhaustive, Universe};
use zarr_conform_store::Adapter;

/// The mutants whose shortest plan asks the store alone.
fn of_stores() -> impl Iterator<Item = Mutant> {
    Mutant::ALL.iter().copied().filter(|mutant| !mutant.needs_library())
}

/// The mutants whose bug one caller of a store sees without injecting errors.
fn visible() -> impl Iterator<Item = Mutant> {
    of_stores().filter(|mutant| !mutant.concurrent() && *mutant != Mutant::F01)
}

fn minimum(mutant: Mutant) -> Plan {
    mutant.minimum().parse().unwrap()
}

fn over_reference(mutant: Mutant) -> Planted {
    Planted::new(Arc::new(ReferenceAdapter::new(REOPENING)), mutant)
}

#[track_caller]
fn check_shown_at_the_end(adapter: &Planted, plan: &Plan) {
    let wrong = wrong_answers_of(adapter, plan);
    let at: Vec<_> = wrong.iter().map(|(at, _)| *at).collect();
    assert_eq!(at, [plan.len() - 1], "{}{plan:?}{wrong:?}", adapter.name());
}

#[test]
fn a_minimal_plan_shows_its_bug_in_the_last_answer_alone() {
    for mutant in visible() {
        check_shown_at_the_end(&over_reference(mutant), &minimum(mutant));
    }
}

#[test]
fn a_minimal_plan_shows_nothing_without_the_bug() {
    for mutant in of_stores() {
        let wrong = wrong_answers_of(&ReferenceAdapter::new(REOPENING), &minimum(mutant));
        assert!(wrong.is_empty(), "{mutant}: {wrong:?}");
    }
}

#[test]
fn a_minimal_plan_without_any_of_its_operations_shows_nothing() {
    for mutant in visible() {
        let adapter = over_reference(mutant);
        let plan = minimum(mutant);
        for left_out in 0..plan.len() {
            let mut operations: Vec<Operation> = plan.operations().cloned().collect();
            operations.remove(left_out);
            let wrong = wrong_answers_of(&adapter, &plan.with_steps(operations));
            assert!(wrong.is_empty(), "{mutant} without operation {left_out}: {wrong:?}");
        }
    }
}

#[test]
fn a_bug_shows_over_a_store_that_it_knows_nothing_of() {
    let capabilities = MemoryAdapter::asynchronous().capabilities();
    let is_asked = |operation: &Operation| capabilities.allow(operation.kind());
    let asked = |mutant: &Mutant| minimum(*mutant).operations().all(is_asked);
    for mutant in visible().filter(asked) {
        let adapter = Planted::new(Arc::new(MemoryAdapter::asynchronous()), mutant);
        check_shown_at_the_end(&adapter, &minimum(mutant));
    }
}

#[test]
fn a_bug_reaches_keys_that_the_plan_at_hand_does_not_name() {
    let first: Plan = "set ab \"\"\nget ab".parse().unwrap();
    let second: Plan = "erase_prefix a/".parse().unwrap();
    let mut store = over_reference(Mutant::M12).open().unwrap();
    let mut ask = |plan: &Plan, at: usize| {
        store.answer(plan.names(), &plan.steps()[at].operation).to_string()
    };
    assert_eq!(ask(&first, 0), "done");
    assert_eq!(ask(&second, 0), "done");
    assert_eq!(ask(&first, 1), "absent");
}

#[test]
fn bugs_about_ranges_turn_round_whatever_the_dialect_says() {
    let dialect = Dialect { ranges: RangeDialect::CLAMP, ..Dialect::ZARRS };
    let clamping = Declaration { dialect, ..REOPENING };
    for mutant in [Mutant::N09, Mutant::N10] {
        let adapter = Planted::new(Arc::new(ReferenceAdapter::new(clamping)), mutant);
        check_shown_at_the_end(&adapter, &minimum(mutant));
    }
}

#[test]
fn a_minimal_plan_prints_as_it_is_written() {
    for mutant in Mutant::ALL {
        let printed = minimum(*mutant).to_string();
        assert_eq!(printed, format!("zarr-conform plan 1\n{}", mutant.minimum()), "{mutant}");
    }
}

#[test]
fn a_mutant_is_found_by_its_id_and_its_name_in_any_case() {
    for mutant in Mutant::ALL {
        assert_eq!(Mutant::find(mutant.id()), Some(*mutant));
        assert_eq!(Mutant::find(&mutant.id().to_lowercase()), Some(*mutant));
        assert_eq!(Mutant::find(&mutant.name().to_uppercase()), Some(*mutant));
    }
    assert_eq!(Mutant::find("M99"), None);
}

#[test]
fn ids_and_names_are_not_used_twice_and_bugs_are_sentences() {
    let ids = Mutant::ALL.iter().map(|mutant| mutant.id());
    let words: BTreeSet<_> = ids.chain(Mutant::ALL.iter().map(|mutant| mutant.name())).collect();
    assert_eq!(words.len(), 2 * Mutant::ALL.len());
    for mutant in Mutant::ALL {
        assert!(mutant.bug().ends_with('.'), "{mutant}: {}", mutant.bug());
    }
    assert_eq!(Mutant::ALL.iter().filter(|mutant| mutant.is_public()).count(), 26);
    assert!(Mutant::ALL.iter().filter(|mutant| mutant.concurrent()).eq(&[Mutant::C01]));
}

/// How long plans may be for all of them to be played.
const LONGEST: usize = 3;

#[test]
fn no_plan_over_a_small_universe_is_shorter() {
    for mutant in visible().filter(|mutant| minimum(*mutant).len() > 1) {
        let adapter = over_reference(mutant);
        let universe = Universe::small(REOPENING.capabilities)
            .with_value(Value::Repeat { length: 64, byte: 0 });
        let shorter = (minimum(mutant).len() - 1).min(LONGEST);
        let plans = Exhaustive::over(universe, REOPENING, shorter).unwrap();
        for plan in (0..plans.count()).filter_map(|number| plans.plan(number)) {
            let wrong = wrong_answers_of(&adapter, &plan);
            assert!(wrong.is_empty(), "{mutant}: {plan}{wrong:?}");
        }
    }
}
