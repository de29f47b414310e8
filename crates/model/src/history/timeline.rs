//! When what was asked: the calls of a history, and what was asked after, over one clock.

use crate::contract::outcome::Outcome;
use crate::history::history::{End, History, Position};
use crate::history::projection::is_failure;
use crate::plan::operation::Operation;

/// One operation of a history, and its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) at: Position,
    pub(super) handle: usize,
    pub(super) operation: &'a Operation,
    /// Nothing, if it never returned.
    pub(super) outcome: Option<&'a Outcome>,
    pub(super) time: Time,
}

/// From the call to the return, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) invoked: usize,
    pub(super) returned: usize,
}

/// All operations of a history.
#[derive(Debug)]
pub(super) struct Timeline<'a> {
    pub(super) asked: Vec<Asked<'a>>,
    /// When all callers had joined.
    pub(super) joined: usize,
}

impl Time {
    pub(super) const fn overlaps(self, other: Self) -> bool {
        self.invoked <= other.returned && other.invoked <= self.returned
    }
}

impl<'a> Timeline<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let mut ticks = Vec::new();
        for call in &history.calls {
            ticks.push(call.invoked);
            ticks.extend(match call.end {
                End::Returned { at, .. } => Some(at),
                End::Never => None,
            });
        }
        ticks.sort_unstable();
        ticks.dedup();
        let rank = |tick: u64| ticks.partition_point(|other| *other < tick);
        let joined = ticks.len();
        let calls = history.calls.iter().enumerate().map(|(at, call)| {
            let invoked = rank(call.invoked);
            let (outcome, returned) = match &call.end {
                // Who does not answer in time may still be at it.
                End::Returned {
                    outcome:
                        outcome @ (Outcome::TimedOut | Outcome::StillAsking(_) | Outcome::Died(_)),
                    ..
                } => (Some(outcome), joined),
                End::Returned { outcome, at } => (Some(outcome), rank(*at).max(invoked)),
                End::Never => (None, joined),
            };
            let (at, time) = (Position::Call(at), Time { invoked, returned });
            Asked { at, handle: call.handle, operation: &call.operation, outcome, time }
        });
        let after = history.after.iter().enumerate().map(|(at, answer)| {
            let invoked = joined + 1 + 2 * at;
            Asked {
                at: Position::After(at),
                handle: 0,
                operation: &answer.operation,
                outcome: Some(&answer.outcome),
                time: Time { invoked, returned: invoked + 1 },
            }
        });
        Self { asked: calls.chain(after).collect(), joined }
    }

    /// Whether two operations were asked at the same time.
    pub(super) fn overlap(&self, one: usize, other: usize) -> bool {
        one != other && self.asked[one].time.overlaps(self.asked[other].time)
    }
}

impl Asked<'_> {
    pub(super) const fn is_after(&self) -> bool {
        matches!(self.at, Position::After(_))
    }

    /// Whether it did not come back with an answer.
    pub(super) fn failed(&self) -> bool {
        self.outcome.is_none_or(is_failure)
    }
}
