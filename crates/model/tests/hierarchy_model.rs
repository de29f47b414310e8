//! What the model of an array library expects, asked in states that plans bring about.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use expect_test::{Expect, expect};
use zarr_conform_model::{
    Capabilities, Declaration, Dialect, ErrorClass, HierarchyModel, Model, Outcome, Plan, Refusal,
    Reply, Step, Want,
};

/// The model after all but the last operation of a plan, and what it expects of that.
#[track_caller]
fn check_declared(declared: impl Into<Declaration>, plan: &str, expect: Expect) {
    let plan: Plan = plan.replace("; ", "\n").parse().unwrap();
    let (Step { operation: last, .. }, before) = plan.steps().split_last().unwrap();
    let mut model = HierarchyModel::new(plan.names().clone(), declared);
    for Step { operation, .. } in before {
        model.predict(operation);
        assert!(!model.is_open(), "{}", operation.display(plan.names()));
    }
    let expected = model.expect(last);
    expect.assert_eq(&format!("{} {expected}", expected.clause.id()));
}

#[track_caller]
fn check(plan: &str, expect: Expect) {
    check_declared(Dialect::ZARRS, plan, expect);
}

const ARRAY: &str = "add_array a/b shape=[3] chunks=[2]";

/// A plan that begins with [`ARRAY`].
fn array(then: &str) -> String {
    format!("{ARRAY}; {then}")
}

#[test]
fn nodes_bring_groups_above_and_their_documents() {
    check(&array("list"), expect!["L1 [a/b/zarr.json, a/zarr.json, zarr.json]"]);
    check(&array("list_children /"), expect!["H12 [a (group)]"]);
    check(&array("list_nodes /"), expect!["H12 [a (group), a/b (array)]"]);
    check(&array("list_dir a/b/"), expect!["L4 keys [a/b/zarr.json] prefixes []"]);
    check(&array("delete_node a; list"), expect!["L1 [zarr.json]"]);
}

#[test]
fn what_is_in_the_way_is_refused() {
    check(&array("add_group a/b"), expect!["H3 error AlreadyExists"]);
    check(&array("add_group a/b/c"), expect!["H1 an error"]);
    check("add_group __a", expect!["H4 an error"]);
    check("set a/zarr.json \"{\"; add_group a", expect!["H3 error AlreadyExists"]);
    check("set a/zarr.json \"{\"; add_group a/b", expect!["H1 an error"]);
    check("read_array a", expect!["H5 error NotFound"]);
    check("add_group a; read_array a", expect!["H5 an error"]);
}

#[test]
fn chunks_that_hold_the_fill_value_are_not_there_unless_the_library_may_keep_them() {
    let plan = array("write_region a/b [0..2] 1..; write_chunk a/b [1] 0; list");
    check(&plan, expect!["L1 [a/b/c/0, a/b/zarr.json, a/zarr.json, zarr.json]"]);
    let kept = Dialect { empty_chunks: true, ..Dialect::ZARRS };
    check_declared(
        kept,
        &plan,
        expect![
            "L1 [a/b/c/0, a/b/zarr.json, a/zarr.json, zarr.json], perhaps [\"\", a/, a/b/, a/b/c/, a/b/c/1]"
        ],
    );
    let written = array("write_chunk a/b [1] 0; ");
    let question = |question: &str| format!("{written}{question}");
    check_declared(kept, &question("get_chunk a/b [1]"), expect!["H5 absent or 0x0000"]);
    check_declared(kept, &question("get_chunk a/b [0]"), expect!["H5 absent"]);
    check_declared(kept, &question("get a/b/c/1"), expect!["H5 absent or 0x0000"]);
    check_declared(
        kept,
        &question("list_dir a/b/"),
        expect!["L4 keys [a/b/zarr.json] prefixes [], perhaps [a/b/, a/b/c/, a/b/c/1]"],
    );
    check_declared(
        kept,
        &question("erase_chunk a/b [1]; list_prefix a/b/"),
        expect!["L2 [a/b/zarr.json]"],
    );
}

#[test]
fn what_a_store_may_refuse_to_erase_a_library_may_refuse_to_write() {
    let strict = Dialect { erase_missing: Reply::Either, ..Dialect::ZARRS };
    check_declared(strict, &array("erase_chunk a/b [0]"), expect!["H7 done or an error"]);
    check_declared(strict, &array("write_chunk a/b [0] 1"), expect!["H5 done or an error"]);
    check_declared(strict, &array("erase_many [x]"), expect!["D3 done or an error"]);
    check(&array("erase_many [x]"), expect!["D3 done"]);
}

