//! Bugs that show through an array library do what they say: those of stores to the keys that a
//! library writes, those of libraries to the answers of one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod model_library;
mod play;
mod small_library;

use std::sync::Arc;

use model_library::ModelLibrary;
use play::{REOPENING, wrong_answers_of};
use small_library::SmallLibrary;
use zarr_conform_model::{Dialect, HierarchyModel, Model, Operation, Plan};
use zarr_conform_mutants::{Mutant, Planted, ReferenceAdapter};
use zarr_conform_store::{Adapter, StoreUnderTest};

fn reference() -> Box<dyn StoreUnderTest> {
    ReferenceAdapter::new(REOPENING).open().unwrap()
}

/// The answers to a plan, each asked with a table of no other names than it has itself.
fn answers(store: &mut dyn StoreUnderTest, plan: &str) -> Vec<String> {
    let plan: Plan = plan.parse().unwrap();
    let ask = |operation: &Operation| {
        let alone = plan.with_steps([operation.clone()]).compact();
        store.answer(alone.names(), &alone.steps()[0].operation).to_string()
    };
    plan.operations().map(ask).collect()
}

/// Holds the last answer of a store with the bug against what it should be, and all before it and
/// all of a correct store against the model.
#[track_caller]
fn check_store(mutant: Mutant, plan: &str, want: &str) {
    let right = answers(&mut *reference(), plan);
    let got = answers(&mut *mutant.plant(reference()), plan);
    let last = right.len() - 1;
    assert_eq!(got[..last], right[..last], "{mutant}");
    assert_eq!(got[last], want, "{mutant}");
    assert_ne!(right[last], want, "{mutant}: the bug has no part in it");
}

/// What the bug has no part in is as if it were not there.
#[track_caller]
fn check_untouched(mutant: Mutant, plan: &str) {
    let got = answers(&mut *mutant.plant(reference()), plan);
    assert_eq!(got, answers(&mut *reference(), plan), "{mutant}");
    let planted = Planted::new(Arc::new(ReferenceAdapter::new(REOPENING)), mutant);
    let wrong = wrong_answers_of(&planted, &plan.parse().unwrap());
    assert!(wrong.is_empty(), "{mutant}: {wrong:?}");
}

const ARRAY: &str = r#"
    set zarr.json "g"
    set a/zarr.json "1"
    set a/c/0 "x"
    set a/c/1 "y"
"#;

/// A plan that begins with [`ARRAY`].
fn array(then: &str) -> String {
    format!("{ARRAY}{then}")
}

#[test]
fn a_document_that_is_set_again_loses_the_first_chunk_below_it() {
    let again = array("set a/zarr.json \"2\"\n");
    check_store(Mutant::H01, &(again.clone() + "list"), "[a/c/1, a/zarr.json, zarr.json]");
    check_store(Mutant::H01, &(again + "get a/c/0"), "absent");
    check_store(Mutant::H01, &array("set zarr.json \"2\"\nget a/c/0"), "absent");
    check_untouched(Mutant::H01, &array("set b/zarr.json \"2\"\nset a/other \"\"\nlist"));
    check_untouched(Mutant::H01, &array("erase a/zarr.json\nset a/zarr.json \"\"\nlist"));
}

#[test]
fn erasing_a_prefix_leaves_what_is_three_levels_below() {
    let plan = "set a/c/0/0 \"\"\nset a/c/0 \"\"\nerase_prefix a/\nlist";
    check_store(Mutant::H02, plan, "[a/c/0/0]");
    check_store(Mutant::H02, "set a/c/0 \"\"\nerase_prefix /\nlist", "[a/c/0]");
    check_untouched(Mutant::H02, &array("erase_prefix a/\nlist\nclear\nlist"));
}

#[test]
fn parts_of_chunks_are_read_from_the_start() {
    for key in ["a/c/0", "c", "a/c.0.1", "0.1"] {
        let plan = format!("set {key} \"abc\"\nget_partial {key} 1..3");
        check_store(Mutant::H03, &plan, "\"ab\"");
    }
    check_store(Mutant::H03, "set c/0 \"abc\"\nget_partial c/0 2..", "\"a\"");
    let many = "set c/0 \"abc\"\nget_partial_many c/0 [1..2, -1.., 0..1, 3..]";
    check_store(Mutant::H03, many, "[\"a\", \"c\", \"a\", \"\"]");
    check_untouched(
        Mutant::H03,
        "set c/0 \"abc\"\nset c/x \"abc\"\nget_partial c/0 -2..\nget_partial c/0 2..4\n\
         get_partial c/x 1..2\nget_partial c/1 1..2\nget c/0",
    );
}

