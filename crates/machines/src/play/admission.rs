//! Which plans may be played on a store, and the model that they start from.

use std::sync::Arc;

use zarr_conform_model::{Names, Operation, Plan, ReferenceModel};
use zarr_conform_store::Adapter;

/// The model of an empty store for a plan.
pub(crate) fn empty(adapter: &dyn Adapter, plan: &Plan) -> ReferenceModel {
    empty_over(adapter, plan.names())
}

/// The model of an empty store over a table of names.
pub(crate) fn empty_over(adapter: &dyn Adapter, names: &Arc<Names>) -> ReferenceModel {
    let own = adapter.model(names);
    own.unwrap_or_else(|| ReferenceModel::new(Arc::clone(names), adapter.dialect()))
}

/// Why a plan must not be played on this adapter's stores, if it must not: it names paths above
/// their root that they may not guard, or writes more than the model can hold.
pub(crate) fn refusal(adapter: &dyn Adapter, plan: &Plan) -> Option<String> {
    let far = plan.operations().iter().flat_map(Operation::patches).any(|patch| {
        let end = patch.offset.checked_add(patch.value.len() as u64);
        !patch.value.is_empty() && end.is_none_or(|end| end > Operation::LONGEST_PATCHED_VALUE)
    });
    if far {
        let most = Operation::LONGEST_PATCHED_VALUE;
        return Some(format!(
            "the plan writes a part of a value beyond {most} bytes, which the model would have to \
             hold: use a smaller offset"
        ));
    }
    climbing(adapter, plan)
}

/// [`refusal`] for what a generator might draw.
pub(crate) fn climbing(adapter: &dyn Adapter, plan: &Plan) -> Option<String> {
    let (climb, allowed) = (plan.names().climb(), adapter.dialect().climb);
    (climb > allowed).then(|| {
        format!(
            "the plan names a path {climb} levels above the store's root, and {} allows {allowed}: \
             use fewer `..`, or keep the root deeper inside a sandbox and declare it as \
             `Dialect::climb`",
            adapter.name()
        )
    })
}
