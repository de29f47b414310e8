//! What each caller asks, on a thread of its own or in a future.

use std::sync::Arc;

use zarr_conform_model::plan::Caller;
use zarr_conform_model::{Operation, Outcome, Plan};
use zarr_conform_store::Handle;

use crate::play::panics;
use crate::together::asked::Asked;

/// What a caller asks, each with its position among what all ask.
pub(super) fn of_caller(plan: &Plan, caller: usize) -> Vec<(usize, Operation)> {
    let steps = plan.steps().iter().filter(|step| step.caller.is_some()).enumerate();
    let own = steps.filter(|(_, step)| step.caller.map(Caller::index) == Some(caller));
    own.map(|(at, step)| (at, step.operation.clone())).collect()
}

/// What a caller does on its thread; it tells when it comes to an operation, counted from 0.
pub(super) type Body = Box<dyn FnOnce(&mut dyn FnMut(usize)) + Send>;

pub(super) fn bodies(plan: &Plan, handles: Vec<Handle>, asked: &Arc<Asked>) -> Vec<Body> {
    let bodies =
        handles.into_iter().enumerate().map(|(caller, Handle { mut store, .. })| -> Body {
            let own = of_caller(plan, caller);
            let (asked, names) = (Arc::clone(asked), Arc::clone(plan.names()));
            Box::new(move |comes_to| {
                for (nth, (at, operation)) in own.iter().enumerate() {
                    comes_to(nth);
                    asked.begins(*at);
                    let outcome = panics::catch(|| store.answer(&names, operation));
                    asked.ends(*at, outcome.unwrap_or_else(Outcome::Panicked));
                }
            })
        });
    bodies.collect()
}