#[test]
fn directories_may_stay_behind_where_the_dialect_says_so() {
    let phantoms = Dialect { phantom_dirs: true, ..Dialect::ZARRS };
    let plan = array("write_chunk a/b [0] 1; erase_chunk a/b [0]; list_dir a/b/");
    check_declared(
        phantoms,
        &plan,
        expect!["L4 keys [a/b/zarr.json] prefixes [], perhaps [a/b/, a/b/c/]"],
    );
    check(&plan, expect!["L4 keys [a/b/zarr.json] prefixes []"]);
}

#[test]
fn attributes_of_zarr_v2_have_a_document_of_their_own() {
    let v2 = "add_array a shape=[1] chunks=[1] format=2";
    check(
        &format!("{v2}; list"),
        expect!["L1 [a/.zarray, zarr.json], perhaps [\"\", a/, a/.zattrs]"],
    );
    let set = format!("{v2}; set_attributes a {{\"x\":1}}; ");
    check(&format!("{set}list"), expect!["L1 [a/.zarray, a/.zattrs, zarr.json]"]);
    check(&format!("{set}get a/.zattrs"), expect!["H5 a value"]);
    let document = expect![[
        r#"H12 {"zarr_format":2,"shape":[1],"chunks":[1],"dtype":"|u1","compressor":null,"fill_value":0,"order":"C","dimension_separator":"."}"#
    ]];
    check(&format!("{set}get a/.zarray"), document);
}

#[test]
fn copies_have_everything_and_moves_leave_nothing() {
    let made = array("write_chunk a/b [0] 1; set a/x \"1\"; ");
    check(
        &format!("{made}copy_node a c; list_prefix c/"),
        expect!["L2 [c/b/c/0, c/b/zarr.json, c/x, c/zarr.json]"],
    );
    check(&format!("{made}copy_node a c; read_array c/b"), expect!["H5 elements [0x1, 0x1, 0x0]"]);
    check(&format!("{made}move_node a c; list_prefix a/"), expect!["L2 []"]);
    check(&format!("{made}move_node a a/c"), expect!["H11 an error"]);
    check(&format!("{made}move_node a/b a"), expect!["H11 error AlreadyExists"]);
    check(&format!("{made}move_node x y"), expect!["H11 error NotFound"]);
    check(
        &format!("{made}copy_node a a-; list_children /"),
        expect!["H12 [a (group), a- (group)]"],
    );
}

#[test]
fn consolidated_metadata_is_what_was_there() {
    let made = array("consolidate a; add_group a/c; delete_node a/b; ");
    check(&format!("{made}list_nodes a"), expect!["H14 [a/b (array)]"]);
    check(&format!("{made}list_nodes /"), expect!["H12 [a (group), a/c (group)]"]);
    check(&format!("{made}consolidate a; list_nodes a"), expect!["H14 [a/c (group)]"]);
    check(&array("consolidate a/b"), expect!["H14 an error"]);
}

#[test]
fn what_the_store_cannot_be_asked_is_refused() {
    let capabilities = Capabilities { list: false, ..Capabilities::ZARRS };
    check_declared(capabilities, &array("list_nodes /"), expect!["H12 error Unsupported"]);
    check_declared(capabilities, &array("copy_node a c"), expect!["H11 error Unsupported"]);
    check_declared(capabilities, &array("read_array a/b"), expect!["H5 elements [0x0, 0x0, 0x0]"]);
}

/// The model after an operation that was answered so.
fn after(dialect: Dialect, plan: &str, outcome: &Outcome) -> (HierarchyModel, Plan) {
    let plan: Plan = plan.replace("; ", "\n").parse().unwrap();
    let (Step { operation: last, .. }, before) = plan.steps().split_last().unwrap();
    let mut model = HierarchyModel::new(plan.names().clone(), dialect);
    for Step { operation, .. } in before {
        model.predict(operation);
    }
    assert_eq!(model.expect(last).judge(outcome), Ok(()));
    model.advance(last, outcome);
    (model, plan)
}

