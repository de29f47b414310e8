//! The commands as scripts see them: exit statuses, and the lines that matter.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// Runs the program in a temporary folder, in which it leaves what it writes.
struct Cli {
    folder: TempDir,
}

impl Cli {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        Self { folder }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("the folder takes files");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file was written")
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .output()
            .expect("the program starts")
    }

    /// Runs, and compares the exit status and some words of what is printed.
    #[track_caller]
    fn check(&self, arguments: &str, status: i32, words: &[&str]) -> String {
        let output = self.run(arguments);
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        let text = String::from_utf8(text).expect("messages are text");
        assert_eq!(output.status.code(), Some(status), "{text}");
        for words in words {
            assert!(text.contains(words), "no `{words}` in:\n{text}");
        }
        text
    }
}

const ALL: [&str; 6] = [
    "  memory ",
    "  memory:async ",
    "  fs ",
    "  fs:sorted ",
    "  fs:handle-cache ",
    "  fs:direct-io ",
];

#[test]
fn the_list_has_every_adapter_and_variant() {
    Cli::new().check("conform --list", 0, &ALL);
}

#[test]
fn an_unknown_adapter_gets_the_list() {
    let text = Cli::new().check("conform --adapter nope", 2, &ALL);
    assert!(text.contains("there is no adapter `nope`"), "{text}");
}

#[test]
fn no_adapter_gets_the_list() {
    let text = Cli::new().check("conform", 2, &ALL);
    assert!(text.contains("no adapter was named: give --adapter NAME"), "{text}");
}

#[test]
fn an_unknown_variant_gets_the_variants() {
    let words = ["the adapter `fs` has no variant `nope`", "  fs:sorted "];
    Cli::new().check("conform --adapter fs:nope", 2, &words);
}

#[test]
fn an_unknown_machine_gets_the_machines() {
    let words = ["invalid value 'nope' for '--machine", "[possible values: store]"];
    Cli::new().check("conform --adapter memory --machine nope", 2, &words);
}

#[test]
fn an_unknown_policy_gets_the_policies() {
    let words = ["every-step", "sampled", "end"];
    Cli::new().check("conform --adapter memory --invariants never", 2, &words);
}

#[test]
fn counts_of_nothing_are_told_what_to_give() {
    for option in ["--cases", "--steps", "--jobs"] {
        let words = [option, "with 0 nothing would be tested: give a whole number from 1 on"];
        Cli::new().check(&format!("conform --adapter memory {option} 0"), 2, &words);
    }
}

#[test]
fn a_plan_with_a_bad_line_is_told_where_and_why() {
    let cli = Cli::new();
    cli.write("bad.plan", "zarr-conform plan 1\nset a \"x\"\nfrobnicate a\n");
    cli.check("replay bad.plan", 2, &["bad.plan:3:1: expected"]);
}

#[test]
fn a_plan_that_is_not_there_is_told_so() {
    let words = ["the plan nope.plan cannot be read"];
    Cli::new().check("replay nope.plan", 2, &words);
}

#[test]
fn one_bad_plan_keeps_all_from_being_played() {
    let cli = Cli::new();
    cli.write("good.plan", "set a \"x\"\n");
    cli.write("bad.plan", "frobnicate a\n");
    let text = cli.check("replay good.plan bad.plan", 2, &["bad.plan:1:1"]);
    assert!(!text.contains("good.plan"), "{text}");
}

#[test]
fn a_plan_that_agrees_is_a_success() {
    let cli = Cli::new();
    cli.write("good.plan", "set a \"x\"\nget a\nlist\n");
    let words = ["playing on `memory`", "good.plan: all 3 answers agree"];
    cli.check("replay good.plan", 0, &words);
}

#[test]
fn a_plan_that_disagrees_is_a_failure() {
    let cli = Cli::new();
    cli.write("bad.plan", "set a \"\"\nget_partial a -1..\n");
    cli.write("good.plan", "set a \"x\"\nget a\n");
    let words = ["bad.plan: 1 of 2 answers disagree", "want ", "got  panic"];
    cli.check("replay bad.plan good.plan", 1, &words);
}

