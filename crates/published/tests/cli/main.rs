//! The commands as scripts see them: exit statuses, and the lines that matter.

mod reports;

use std::path::Path;

use zarr_conform_command_tests::Cli;
use zarr_conform_published::{OPTIONAL, Optional};

fn cli() -> Cli {
    Cli::of(env!("CARGO_BIN_EXE_zarr-conform"))
}

/// A campaign with failures.
const DISAGREES: &str = "conform --adapter memory --cases 40 --known-issues none";

/// A known issue of `memory`, which `memory:async` does not have.
const SUFFIX_PANICS: &str = r#"
[[issue]]
id = "suffix"
signature = "get_partial: panic (live, empty, suffix longer than the value)"
clause = "R4"
reason = "https://example.org/issues/1"
plan = '''
set a ""
get_partial a -1..
'''
"#;

/// How each adapter begins its line, whether it is built or takes a feature.
fn all() -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for described in zarr_conform_published::adapters() {
        names.push(described.name().to_owned());
    }
    names.extend(Optional::lacking().map(|optional| optional.name.to_owned()));
    names.into_iter().map(|name| format!("  {name} ")).collect()
}

#[track_caller]
fn lists_all(text: &str) {
    for start in all() {
        let lines = text.lines().filter(|line| line.starts_with(&start));
        assert_eq!(lines.count(), 1, "`{start}` in:\n{text}");
    }
}

#[test]
fn the_list_has_every_adapter_and_variant() {
    lists_all(&cli().check("conform --list", 0, &[]));
}

#[test]
fn an_unknown_adapter_gets_the_list() {
    lists_all(&cli().check("conform --adapter nope", 2, &["there is no adapter `nope`"]));
}

#[test]
fn no_adapter_gets_the_list() {
    let words = ["no adapter was named: give --adapter NAME"];
    lists_all(&cli().check("conform", 2, &words));
}

#[test]
fn an_adapter_that_is_lacking_is_told_with_its_feature() {
    for Optional { name, feature, .. } in Optional::lacking() {
        let words = format!("`{name}` is not in this program: it takes the feature `{feature}`");
        cli().check(&format!("conform --adapter {name}"), 2, &[&words]);
    }
}

#[test]
fn adapters_that_are_always_on_servers_are_told_what_to_give() {
    for optional in OPTIONAL.iter().filter(|optional| optional.takes_server && optional.is_built) {
        let words = ["is on a server of yours: give --url "];
        cli().check(&format!("conform --adapter {}", optional.name), 2, &words);
    }
}

#[test]
fn an_unknown_variant_gets_the_variants() {
    let words = ["the adapter `fs` has no variant `nope`", "  fs:sorted "];
    cli().check("conform --adapter fs:nope", 2, &words);
}

#[test]
fn an_unknown_machine_gets_the_machines() {
    let words = [
        "invalid value 'nope' for '--machine",
        "[possible values: store, faults, concurrent, hierarchy]",
    ];
    cli().check("conform --adapter memory --machine nope", 2, &words);
}

#[test]
fn the_hierarchy_machine_plays_through_an_array_library() {
    let conform = "conform --adapter memory --machine hierarchy --cases 16 --quiet";
    let words = ["known zarrs-malformed-child: list_children", "memory conforms but for 9 known"];
    cli().check(conform, 0, &words);
}

#[test]
fn a_plan_about_nodes_is_replayed_through_an_array_library() {
    let cli = cli();
    let plan = "add_array a shape=[3] chunks=[2]\nwrite_chunk a [1] 7\nread_array a\n";
    cli.write("nodes.plan", plan);
    let words = ["elements [0x0, 0x0, 0x7]", "all 3 answers agree"];
    cli.check("replay nodes.plan --adapter memory", 0, &words);
}

#[test]
fn an_unknown_policy_gets_the_policies() {
    let words = ["every-step", "sampled", "end"];
    cli().check("conform --adapter memory --invariants never", 2, &words);
}

#[test]
fn counts_of_nothing_are_told_what_to_give() {
    for option in ["--cases", "--steps", "--jobs"] {
        let words = [option, "with 0 nothing would be tested: give a whole number from 1 on"];
        cli().check(&format!("conform --adapter memory {option} 0"), 2, &words);
    }
}

#[test]
fn a_plan_with_a_bad_line_is_told_where_and_why() {
    let cli = cli();
    cli.write("bad.plan", "zarr-conform plan 1\nset a \"x\"\nfrobnicate a\n");
    cli.check("replay bad.plan", 2, &["bad.plan:3:1: expected"]);
}

