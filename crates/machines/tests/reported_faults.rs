//! Faults that users reported of other stores are found by every campaign, and are few failures each;
//! `calibrate --mutants all` has the others, and more seeds.

use std::sync::Arc;

use zarr_conform_machines::Machine;
use zarr_conform_machines::model::{Capabilities, Declaration};
use zarr_conform_machines::mutants::{Mutant, Planted, ReferenceAdapter};

#[track_caller]
fn check(mutant: Mutant) {
    const DECLARED: Declaration = Declaration {
        capabilities: Capabilities { reopen: true, ..Capabilities::ZARRS },
        ..Declaration::ZARRS
    };
    let adapter = Planted::new(Arc::new(ReferenceAdapter::new(DECLARED)), mutant);
    let report = Machine::of(adapter).planted_bug(false).run();
    assert!((1..=2).contains(&report.failures.len()), "{mutant}: {report}");
}

#[test]
fn what_takes_a_value_of_a_certain_length_is_found() {
    check(Mutant::N34);
}

#[test]
fn limits_on_the_keys_of_one_call_are_found() {
    check(Mutant::N35);
}

#[test]
fn a_wrong_answer_to_any_range_is_one_failure() {
    [Mutant::N39, Mutant::N40].into_iter().for_each(check);
}

#[test]
fn a_cache_that_loses_what_is_pushed_out_is_one_failure() {
    check(Mutant::N37);
}

#[test]
fn one_wrong_predicate_is_one_failure_whatever_is_asked() {
    check(Mutant::N38);
}

#[test]
fn names_that_are_taken_for_others_are_found() {
    [Mutant::N41, Mutant::N44].into_iter().for_each(check);
}