#[test]
fn small_chunks_keep_their_bytes_when_they_are_overwritten_by_as_many() {
    check_store(Mutant::H04, &array("set a/c/0 \"z\"\nget a/c/0"), "\"x\"");
    let of =
        |length: usize, then: &str| format!("set c/0 {length}*0x61\nset c/0 {length}*0x62\n{then}");
    check_store(Mutant::H04, &of(16, "get_partial c/0 0..1"), "\"a\"");
    check_untouched(Mutant::H04, &of(17, "get c/0"));
    check_untouched(Mutant::H04, &array("set a/c/0 \"\"\nset a/zarr.json \"2\"\nget a/c/0"));
}

#[test]
fn numbers_of_chunks_are_cut_to_the_first_digit() {
    check_store(Mutant::H05, "set a/c/10 \"\"\nlist", "[a/c/1]");
    check_store(Mutant::H05, &array("set a/c/10 \"z\"\nget a/c/1"), "\"z\"");
    check_store(Mutant::H05, &array("erase a/c/10\nexists a/c/1"), "false");
    check_untouched(Mutant::H05, "set c/10/2 \"\"\nset c.10 \"\"\nset x10 \"\"\nset 7 \"\"\nlist");
}

#[test]
fn directories_of_arrays_do_not_list_their_chunks() {
    check_store(Mutant::H06, &array("list_dir a/"), "keys [a/zarr.json] prefixes []");
    check_untouched(Mutant::H06, &array("list_dir /\nlist_dir a/c/\nlist\nlist_prefix a/"));
    check_untouched(Mutant::H06, "set zarr.json \"\"\nset c/zarr.json \"\"\nlist_dir /");
    check_untouched(Mutant::H06, "set c/0 \"\"\nlist_dir /");
}

#[test]
fn the_last_chunk_takes_the_document_with_it() {
    let last = array("erase a/c/1\nerase a/c/0\n");
    check_store(Mutant::H07, &(last + "list"), "[zarr.json]");
    check_store(Mutant::H07, &array("erase_many [a/c/0, a/c/1]\nlist"), "[zarr.json]");
    check_untouched(Mutant::H07, &array("erase a/c/1\nlist"));
    let without = "set a/zarr.json \"\"\nset a/x \"\"\nerase a/c/0\nerase a/x\nlist";
    check_untouched(Mutant::H07, without);
}

#[test]
fn documents_keep_their_first_version_until_they_are_erased() {
    let again = array("set a/zarr.json \"2\"\n");
    check_store(Mutant::H08, &(again.clone() + "get a/zarr.json"), "\"1\"");
    let erased = array("erase a/zarr.json\nset a/zarr.json \"2\"\nget a/zarr.json");
    check_untouched(Mutant::H08, &erased);
    check_untouched(
        Mutant::H08,
        &(again + "erase_prefix a/\nset a/zarr.json \"3\"\nget a/zarr.json"),
    );
    check_untouched(Mutant::H08, &array("set a/c/0 \"z\"\nget a/c/0\nclear\nget a/zarr.json"));
}

#[test]
fn erasing_a_prefix_takes_siblings_whose_names_go_on_with_a_dash_or_a_dot() {
    let siblings = "set a/x \"\"\nset a-/x \"\"\nset a.b/x \"\"\nset a- \"\"\nset ab/x \"\"\n";
    check_store(Mutant::H09, &(siblings.to_owned() + "erase_prefix a/\nlist"), "[a-, ab/x]");
    check_untouched(
        Mutant::H09,
        &(siblings.to_owned() + "erase_prefix ab/\nlist\nerase a/x\nlist"),
    );
    check_untouched(Mutant::H09, &(siblings.to_owned() + "erase_prefix /\nlist"));
}

#[test]
fn keys_of_five_levels_are_lost() {
    check_store(Mutant::H10, "set a/c/0/0/0 \"\"\nget a/c/0/0/0", "absent");
    check_untouched(Mutant::H10, "set a/c/0/0 \"\"\nget a/c/0/0\nlist");
}

