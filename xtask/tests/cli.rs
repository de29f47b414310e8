//! The commands as scripts see them: what `cargo xtask` does besides what `zarr-conform` does.

use zarr_conform_command_tests::Cli;
use zarr_conform_published::{OPTIONAL, Optional};

/// `cargo xtask`, built for an adapter or for none.
fn xtask(built_for: &str) -> Cli {
    Cli::of(env!("CARGO_BIN_EXE_xtask")).with("ZARR_CONFORM_XTASK_BUILT_FOR", built_for)
}

#[test]
fn commands_that_are_printed_are_ones_of_cargo_xtask() {
    let arguments = "conform --adapter memory --cases 40 --known-issues none";
    let again = "again: cargo xtask replay zarr-conform-failures/memory-";
    let text = xtask("").check(arguments, 1, &["failure 1: ", again]);
    assert_eq!(text.matches("again: ").count(), text.matches(again).count(), "{text}");
    assert!(text.contains(".plan --adapter memory\n"), "{text}");
}

#[test]
fn the_help_is_that_of_cargo_xtask() {
    let words = ["Usage: cargo xtask replay [OPTIONS] <FILE>...", "[default: memory]", "--url"];
    xtask("").check("replay --help", 0, &words);
    let commands = ["conform", "calibrate", "replay", "contract", "tidy", "ci"];
    xtask("").check("--help", 0, &[&["Usage: cargo xtask <COMMAND>"], &commands[..]].concat());
}

#[test]
fn adapters_that_take_a_feature_are_listed_whether_it_is_there_or_not() {
    let list = xtask("").check("conform --list", 0, &[]);
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
        xtask(feature).check(&format!("conform --adapter {name}"), 2, &["and still lacks it"]);
    }
}
