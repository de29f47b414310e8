//! Which schedule comes next?

use std::collections::VecDeque;

use super::plan::{Caller, Schedule, Switch, To};
use super::turns::Step;

/// Schedules by the number of their switches, so the first that shows something is the smallest.
///
/// Most of what goes wrong between callers needs one switch. Those of `n` come before those of `n +
/// 1`; a schedule of `n + 1` is one of `n` that was run, with a switch more behind its last one.
/// Each order of the callers is tried, too.
#[derive(Clone, Debug)]
pub struct Search {
    waiting: VecDeque<Schedule>,
    bound: usize,
}

impl Search {
    /// The schedules of some callers with at most `bound` switches.
    #[must_use]
    pub fn new(callers: usize, bound: usize) -> Self {
        let waiting = orders((0..callers).collect()).into_iter().map(|order| {
            let is_plain = order.is_sorted();
            let order = order.into_iter().map(Caller::at);
            Schedule {
                order: if is_plain { Vec::new() } else { order.collect() },
                switches: Vec::new(),
            }
        });
        Self { waiting: waiting.collect(), bound }
    }

    /// Learns from the run of a schedule where it may be switched further.
    pub fn learn(&mut self, schedule: &Schedule, trace: &[Step]) {
        if schedule.switches.len() >= self.bound {
            return;
        }
        let behind = match schedule.switches.last() {
            None => 0,
            Some(last) => match trace.iter().position(|step| step.point == last.before) {
                Some(place) => place + 1,
                // It did not happen, so this is the run of a smaller schedule.
                None => return,
            },
        };
        for step in &trace[behind..] {
            let to_others = step.ready.iter().copied().map(To::Caller);
            for to in to_others.chain(step.may_end.then_some(To::End)) {
                let mut longer = schedule.clone();
                longer.switches.push(Switch { before: step.point, to });
                self.waiting.push_back(longer);
            }
        }
    }
}

impl Iterator for Search {
    type Item = Schedule;

    fn next(&mut self) -> Option<Schedule> {
        self.waiting.pop_front()
    }
}

/// All orders, the sorted one first.
fn orders(left: Vec<usize>) -> Vec<Vec<usize>> {
    if left.is_empty() {
        return vec![Vec::new()];
    }
    let begin_with = |first: usize| {
        let others = left.iter().copied().filter(|other| *other != first).collect();
        orders(others).into_iter().map(move |rest| [vec![first], rest].concat())
    };
    left.iter().flat_map(|first| begin_with(*first)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::{CallAddress, CallKind};
    use crate::call::Call;
    use crate::schedule::plan::Point;

    fn step(caller: usize, ordinal: u32, ready: &[usize]) -> Step {
        let address = CallAddress::new(CallKind::Write, ordinal).expect("it is not 0");
        let call =
            Call { address, path: "a".into(), to: None, offset: None, length: None, changes: true };
        let point = Point { caller: Caller::at(caller), operation: 0, call: address };
        let ready = ready.iter().copied().map(Caller::at).collect();
        Step { point, call, ready, may_end: false }
    }

    #[test]
    fn futures_may_end_where_they_await() {
        let mut search = Search::new(2, 1);
        let orders = search.by_ref().count();
        let step = Step { may_end: true, ..step(0, 1, &[1]) };
        search.learn(&Schedule::default(), &[step]);
        let found: Vec<String> = search.map(|schedule| schedule.to_string()).collect();
        assert_eq!(orders, 2);
        assert_eq!(found, ["1 before write#1 -> 2", "1 before write#1 -> end"]);
    }

    #[test]
    fn every_order_comes_first_and_then_one_switch_more() {
        let texts = |search: &mut Search| -> Vec<String> {
            search.by_ref().map(|schedule| schedule.to_string()).collect()
        };
        let orders = texts(&mut Search::new(3, 1));
        assert_eq!(orders.len(), 6);
        assert_eq!(orders[..2], ["", "order 1 3 2"]);

        let mut search = Search::new(2, 2);
        let trace = [step(0, 1, &[1]), step(0, 2, &[1]), step(1, 1, &[])];
        search.learn(&Schedule::default(), &trace);
        let found = texts(&mut search);
        assert_eq!(found, ["", "order 2 1", "1 before write#1 -> 2", "1 before write#2 -> 2"]);
        search.learn(&"1 before write#1 -> 2".parse().expect("a schedule"), &trace);
        let found = texts(&mut search);
        assert_eq!(found, ["1 before write#1 -> 2, 1 before write#2 -> 2"]);
        search.learn(&found[0].parse().expect("a schedule"), &trace);
        assert_eq!(search.next(), None, "the bound is reached");
    }
}
