//! The commands as scripts see them: what `cargo xtask` does besides what `zarr-conform` does.

use std::process::{Command, Output};

use zarr_conform_published::{OPTIONAL, Optional};

fn xtask(arguments: &str, built_for: &str) -> Output {
    let folder = tempfile::tempdir().expect("a temporary directory");
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments.split_whitespace())
        .env("ZARR_CONFORM_XTASK_BUILT_FOR", built_for)
        .current_dir(folder.path())
        .output()
        .expect("the program starts")
}

/// Runs, and compares the exit status and some words of what is printed.
#[track_caller]
fn check(arguments: &str, built_for: &str, status: i32, words: &[&str]) -> String {
    let output = xtask(arguments, built_for);
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8(text).expect("messages are text");
    assert_eq!(output.status.code(), Some(status), "{text}");
    for words in words {
        assert!(text.contains(words), "no `{words}` in:\n{text}");
    }
    text
}

#[test]
fn commands_that_are_printed_are_ones_of_cargo_xtask() {
    let arguments = "conform --adapter memory --cases 40 --known-issues none";
    let again = "again: cargo xtask replay zarr-conform-failures/memory-";
    let text = check(arguments, "", 1, &["failure 1: ", again]);
    assert_eq!(text.matches("again: ").count(), text.matches(again).count(), "{text}");
    assert!(text.contains(".plan --adapter memory\n"), "{text}");
}

#[test]
fn the_help_is_that_of_cargo_xtask() {
    let words = ["Usage: cargo xtask replay [OPTIONS] <FILE>...", "[default: memory]", "--url"];
    check("replay --help", "", 0, &words);
    let commands = ["conform", "calibrate", "replay", "contract", "tidy", "ci"];
    check("--help", "", 0, &[&["Usage: cargo xtask <COMMAND>"], &commands[..]].concat());
}

#[test]
fn adapters_that_take_a_feature_are_listed_whether_it_is_there_or_not() {
    let list = check("conform --list", "", 0, &[]);
    for Optional { name, about, takes_server, is_built, .. } in OPTIONAL {
        let note = match (is_built, takes_server) {
            (true, false) => "",
            (true, true) => " (give --url)",
            (false, false) => " (built when it is asked for)",
            (false, true) => " (built when it is asked for; give --url)",
        };
        let wanted = format!("  {name:<25}{about}{note}");
        assert_eq!(list.lines().filter(|line| *line == wanted).count(), 1, "{wanted}\n{list}");
    }
}

#[test]
fn a_program_that_was_built_for_an_adapter_and_lacks_it_is_not_built_again() {
    for Optional { name, feature, .. } in Optional::lacking() {
        check(&format!("conform --adapter {name}"), feature, 2, &["and still lacks it"]);
    }
}