#[test]
fn a_plan_that_is_not_there_is_told_so() {
    let words = ["the plan nope.plan cannot be read"];
    cli().check("replay nope.plan", 2, &words);
}

#[test]
fn one_bad_plan_keeps_all_from_being_played() {
    let cli = cli();
    cli.write("good.plan", "set a \"x\"\n");
    cli.write("bad.plan", "frobnicate a\n");
    let text = cli.check("replay good.plan bad.plan", 2, &["bad.plan:1:1"]);
    assert!(!text.contains("good.plan"), "{text}");
}

#[test]
fn a_plan_that_agrees_is_a_success() {
    let cli = cli();
    cli.write("good.plan", "set a \"x\"\nget a\nlist\n");
    let words = ["playing on `memory`", "good.plan: all 3 answers agree"];
    cli.check("replay good.plan", 0, &words);
}

#[test]
fn a_plan_that_disagrees_is_a_failure() {
    let cli = cli();
    cli.write("bad.plan", "set a \"\"\nget_partial a -1..\n");
    cli.write("good.plan", "set a \"x\"\nget a\n");
    let words = ["bad.plan: 1 of 2 answers disagree", "want ", "got  panic"];
    cli.check("replay bad.plan good.plan", 1, &words);
}

#[test]
fn a_plan_without_operations_tests_nothing() {
    let cli = cli();
    cli.write("empty.plan", "zarr-conform plan 1\n");
    cli.check("replay empty.plan", 3, &["nothing was tested"]);
}

#[test]
fn a_plan_that_the_adapter_refuses_was_not_tested() {
    let cli = cli();
    let climb = "../".repeat(64);
    cli.write("climb.plan", &format!("set {climb}a \"x\"\n"));
    cli.check("replay climb.plan --adapter fs", 3, &["use fewer `..`"]);
}

#[test]
fn a_folder_for_failures_that_cannot_be_made_is_found_before_the_campaign() {
    let cli = cli();
    cli.write("file", "");
    let words = ["error: plans of failures cannot be written to file/below"];
    cli.check("conform --adapter memory --failures file/below", 2, &words);
}

#[test]
fn a_regression_plan_with_a_bad_line_is_found_before_the_campaign() {
    let cli = cli();
    cli.write("bad.plan", "set a\n");
    let words = ["bad.plan:1:"];
    cli.check("conform --adapter memory --regressions .", 2, &words);
}

#[test]
fn a_store_without_failures_conforms() {
    let cli = cli();
    let text = cli.check("conform --adapter memory:async --cases 20 --quiet", 0, &[]);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("memory:async conforms"), "{text}");
}

#[test]
fn each_failure_has_a_command_that_shows_it_again() {
    let cli = cli();
    let arguments = format!("{DISAGREES} --failures found --report report.json");
    let text = cli.check(&arguments, 1, &["failure 1: ", "memory does not conform"]);
    let again = format!("again: {} ", env!("CARGO_BIN_EXE_zarr-conform"));
    let commands: Vec<&str> =
        text.lines().filter_map(|line| line.trim().strip_prefix(&*again)).collect();
    assert!(!commands.is_empty(), "{text}");
    for command in commands {
        cli.check(command, 1, &["disagree"]);
    }
}

#[test]
fn a_plan_is_exported_by_the_dialect_of_an_adapter() {
    let cli = cli();
    cli.write("a.plan", "set a \"x\"\nget_partial a 1..\n");
    let rust = ["store.get_partial(&key(\"a\"), ByteRange::FromStart(1, None))", "&[\"0x\"]"];
    cli.check("export a.plan --as rust --adapter memory", 0, &rust);
    cli.check("export a.plan --as markdown", 0, &["## A wrong answer to `get_partial a 1..`"]);
    cli.check("export a.plan --as zarr-python --to a.py", 0, &[]);
    assert!(cli.read("a.py").contains("await check(\"get_partial a 1..\", value(store, \"a\""));
    cli.check("export nope.plan --as rust", 2, &["the plan nope.plan cannot be read"]);
    cli.check("export a.plan --as c", 2, &["[possible values: rust, markdown, zarr-python]"]);
}

#[test]
fn plain_text_is_printed_where_there_is_no_terminal() {
    let cli = cli();
    let text = cli.check(DISAGREES, 1, &[]);
    assert!(!text.contains('\x1b'), "{text}");
}

