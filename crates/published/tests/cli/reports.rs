//! What `--report` writes, and what `report` and `merge` make of it.

use zarr_conform_published::Optional;

use super::{DISAGREES, cli};

#[test]
fn a_report_that_cannot_be_written_is_found_before_the_campaign() {
    let words = ["the report cannot be written to nope/report.json", "give --report a file"];
    cli().check("conform --adapter memory --report nope/report.json", 2, &words);
}

#[test]
fn the_report_is_the_same_on_any_number_of_threads() {
    let cli = cli();
    for jobs in [1, 2] {
        let arguments = format!("{DISAGREES} --jobs {jobs} --report {jobs}.json");
        cli.check(&arguments, 1, &[]);
    }
    let (one, two) = (cli.read("1.json"), cli.read("2.json"));
    assert!(one.contains("\"jobs\": 1") && two.contains("\"jobs\": 2"), "{one}");
    assert_eq!(without_times(&one), without_times(&two));
}

#[test]
fn a_new_report_replaces_the_longer_one_before_it() {
    let cli = cli();
    cli.write("report.json", &"x".repeat(1 << 20));
    cli.check("conform --adapter memory:async --cases 2 --report report.json", 0, &[]);
    let json = cli.read("report.json");
    assert!(json.starts_with("{\n") && json.ends_with("}\n"), "{json}");
}

#[test]
fn the_ending_of_the_file_says_how_a_report_is_written() {
    let cli = cli();
    // One campaign, in every form.
    let reports = ["json", "html", "xml", "md"].map(|ending| format!("--report report.{ending}"));
    cli.check(&format!("{DISAGREES} {}", reports.join(" ")), 1, &[]);
    for (ending, form, words) in [
        ("html", "html", "<!DOCTYPE html>"),
        ("xml", "junit", "<testsuites "),
        ("md", "markdown", "# memory does not conform"),
    ] {
        let written = cli.read(&format!("report.{ending}"));
        let shown = cli.check(&format!("report report.json --as {form}"), 0, &[words]);
        assert_eq!(shown.trim_end(), written.trim_end(), "{ending}");
        cli.check(&format!("report report.json --to shown.{ending}"), 0, &[]);
        assert_eq!(cli.read(&format!("shown.{ending}")).trim_end(), shown.trim_end());
    }
    let words = ["the ending of report.pdf names no form of a report: give it one of .json, "];
    cli.check(&format!("{DISAGREES} --report new.json --report report.pdf"), 2, &words);
    assert!(!cli.path("new.json").exists(), "no file is made where another one cannot be");
}

#[test]
fn shards_that_are_merged_are_the_whole_campaign() {
    let cli = cli();
    let conform = "conform --adapter memory --seed 7 --cases 60 --steps 50 --known-issues none";
    cli.check(&format!("{conform} --report whole.json"), 1, &[]);
    for shard in 1..=4 {
        let words = format!("shard {shard} of 4 of memory, seed 0x7: ");
        cli.check(&format!("{conform} --shard {shard}/4 --report {shard}.json"), 0, &[&words]);
    }
    let merge = "merge 1.json 2.json 3.json 4.json --known-issues none --report merged.json";
    cli.check(merge, 1, &["memory does not conform"]);
    assert_eq!(without_times(&cli.read("merged.json")), without_times(&cli.read("whole.json")));
    cli.check("merge 1.json 4.json", 2, &["of 4 shards these are missing: 2, 3"]);
    cli.check("merge merged.json", 2, &["merged.json: this is not a part of a campaign"]);
    cli.check(&format!("{conform} --shard 1/4"), 2, &["--report <FILE>"]);
    let words = ["give --report a file that ends in .json"];
    cli.check(&format!("{conform} --shard 1/4 --report part.html"), 2, &words);
    let words = ["one file for the part of a shard: give --report once"];
    cli.check(&format!("{conform} --shard 1/4 --report a.json --report b.json"), 2, &words);
    cli.check(&format!("{conform} --shard 0/4 --report part.json"), 2, &["counted from 1"]);
}

#[test]
fn all_stores_are_compared_on_one_page_that_leads_to_their_plans() {
    let cli = cli();
    let all = "conform --all --report out --cases 4 --require none --quiet --known-issues none";
    let words = ["memory:async conforms", "fs does not conform", "out/index.html compares them"];
    let text = cli.check(all, 1, &words);
    for Optional { name, .. } in Optional::lacking() {
        assert!(text.contains(&format!("{name} was not tested: ")), "{text}");
    }
    let page = cli.read("out/index.html");
    for described in zarr_conform_published::adapters() {
        let (name, is_tested) = (described.name(), described.adapter().is_some());
        let words = if is_tested { format!(">{name}</a>") } else { format!("<code>{name}</code>") };
        assert!(page.contains(&words), "{name}");
    }
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let links: Vec<&str> = links.collect();
    assert!(links.iter().any(|link| link.ends_with("#failure-1")), "{links:?}");
    for link in links {
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let shown = cli.read(&format!("out/{file}"));
        let is_there = anchor.is_empty() || shown.contains(&format!(" id=\"{anchor}\""));
        assert!(is_there, "{link}");
    }
    // The saved reports alone give the same page, but for what was not tested.
    cli.check("report out/memory-store.json out/fs-store.json --to two", 0, &[]);
    assert!(cli.read("two/index.html").contains("2 stores against the contract"));
    cli.check("report out/memory-store.json out/fs-store.json", 2, &["give --to DIR"]);
    cli.check("conform --all", 2, &["--report <FILE>"]);
    cli.check("conform --all --report a --report b", 2, &["give --report once"]);
}

#[test]
fn a_report_that_is_none_is_told_why() {
    let cli = cli();
    cli.write("bad.json", "{}");
    cli.write("old.json", r#"{"version": 3}"#);
    cli.check("report bad.json", 2, &["bad.json: this is not a report: missing field `version`"]);
    cli.check("report old.json", 2, &["old.json: the report is of version 3, and this program"]);
    cli.check("report nope.json", 2, &["the report nope.json cannot be read"]);
}

#[test]
fn the_page_of_a_campaign_has_the_passport_of_its_store() {
    let cli = cli();
    let conform = "conform --adapter memory:async --cases 2 --require none --quiet";
    cli.check(&format!("{conform} --passport --report page.json"), 2, &["ends with .html"]);
    cli.check(&format!("{conform} --passport"), 2, &["--report"]);
    let passport = "<section id=\"passport\">";
    cli.check(&format!("{conform} --report page.html"), 0, &[]);
    assert!(!cli.read("page.html").contains(passport));
    cli.check(&format!("{conform} --passport --report page.json --report page.html"), 0, &[]);
    let page = cli.read("page.html");
    assert!(page.contains(passport) && page.contains("id=\"ranges.suffix_zero\""));
}

/// The report without its last field.
fn without_times(json: &str) -> &str {
    let (before, times) = json.split_once("\n  \"times\": {").expect("a report has times");
    let goes_on = times.lines().any(|line| line.starts_with("  \""));
    assert!(!goes_on, "times is the last field: {times}");
    before
}
