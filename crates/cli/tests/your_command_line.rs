//! The example, as its author sees it: one adapter, which need not be named.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The example, which `cargo test` builds beside the tests.
fn example() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let built = test.ancestors().nth(2).unwrap_or(Path::new("."));
    let name = format!("your_command_line{}", std::env::consts::EXE_SUFFIX);
    built.join("examples").join(name)
}

/// Runs the example in a folder, and compares the exit status and some words of what is printed.
#[track_caller]
fn check(folder: &Path, arguments: &str, status: i32, words: &[&str]) -> String {
    let output = Command::new(example())
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("the example is built: run all tests of the package");
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8(text).expect("messages are text");
    assert_eq!(output.status.code(), Some(status), "{text}");
    for words in words {
        assert!(text.contains(words), "no `{words}` in:\n{text}");
    }
    text
}

fn in_folder(test: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    test(folder.path());
}

#[test]
fn the_only_adapter_is_tested_without_a_name() {
    in_folder(|folder| {
        let words = ["mine conforms: no failures"];
        check(folder, "conform --cases 60 --quiet", 0, &words);
        check(folder, "conform --list", 0, &["  mine"]);
        check(folder, "conform --adapter yours", 2, &["there is no adapter `yours`", "  mine"]);
    });
}

#[cfg(feature = "hierarchy")]
#[test]
fn any_store_is_played_on_through_an_array_library() {
    in_folder(|folder| {
        let words = ["mine conforms but for"];
        check(folder, "conform --machine hierarchy --cases 30 --require none --quiet", 0, &words);
    });
}

#[cfg(not(feature = "hierarchy"))]
#[test]
fn a_plan_about_arrays_tests_nothing_without_a_library() {
    in_folder(|folder| {
        std::fs::write(folder.join("a.plan"), "list_children /\n").expect("the folder takes files");
        check(folder, "replay a.plan", 3, &["without the feature `hierarchy`"]);
    });
}

#[test]
fn a_plan_is_replayed_on_the_only_adapter() {
    in_folder(|folder| {
        let plan = "set a \"x\"\nget_partial a -2..\n";
        std::fs::write(folder.join("a.plan"), plan).expect("the folder takes files");
        check(folder, "replay a.plan", 0, &["playing on `mine`", "all 2 answers agree"]);
    });
}

#[test]
fn planted_bugs_are_found_in_the_only_adapter() {
    in_folder(|folder| {
        check(folder, "calibrate --mutants M05", 0, &["mine: 1 of 1 bugs found"]);
    });
}

#[test]
fn the_help_names_the_program() {
    in_folder(|folder| {
        let usage = format!("Usage: {} conform [OPTIONS]", example().display());
        let text = check(folder, "conform --help", 0, &[&usage, "[default: mine]"]);
        assert!(!text.contains("--url"), "the store is on no server:\n{text}");
    });
}