#[test]
fn the_first_key_below_an_erased_prefix_is_listed_once_it_is_set_again() {
    let again = array("erase_prefix a/\nset a/c/0 \"\"\n");
    check_store(Mutant::H11, &(again.clone() + "list"), "[zarr.json]");
    check_store(Mutant::H11, &(again.clone() + "list_prefix a/"), "[]");
    check_store(Mutant::H11, &(again.clone() + "list_dir /"), "keys [zarr.json] prefixes []");
    check_store(Mutant::H11, &(again.clone() + "set a/c/1 \"\"\nlist_prefix a/"), "[a/c/1]");
    check_untouched(Mutant::H11, &(again.clone() + "get a/c/0\nset a/c/0 \"\"\nlist\nlist_dir a/"));
    check_untouched(Mutant::H11, &(again + "erase a/c/0\nset a/c/0 \"\"\nlist"));
    check_untouched(Mutant::H11, &array("erase_prefix b/\nset b/x \"\"\nlist"));
    check_untouched(Mutant::H11, &array("erase_prefix a/\nset b/x \"\"\nlist"));
}

#[test]
fn the_chunks_of_an_erased_array_are_back_with_its_document() {
    let again = array("erase_prefix a/\nset a/zarr.json \"2\"\n");
    let all = "[a/c/0, a/c/1, a/zarr.json, zarr.json]";
    check_store(Mutant::H12, &(again.clone() + "list"), all);
    check_store(Mutant::H12, &(again + "get a/c/1"), "\"y\"");
    check_untouched(Mutant::H12, &array("erase_prefix a/\nset b/zarr.json \"2\"\nlist"));
    check_untouched(Mutant::H12, &array("erase_many [a/c/0, a/c/1]\nset a/zarr.json \"2\"\nlist"));
    check_untouched(Mutant::H12, "set a/x \"\"\nerase_prefix a/\nset a/zarr.json \"2\"\nlist");
}

#[test]
fn a_minimal_plan_of_a_store_shows_its_bug_through_a_library_and_needs_each_operation() {
    let of_stores = |mutant: &&Mutant| mutant.needs_library() && !mutant.is_in_library();
    for mutant in Mutant::ALL.iter().filter(of_stores) {
        let lines: Vec<_> = mutant.minimum().lines().collect();
        let shown_at = |plan: &str| {
            let right = answers(&mut SmallLibrary::over(reference()), plan);
            let got = answers(&mut SmallLibrary::over(mutant.plant(reference())), plan);
            (0..right.len()).filter(|at| right[*at] != got[*at]).collect::<Vec<_>>()
        };
        assert_eq!(shown_at(mutant.minimum()), [lines.len() - 1], "{mutant}");
        // What comes first makes the node that the rest is about.
        for left_out in 1..lines.len() {
            let mut fewer = lines.clone();
            fewer.remove(left_out);
            assert_eq!(shown_at(&fewer.join("\n")), [0; 0], "{mutant} without {left_out}");
        }
    }
}

/// The answers of a library that does what the model says, with the bug, that the model does not
/// allow.
fn wrong_of_library(mutant: Mutant, plan: &str) -> Vec<(usize, String)> {
    let plan: Plan = plan.parse().unwrap();
    let mut store = mutant.plant(Box::new(ModelLibrary::default()));
    let mut model = HierarchyModel::new(plan.names().clone(), Dialect::ZARRS);
    let mut wrong = Vec::new();
    for (at, operation) in plan.operations().enumerate() {
        let outcome = store.answer(plan.names(), operation);
        let expected = model.expect(operation);
        if expected.judge(&outcome).is_err() {
            wrong.push((at, format!("want {expected}   got {outcome}")));
        } else {
            model.advance(operation, &outcome);
        }
    }
    wrong
}

#[track_caller]
fn check_library(mutant: Mutant, plan: &str, want: &str) {
    let wrong = wrong_of_library(mutant, plan);
    let last = plan.trim().lines().count() - 1;
    assert_eq!(wrong, [(last, want.to_owned())], "{mutant}\n{plan}");
}

#[track_caller]
fn check_library_untouched(mutant: Mutant, plan: &str) {
    assert_eq!(wrong_of_library(mutant, plan), [], "{mutant}\n{plan}");
}

