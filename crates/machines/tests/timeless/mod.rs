//! What a report says that is the same in every run.

use zarr_conform_machines::Report;

/// The report as JSON, without how long it took.
pub(crate) fn timeless(report: &Report) -> serde_json::Value {
    let mut json: serde_json::Value = serde_json::from_str(&report.to_json()).expect("it is JSON");
    json.as_object_mut().expect("it is an object").remove("times");
    json
}
