//! What the store model expects, state by state.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use expect_test::{Expect, expect};
use zarr_conform_model::contract::RangeDialect;
use zarr_conform_model::{
    Capabilities, Declaration, Dialect, Model, Outcome, Plan, Reply, Step, StoreModel,
};

/// Prints what is expected of the last operation after the ones before it succeeded.
fn check_declared(declared: impl Into<Declaration>, plan: &str, expect: Expect) {
    let plan: Plan = plan.replace("; ", "\n").parse().unwrap();
    let (Step { operation: last, .. }, before) = plan.steps().split_last().unwrap();
    let mut model = StoreModel::new(plan.names().clone(), declared);
    for Step { operation, .. } in before {
        model.predict(operation);
    }
    let expected = model.expect(last);
    expect.assert_eq(&format!("{} {expected}", expected.clause));
}

fn check(plan: &str, expect: Expect) {
    check_declared(Dialect::ZARRS, plan, expect);
}

#[test]
fn values_are_read_whole_and_absent_is_no_error() {
    check("get a", expect!["R2 absent"]);
    check("set a \"x\"; get a", expect![[r#"R1 "x""#]]);
    check("set a \"xy\"; set a \"z\"; get a", expect![[r#"W2 "z""#]]);
    check("set a \"\"; get a", expect![[r#"R1 """#]]);
    check("set a \"x\"; erase a; get a", expect!["D1 absent"]);
    check("set a \"x\"; erase a; set a \"y\"; get a", expect![[r#"D8 "y""#]]);
    check("set a/b \"x\"; get a", expect!["R3 absent"]);
    check("set a \"x\"; get a/b", expect!["R2 absent"]);
}

#[test]
fn ranges_follow_the_dialect() {
    check("set a \"abcde\"; get_partial a 1..3", expect![[r#"R4 "bc""#]]);
    check("set a \"abcde\"; get_partial a 3..9", expect!["R4 error InvalidRange"]);
    check("set a \"abcde\"; get_partial a 5..", expect![[r#"R4 """#]]);
    check("set a \"abcde\"; get_partial a 6..", expect!["R4 error InvalidRange"]);
    check("set a \"abcde\"; get_partial a 9..9", expect![[r#"R4 "" or error InvalidRange"#]]);
    check("set a \"abcde\"; get_partial a -2..", expect![[r#"R4 "de""#]]);
    check(
        "set a \"abcde\"; get_partial a 0..18446744073709551615",
        expect!["R5 error InvalidRange"],
    );
    check("get_partial a 3..9", expect!["R2 absent"]);
    let clamp = Dialect { ranges: RangeDialect::CLAMP, ..Dialect::ZARRS };
    check_declared(clamp, "set a \"abcde\"; get_partial a 3..9", expect![[r#"R4 "de""#]]);
    check_declared(clamp, "set a \"abcde\"; get_partial a -9..", expect![[r#"R4 "abcde""#]]);
}

#[test]
fn many_ranges_are_answered_one_by_one() {
    check(
        "set a \"abc\"; get_partial_many a [1..2, 0..1, 1..2]",
        expect![[r#"R6 ["b", "a", "b"]"#]],
    );
    check("set a \"abc\"; get_partial_many a []", expect!["R6 []"]);
    check("get_partial_many a [0..9]", expect!["R2 absent"]);
    check(
        "set a \"abc\"; get_partial_many a [0..1, 0..9]",
        expect![[r#"R7 ["a", error InvalidRange] or error InvalidRange"#]],
    );
}

#[test]
fn prefixes_match_whole_segments() {
    let fill =
        "set a \"1\"; set a/b \"22\"; set a/c/d \"333\"; set ab \"4444\"; set a-/x \"55555\"";
    check(&format!("{fill}; list"), expect!["L1 [a, a-/x, a/b, a/c/d, ab]"]);
    check(&format!("{fill}; list_prefix a/"), expect!["L2 [a/b, a/c/d]"]);
    check(&format!("{fill}; list_dir a/"), expect!["L4 keys [a/b] prefixes [a/c/]"]);
    check(&format!("{fill}; list_dir /"), expect!["L4 keys [a, ab] prefixes [a-/, a/]"]);
    check(&format!("{fill}; size_prefix a/"), expect!["L11 5"]);
    check(&format!("{fill}; size"), expect!["L11 15"]);
    check(&format!("{fill}; erase_prefix a/; list"), expect!["L1 [a, a-/x, ab]"]);
    check(&format!("{fill}; is_empty ab/"), expect!["L8 true"]);
    check("set a \"x\"; list_prefix a/", expect!["L7 []"]);
    check("set a/b \"x\"; erase a/b; list_dir a/", expect!["L5 keys [] prefixes []"]);
}

#[test]
fn partial_writes_overlay_and_fill_gaps_with_zeros() {
    check("set a \"abc\"; set_partial a 1 \"X\"; get a", expect![[r#"W6 "aXc""#]]);
    check("set a \"abc\"; set_partial a 3 \"X\"; get a", expect![[r#"W6 "abcX""#]]);
    check("set a \"a\"; set_partial a 3 \"X\"", expect!["W6 done or an error"]);
    check("set a \"a\"; set_partial a 3 \"X\"; get a", expect!["W6 0x61000058"]);
    check("set_partial a 0 \"X\"; get a", expect![[r#"W6 "X""#]]);
    check("set_partial a 18446744073709551615 \"X\"", expect!["W6 an error"]);
    check("set_partial a 18446744073709551615 \"\"", expect!["W6 an error"]);
    let picky = Dialect {
        write_partial_missing: Reply::Either,
        write_partial_gap: Reply::Answer,
        ..Dialect::ZARRS
    };
    check_declared(picky, "set_partial a 3 \"X\"", expect!["W6 done or an error"]);
    let strict = Dialect { write_partial_missing: Reply::Refuse, ..picky };
    check_declared(strict, "set_partial a 3 \"X\"", expect!["W6 an error"]);
}

#[test]
fn keys_that_a_store_cannot_hold_are_refused_or_held() {
    check("set ../a \"x\"", expect!["W9 done or an error"]);
    check("get ../a", expect!["R2 absent or an error"]);
    check("set ../a \"x\"; get ../a", expect![[r#"R1 "x""#]]);
    let short = Dialect { max_name_bytes: Some(2), ..Dialect::ZARRS };
    check_declared(short, "set abc \"x\"", expect!["W9 an error"]);
    check_declared(short, "get abc", expect!["R2 absent or an error"]);
    let files = Dialect { key_below_key: false, ..Dialect::ZARRS };
    check_declared(files, "set a \"x\"; set a/b/c \"x\"", expect!["W11 an error"]);
    check_declared(files, "set a/b/c \"x\"; set a \"x\"", expect!["W11 an error"]);
    check_declared(files, "set a \"x\"; set ab \"x\"", expect!["W1 done"]);
}

#[test]
fn missing_things_are_met_as_the_dialect_says() {
    check("erase a", expect!["D2 done"]);
    check("erase_prefix a/", expect!["D4 done"]);
    let strict = Dialect {
        erase_missing: Reply::Refuse,
        erase_missing_prefix: Reply::Either,
        list_missing_prefix: Reply::Refuse,
        ..Dialect::ZARRS
    };
    check_declared(strict, "erase a", expect!["D2 error NotFound"]);
    check_declared(strict, "erase_prefix a/", expect!["D4 done or error NotFound"]);
    check_declared(strict, "list_prefix a/", expect!["L2 error NotFound"]);
}

#[test]
fn what_a_store_cannot_be_asked_is_refused() {
    check("reopen", expect!["O1 error Unsupported"]);
    check("audit", expect!["X9 error Unsupported"]);
    let capabilities = Capabilities { list: false, ..Capabilities::ZARRS };
    check_declared(capabilities, "list", expect!["L1 error Unsupported"]);
}

#[test]
fn directories_that_stay_behind_are_met_as_the_dialect_says() {
    let plan = "set a/b/c \"x\"; set a/d \"x\"; erase a/b/c; list_dir a/";
    check(plan, expect!["L4 keys [a/d] prefixes []"]);
    let phantoms = Dialect { phantom_dirs: true, ..Dialect::ZARRS };
    check_declared(phantoms, plan, expect!["L4 keys [a/d] prefixes [], perhaps [a/b/]"]);

    let plan: Plan = plan.replace("; ", "\n").parse().unwrap();
    let (Step { operation: list, .. }, before) = plan.steps().split_last().unwrap();
    let directory = |prefixes: &[&str]| Outcome::Directory {
        keys: vec!["a/d".try_into().unwrap()],
        prefixes: prefixes.iter().map(|prefix| (*prefix).try_into().unwrap()).collect(),
    };
    for (dialect, phantom_is_right) in [(Dialect::ZARRS, false), (phantoms, true)] {
        let mut model = StoreModel::new(plan.names().clone(), dialect);
        for Step { operation, .. } in before {
            model.predict(operation);
        }
        let expected = model.expect(list);
        assert_eq!(expected.judge(&directory(&["a/b/"])).is_ok(), phantom_is_right);
        assert!(expected.judge(&directory(&[])).is_ok());
        assert!(expected.judge(&directory(&["a/b/", "a/x/"])).is_err());
    }
}

#[test]
fn what_the_contract_leaves_open_is_settled_by_what_is_observed() {
    let plan: Plan = "set_partial_many a []\nget a\nlist\nsize_key a".parse().unwrap();
    let [write, get, list, size] = plan.operations().collect::<Vec<_>>()[..] else {
        panic!("four operations")
    };
    let mut model = StoreModel::new(plan.names().clone(), Dialect::ZARRS);

    model.advance(write, &Outcome::Done);
    assert_eq!(model.expect(get).to_string(), r#"absent or """#);
    assert_eq!(model.expect(list).to_string(), "[] or [a]");

    let mut created = model.clone();
    created.advance(get, &Outcome::Value("".into()));
    assert_eq!(created.expect(list).to_string(), "[a]");
    assert_eq!(created.expect(size).to_string(), "0");

    model.advance(list, &Outcome::Keys(vec![]));
    assert_eq!(model.expect(get).to_string(), "absent");
}

#[test]
fn a_wrong_outcome_leaves_the_model_as_it_is() {
    let plan: Plan = "set a \"x\"\nget a".parse().unwrap();
    let [set, get] = plan.operations().collect::<Vec<_>>()[..] else { panic!("two operations") };
    let mut model = StoreModel::new(plan.names().clone(), Dialect::ZARRS);
    model.advance(set, &Outcome::TimedOut);
    assert_eq!(model.expect(get).to_string(), "absent");
}
