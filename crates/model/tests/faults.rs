//! What is right while something goes wrong below a store, and after it.

use expect_test::{Expect, expect};
use zarr_conform_model::contract::Durable;
use zarr_conform_model::{
    Capabilities, Declaration, Dialect, ErrorClass, Model, Outcome, Plan, Refusal, StoreModel,
};

/// What the last operation of a plan may answer, if all before it succeed but those that meet an error.
fn last(declared: impl Into<Declaration>, plan: &str) -> String {
    let plan: Plan = plan.parse().expect("it is a plan");
    let mut model = StoreModel::new(plan.names().clone(), declared);
    let (last, before) = plan.steps().split_last().expect("it has steps");
    for (at, step) in before.iter().enumerate() {
        let Some(fault) = step.fault else {
            model.advance(&step.operation, &Outcome::Done);
            continue;
        };
        let failed = Outcome::Refused(Refusal::new(ErrorClass::Other, "it failed"));
        let outcome = if fault.ends_the_store() { Outcome::Done } else { failed };
        let mut earlier = before[..at].iter().map(|step| &step.operation);
        model.advance_after(&step.operation, fault, &outcome, &mut earlier);
    }
    let expected = match last.fault {
        None => model.expect(&last.operation),
        Some(fault) => model.expect_during(&last.operation, fault),
    };
    format!("{expected} ({})", expected.clause)
}

fn check(declared: impl Into<Declaration>, plan: &str, wanted: &Expect) {
    wanted.assert_eq(&last(declared, plan));
}

#[test]
fn a_question_that_meets_an_error_is_answered_rightly_or_fails() {
    let check = |plan, wanted| check(Dialect::ZARRS, plan, &wanted);
    check("set a \"x\"; fail read#1 EIO: get a", expect![[r#""x" or any error (X1)"#]]);
    check("set a \"x\"; fail read#1 EINTR: get a", expect![[r#""x" or any error (X2)"#]]);
    check("fail list#1 EMFILE: list", expect!["[] or any error (X1)"]);
}

#[test]
fn an_error_leaves_the_old_value_or_the_new_one() {
    let check = |plan, wanted| check(Dialect::ZARRS, plan, &wanted);
    let plan = "set a \"x\"; set b \"z\"; fail write#1 ENOSPC: set a \"y\"; get a";
    check(plan, expect![[r#""x" or "y" (X3)"#]]);
    check("set b \"z\"; fail write#1 EIO: set a \"y\"; get b", expect![[r#""z" (X1)"#]]);
    check(
        "set a \"x\"; set b \"\"; fail remove#1 EIO: clear; list",
        expect!["[a, b] or [b] or [a] or [] (X1)"],
    );
}

#[test]
fn a_store_opens_again_after_a_crash_and_has_what_it_acknowledged() {
    let check = |plan, wanted| check(Dialect::ZARRS, plan, &wanted);
    check("crash before write#1: set a \"x\"", expect!["done (X6)"]);
    let plan = "set a \"x\"; crash in write#1: set a \"yy\"; get a";
    check(plan, expect![[r#""x" or "yy" (X6)"#]]);
    check("set a \"x\"; cut power kill after open#1: get a; get a", expect![[r#""x" (X6)"#]]);
}

#[test]
fn a_power_cut_leaves_what_was_promised() {
    let plan = "set a \"x\"; set a \"y\"; cut power strict after open#1: get a; get a";
    check(Dialect::ZARRS, plan, &expect![[r#"absent or "x" or "y" (X7)"#]]);
    let durable = Dialect { durable: Durable::OnReturn, ..Dialect::ZARRS };
    check(durable, plan, &expect![[r#""y" (X7)"#]]);
}

#[test]
fn a_store_that_writes_in_place_may_have_torn_values_until_they_are_written_again() {
    let dialect = Dialect { atomic_set: false, ..Dialect::ZARRS };
    let torn = "set b \"\"; fail write#1 EIO: set a \"y\"";
    check(dialect, &format!("{torn}; get a"), &expect!["anything (X1)"]);
    check(dialect, &format!("{torn}; list"), &expect!["anything (X1)"]);
    check(dialect, &format!("{torn}; get b"), &expect![[r#""" (X1)"#]]);
    check(dialect, &format!("{torn}; set a \"z\"; get a"), &expect![[r#""z" (X1)"#]]);
}

#[test]
fn a_request_that_goes_wrong_once_is_not_seen_where_the_store_asks_again() {
    let retries = Dialect { retries: true, ..Dialect::ZARRS };
    let refused = "set a \"x\"; request#1 503: get a";
    check(Dialect::ZARRS, refused, &expect![[r#""x" or any error (X4)"#]]);
    check(retries, refused, &expect![[r#""x" (X4)"#]]);
    check(retries, "set a \"x\"; request#1.. 503: get a", &expect![[r#""x" or any error (X4)"#]]);
    check(
        retries,
        "set a \"x\"; request#1 cut body: get a",
        &expect![[r#""x" or any error (X4)"#]],
    );
    check(retries, "request#1 lost reply: set a \"x\"", &expect!["done (X5)"]);
    // Nobody knows whether it was this one that created the key.
    let capabilities = Capabilities { create: true, ..Capabilities::ZARRS };
    let creates = Declaration { capabilities, dialect: retries };
    let create = "request#1 lost reply: set_if_absent a \"x\"";
    check(creates, create, &expect!["true or done or any error (X5)"]);
    check(creates, "request#1 503: set_if_absent a \"x\"", &expect!["true or done (X4)"]);
}

#[test]
fn bytes_that_come_back_changed_are_found_out_by_checksums_alone() {
    let changed = "set a \"x\"; request#1 corrupt body: get a";
    check(Dialect::ZARRS, changed, &expect!["anything (X8)"]);
    let checksums = Dialect { checksums: true, ..Dialect::ZARRS };
    check(checksums, changed, &expect![[r#""x" or any error (X8)"#]]);
    // A question changes nothing, and what is there is given when it comes back right.
    let healed = format!("{changed}; get a");
    check(Dialect::ZARRS, &healed, &expect![[r#""x" (X8)"#]]);
}

#[test]
fn what_a_store_writes_of_changed_bytes_is_not_known() {
    let plan: Plan = "request#1 corrupt body: set_partial a 0 \"x\"".parse().expect("a plan");
    let step = &plan.steps()[0];
    let possibilities = |dialect| {
        let mut model = StoreModel::new(plan.names().clone(), dialect);
        let fault = step.fault.expect("it has one");
        model.advance_after(&step.operation, fault, &Outcome::Done, &mut std::iter::empty());
        model.possibilities()
    };
    assert_eq!(possibilities(Dialect::ZARRS), usize::MAX);
    assert_eq!(possibilities(Dialect { checksums: true, ..Dialect::ZARRS }), 1);
}
