//! That each variant without a server conforms but for what is known.

use zarr_conform_machines::Machine;
use zarr_conform_machines::model::Adapter;
use zarr_conform_opendal::OpendalAdapter;

#[test]
fn every_variant_conforms_but_for_what_is_known() {
    for adapter in OpendalAdapter::all() {
        let name = adapter.name().to_owned();
        let report = Machine::of(adapter).cases(24).jobs(2).time_budget(None).run();
        assert!(report.conforms(), "{name}:\n{report}");
        assert!(!report.known.is_empty(), "{name}");
    }
}