#[test]
fn of_what_may_have_been_done_by_half_nothing_is_known_and_of_all_else_as_much_as_before() {
    let transient = Dialect { transient_errors: true, ..Dialect::ZARRS };
    let refused = Outcome::Refused(Refusal::new(ErrorClass::Transient, "later"));
    let made = array("add_group c; set x \"1\"");
    // What is asked, what is not known of then, and what is.
    for (asked, doubtful, known) in [
        ("write_chunk a/b [0] 1", "read_array a/b", "open_node c"),
        ("write_chunk a/b [0] 1", "list", "get x"),
        ("set x \"\"", "get x", "read_array a/b"),
        ("delete_node a", "open_node a/b", "open_node c"),
        ("copy_node a d/e", "open_node d", "open_node c"),
        ("add_group d/e", "list_children d", "list_children c"),
        ("erase_prefix c/", "list_dir c/", "read_array a/b"),
    ] {
        let plan = format!("{made}; {doubtful}; {known}; {asked}");
        let (model, plan) = after(transient, &plan, &refused);
        assert!(model.is_open(), "{asked}");
        let [.., doubtful, known, _] = plan.steps() else { unreachable!() };
        let anything = Want::Anything;
        assert_eq!(model.expect(&doubtful.operation).wanted, anything, "{asked}");
        assert_ne!(model.expect(&known.operation).wanted, anything, "{asked}");
    }
    // What removes all that is there settles it.
    for settles in ["delete_node a", "erase_prefix a/", "clear"] {
        let plan: Plan = format!("{made}; write_chunk a/b [0] 1; {settles}; list_prefix a/")
            .replace("; ", "\n")
            .parse()
            .unwrap();
        let (steps, [fails, settles, list]) = plan.steps().split_last_chunk().unwrap();
        let mut model = HierarchyModel::new(plan.names().clone(), transient);
        for step in steps {
            model.predict(&step.operation);
        }
        model.advance(&fails.operation, &refused);
        assert_eq!(model.expect(&list.operation).wanted, Want::Anything);
        model.advance(&settles.operation, &Outcome::Done);
        assert_ne!(model.expect(&list.operation).wanted, Want::Anything);
    }
    let (model, _) = after(transient, &array("read_array a/b"), &refused);
    assert!(!model.is_open());

    let strict = Dialect { erase_missing: Reply::Either, ..Dialect::ZARRS };
    let refused = Outcome::Refused(Refusal::new(ErrorClass::NotFound, "no"));
    let (model, _) = after(strict, &array("erase_many [x]"), &refused);
    assert!(model.is_open());
    let (model, _) =
        after(Dialect { atomic_many: true, ..strict }, &array("erase_many [x]"), &refused);
    assert!(!model.is_open());
}

#[test]
fn what_is_done_behind_the_back_of_the_library_leaves_everything_open() {
    for asked in ["set a/b/zarr.json \"\"", "set a/b/c/0 \"\"", "erase a/b/zarr.json"] {
        let (model, _) = after(Dialect::ZARRS, &array(asked), &Outcome::Done);
        assert!(model.is_open(), "{asked}");
    }
    for asked in ["set a/b/x \"\"", "erase a/b/c/0", "erase_prefix a/b/c/", "erase_prefix a/"] {
        let (model, _) = after(Dialect::ZARRS, &array(asked), &Outcome::Done);
        assert!(!model.is_open(), "{asked}");
    }
}

#[test]
fn arrays_that_the_model_could_not_keep_are_refused() {
    check("add_array a shape=[2000000] chunks=[1000]", expect!["H2 an error"]);
    check(&array("resize a/b [4611686018427387904]"), expect!["H8 an error"]);
}

#[test]
fn sizes_and_parts_of_keys_are_held_against_what_is_known() {
    check("size_key x", expect!["R11 absent"]);
    check("set x \"abc\"; size_key x", expect!["R11 3"]);
    check("set x \"abc\"; get_partial x 1..2", expect![[r#"R4 "b""#]]);
    check(
        "set x \"abc\"; get_partial_many x [0..1, 5..]",
        expect![[r#"R7 ["a", error InvalidRange] or error InvalidRange"#]],
    );
    check("get_partial x 0..1", expect!["R2 absent"]);
    check(&array("write_chunk a/b [0] 1; size_key a/b/c/0"), expect!["R11 2"]);
    check(&array("size_key a/b/zarr.json"), expect!["R11 anything but absent"]);
    check(&array("get_partial a/b/zarr.json 0..1"), expect!["R4 anything but absent"]);
    check(&array("is_empty a/"), expect!["L8 false"]);
    check(&array("is_empty x/"), expect!["L8 true"]);
    check(&array("size_prefix x/"), expect!["L11 0"]);
    check(&array("size_prefix a/"), expect!["L11 anything"]);
}

#[test]
fn a_document_has_some_size_and_is_not_absent() {
    let plan: Plan = format!("{ARRAY}\nsize_key a/b/zarr.json").parse().unwrap();
    let [add, size] = plan.operations().collect::<Vec<_>>()[..] else { panic!("two operations") };
    let mut model = HierarchyModel::new(plan.names().clone(), Dialect::ZARRS);
    model.predict(add);
    assert!(model.expect(size).judge(&Outcome::Absent).is_err());
    assert_eq!(model.expect(size).judge(&Outcome::Size(7)), Ok(()));
}
