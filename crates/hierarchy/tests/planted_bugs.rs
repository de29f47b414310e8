//! The bugs that take groups and arrays to be seen are found, by plans that are short enough.

use std::sync::Arc;

use zarr_conform_hierarchy::Hierarchy;
use zarr_conform_machines::Machine;
use zarr_conform_machines::mutants::Mutant;
use zarr_conform_memory::MemoryAdapter;

/// How many operations a plan may have more than the shortest one that is known.
const MOST_EXCESS: usize = 2;

#[test]
fn every_bug_is_found_with_a_short_plan() {
    let adapter = Arc::new(MemoryAdapter::asynchronous());
    let bugs = Mutant::ALL.iter().copied().filter(|mutant| mutant.needs_library());
    let mut searched = 0;
    for mutant in bugs {
        let machine = Machine::of(Hierarchy::over(adapter.clone())).time_budget(None);
        let found = machine.calibrate(mutant).sighting;
        let sighting = found.unwrap_or_else(|| panic!("{mutant} was not found"));
        assert!(sighting.excess(mutant) <= MOST_EXCESS, "{mutant}: {:?}", sighting.plan);
        searched += 1;
    }
    assert_eq!(searched, 37);
}

#[test]
fn zarrs_conforms_but_for_what_is_known_on_any_number_of_threads() {
    let machine = || {
        let hierarchy = Hierarchy::over(Arc::new(MemoryAdapter::asynchronous()));
        Machine::of(hierarchy).cases(64).time_budget(None).planted_bug(false)
    };
    let (one, two) = (machine().jobs(1).run(), machine().jobs(2).run());
    one.assert_conforms();
    let json = |report: &zarr_conform_machines::Report| {
        let mut json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        json.as_object_mut().unwrap().remove("times");
        json
    };
    assert_eq!(json(&one), json(&two));
}
