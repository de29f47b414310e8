//! What each caller asks, on a thread of its own or in a future.

use std::sync::Arc;

use zarr_conform_model::plan::{Caller, Handle};
use zarr_conform_model::{Outcome, Plan, Step};
use zarr_conform_store::StoreUnderTest;

use crate::play::panics;
use crate::together::asked::Asked;

/// The steps of a caller, each with its position among those of all.
pub(super) fn of_caller(plan: &Plan, caller: usize) -> impl Iterator<Item = (usize, &Step)> {
    let steps = plan.steps().iter().filter(|step| step.caller.is_some()).enumerate();
    steps.filter(move |(_, step)| step.caller.map(Caller::index) == Some(caller))
}

/// What a caller does on its thread; it tells when it comes to an operation, counted from 0.
pub(super) type Body = Box<dyn FnOnce(&mut dyn FnMut(usize)) + Send>;

/// What a caller asks.
pub(super) struct Handles {
    pub(super) first: Box<dyn StoreUnderTest>,
    /// None, if the plan asks no second one.
    pub(super) second: Option<Box<dyn StoreUnderTest>>,
}

pub(super) fn bodies(plan: &Plan, handles: Vec<Handles>, asked: &Arc<Asked>) -> Vec<Body> {
    let bodies = handles.into_iter().enumerate().map(|(caller, mut handles)| -> Body {
        let own: Vec<(usize, Step)> =
            of_caller(plan, caller).map(|(at, step)| (at, step.clone())).collect();
        let (asked, names) = (Arc::clone(asked), Arc::clone(plan.names()));
        Box::new(move |comes_to| {
            for (nth, (at, step)) in own.iter().enumerate() {
                comes_to(nth);
                asked.begins(*at);
                let outcome = panics::catch(|| handles.of(step).answer(&names, &step.operation));
                asked.ends(*at, outcome.unwrap_or_else(Outcome::Panicked));
            }
        })
    });
    bodies.collect()
}

impl Handles {
    fn of(&mut self, step: &Step) -> &mut dyn StoreUnderTest {
        match (step.handle, &mut self.second) {
            (Handle::Second, Some(second)) => &mut **second,
            _ => &mut *self.first,
        }
    }
}