#[test]
fn a_plan_without_operations_tests_nothing() {
    let cli = Cli::new();
    cli.write("empty.plan", "zarr-conform plan 1\n");
    cli.check("replay empty.plan", 3, &["nothing was tested"]);
}

#[test]
fn a_plan_that_the_adapter_refuses_was_not_tested() {
    let cli = Cli::new();
    let climb = "../".repeat(64);
    cli.write("climb.plan", &format!("set {climb}a \"x\"\n"));
    cli.check("replay climb.plan --adapter fs", 3, &["use fewer `..`"]);
}

#[test]
fn a_folder_for_failures_that_cannot_be_made_is_found_before_the_campaign() {
    let cli = Cli::new();
    cli.write("file", "");
    let words = ["plans of failures cannot be written to file/below", "give --failures a folder"];
    cli.check("conform --adapter memory --failures file/below", 2, &words);
}

#[test]
fn a_report_that_cannot_be_written_is_found_before_the_campaign() {
    let words = ["the report cannot be written to nope/report.json", "give --report a file"];
    Cli::new().check("conform --adapter memory --report nope/report.json", 2, &words);
}

#[test]
fn a_regression_plan_with_a_bad_line_is_found_before_the_campaign() {
    let cli = Cli::new();
    cli.write("bad.plan", "set a\n");
    let words = ["bad.plan:1:"];
    cli.check("conform --adapter memory --regressions .", 2, &words);
}

#[test]
fn a_store_without_failures_conforms() {
    let cli = Cli::new();
    let text = cli.check("conform --adapter memory:async --cases 20 --quiet", 0, &[]);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("memory:async conforms"), "{text}");
}

#[test]
fn each_failure_has_a_command_that_shows_it_again() {
    let cli = Cli::new();
    let arguments = "conform --adapter memory --cases 20 --failures found --report report.json";
    let text = cli.check(arguments, 1, &["failure 1: ", "memory does not conform"]);
    let again = "again: cargo xtask ";
    let commands: Vec<&str> =
        text.lines().filter_map(|line| line.trim().strip_prefix(again)).collect();
    assert!(!commands.is_empty(), "{text}");
    for command in commands {
        cli.check(command, 1, &["disagree"]);
    }
}

#[test]
fn the_report_is_the_same_on_any_number_of_threads() {
    let cli = Cli::new();
    for jobs in [1, 2] {
        let arguments =
            format!("conform --adapter memory --cases 40 --jobs {jobs} --report {jobs}.json");
        cli.check(&arguments, 1, &[]);
    }
    let (one, two) = (cli.read("1.json"), cli.read("2.json"));
    assert!(one.contains("\"jobs\": 1") && two.contains("\"jobs\": 2"), "{one}");
    assert_eq!(without_times(&one), without_times(&two));
}

/// The report without its last field.
fn without_times(json: &str) -> &str {
    let (before, times) = json.split_once("\n  \"times\": {").expect("a report has times");
    assert_eq!(times.matches('}').count(), 2, "times is the last field: {times}");
    before
}

#[test]
fn a_new_report_replaces_the_longer_one_before_it() {
    let cli = Cli::new();
    cli.write("report.json", &"x".repeat(1 << 20));
    cli.check("conform --adapter memory:async --cases 2 --report report.json", 0, &[]);
    let json = cli.read("report.json");
    assert!(json.starts_with("{\n") && json.ends_with("}\n"), "{json}");
}

#[test]
fn plain_text_is_printed_where_there_is_no_terminal() {
    let cli = Cli::new();
    let text = cli.check("conform --adapter memory --cases 20", 1, &[]);
    assert!(!text.contains('\x1b'), "{text}");
}

#[test]
fn failures_go_to_a_folder_of_their_own_unless_it_is_said() {
    let cli = Cli::new();
    cli.check("conform --adapter memory --cases 20 --quiet", 1, &[]);
    let folder = cli.path("zarr-conform-failures");
    let is_plan = |path: &Path| path.extension().is_some_and(|ending| ending == "plan");
    let entries = std::fs::read_dir(folder).expect("the folder was made");
    let names = entries.map(|entry| entry.expect("an entry").path());
    let names: Vec<_> = names.collect();
    assert!(!names.is_empty() && names.iter().all(|name| is_plan(name)), "{names:?}");
}
