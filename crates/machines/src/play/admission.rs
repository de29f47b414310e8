//! Which plans may be played on a store, and the model that they start from.
//!
//! A store that maps keys to paths and does not guard its root can erase what is above it. So names
//! with `..` are neither drawn, nor proposed by shrinking, nor replayed beyond `Dialect::climb`,
//! which an adapter declares when it keeps the root that deep inside a sandbox.

use std::sync::Arc;

use zarr_conform_model::{Operation, Plan, ReferenceModel};
use zarr_conform_store::Adapter;

/// The model of an empty store for a plan.
pub(crate) fn empty(adapter: &dyn Adapter, plan: &Plan) -> ReferenceModel {
    ReferenceModel::new(Arc::clone(plan.names()), adapter.dialect())
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
