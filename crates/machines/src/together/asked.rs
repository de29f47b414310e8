//! What callers asked at the same time, and what came back when.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use zarr_conform_model::history::{Call, End};
use zarr_conform_model::plan::Caller;
use zarr_conform_model::{Outcome, Plan};

use crate::play::journal::lock;

/// What callers were asked, as far as they came.
pub(super) struct Asked {
    /// One for each step.
    calls: Mutex<Vec<Option<Happened>>>,
    ticks: AtomicU64,
}

#[derive(Clone)]
struct Happened {
    invoked: u64,
    /// Nothing, if its caller waits for ever.
    end: Option<End>,
}

impl Asked {
    pub(super) fn of(plan: &Plan) -> Self {
        let steps = plan.steps().iter().filter(|step| step.caller.is_some()).count();
        Self { calls: Mutex::new(vec![None; steps]), ticks: AtomicU64::new(0) }
    }

    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    /// The operation at a position is asked.
    pub(super) fn begins(&self, at: usize) {
        lock(&self.calls)[at] = Some(Happened { invoked: self.tick(), end: None });
    }

    /// It came back.
    pub(super) fn ends(&self, at: usize, outcome: Outcome) {
        self.end(at, End::Returned { at: self.tick(), outcome });
    }

    /// Its future is dropped.
    pub(super) fn is_dropped(&self, at: usize) {
        self.end(at, End::Never);
    }

    fn end(&self, at: usize, end: End) {
        if let Some(happened) = &mut lock(&self.calls)[at] {
            happened.end = Some(end);
        }
    }

    /// The calls that were made, in the order of the steps.
    pub(super) fn calls(&self, plan: &Plan) -> Vec<Call> {
        // Who waits for ever does not answer.
        let unanswered = End::Returned { at: self.tick(), outcome: Outcome::TimedOut };
        let steps = plan.steps().iter().filter(|step| step.caller.is_some());
        let calls = lock(&self.calls).clone().into_iter().zip(steps);
        let calls = calls.filter_map(|(happened, step)| {
            let Happened { invoked, end } = happened?;
            let caller = step.caller.map_or(0, Caller::index);
            let (operation, end) =
                (step.operation.clone(), end.unwrap_or_else(|| unanswered.clone()));
            Some(Call { caller, handle: step.handle as usize, operation, invoked, end })
        });
        calls.collect()
    }
}
