//! Which plans may be played on a store, and the model that they start from.
//!
//! A store that maps keys to paths and does not guard its root can erase what is above it. So names
//! with `..` are neither drawn, nor proposed by shrinking, nor replayed beyond `Dialect::climb`,
//! which an adapter declares when it keeps the root that deep inside a sandbox.

use std::sync::Arc;

use zarr_conform_model::plan::Fault;
use zarr_conform_model::{Names, Operation, Plan, ReferenceModel};
use zarr_conform_store::Adapter;

/// The model of an empty store for a plan.
pub(crate) fn empty(adapter: &dyn Adapter, plan: &Plan) -> ReferenceModel {
    empty_over(adapter, plan.names())
}

/// The model of an empty store over a table of names.
pub(super) fn empty_over(adapter: &dyn Adapter, names: &Arc<Names>) -> ReferenceModel {
    let own = adapter.model(names);
    own.unwrap_or_else(|| ReferenceModel::new(Arc::clone(names), adapter.declared()))
}

/// A plan that must not be played on an adapter's stores.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefusedPlan {
    /// It writes more than the model can hold.
    #[error(
        "the plan writes a part of a value beyond {most} bytes, which the model would have to hold: \
         use a smaller offset"
    )]
    TooFar {
        /// The longest value that is written in parts.
        most: u64,
    },
    /// Something goes wrong on the way to the store in it.
    #[error(
        "the plan has faults, such as `{fault}`, and this machine cannot inject them: use `.faults()` \
         or `--machine faults`, or take them out"
    )]
    Faults {
        /// The first of them.
        fault: Fault,
    },
    /// Callers ask at the same time in it.
    #[error(
        "in the plan, callers ask at the same time{beside}: it is played by a program with the feature \
         `faults`, without faults"
    )]
    Together {
        /// What else is in the way.
        beside: &'static str,
    },
    /// It names paths above the root of the stores, which they may not guard.
    #[error(
        "the plan names a path {climb} levels above the store's root, and {adapter} allows \
         {allowed}: use fewer `..`, or keep the root deeper inside a sandbox and declare it as \
         `Dialect::climb`"
    )]
    Climbs {
        /// How many levels.
        climb: usize,
        /// How many the adapter allows.
        allowed: usize,
        /// The adapter's name.
        adapter: String,
    },
}

/// Why a plan must not be played on this adapter's stores, if it must not.
pub(crate) fn refusal(adapter: &dyn Adapter, plan: &Plan) -> Option<RefusedPlan> {
    if plan.together().is_some() && (plan.has_faults() || !cfg!(feature = "faults")) {
        let beside = if plan.has_faults() { " and something goes wrong" } else { "" };
        return Some(RefusedPlan::Together { beside });
    }
    if let Some(fault) = plan.steps().iter().find_map(|step| step.fault)
        && !adapter.injects()
    {
        return Some(RefusedPlan::Faults { fault });
    }
    let far = plan.operations().flat_map(Operation::patches).any(|patch| {
        let end = patch.offset.saturating_add(patch.value.len() as u64);
        // What begins behind all that can be is refused by every store, or lost.
        let is_behind_all = patch.offset >= Operation::BEHIND_ALL;
        !patch.value.is_empty() && end > Operation::LONGEST_PATCHED_VALUE && !is_behind_all
    });
    if far {
        return Some(RefusedPlan::TooFar { most: Operation::LONGEST_PATCHED_VALUE });
    }
    climbing(adapter, plan)
}

/// [`refusal`] for what a generator might draw.
pub(crate) fn climbing(adapter: &dyn Adapter, plan: &Plan) -> Option<RefusedPlan> {
    let (climb, allowed) = (plan.names().climb(), adapter.dialect().climb);
    let adapter = || adapter.name().to_owned();
    (climb > allowed).then(|| RefusedPlan::Climbs { climb, allowed, adapter: adapter() })
}
