//! The order of callers whose futures are polled one at a time.

use std::task::Poll;

use zarr_conform_gate::schedule::{Caller, Point, Schedule, Step, Switch, To};
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
        let Some(point) = point(caller, operation, nth) else { return caller };
        self.trace.push(Step::at(point, ready.iter().copied().map(Caller::at).collect()));
        let next = ready.iter().copied();
        let next = next.map(Caller::at).find(|to| self.switches_to(point, To::Caller(*to)));
        next.map_or(caller, Caller::index)
    }

    fn blocks(&mut self, caller: usize, operation: usize, nth: u32) {
        let point = point(caller, operation, nth);
        self.trace.extend(point.map(|point| Step::at(point, Vec::new())));
    }

    fn drops(&mut self, caller: usize, operation: usize, nth: u32) -> bool {
        let point = point(caller, operation, nth);
        let drops = point.is_some_and(|point| self.switches_to(point, To::End));
        if drops {
            self.asked.is_dropped(self.places[caller][operation]);
        }
        drops
    }
}

impl ByFutures<'_> {
    /// Whether a turn is switched so at a point; each switch happens once.
    fn switches_to(&mut self, before: Point, to: To) -> bool {
        let switch = Switch { before, to };
        let found = self.switches.iter().position(|other| *other == switch);
        found.map(|at| self.switches.remove(at)).is_some()
    }
}

fn point(caller: usize, operation: usize, nth: u32) -> Option<Point> {
    let call = CallAddress::new(CallKind::Await, nth)?;
    Some(Point { caller: Caller::at(caller), operation, call })
}
