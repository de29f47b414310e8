//! The store that bugs are planted in agrees with the model, in any dialect.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod play;

use std::collections::BTreeSet;

use play::{REOPENING, wrong_answers_of};
use zarr_conform_model::contract::{ListOrder, RangeDialect};
use zarr_conform_model::{
    Capabilities, Declaration, Dialect, Operation, OperationKind, Plan, Reply,
};
use zarr_conform_mutants::ReferenceAdapter;
use zarr_conform_rules::Generator;

/// How many generated plans each dialect is held against.
const CASES: u64 = 500;

/// Keys as files: none below another, long and foreign names refused, ranges cut.
const FILES: Dialect = Dialect {
    ranges: RangeDialect::CLAMP,
    order: ListOrder::Segments,
    key_below_key: false,
    unicode_keys: false,
    max_name_bytes: Some(255),
    ..Dialect::ZARRS
};

/// A store that refuses all that it may.
const STRICT: Declaration = Declaration {
    dialect: Dialect {
        order: ListOrder::Bytes,
        erase_missing: Reply::Refuse,
        erase_missing_prefix: Reply::Refuse,
        list_missing_prefix: Reply::Refuse,
        write_partial_missing: Reply::Refuse,
        write_partial_gap: Reply::Refuse,
        ..Dialect::ZARRS
    },
    capabilities: Capabilities {
        audit: true,
        create: true,
        copy: true,
        rename: true,
        ..Capabilities::ZARRS
    },
};

const EVERYTHING: &str = r#"
    set a "abc"
    set a/b ""
    set a-b/c "0123"
    set b/c/d 5000*#1
    get a
    get a/b
    get a-b
    get_partial a 1..2
    get_partial a 1..9
    get_partial a 9..
    get_partial a -9..
    get_partial_many a [2.., 0..1, -1.., 0..1]
    get_partial_many a [0..9, 0..]
    get_partial_many a []
    get_many [a, a-b, a 1.., a 9.., a/b]
    set_if_absent a "z"
    set_if_absent c "z"
    copy a c
    copy a-b c
    copy a a
    rename c e
    rename c e
    rename a/b a/c
    rename a/c a/b
    size_key a
    size_key a-b
    exists a/b
    exists b
    set_partial a 2 "xyz"
    get a
    set_partial_many a [9 "!", 0 "A"]
    get a
    set_partial n 0 "new"
    set_partial n 4 ""
    set_partial m 268435456 "x"
    get n
    list
    list_prefix a/
    list_prefix z/
    list_dir /
    list_dir b/
    list_dir a/b/
    is_empty b/
    is_empty z/
    size_prefix b/
    size_prefix z/
    size
    erase n
    erase n
    erase_many [a, a/b]
    erase_many [a, n]
    set a/b "again"
    set a "again"
    reopen
    get a/b
    erase_prefix b/
    erase_prefix z/
    list_dir /
    audit
    clear
    list
    is_empty /
    close
"#;

#[track_caller]
fn check(declared: Declaration, plan: &Plan) {
    let wrong = wrong_answers_of(&ReferenceAdapter::new(declared), plan);
    assert!(wrong.is_empty(), "{wrong:#?}{plan:?}");
}

#[test]
fn the_store_agrees_with_the_model_on_every_kind_of_operation() {
    let plan: Plan = EVERYTHING.parse().unwrap();
    let kinds: BTreeSet<_> = plan.operations().map(Operation::kind).collect();
    assert_eq!(kinds.len(), OperationKind::ALL.len() - OperationKind::NODES.len());
    for declared in [REOPENING, FILES.into(), STRICT] {
        check(declared, &plan);
    }
}

#[test]
fn the_store_agrees_with_the_model_where_a_knob_leaves_it_only_one_way() {
    let plan: Plan = EVERYTHING.parse().unwrap();
    let only = |allow: fn(&mut Capabilities)| {
        let mut capabilities = Capabilities::ZARRS;
        allow(&mut capabilities);
        Declaration::from(capabilities)
    };
    check(only(|capabilities| capabilities.write = false), &plan);
    check(only(|capabilities| capabilities.write_partial = false), &plan);
    check(only(|capabilities| capabilities.read = false), &plan);
    check(only(|capabilities| capabilities.list = false), &plan);
}

#[track_caller]
fn check_generated(declared: Declaration) {
    let generator = Generator::new(declared);
    for case in 0..CASES {
        check(declared, &generator.plan(0x5eed, case));
    }
}

#[test]
fn the_store_agrees_with_the_model_on_generated_plans() {
    check_generated(REOPENING);
}

#[test]
fn the_store_agrees_with_the_model_on_generated_plans_for_files() {
    check_generated(FILES.into());
}

#[test]
fn the_store_agrees_with_the_model_on_generated_plans_where_it_refuses_much() {
    check_generated(STRICT);
}
