//! That each variant without a server conforms but for what is known.

use zarr_conform_machines::Machine;
use zarr_conform_machines::store::Adapter;
use zarr_conform_opendal::OpendalAdapter;

#[test]
fn every_variant_conforms_but_for_what_is_known() {
    for adapter in OpendalAdapter::all() {
        let name = adapter.name().to_owned();
        // A thousand keys in files take a minute.
        let machine = Machine::of(adapter).cases(48).jobs(2).time_budget(None).required_goals([]);
        let report = machine.run();
        assert!(report.conforms(), "{name}:\n{report}");
        assert!(!report.known.is_empty(), "{name}");
    }
}
