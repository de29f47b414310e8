//! That each variant conforms but for what is known, and has been asked what it is there for.

use zarr_conform_machines::Machine;
use zarr_conform_machines::model::Clause;
use zarr_conform_machines::store::Adapter;
use zarr_conform_memory::MemoryAdapter;

#[test]
fn every_variant_conforms_but_for_what_is_known() {
    for adapter in MemoryAdapter::all() {
        let differential = adapter.capabilities().differential;
        let report = Machine::of(adapter).cases(128).jobs(2).run();
        assert!(report.conforms(), "{}:\n{report}", adapter.name());
        let compared = report.clauses.iter().find(|count| count.clause == Clause::O10);
        let compared = compared.map_or(0, |count| count.questions);
        assert_eq!(compared > 10_000, differential, "{}: {compared}", adapter.name());
    }
}

#[test]
fn variants_over_the_synchronous_store_have_its_issues() {
    for adapter in MemoryAdapter::all() {
        let machine = Machine::of(adapter).cases(64).jobs(2).known_issues([]);
        let report = machine.run();
        // What is read by other functions panics beyond any value alone.
        let panics = report
            .failures
            .iter()
            .filter(|failure| failure.clause == Clause::R4 && failure.signature.contains("panic"));
        let is_known = adapter.known_issues().contains("memory-suffix-panics");
        assert_eq!(panics.count() > 0, is_known, "{}", adapter.name());
    }
}
