//! What callers at the same time may see: histories by hand, right ones and wrong ones.

mod history_text;

use expect_test::{Expect, expect};
use history_text::{ALL, history, verdict};
use zarr_conform_model::{Capabilities, Declaration, Dialect, Reply};

fn check(text: &str, expect: Expect) {
    expect.assert_eq(&verdict(ALL, text));
}

#[test]
fn calls_one_after_the_other_are_right_as_in_sequence() {
    check("1 0..1 set a \"x\" = done\n2 2..3 get a = \"x\"", expect!["linearizable"]);
    check(
        "1 0..1 set a \"x\" = done\n2 2..3 get a = absent",
        expect!["nothing; R1 get a: value lost; at a; beside set a 'x'"],
    );
    check(
        "set a \"x\"\n1 0..1 erase a = done\n1 2..3 get a = \"x\"",
        expect!["nothing; D1 get a: value for absent; at a; beside erase a"],
    );
    check(
        "1 0..1 set a \"x\" = done\nget a = \"y\"",
        expect!["nothing; R1 get a: value differs; at a; beside set a 'x'"],
    );
}

#[test]
fn a_read_beside_a_write_gives_the_old_value_or_the_new_one_whole() {
    for (read, right) in
        [("\"oo\"", true), ("\"nnnn\"", true), ("\"oonn\"", false), ("absent", false)]
    {
        let text = format!("set a \"oo\"\n1 0..3 set a \"nnnn\" = done\n2 1..2 get a = {read}");
        assert_eq!(history(ALL, &text).judge().is_right(), right, "{read}");
    }
    check(
        "set a \"oo\"\n1 0..3 set a \"nnnn\" = done\n2 1..2 get a = \"\"",
        expect!["distinct_keys; C2 get a: value too short; at a; beside set a 'nnnn'"],
    );
    check(
        "set a \"oo\"\n1 0..3 set a \"nnnn\" = done\n2 1..2 size_key a = 3",
        expect!["distinct_keys; C3 size_key a: size too small; at a; beside set a 'nnnn'"],
    );
    check(
        "set a \"oo\"\n1 0..3 set a \"nnnn\" = done\n2 1..2 get_partial a 1..3 = \"on\"",
        expect!["distinct_keys; C3 get_partial a 1..3: value differs; at a; beside set a 'nnnn'"],
    );
    check(
        "set a \"ooo\"\n1 0..9 set a \"nnn\" = done\n2 1..2 get a = \"nnn\"\n2 3..4 get a = \"ooo\"",
        expect!["distinct_keys; C2 get a: value differs; at a; beside set a 'nnn'"],
    );
}

#[test]
fn each_read_is_of_one_version_and_parts_of_several_keys_are_reads_of_their_own() {
    let beside =
        "set a \"oo\"\nset b \"oo\"\n1 0..1 set a \"nn\" = done\n1 2..3 set b \"nn\" = done";
    check(&format!("{beside}\n2 0..4 get_many [a, b] = [\"oo\", \"nn\"]"), expect!["linearizable"]);
    check(&format!("{beside}\n2 0..4 get_many [a, b] = [\"nn\", \"oo\"]"), expect!["linearizable"]);
    check(
        &format!("{beside}\n2 0..4 get_many [a, b] = [\"nn\"]"),
        expect!["none; C2 get_many [a, b]: wrong number of parts; beside set a 'nn', set b 'nn'"],
    );
    check(
        &format!("{beside}\n2 0..4 get_many [a, b] = [\"on\", \"oo\"]"),
        expect!["distinct_keys; C2 get_many [a, b]: value differs; at a; beside set a 'nn'"],
    );
}

#[test]
fn of_two_writers_one_is_the_last() {
    let both = "set a \"o\"\n1 0..3 set a \"x\" = done\n2 1..2 set a \"yy\" = done";
    check(&format!("{both}\nget a = \"x\""), expect!["linearizable"]);
    check(&format!("{both}\nget a = \"yy\""), expect!["linearizable"]);
    check(
        &format!("{both}\nget a = \"o\""),
        expect!["distinct_keys; C1 get a: value differs; at a; beside set a 'x', set a 'yy'"],
    );
    check(
        &format!("{both}\nget a = \"yy\"\nget a = \"x\""),
        expect!["nothing; C1 get a: value differs; at a; beside set a 'x', set a 'yy'"],
    );
    check(
        "1 0..3 set a \"x\" = done\n2 1..2 erase a = done\nexists a = false\nget a = absent",
        expect!["linearizable"],
    );
}