#[test]
fn failures_go_to_a_folder_of_their_own_unless_it_is_said() {
    let cli = cli();
    cli.check(&format!("{DISAGREES} --quiet"), 1, &[]);
    let folder = cli.path("zarr-conform-failures");
    let is_plan = |path: &Path| path.extension().is_some_and(|ending| ending == "plan");
    let entries = std::fs::read_dir(folder).expect("the folder was made");
    let names = entries.map(|entry| entry.expect("an entry").path());
    let names: Vec<_> = names.collect();
    assert!(!names.is_empty() && names.iter().all(|name| is_plan(name)), "{names:?}");
}

#[test]
fn a_known_issue_is_listed_and_the_others_stay_failures() {
    let cli = cli();
    cli.write("known.toml", SUFFIX_PANICS);
    let words = ["failure 1: ", "known suffix: get_partial: panic (", " times)"];
    let arguments = "conform --adapter memory --cases 64 --known-issues known.toml --quiet";
    let text = cli.check(arguments, 1, &words);
    assert_eq!(text.matches("suffix longer than the value").count(), 1, "{text}");
}

#[test]
fn a_known_issue_that_no_longer_shows_is_a_failure() {
    let cli = cli();
    cli.write("known.toml", SUFFIX_PANICS);
    let arguments = "conform --adapter memory:async --cases 20 --known-issues known.toml --quiet";
    cli.check(arguments, 1, &["known suffix: no longer shows"]);
}

#[test]
fn known_issues_that_cannot_be_read_are_told_where_and_why() {
    let cli = cli();
    cli.write("bad.toml", &SUFFIX_PANICS.replace("R4", "R99"));
    let check = |file, words| {
        cli.check(&format!("conform --adapter memory --known-issues {file}"), 2, words);
    };
    check("bad.toml", &["error: bad.toml: the known issue `suffix` names the clause `R99`"]);
    check("nope.toml", &["known issues cannot be read from nope.toml", "or none"]);
}

#[test]
fn all_short_plans_are_played_in_place_of_drawn_ones() {
    let arguments = "conform --adapter memory:async --exhaustive 2";
    cli().check(arguments, 0, &["memory:async conforms: no failures", "planted bug"]);
}

#[test]
fn drawn_plans_and_all_plans_are_not_asked_for_together() {
    for option in ["--cases", "--steps"] {
        let words = ["--exhaustive", "cannot be used with", option];
        cli().check(&format!("conform --adapter memory --exhaustive 1 {option} 9"), 2, &words);
    }
}

#[test]
fn all_plans_that_nobody_can_wait_for_are_refused() {
    cli().check("conform --adapter memory --exhaustive 99", 2, &["error: ", "shorter ones"]);
}

#[test]
fn a_goal_that_is_missed_proves_too_little() {
    let arguments = "conform --adapter memory:async --cases 20 --require R1,X9 --quiet";
    let words = ["little was proved:\n  X9 was never exercised"];
    cli().check(arguments, 3, &words);
    cli().check("conform --adapter memory:async --cases 20 --require none", 0, &[]);
}

#[test]
fn an_unknown_goal_gets_the_goals() {
    let words = ["there is no goal `nope`: give none, or some of R1, ", "thousand_keys"];
    cli().check("conform --adapter memory --require R1,nope", 2, &words);
}

#[test]
fn a_bug_is_planted_unless_it_is_turned_off() {
    let check = |option, planted| {
        let arguments = format!("conform --adapter memory:async --cases 20 {option}");
        let text = cli().check(&arguments, 0, &[]);
        assert_eq!(text.contains("the planted bug"), planted, "{text}");
    };
    check("", true);
    check("--no-planted-bug", false);
}

#[test]
fn a_calibration_has_a_row_for_each_bug_and_a_score() {
    let text = cli().check(
        "calibrate --adapter memory --mutants M05,M03",
        0,
        &["memory: 2 of 2 bugs found (100.0 %), 2 of 2 plans at the known minimum"],
    );
    let rows: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(rows, ["bug", "M03", "M05", "memory:"], "{text}");
}

#[test]
fn an_unknown_bug_gets_the_bugs() {
    let words = ["there is no bug `M99`: give public, library, all", "  M01 set_truncates_large\n"];
    cli().check("calibrate --adapter memory --mutants M03,M99", 2, &words);
}

#[test]
fn a_bug_that_is_not_found_fails_the_calibration_unless_it_may() {
    // It takes three operations, and no plan has so many.
    let short = "calibrate --adapter memory --mutants M24,M01 --cases 3 --steps 2";
    let words = ["\nM24 erase_many_stops        no", "memory: 1 of 2 bugs found (50.0 %)"];
    cli().check(short, 1, &words);
    cli().check(&format!("{short} --min-score 0.5"), 0, &words);
}

