//! The checks of the hierarchy machine find what no rule asks for.

use std::sync::Arc;

use zarr_conform_hierarchy::Hierarchy;
use zarr_conform_machines::Machine;
use zarr_conform_machines::mutants::{Mutant, Planted};
use zarr_conform_machines::rules::hierarchy_rules;
use zarr_conform_memory::MemoryAdapter;

/// Plays some rules alone on a bug, and sees that a question of a check is the one that shows it.
#[track_caller]
fn check(mutant: Mutant, rules: &[&str], shown_by: &str, cases: u64) {
    let all = hierarchy_rules().into_iter();
    let played: Vec<_> = all.filter(|rule| rules.contains(&rule.name())).collect();
    assert_eq!(played.len(), rules.len(), "each of {rules:?} is a rule");
    let asked = |rule: &zarr_conform_machines::rules::Rule<_>| rule.asks().name() == shown_by;
    assert!(!played.iter().any(asked), "no rule asks `{shown_by}`");
    let hierarchy = Hierarchy::over(Arc::new(MemoryAdapter::asynchronous()));
    let machine = Machine::of(Planted::new(Arc::new(hierarchy), mutant)).hierarchy_rules(played);
    let machine = machine.cases(cases).time_budget(None).planted_bug(false).required_goals([]);
    let report = machine.known_issues([]).run();
    let shown = |signature: &str| signature.starts_with(&format!("{shown_by}:"));
    assert!(
        report.failures.iter().any(|failure| shown(&failure.signature)
            || failure.symptoms.iter().any(|symptom| shown(&symptom.signature))),
        "{mutant} shows in `{shown_by}`:\n{report}"
    );
}

#[test]
fn the_keys_after_a_write() {
    check(Mutant::H01, &["add_array", "write_chunk", "set_attributes"], "list", 200);
}

#[test]
fn the_elements_of_an_array_that_was_touched() {
    check(Mutant::L01, &["add_array"], "read_array", 200);
}

#[test]
fn the_metadata_of_a_node_that_was_touched() {
    check(Mutant::H08, &["add_group", "set_attributes"], "get_metadata", 200);
}

#[test]
fn the_bytes_of_chunks() {
    check(Mutant::L03, &["add_array", "write_chunk"], "get_chunk", 1_600);
}

#[test]
fn the_directories_at_the_end() {
    check(Mutant::H06, &["add_array", "write_chunk"], "walk", 200);
}
