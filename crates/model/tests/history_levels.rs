//! What each level of overlap leaves open of histories, and what it does not.

mod history_text;

use expect_test::{Expect, expect};
use history_text::{ALL, history, verdict};
use zarr_conform_model::contract::{Overlap, PartialWrites, SecondHandle};
use zarr_conform_model::{Capabilities, Declaration, Dialect};

fn check(text: &str, expect: Expect) {
    expect.assert_eq(&verdict(ALL, text));
}

fn check_at(level: Overlap, text: &str, expect: Expect) {
    expect.assert_eq(&verdict(Dialect { overlap: level, ..ALL }, text));
}

#[test]
fn partial_writes_may_lose_one_another_where_the_dialect_says_so() {
    let both = "set a \"oooo\"\n1 0..3 set_partial a 0 \"x\" = done\n2 1..2 set_partial a 2 \"y\" = done\n";
    check(&format!("{both}get a = \"xoyo\""), expect!["linearizable"]);
    check(
        &format!("{both}get a = \"xooo\""),
        expect![
            "linearizable; C9 get a: value differs; at a; beside set_partial a 0 'x', set_partial a 2 'y'"
        ],
    );
    let lost = Dialect { partial_writes: PartialWrites::Lost, ..ALL };
    expect!["linearizable"].assert_eq(&verdict(lost, &format!("{both}get a = \"xooo\"")));
    expect!["distinct_keys; C9 get a: value differs; at a; beside set_partial a 0 'x', set_partial a 2 'y'"].assert_eq(&verdict(lost, &format!("{both}get a = \"oooo\"")));
    let judged = history(lost, &format!("{both}get a = \"ooyo\"")).judge();
    assert_eq!((judged.is_right(), judged.partial_writes), (true, PartialWrites::Lost));
    let judged = history(lost, &format!("{both}get a = \"xoyo\"")).judge();
    assert_eq!((judged.is_right(), judged.partial_writes), (true, PartialWrites::Kept));
}

#[test]
fn readers_leaves_writers_open_among_what_they_write() {
    let both = "set a \"o\"\n1 0..9 set a \"x\" = done\n2 1..8 set a \"yy\" = done\n";
    let check = |text: &str, expect| check_at(Overlap::Readers, text, expect);
    check(
        &format!("{both}3 2..3 get a = \"yy\"\n3 4..5 get a = \"o\"\nget a = \"x\""),
        expect!["readers"],
    );
    check(
        &format!("{both}3 2..3 get a = \"xy\""),
        expect!["distinct_keys; C2 get a: value too long; at a; beside set a 'x', set a 'yy'"],
    );
    check(
        &format!("{both}get a = \"o\""),
        expect!["distinct_keys; C1 get a: value differs; at a; beside set a 'x', set a 'yy'"],
    );
    check(
        &format!("{both}get a = \"x\"\nget a = \"yy\""),
        expect!["nothing; C1 get a: value differs; at a; beside set a 'x', set a 'yy'"],
    );
    check(
        "set a \"o\"\n1 0..9 set a \"x\" = done\n2 2..3 get a = \"\"",
        expect!["distinct_keys; C2 get a: value too short; at a; beside set a 'x'"],
    );
    let dropped = "set a \"o\"\n1 0..9 set a \"x\" = done\n2 1.. set a \"yy\"\n";
    check(&format!("{dropped}get a = \"x\""), expect!["linearizable"]);
    check(&format!("{dropped}get a = \"yy\""), expect!["linearizable"]);
    check(
        &format!("{dropped}get a = \"o\""),
        expect!["distinct_keys; C10 get a: value differs; at a; beside set a 'x', set a 'yy'"],
    );
}