#[test]
fn bugs_that_cannot_be_asked_for_test_nothing() {
    let words = [
        "C01 torn_set           needs callers at the same time: not asked",
        "N28 reopen_loses_last  needs `reopen`: not asked",
        "nothing was tested",
    ];
    cli().check("calibrate --adapter memory --mutants C01,N28", 3, &words);
}

#[test]
fn the_calibration_is_the_same_on_any_number_of_threads() {
    let cli = cli();
    for jobs in [1, 3] {
        let arguments = format!(
            "calibrate --adapter memory --mutants M03,M11,N01 --seeds 3 --seed 0x5eed --show --jobs {jobs} --report {jobs}.json"
        );
        let words = ["M03 overwrite_keeps_tail    3/3", "    get a; set a \"\"; get a"];
        cli.check(&arguments, 0, &words);
    }
    let before_times =
        |json: String| json.split_once("\n  \"times\": {").map(|(before, _)| before.to_owned());
    let (one, three) = (before_times(cli.read("1.json")), before_times(cli.read("3.json")));
    assert!(one.is_some(), "a report has times");
    assert_eq!(one, three);
}

#[test]
fn a_server_means_nothing_to_adapters_on_none() {
    let words = ["`memory` is on no server, so --url means nothing to it"];
    cli().check("conform --adapter memory --url s3://bucket", 2, &words);
}

#[test]
fn failures_are_written_as_known_issues_that_make_the_next_run_green() {
    let cli = cli();
    let disagrees = format!("{DISAGREES} --write-known-issues issues.toml --quiet");
    cli.check(&disagrees, 1, &["memory does not conform"]);
    assert!(cli.read("issues.toml").contains("[[issue]]\nid = \""), "{}", cli.read("issues.toml"));
    let known = "conform --adapter memory --cases 40 --known-issues issues.toml --require none";
    cli.check(known, 0, &["memory conforms but for"]);
}

#[test]
fn known_issues_are_listed_with_whether_they_show() {
    let cli = cli();
    cli.check("known-issues --adapter memory", 0, &["memory: 3 of 3 known issues show"]);
    cli.check("known-issues --adapter nothing", 2, &["nothing"]);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_failure_that_takes_a_fault_is_a_plan_that_replays() {
    let cli = cli();
    let faults = "conform --adapter fs --machine faults --cases 1 --known-issues none";
    let text = cli.check(faults, 1, &["fail write#1 EIO: set a \"a\"", "faults struck"]);
    let again = text.lines().find_map(|line| line.trim().strip_prefix("again: "));
    let arguments = again.and_then(|again| again.split_once(' ')).expect("it says how to replay").1;
    cli.check(arguments, 1, &["answers disagree"]);
    let missed = "zarr-conform plan 2\nfail write#9 EIO: set a \"a\"\n";
    cli.write("missed.plan", missed);
    cli.check("replay missed.plan --adapter fs", 1, &["did not strike"]);
    cli.check("conform --adapter memory --machine faults --cases 1", 3, &["no fault struck"]);
}

#[test]
fn a_passport_says_what_a_store_does_and_what_to_declare() {
    let declare = "to declare it: `dialect.order = ListOrder::Bytes;`";
    let cli = cli();
    cli.check("passport --adapter memory:async", 0, &["passport of memory:async", declare]);
    // What is wrong with this one is known.
    let known = "known: memory-offset-panics";
    cli.check("passport --adapter memory --format md", 0, &["# Passport of `memory`", known]);
    let json = cli.check("passport --adapter memory --format json", 0, &["\"holds\": true"]);
    assert!(json.starts_with("{\n  \"version\": 1,"), "{json}");
    cli.check("passport --adapter memory --write pages", 2, &["--all"]);
    let page = "<title>passport of memory</title>";
    cli.check("passport --adapter memory --format html", 0, &[page, "not asked"]);
    cli.check("passport --all --format html", 2, &["--adapter NAME"]);
}

#[test]
fn badges_are_pictures_and_what_badge_services_read() {
    let cli = cli();
    cli.check("passport --adapter memory:async --badge badges", 0, &[]);
    let json = cli.read("badges/memory-async.json");
    assert!(json.contains("\"message\": \"kept as declared\""), "{json}");
    assert!(cli.read("badges/memory-async.svg").starts_with("<svg "));
}