#[test]
fn a_minimal_plan_of_a_library_shows_its_bug_in_the_last_answer_alone() {
    for mutant in Mutant::ALL.iter().filter(|mutant| mutant.is_in_library()) {
        let plan: Plan = mutant.minimum().parse().unwrap();
        let at: Vec<_> =
            wrong_of_library(*mutant, mutant.minimum()).into_iter().map(|(at, _)| at).collect();
        assert_eq!(at, [plan.len() - 1], "{mutant}");
    }
}

const CUT: &str = "add_array a shape=[5, 4] chunks=[2, 2]\nwrite_region a [0..5, 0..4] 1..\n";

#[test]
fn elements_at_the_edge_are_read_as_zeros() {
    let zeros = |read: &str, want: &str| {
        check_library(Mutant::L01, &format!("{CUT}{read}"), want);
    };
    zeros("read_region a [3..5, 3..4]", "want elements [0x10, 0x14]   got elements [0x10, 0x0]");
    zeros("read_chunk a [2, 1]", "want elements [0x13, 0x14]   got elements [0x0, 0x0]");
    check_library_untouched(Mutant::L01, &format!("{CUT}read_chunk a [1, 1]\nlist"));
    check_library_untouched(Mutant::L01, &format!("{CUT}resize a [4, 4]\nread_array a"));
    let irregular = "add_array a shape=[3] chunks=[(1 3)]\nwrite_region a [0..3] 1..\n";
    check_library(
        Mutant::L01,
        &format!("{irregular}read_array a"),
        "want elements [0x1, 0x2, 0x3]   got elements [0x1, 0x0, 0x0]",
    );
}

#[test]
fn chunks_that_are_cut_off_stay() {
    let written = "add_array a/b shape=[5] chunks=[2] keys=v2/\nwrite_region a/b [0..5] 1..\n";
    let keys = "a/b/zarr.json, a/zarr.json, zarr.json]";
    check_library(
        Mutant::L02,
        &format!("{written}resize a/b [3]\nlist"),
        &format!("want [a/b/0, a/b/1, {keys}   got [a/b/0, a/b/1, a/b/2, {keys}"),
    );
    check_library_untouched(Mutant::L02, &format!("{written}resize a/b [9]\nlist"));
}

#[test]
fn swapped_dimensions_are_seen_in_the_bytes_alone() {
    let of = |array: &str, then: &str| {
        format!("add_array a {array}\nwrite_region a [0..4, 1..4] 1..\n{then}")
    };
    let square = "shape=[4, 4] chunks=[2, 2]";
    let reads = "read_array a\nread_region a [1..3, 0..3]\nread_chunk a [0, 1]\nlist\nopen_node a";
    check_library_untouched(Mutant::L03, &of(square, reads));
    check_library(
        Mutant::L03,
        &of(square, "get_chunk a [0, 1]"),
        "want 0x02030506   got 0x02050306",
    );
    for other in ["shape=[4, 6] chunks=[2, 2]", "shape=[5, 5] chunks=[2, 2]"] {
        check_library_untouched(Mutant::L03, &of(other, "read_array a\nget_chunk a [0, 0]"));
    }
}

#[test]
fn only_the_first_dimension_is_resized() {
    let plan = |shape: &str, then: &str| format!("{CUT}resize a {shape}\n{then}");
    check_library(
        Mutant::L04,
        &plan("[1, 1]", "read_array a"),
        "want elements [0x1]   got elements [0x1, 0x2, 0x3, 0x4]",
    );
    check_library_untouched(Mutant::L04, &plan("[1, 4]", "read_array a"));
    check_library_untouched(Mutant::L04, &plan("[1]", "read_array a"));
}

#[test]
fn special_fill_values_of_floats_become_zero() {
    let made = |like: &str| format!("add_array a shape=[1] chunks=[1] {like}\nread_array a");
    for fill in ["-0", "nan", "inf", "-inf"] {
        for dtype in ["f32", "f64"] {
            let wrong = wrong_of_library(Mutant::L05, &made(&format!("dtype={dtype} fill={fill}")));
            assert!(
                matches!(&wrong[..], [(1, text)] if text.ends_with("got elements [0x0]")),
                "{wrong:?}"
            );
        }
    }
    check_library_untouched(Mutant::L05, &made("dtype=f32 fill=1"));
    check_library_untouched(Mutant::L05, &made("dtype=i32 fill=nan"));
}

