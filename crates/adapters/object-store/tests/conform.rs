//! That each variant without a server conforms but for what is known.

use zarr_conform_machines::Machine;
use zarr_conform_machines::store::Adapter;
use zarr_conform_object_store::ObjectStoreAdapter;

#[test]
fn every_variant_conforms_but_for_what_is_known() {
    for adapter in ObjectStoreAdapter::all() {
        let name = adapter.name().to_owned();
        // A thousand keys in files, slowed down or behind a limit take long.
        let machine = Machine::of(adapter).cases(64).jobs(2).time_budget(None).required_goals([]);
        let report = machine.run();
        assert!(report.conforms(), "{name}:\n{report}");
        assert!(!report.known.is_empty(), "{name}");
    }
}
