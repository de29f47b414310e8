//! Whose fault a failure of a library over a store is: what the library asked is played on the store
//! alone.
//!
//! What a library asks of the store below it, while a plan is played, is a plan as well. If an
//! answer is wrong there, the failure is the store's: it is made small as a plan of keys, and has
//! the plan of nodes as a symptom. So one bug of a store is one failure however many questions of a
//! library it spoils, and what is known of a store is known through a library too. A plan that asks
//! for no node is for the store below, wherever it is played.

use std::sync::Arc;

use zarr_conform_model::{Operation, Plan};
use zarr_conform_store::{Adapter, Trace};

use crate::finding::finding::Finding;
use crate::play::panics;
use crate::play::watch::{Limits, guarded};
use crate::triage::verdict::verdict;

/// The adapter that a plan is for: that of the stores below the library if the plan asks for no
/// node.
pub(crate) fn adapter_of<'a>(adapter: &'a Arc<dyn Adapter>, plan: &Plan) -> &'a Arc<dyn Adapter> {
    let is_on_node = |operation: &Operation| matches!(operation, Operation::Node(_));
    match adapter.layered() {
        Some(layered) if !plan.operations().any(is_on_node) => layered.below(),
        _ => adapter,
    }
}

/// The failure of the store below a library that shows when a plan is played on the library, if one
/// does: everything up to the first wrong answer that the store gave the library.
pub(super) fn failure_below(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    limits: &Limits,
) -> Option<Finding> {
    let below = adapter.layered()?.below();
    let asked = asked_below(adapter, plan, limits);
    let (at, disagreement) = verdict(below, &asked, limits, None).disagreement?;
    Some(Finding::new(asked.first(at + 1), &disagreement))
}

/// Everything that the store below a library is asked while a plan is played.
fn asked_below(adapter: &Arc<dyn Adapter>, plan: &Plan, limits: &Limits) -> Plan {
    let trace = Arc::new(Trace::default());
    let (adapter, played, recorded) = (Arc::clone(adapter), plan.clone(), Arc::clone(&trace));
    // One that hangs leaves what it was asked until then.
    let _ = guarded(limits, move |pulse| {
        let opened = panics::catch(|| adapter.layered()?.open_traced(recorded).ok());
        let Ok(Some(mut store)) = opened else { return };
        for operation in played.operations() {
            pulse.beat();
            let _ = panics::catch(|| store.answer(played.names(), operation));
        }
    });
    trace.plan()
}
