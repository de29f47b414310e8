//! A failure that shows through a library is reported as one of whose fault it is.

mod forgetful;

use std::sync::Arc;

use forgetful::Forgetful;
use zarr_conform_hierarchy::{Hierarchy, Zarrs};
use zarr_conform_machines::model::{Operation, Plan};
use zarr_conform_machines::mutants::{Mutant, Planted};
use zarr_conform_machines::store::Adapter;
use zarr_conform_machines::{KnownIssue, Machine, Report};
use zarr_conform_memory::MemoryAdapter;

fn asks_nodes(plan: &Plan) -> bool {
    plan.operations().any(|operation| matches!(operation, Operation::Node(_)))
}

fn run(hierarchy: Hierarchy) -> Machine {
    Machine::of(hierarchy).cases(32).time_budget(None).planted_bug(false).required_goals([])
}

fn failures_of(hierarchy: Hierarchy) -> Report {
    run(hierarchy).run()
}

#[test]
fn a_bug_of_the_store_is_shown_by_keys_alone_with_what_the_library_makes_of_it() {
    let store = Planted::new(Arc::new(MemoryAdapter::asynchronous()), Mutant::H04);
    let report = failures_of(Hierarchy::over(Arc::new(store)));
    assert!(!report.failures.is_empty(), "{report}");
    for failure in &report.failures {
        assert!(!asks_nodes(&failure.plan), "{report}");
        assert!(failure.lines.iter().any(|line| !line.agrees), "{report}");
        assert!(failure.symptoms.iter().any(|symptom| asks_nodes(&symptom.plan)), "{report}");
    }
}

#[test]
fn what_is_known_of_the_store_is_known_through_the_library() {
    let store: Arc<dyn Adapter> =
        Arc::new(Planted::new(Arc::new(MemoryAdapter::asynchronous()), Mutant::H04));
    let report = failures_of(Hierarchy::over(Arc::clone(&store)));
    let [failure] = &report.failures[..] else { panic!("one failure: {report}") };
    let issue = KnownIssue::new("rewrite", &failure.signature, "planted");
    let mut issues = KnownIssue::read(Hierarchy::over(Arc::clone(&store)).known_issues())
        .expect("they can be read");
    issues.push(issue);
    let report = run(Hierarchy::over(store)).known_issues(issues).run();
    assert!(report.failures.is_empty(), "{report}");
    assert!(report.known.iter().any(|known| known.id == "rewrite"), "{report}");
}

#[test]
fn a_bug_of_the_library_is_shown_by_nodes() {
    let library = Arc::new(Forgetful(Zarrs::new()));
    let store = Arc::new(MemoryAdapter::asynchronous());
    let report = failures_of(Hierarchy::with_library(store, library));
    let of_erasing = report.failures.iter().find(|failure| {
        failure.plan.to_string().contains("erase_chunk") && asks_nodes(&failure.plan)
    });
    assert!(of_erasing.is_some(), "{report}");
}
