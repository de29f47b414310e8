//! A campaign in shards, merged, is the whole campaign.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[cfg(feature = "faults")]
mod half_said;

use std::sync::Arc;

use zarr_conform_machines::mutants::{Mutant, Planted, ReferenceAdapter};
use zarr_conform_machines::report::FirstSeen;
use zarr_conform_machines::shards::{MergeError, Part, ShardError};
use zarr_conform_machines::{Machine, Report};
use zarr_conform_memory::MemoryAdapter;
use zarr_conform_model::Dialect;

/// The report as JSON, without how long it took.
fn without_times(report: &Report) -> String {
    let json = report.to_json();
    let (before, times) = json.split_once("\n  \"times\": {").unwrap();
    assert!(!times.lines().any(|line| line.starts_with("  \"")), "times come last");
    before.to_owned()
}

fn planted(mutant: Mutant) -> Machine {
    let reference = Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
    Machine::of(Planted::new(reference, mutant)).environment(false)
}

/// The parts of all shards, each written and read.
fn parts(machine: &Machine, of: u64) -> Vec<Part> {
    let part = |shard| Part::read(&machine.shard(shard, of).unwrap().to_json()).unwrap();
    (1..=of).map(part).collect()
}

/// The whole campaign, which the shards come to as well, in any order.
fn check(machine: &Machine, of: u64) -> Report {
    let whole = machine.run();
    let mut parts = parts(machine, of);
    parts.reverse();
    let merged = machine.clone().jobs(2).merge(parts).unwrap();
    let (merged, wanted) = (without_times(&merged), without_times(&whole));
    let differ = merged.lines().zip(wanted.lines()).find(|(one, other)| one != other);
    assert_eq!(differ, None, "{of} shards");
    assert_eq!(merged, wanted, "{of} shards");
    whole
}

#[test]
fn four_shards_of_a_store_with_a_planted_bug_are_the_whole_campaign() {
    for mutant in [Mutant::M05, Mutant::M11, Mutant::N01] {
        let report = check(&planted(mutant).cases(64), 4);
        assert!(!report.failures.is_empty(), "{mutant}");
    }
}

#[test]
fn shards_of_a_store_that_panics_are_the_whole_campaign() {
    let machine = Machine::of(MemoryAdapter::synchronous()).environment(false).cases(60);
    let report = check(&machine.clone().known_issues([]), 7);
    assert!(report.failures.iter().any(|failure| failure.signature.contains("panic")));
    let report = check(&machine, 3);
    assert!(!report.known.is_empty() && report.conforms(), "{report}");
}

#[cfg(feature = "faults")]
#[test]
fn what_no_shard_saw_on_its_way_is_a_doubt_of_the_merge() {
    let machine = Machine::of(half_said::HalfSaid).environment(false).faults().cases(16);
    let report = check(&machine, 4);
    assert!(
        matches!(report.status, zarr_conform_machines::report::Status::Inconclusive(_)),
        "{report}"
    );
}

#[test]
fn goals_that_all_shards_missed_are_pursued_by_the_merge() {
    let report = check(&Machine::of(MemoryAdapter::asynchronous()).environment(false).cases(5), 4);
    assert!(report.cases_towards_goals > 0, "{report}");
    assert!(report.planted_bug.as_ref().is_some_and(|planted| planted.caught), "{report}");
}

#[test]
fn shards_of_all_short_plans_are_the_whole_campaign() {
    let report = check(&planted(Mutant::M03).exhaustive(2), 4);
    assert!(!report.failures.is_empty(), "its checks show it: {report}");
    let report =
        check(&Machine::of(MemoryAdapter::synchronous()).known_issues([]).exhaustive(2), 4);
    assert!(!report.failures.is_empty(), "{report}");
}

#[test]
fn regression_plans_are_played_once_by_the_merge() {
    let folder = std::env::temp_dir().join(format!("zarr-conform-shards-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("suffix.plan"), "set a \"\"\nget_partial a -1..\n").unwrap();
    let machine = Machine::of(MemoryAdapter::synchronous()).known_issues([]).cases(20);
    let report = check(&machine.regressions(&folder), 2);
    std::fs::remove_dir_all(&folder).unwrap();
    let is_regression = |seen: &FirstSeen| matches!(seen, FirstSeen::Regression(_));
    assert!(report.failures.iter().any(|failure| is_regression(&failure.first_seen)));
}

#[test]
fn parts_that_are_not_all_of_one_campaign_are_refused() {
    let machine = planted(Mutant::M05).cases(16);
    let parts = parts(&machine, 4);
    let say = |machine: &Machine, parts: &[Part]| {
        machine.merge(parts.iter().cloned()).unwrap_err().to_string()
    };
    assert_eq!(
        say(&machine, &parts[1..3]),
        "of 4 shards these are missing: 1, 4; play them, or play them again"
    );
    let twice = [parts.clone(), vec![parts[2].clone()]].concat();
    assert_eq!(say(&machine, &twice), "there are two parts of shard 3: give each once");
    let other = machine.clone().seed(7);
    assert!(say(&other, &parts).ends_with("the seed (0x7 and 0x0) differs"));
    assert!(say(&planted(Mutant::M05).cases(17), &parts).contains("number of cases"));
    let halves = [parts.clone(), vec![machine.shard(1, 2).unwrap()]].concat();
    assert!(matches!(machine.merge(halves), Err(MergeError::Of { .. })));
    assert!(matches!(machine.merge([]), Err(MergeError::None)));
}

#[test]
fn shards_are_counted_from_one() {
    let machine = planted(Mutant::M05).cases(16);
    for shard in [0, 5] {
        assert!(matches!(machine.shard(shard, 4), Err(ShardError::NoSuchShard { .. })));
    }
    assert!(matches!(machine.clone().case(3).shard(1, 4), Err(ShardError::OneCase)));
}

#[test]
fn text_that_is_no_part_is_refused() {
    let json = planted(Mutant::M05).cases(8).shard(1, 1).unwrap().to_json();
    for (from, to) in [
        ("\"version\":2", "\"version\":9"),
        ("\"clauses\":{\"", "\"clauses\":{\"Q"),
        ("\"cases\"", "\"crates\""),
    ] {
        let wrong = json.replacen(from, to, 1);
        assert_ne!(wrong, json);
        assert!(Part::read(&wrong).is_err(), "{to}");
    }
}