#[test]
fn distinct_keys_leaves_open_what_callers_share() {
    let check = |text: &str, expect| check_at(Overlap::DistinctKeys, text, expect);
    let shared = "set a \"o\"\nset b \"o\"\n1 0..9 set a \"nn\" = done\n2 1..8 get a = \"on\"\n";
    check(shared, expect!["distinct_keys"]);
    check(
        &format!("{shared}get a = \"torn\"\nsize_key a = 4\nget a = \"torn\"\nlist = [a, b]"),
        expect!["distinct_keys"],
    );
    check(
        &format!("{shared}get a = \"torn\"\nget a = \"nn\""),
        expect!["nothing; C1 get a: value differs; at a; beside set a 'nn'"],
    );
    check(
        &format!("{shared}get a = \"torn\"\nsize_key a = 2"),
        expect!["nothing; C1 size_key a: size too small; at a; beside set a 'nn'"],
    );
    check(
        &format!("{shared}get a = absent\nlist = [a, b]"),
        expect!["nothing; C1 list: key unexpected; at a; beside set a 'nn'"],
    );
    check(
        &format!("{shared}get a = \"torn\"\nset a \"x\" = done\nget a = \"torn\""),
        expect!["nothing; C1 get a: value differs; at a; beside set a 'x'"],
    );
    check(
        &format!("{shared}get b = absent"),
        expect!["none; C1 get b: value lost; at b; beside set a 'nn'"],
    );
    check(
        &format!("{shared}3 2..3 list = [a]"),
        expect!["none; C4 list: key missing; at b; beside set a 'nn'"],
    );
    check(
        &format!("{shared}3 2..3 get b = panic"),
        expect!["none; C2 get b: panic; beside set a 'nn'"],
    );
    check(
        "1 0..9 set a \"nn\" = done\n2 1..8 get a = panic",
        expect!["none; C2 get a: panic; beside set a 'nn'"],
    );
    check(
        "set b \"o\"\n1 0..9 set a \"nn\" = done\n2 1..8 get b = absent",
        expect!["none; C2 get b: value lost; at b; beside set a 'nn'"],
    );
}

#[test]
fn none_leaves_open_all_that_is_asked_at_the_same_time() {
    let check = |text: &str, expect| check_at(Overlap::None, text, expect);
    check(
        "set b \"o\"\n1 0..9 set a \"nn\" = done\n2 1..8 get b = panic\nget b = absent",
        expect!["none"],
    );
    check(
        "set b \"o\"\n1 0..9 set a \"nn\" = done\n2 1..8 get a = \"\"\nget b = absent\nget b = \"o\"",
        expect!["nothing; C1 get b: value for absent; at b; beside set a 'nn'"],
    );
    check(
        "set b \"o\"\n1 0..1 get b = absent\n2 2..3 set a \"nn\" = done\n1 2..3 get b = absent",
        expect!["nothing; R1 get b: value lost; at b"],
    );
}

#[test]
fn a_second_handle_may_be_behind_until_it_is_opened_again() {
    let stale = "set a \"o\"\n1 0..1 set a \"n\" = done\n1b 2..3 get a = \"o\"\n";
    check(stale, expect!["nothing; C5 get a: value differs; at a; beside set a 'n'"]);
    let lags = Dialect { second_handle: SecondHandle::OnReopen, ..ALL };
    expect!["linearizable"].assert_eq(&verdict(lags, stale));
    expect!["nothing; W2 get a: value differs; at a; beside set a 'n'"]
        .assert_eq(&verdict(lags, &format!("{stale}1 4..5 get a = \"o\"")));
    let opens = Declaration {
        capabilities: Capabilities { reopen: true, ..Capabilities::ZARRS },
        dialect: lags,
    };
    let again = format!("{stale}1b 4..5 reopen = done\n1b 6..7 get a = \"o\"");
    expect!["nothing; C7 get a: value differs; at a; beside set a 'n'"]
        .assert_eq(&verdict(opens, &again));
}

#[test]
fn a_handle_may_be_behind_when_nobody_knows_what_was_written() {
    let lags = Dialect { second_handle: SecondHandle::OnReopen, ..ALL };
    let then = |value: &str| {
        let text = format!(
            "set a \"o\"\n1b 0..9 set a \"n\" = done\n2 1..8 get a = panic\nget a = \"{value}\""
        );
        verdict(lags, &text)
    };
    expect!["none; C2 get a: panic; beside set a 'n'"].assert_eq(&then("n"));
    expect!["none; C2 get a: panic; beside set a 'n'"].assert_eq(&then("o"));
    expect![
        "none; C2 get a: panic; beside set a 'n'; C5 get a: value differs; at a; beside set a 'n'"
    ]
    .assert_eq(&then("zz"));
}

#[test]
fn keys_below_keys_are_looked_at_together_where_a_store_cannot_hold_both() {
    let files = Dialect { key_below_key: false, ..ALL };
    let both = |one, other| format!("1 0..9 set a \"x\" = {one}\n2 1..8 set a/b \"x\" = {other}");
    expect!["linearizable"].assert_eq(&verdict(files, &both("done", "error Other")));
    expect!["readers; C1 set a 'x': answer for error; at a; beside set a/b 'x'"]
        .assert_eq(&verdict(files, &both("done", "done")));
}
