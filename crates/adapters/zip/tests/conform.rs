//! That each variant conforms but for what is known, and that what is packed is there.

use zarr_conform_machines::Machine;
use zarr_conform_machines::store::Adapter;
use zarr_conform_zip::ZipAdapter;

#[test]
fn every_variant_conforms_but_for_what_is_known() {
    // What `zip:deflated` gives for long values is memory that nobody wrote, and other each time.
    let certain = ZipAdapter::all().into_iter().filter(|adapter| adapter.name() != "zip:deflated");
    for adapter in certain {
        let machine = Machine::over_contents(adapter).cases(48).jobs(2).time_budget(None);
        // Archives of a thousand keys are written over and over.
        let report = machine.crowds(false).required_goals([]).run();
        assert!(report.conforms(), "{}:\n{report}", adapter.name());
        assert!(report.known.len() >= 3, "{}:\n{report}", adapter.name());
    }
}

/// Whether an adapter's store answers all of a plan rightly.
fn agrees(adapter: ZipAdapter, plan: &str) -> bool {
    let plan = plan.parse().expect("it is a plan");
    let replay = Machine::over_contents(adapter).replay(&plan).expect("it is played");
    replay.agrees()
}

#[test]
fn compressed_values_are_right_up_to_one_step_of_the_decompressor() {
    let deflated = ZipAdapter::deflated;
    assert!(agrees(deflated(), "set a 65536*#1; get a; get_partial a 65000..65536"));
    assert!(!agrees(deflated(), "set a 90000*#1; get a"));
    assert!(agrees(ZipAdapter::stored(), "set a 90000*#1; get a"));
}

#[test]
fn what_is_beside_the_path_is_not_seen() {
    assert!(agrees(ZipAdapter::below(), "set a/b \"x\"; list; list_dir /; get a; get a/b"));
}