#[test]
fn one_of_two_callers_creates_a_key() {
    let both = |one, other| {
        format!("1 0..3 set_if_absent a \"x\" = {one}\n2 1..2 set_if_absent a \"y\" = {other}")
    };
    let creates = Declaration {
        capabilities: Capabilities { create: true, ..Capabilities::ZARRS },
        dialect: ALL,
    };
    expect!["linearizable"].assert_eq(&verdict(creates, &both("true", "false")));
    expect!["readers; C6 set_if_absent a 'x': wrong truth; at a; beside set_if_absent a 'y'"]
        .assert_eq(&verdict(creates, &both("true", "true")));
    expect!["none; C6 set_if_absent a 'y': wrong truth; at a; beside set_if_absent a 'x'"]
        .assert_eq(&verdict(creates, &both("false", "false")));
    expect!["distinct_keys; C1 get a: value differs; at a; beside set_if_absent a 'x'"]
        .assert_eq(&verdict(creates, &format!("{}\nget a = \"y\"", both("true", "false"))));
}

#[test]
fn an_erase_of_many_is_an_erase_of_each() {
    let plan =
        "set a/x \"o\"\nset a/y \"o\"\n1 0..9 erase_prefix a/ = done\n2 1..2 set a/x \"n\" = done";
    check(&format!("{plan}\nget a/x = \"n\"\nget a/y = absent"), expect!["linearizable"]);
    check(&format!("{plan}\nget a/x = absent\nget a/y = absent"), expect!["linearizable"]);
    check(
        &format!("{plan}\nget a/x = \"o\""),
        expect![
            "distinct_keys; C8 get a/x: value differs; at a/x; beside erase_prefix a/, set a/x 'n'"
        ],
    );
    check(
        &format!("{plan}\nget a/y = \"o\""),
        expect!["none; C8 get a/y: value for absent; at a/y; beside erase_prefix a/"],
    );
    let seen = "set a \"o\"\nset b \"o\"\n1 0..9 erase_many [a, b] = done\n2 1..2 get a = absent";
    check(&format!("{seen}\n2 3..4 get b = \"o\"\nlist = []"), expect!["linearizable"]);
    check(
        &format!("{seen}\n2 3..4 get a = \"o\"\nlist = []"),
        expect!["distinct_keys; C2 get a: value for absent; at a; beside erase_many [a, b]"],
    );
}

#[test]
fn a_listing_asks_of_each_key_by_itself() {
    let beside = "set a \"o\"\nset c \"o\"\n1 0..9 erase a = done\n2 1..8 list = ";
    check(&format!("{beside}[a, c]"), expect!["linearizable"]);
    check(&format!("{beside}[c]"), expect!["linearizable"]);
    check(&format!("{beside}[a]"), expect!["none; C4 list: key missing; at c; beside erase a"]);
    check(&format!("{beside}[c, c]"), expect!["none; C4 list: key repeated; at c; beside erase a"]);
    check(&format!("{beside}[a.tmp, c]"), expect!["none; C4 list: key unexpected; beside erase a"]);
    check(
        &format!("{beside}error NotFound"),
        expect!["none; C4 list: error for answer; beside erase a"],
    );
    let two = "1 0..1 set a \"n\" = done\n1 2..3 set b \"n\" = done\n2 0..4 list = ";
    check(&format!("{two}[b]"), expect!["linearizable"]);
    check(&format!("{two}[a]"), expect!["linearizable"]);
}