#[test]
fn nodes_below_a_deleted_one_stay() {
    let nodes = "add_array a/b shape=[1] chunks=[1]\nadd_array c shape=[1] chunks=[1]\n\
                 write_chunk c [0] 1\n";
    check_library(
        Mutant::L06,
        &format!("{nodes}delete_node a\nlist"),
        "want [c/c/0, c/zarr.json, zarr.json]   got [a/b/zarr.json, c/c/0, c/zarr.json, zarr.json]",
    );
    check_library_untouched(Mutant::L06, &format!("{nodes}delete_node c\nlist\ndelete_node x"));
}

#[test]
fn old_attributes_stay_beside_the_new_ones() {
    let made = "add_group a attributes={\"x\":1,\"y\":1}\n";
    let set = "set_attributes a {\"y\":2}\n";
    let wrong = wrong_of_library(Mutant::L07, &format!("{made}{set}open_node a"));
    assert!(matches!(&wrong[..], [(2, text)] if text.contains("\"x\":1,\"y\":2")), "{wrong:?}");
    let set = "set_attributes a {\"y\":2,\"x\":null}\n";
    check_library_untouched(Mutant::L07, &format!("{made}{set}open_node a"));
    let new = "add_group a overwrite\nset_attributes a {\"z\":1}\nopen_node a";
    check_library_untouched(Mutant::L07, &format!("{made}{new}"));
}

#[test]
fn attributes_of_zarr_v2_are_lost() {
    check_store(Mutant::H13, "set a/.zattrs \"1\"\nget a/.zattrs", "absent");
    check_untouched(Mutant::H13, "set a/zattrs \"1\"\nset .zattrs/a \"\"\nset a.zattrs \"\"\nlist");
}

#[test]
fn what_is_moved_stays_as_well() {
    let keys = "b/a/zarr.json, b/zarr.json, zarr.json]";
    check_library(
        Mutant::L08,
        "add_group a/a\nmove_node a b\nlist",
        &format!("want [{keys}   got [a/a/zarr.json, a/zarr.json, {keys}"),
    );
    check_library_untouched(Mutant::L08, "add_group a/a\ncopy_node a b\ndelete_node a\nlist");
}

#[test]
fn what_is_below_is_not_copied() {
    check_library(
        Mutant::L09,
        "add_array a/a/a shape=[1] chunks=[1]\nwrite_chunk a/a/a [0] 1\ncopy_node a b\nlist",
        "want [a/a/a/c/0, a/a/a/zarr.json, a/a/zarr.json, a/zarr.json, b/a/a/c/0, \
         b/a/a/zarr.json, b/a/zarr.json, b/zarr.json, … 9 in all]   got [a/a/a/c/0, \
         a/a/a/zarr.json, a/a/zarr.json, a/zarr.json, b/zarr.json, zarr.json]",
    );
    check_library_untouched(Mutant::L09, "add_group a/a\nmove_node a b\nlist");
}

#[test]
fn new_attributes_make_a_consolidated_group_anew() {
    let made = "add_group a/b attributes={\"x\":1}\nconsolidate a\n";
    check_library(
        Mutant::L10,
        &format!("{made}set_attributes a {{}}\nlist"),
        "want [a/b/zarr.json, a/zarr.json, zarr.json]   got [a/zarr.json, zarr.json]",
    );
    let other = "set_attributes a/b {}\nopen_node a/b\nlist\nlist_nodes /";
    check_library_untouched(Mutant::L10, &format!("{made}{other}"));
}

#[test]
fn bugs_that_need_a_library_have_plans_that_ask_one() {
    for mutant in Mutant::ALL {
        let plan: Plan = mutant.minimum().parse().unwrap();
        let asks_nodes = plan.operations().any(|asked| matches!(asked, Operation::Node(_)));
        assert_eq!(asks_nodes, mutant.needs_library(), "{mutant}");
        assert!(mutant.needs_library() || !mutant.is_in_library(), "{mutant}");
    }
    let asked = |mutant: Mutant| mutant.minimum().lines().count();
    assert!(Mutant::ALL.iter().filter(|mutant| mutant.needs_library()).all(|m| asked(*m) <= 5));
}
