//! Plays a plan on an array library over an in-memory store, and holds the answers against the model.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use zarr_conform_hierarchy::{ArrayLibrary, Hierarchy, Zarrs};
use zarr_conform_memory::MemoryAdapter;
use zarr_conform_model::{HierarchyModel, Model, Outcome, Plan, Want};
use zarr_conform_store::Adapter;

/// Plays `plan` on `zarrs`, and gives what goes wrong.
pub(crate) fn disagreements(plan: &str) -> String {
    disagreements_of(Arc::new(Zarrs::new()), plan)
}

/// Plays `plan` on a library, and gives a line for each answer that the model does not allow, and
/// for each of which it knows nothing.
pub(crate) fn disagreements_of(library: Arc<dyn ArrayLibrary>, plan: &str) -> String {
    let plan: Plan = plan.parse().expect("a plan");
    let adapter = Hierarchy::with_library(Arc::new(MemoryAdapter::asynchronous()), library);
    let mut store = adapter.open().expect("a store");
    let mut model = HierarchyModel::new(plan.names().clone(), adapter.declared());
    let mut found = String::new();
    for operation in plan.operations() {
        let asked = operation.display(plan.names());
        let answer = AssertUnwindSafe(|| store.answer(plan.names(), operation));
        let outcome = catch_unwind(answer).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<&str>().map(ToString::to_string);
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Outcome::Panicked(text.unwrap_or_default())
        });
        let expected = model.expect(operation);
        if expected.wanted == Want::Anything {
            writeln!(found, "{asked}: nothing is known").expect("a line");
        } else if expected.judge(&outcome).is_err() {
            let wanted = &expected.wanted;
            writeln!(found, "{asked}: want {wanted} got {outcome}").expect("a line");
        } else {
            model.advance(operation, &outcome);
        }
    }
    found
}
