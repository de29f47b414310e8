//! Every planted bug is found, alone, and with a plan that is as short as it can be.

mod stores;

use std::time::Duration;

use expect_test::{Expect, expect};
use stores::{Bug, MapStore, planted};
use zarr_conform_machines::mutants::Mutant;
use zarr_conform_machines::report::ShrinkEnd;
use zarr_conform_machines::{Invariants, Machine, Report, ShrinkBudget, store_machine};
use zarr_conform_model::{Clause, Dialect};

fn machine(bug: Bug) -> Machine {
    store_machine(move || MapStore::new(bug)).cases(200).deadline(Duration::from_secs(2))
}

fn with_mutant(mutant: Mutant) -> Machine {
    Machine::of(planted(mutant)).cases(200).deadline(Duration::from_secs(2))
}

/// Prints each failure as its signature and its plan on one line.
fn summary(report: &Report) -> String {
    let lines = report.failures.iter().map(|failure| {
        let plan = failure.plan.to_string();
        let plan: Vec<_> = plan.lines().skip(1).collect();
        format!("{} {} | {}\n", failure.clause, failure.signature, plan.join("; "))
    });
    lines.collect()
}

fn check(mutant: Mutant, expect: Expect) {
    let report = with_mutant(mutant).run();
    expect.assert_eq(&summary(&report));
    assert!(report.failures.iter().all(|failure| failure.shrinking.end == ShrinkEnd::Minimal));
}

#[test]
fn a_store_that_is_right_conforms() {
    for invariants in [Invariants::EveryStep, Invariants::Sampled, Invariants::End] {
        let report = machine(Bug::None).cases(300).invariants(invariants).run();
        report.assert_conforms();
        assert!(report.operations > 10_000);
    }
}

#[test]
fn overwrites_that_keep_a_tail_are_found() {
    check(
        Mutant::M03,
        expect![[r#"
        W2 get: value too long (live, empty, overwritten) | set a "a"; set a ""; get a
    "#]],
    );
}

#[test]
fn prefixes_matched_as_strings_are_found() {
    check(
        Mutant::M14,
        expect![[r#"
            L7 list_prefix: key unexpected (live, empty, outside the prefix) | set a ""; list_prefix a/
        "#]],
    );
    check(
        Mutant::M12,
        expect![[r#"
            R1 get: value lost (live, empty) | set a ""; erase_prefix a/; get a
        "#]],
    );
}

#[test]
fn listings_cut_at_a_page_are_found() {
    let report = with_mutant(Mutant::M18).run();
    assert_eq!(report.failures.len(), 1, "{report}");
    assert_eq!(report.failures[0].plan.len(), 18, "{report}");
}

#[test]
fn stale_answers_are_found() {
    check(
        Mutant::M19,
        expect![[r#"
            W2 get: value too short (live, overwritten) | set a ""; get a; set a "a"; get a
        "#]],
    );
    check(
        Mutant::M21,
        expect![[r#"
            R11 size_key: size too small (live, overwritten) | set a ""; set a "a"; size_key a
        "#]],
    );
    check(
        Mutant::M29,
        expect![[r#"
            D8 get: value too short (live, set again) | set a ""; erase a; set a "a"; get a
        "#]],
    );
}

#[test]
fn errors_where_there_should_be_none_are_found() {
    check(
        Mutant::M11,
        expect![[r"
            D2 erase: error for answer (never set) | erase a
        "]],
    );
}

/// One bug that shows in many questions: each gives a plan of few operations.
fn check_all_short(mutant: Mutant, longest: usize) {
    let report = with_mutant(mutant).run();
    let plans = report.failures.iter().map(|failure| failure.plan.len());
    assert!(plans.max().is_some_and(|operations| operations <= longest), "{report}");
}

#[test]
fn keys_that_collide_are_found() {
    check_all_short(Mutant::M17, 3);
}

#[test]
fn answers_in_the_wrong_order_or_number_are_found() {
    check_all_short(Mutant::N07, 3);
    check(
        Mutant::N05,
        expect![[r#"
            L4 list_dir: prefix repeated (above a live key) | set a/a ""; set a/b ""; list_dir /
        "#]],
    );
}

#[test]
fn a_refusal_that_changes_something_is_found() {
    let files = Dialect { key_below_key: false, ..Dialect::ZARRS };
    let report = machine(Bug::RefusalErases).dialect(files).run();
    expect![[r#"
        R1 get: value lost (live, empty) | set a ""; set a/a ""; get a
    "#]]
    .assert_eq(&summary(&report));
    let refusals = report.clauses.iter().find(|count| count.clause == Clause::W10);
    assert!(refusals.is_some_and(|count| count.questions > 0));
}

#[test]
fn every_policy_finds_a_lost_tail() {
    for invariants in [Invariants::EveryStep, Invariants::Sampled, Invariants::End] {
        let report = with_mutant(Mutant::M03).invariants(invariants).run();
        assert!(!report.conforms(), "{invariants:?}");
    }
}

#[test]
fn a_store_that_panics_is_reported() {
    let report = machine(Bug::Panics).cases(20).run();
    let failure = &report.failures[0];
    assert_eq!(failure.plan.len(), 1, "{report}");
    assert!(failure.lines[0].got.starts_with("panic (no reads today at "), "{report}");
}

#[test]
fn a_store_that_hangs_is_reported() {
    let report = machine(Bug::Hangs).cases(1).deadline(Duration::from_secs(1)).run();
    let found = report
        .failures
        .iter()
        .find(|failure| failure.plan.to_string() == "zarr-conform plan 1\nset a \"\"\nget a\n");
    let failure = found.unwrap_or_else(|| panic!("{report}"));
    assert_eq!(failure.signature, "get: no answer (live, empty)");
    assert_eq!(failure.lines.last().unwrap().got, "no answer before the deadline");
}

#[test]
fn a_listing_of_ten_million_keys_is_reported() {
    let report = machine(Bug::TenMillionKeys)
        .cases(2)
        .deadline(Duration::from_secs(30))
        .time_budget(Duration::from_secs(2))
        .shrink_budget(ShrinkBudget { calls: 100, ..ShrinkBudget::default() })
        .run();
    // How small the plan gets within so few calls is another matter.
    let last = report.failures[0].lines.last().unwrap();
    let overlong = "10000000 names of 40000000 bytes, which is too long an answer";
    assert_eq!(last.got, overlong, "{report}");
}
