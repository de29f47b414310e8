//! The order of callers whose futures are polled one at a time.

use std::task::Poll;

use zarr_conform_gate::schedule::{Caller, Point, Schedule, Step, Switch};
use zarr_conform_gate::{CallAddress, CallKind};
use zarr_conform_model::Outcome;
use zarr_conform_store::Chooser;

use crate::play::panics;
use crate::together::asked::Asked;

/// Goes by a schedule, and writes down what happens.
pub(super) struct ByFutures<'a> {
    pub(super) schedule: &'a Schedule,
    /// The switches that did not happen yet.
    pub(super) switches: Vec<Switch>,
    pub(super) trace: Vec<Step>,
    pub(super) asked: &'a Asked,
    /// The steps of each caller, by their positions among those of all.
    pub(super) places: Vec<Vec<usize>>,
}

impl Chooser for ByFutures<'_> {
    fn order(&self) -> Vec<usize> {
        self.schedule.order.iter().map(|caller| caller.index()).collect()
    }

    fn begins(&mut self, caller: usize, operation: usize) {
        self.asked.begins(self.places[caller][operation]);
    }

    fn goes_on(&mut self, poll: &mut dyn FnMut() -> Poll<Outcome>) -> Poll<Outcome> {
        panics::catch(poll).unwrap_or_else(|message| Poll::Ready(Outcome::Panicked(message)))
    }

    fn ends(&mut self, caller: usize, operation: usize, outcome: Outcome) {
        self.asked.ends(self.places[caller][operation], outcome);
    }

    fn awaits(&mut self, caller: usize, operation: usize, nth: u32, ready: &[usize]) -> usize {
        let Some(call) = CallAddress::new(CallKind::Await, nth) else { return caller };
        let point = Point { caller: Caller::at(caller), operation, call };
        let ready: Vec<Caller> = ready.iter().copied().map(Caller::at).collect();
        self.trace.push(Step::at(point, ready.clone()));
        let is_here = |switch: &Switch| switch.before == point && ready.contains(&switch.to);
        match self.switches.iter().position(is_here) {
            Some(at) => self.switches.remove(at).to.index(),
            None => caller,
        }
    }
}