#[test]
fn a_directory_shows_a_prefix_if_a_key_below_lived_throughout() {
    let beside = "set d/a/x \"o\"\nset d/a/y \"o\"\nset d/k \"o\"\n1 0..9 erase d/a/x = done\n";
    check(&format!("{beside}2 1..8 list_dir d/ = [d/k] and [d/a/]"), expect!["linearizable"]);
    check(
        &format!("{beside}2 1..8 list_dir d/ = [d/k] and []"),
        expect!["none; C4 list_dir d/: prefix missing; at d/a/y; beside erase d/a/x"],
    );
    let each = format!("{beside}1 10..19 erase d/a/y = done\n");
    check(&format!("{each}2 1..18 list_dir d/ = [d/k] and []"), expect!["linearizable"]);
    check(&format!("{each}2 1..18 list_dir d/ = [d/k] and [d/a/]"), expect!["linearizable"]);
    check(
        &format!("{each}2 20..28 list_dir d/ = [d/k] and [d/a/]"),
        expect!["nothing; L4 list_dir d/: prefix unexpected; beside erase d/a/x"],
    );
    check(&format!("{each}2 1..18 is_empty d/a/ = true"), expect!["linearizable"]);
    check(
        &format!("{beside}2 1..18 is_empty d/a/ = true"),
        expect!["none; C4 is_empty d/a/: wrong truth; at d/a/y; beside erase d/a/x"],
    );
    check(
        &format!("{each}2 20..28 is_empty d/a/ = false"),
        expect!["nothing; L8 is_empty d/a/: wrong truth; beside erase d/a/x"],
    );
}

#[test]
fn a_sum_of_sizes_is_one_of_lengths_that_keys_had() {
    let beside = "set a/x \"22\"\nset a/y \"333\"\n1 0..9 set a/x \"55555\" = done\n2 1..8 size_prefix a/ = ";
    check(&format!("{beside}5"), expect!["linearizable"]);
    check(&format!("{beside}8"), expect!["linearizable"]);
    check(
        &format!("{beside}3"),
        expect!["distinct_keys; C4 size_prefix a/: size too small; at a/x; beside set a/x '55555'"],
    );
    check(
        &format!("{beside}6"),
        expect!["distinct_keys; C4 size_prefix a/: size too small; at a/x; beside set a/x '55555'"],
    );
    check(
        "set a \"22\"\n1 0..9 erase a = done\n2 1..8 size = 0\nsize = 0",
        expect!["linearizable"],
    );
}

#[test]
fn copies_and_renames_are_a_read_and_then_a_write() {
    let can = Declaration {
        capabilities: Capabilities { copy: true, rename: true, ..Capabilities::ZARRS },
        dialect: ALL,
    };
    let beside = "set a \"o\"\n1 0..9 rename a b = done\n2 1..2 set a \"n\" = done\n";
    let right = [
        "get a = absent\nget b = \"o\"",
        "get a = absent\nget b = \"n\"",
        "get a = \"n\"\nget b = \"o\"",
    ];
    for after in right {
        let said = verdict(can, &format!("{beside}{after}"));
        assert_eq!(said, "linearizable", "{after}");
    }
    expect!["readers; C1 get b: value differs; at b; beside rename a b, set a 'n'"]
        .assert_eq(&verdict(can, &format!("{beside}get a = \"n\"\nget b = \"n\"")));
    expect!["readers; C1 get b: value lost; at b; beside rename a b, set a 'n'"]
        .assert_eq(&verdict(can, &format!("{beside}get b = absent")));
    let never = "set a \"o\"\n1 0.. rename a b\nget b = \"o\"\nget a = ";
    assert_eq!(verdict(can, &format!("{never}absent")), "linearizable");
    assert_eq!(verdict(can, &format!("{never}\"o\"")), "linearizable");
    expect!["nothing; C10 get b: value lost; at b; beside rename a b"]
        .assert_eq(&verdict(can, "set a \"o\"\n1 0.. rename a b\nget a = absent\nget b = absent"));
}

