//! The example, as its author sees it: one adapter, which need not be named.

use std::path::{Path, PathBuf};

use zarr_conform_command_tests::Cli;

/// The example, which `cargo test` builds beside the tests.
fn example() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let built = test.ancestors().nth(2).unwrap_or(Path::new("."));
    let name = format!("your_command_line{}", std::env::consts::EXE_SUFFIX);
    built.join("examples").join(name)
}

fn cli() -> Cli {
    Cli::of(example())
}

#[test]
fn the_only_adapter_is_tested_without_a_name() {
    let cli = cli();
    let words = ["mine conforms: no failures"];
    cli.check("conform --cases 60 --quiet", 0, &words);
    cli.check("conform --list", 0, &["  mine"]);
    cli.check("conform --adapter yours", 2, &["there is no adapter `yours`", "  mine"]);
}

#[cfg(feature = "hierarchy")]
#[test]
fn any_store_is_played_on_through_an_array_library() {
    let cli = cli();
    let words = ["mine conforms but for"];
    cli.check("conform --machine hierarchy --cases 30 --require none --quiet", 0, &words);
}

#[cfg(not(feature = "hierarchy"))]
#[test]
fn a_plan_about_arrays_tests_nothing_without_a_library() {
    let cli = cli();
    cli.write("a.plan", "list_children /\n");
    cli.check("replay a.plan", 3, &["without the feature `hierarchy`"]);
}

#[test]
fn a_plan_is_replayed_on_the_only_adapter() {
    let cli = cli();
    let plan = "set a \"x\"\nget_partial a -2..\n";
    cli.write("a.plan", plan);
    cli.check("replay a.plan", 0, &["playing on `mine`", "all 2 answers agree"]);
}

#[test]
fn planted_bugs_are_found_in_the_only_adapter() {
    let cli = cli();
    cli.check("calibrate --mutants M05", 0, &["mine: 1 of 1 bugs found"]);
}

#[test]
fn the_help_names_the_program() {
    let cli = cli();
    let usage = format!("Usage: {} conform [OPTIONS]", example().display());
    let text = cli.check("conform --help", 0, &[&usage, "[default: mine]"]);
    assert!(!text.contains("--url"), "the store is on no server:\n{text}");
}