#[test]
fn a_write_that_fails_or_never_returns_leaves_old_or_new() {
    for (end, read) in [("0..3", "\"o\""), ("0..3", "\"n\"")] {
        let text = format!("set a \"o\"\n1 {end} set a \"n\" = error Transient\nget a = {read}");
        let dialect = Dialect { transient_errors: true, ..ALL };
        assert_eq!(verdict(dialect, &text), "linearizable", "{read}");
    }
    check("set a \"o\"\n1 0.. set a \"n\"\nget a = \"o\"\nget a = \"o\"", expect!["linearizable"]);
    check(
        "set a \"o\"\n1 0.. set a \"n\"\n2 5..6 get a = \"n\"\nget a = \"n\"",
        expect!["linearizable"],
    );
    check(
        "set a \"o\"\n1 0.. set a \"n\"\nget a = \"o\"\nget a = \"n\"",
        expect!["nothing; C10 get a: value differs; at a; beside set a 'n'"],
    );
    check(
        "set a \"o\"\n1 0.. set a \"n\"\nget a = \"\"",
        expect!["nothing; C10 get a: value too short; at a; beside set a 'n'"],
    );
    check(
        "set a \"o\"\n1 0..3 set a \"n\" = error Other\nget a = \"n\"",
        expect!["nothing; W3 set a 'n': error for answer; at a"],
    );
    check(
        "set a \"o\"\n1 0..3 set a \"n\" = error Other\nget a = \"x\"",
        expect![
            "nothing; W3 set a 'n': error for answer; at a; R1 get a: value differs; at a; beside set a 'n'"
        ],
    );
    check(
        "set a \"o\"\n1 0..3 set a \"n\" = panic\n2 1..2 get a = late\nget a = \"n\"",
        expect!["none; C1 set a 'n': panic; C2 get a: no answer; beside set a 'n'"],
    );
}

#[test]
fn what_the_dialect_leaves_open_is_open_beside_others_too() {
    let refuses =
        Dialect { erase_missing: Reply::Refuse, list_missing_prefix: Reply::Refuse, ..ALL };
    let both =
        |one, other| format!("set a \"o\"\n1 0..9 erase a = {one}\n2 1..8 erase a = {other}");
    expect!["linearizable"].assert_eq(&verdict(refuses, &both("done", "error NotFound")));
    expect!["readers; C1 erase a: answer for error; at a; beside erase a"]
        .assert_eq(&verdict(refuses, &both("done", "done")));
    expect!["distinct_keys; C1 erase a: error for answer; at a; beside erase a"]
        .assert_eq(&verdict(refuses, &both("error NotFound", "error NotFound")));
    let beside = |erased| {
        let set = "set a/x \"o\"\nset b/x \"o\"";
        format!("{set}\n1 0..9 erase {erased} = done\n2 1..8 list_prefix a/ = error NotFound")
    };
    expect!["linearizable"].assert_eq(&verdict(refuses, &beside("a/x")));
    expect!["none; C4 list_prefix a/: error for answer; at a/x; beside erase b/x"]
        .assert_eq(&verdict(refuses, &beside("b/x")));
    let many = "set a \"o\"\nset b \"o\"\n1 0..9 erase a = done\n2 1..8 erase_many [a, b] = ";
    expect!["linearizable"]
        .assert_eq(&verdict(refuses, &format!("{many}error NotFound\nlist = [b]")));
    expect!["distinct_keys; C1 erase_many [a, b]: error for answer; beside erase a"]
        .assert_eq(&verdict(ALL, &format!("{many}error NotFound\nlist = [b]")));
}

#[test]
fn what_was_open_before_is_settled_by_what_callers_see() {
    let before = "set_partial_many a []\nset b \"o\"\n1 0..9 set b \"n\" = done\n2 1..2 get a = ";
    check(&format!("{before}absent\nexists a = false"), expect!["linearizable"]);
    check(&format!("{before}\"\"\nexists a = true"), expect!["linearizable"]);
    check(
        &format!("{before}\"\"\nexists a = false"),
        expect!["none; C1 exists a: wrong truth; at a; beside set b 'n'"],
    );
}

#[test]
fn a_write_that_no_store_can_make_did_not_happen() {
    let far = "set a \"o\"\n1 0.. set_partial a 18446744073709551615 \"x\"\nget a = ";
    check(&format!("{far}\"o\""), expect!["linearizable"]);
    check(
        &format!("{far}\"x\""),
        expect![
            "nothing; C10 get a: value differs; at a; beside set_partial a 18446744073709551615 'x'"
        ],
    );
}
