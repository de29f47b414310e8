//! Whose turn is it, who waits, and does anybody go on?

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::plan::{Caller, Point, Schedule, Switch, To};
use crate::address::CallKind;
use crate::call::Call;
use crate::decider::{Decision, Resume, Wait};

/// A run with more calls does not end, as far as anybody can wait for it.
const MANY_CALLS: usize = 100_000;

/// A caller came to a boundary call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Whose call, in which operation, and which.
    pub point: Point,
    /// The call.
    pub call: Call,
    /// Who else could have gone on instead.
    pub ready: Vec<Caller>,
    /// Whether the caller could have ended instead.
    pub may_end: bool,
}

impl Step {
    /// A step of a future at a point of its own: it may be dropped there.
    #[must_use]
    pub fn at(point: Point, ready: Vec<Caller>) -> Self {
        let path = PathBuf::new();
        let call = Call {
            address: point.call,
            path,
            to: None,
            offset: None,
            length: None,
            changes: false,
        };
        Self { point, call, ready, may_end: true }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// All callers are through.
    Done,
    /// Each caller that is not through waits for another one. Their threads are left behind, as
    /// nothing can take a thread out of a lock.
    Deadlock {
        /// Those that wait.
        waiting: Vec<Caller>,
    },
    /// There were so many calls that they would not end. The threads are left behind.
    Endless,
    /// A caller had its turn for half a minute, and came to no call: it waits where that is not
    /// seen, or computes for ever. The threads are left behind.
    Stuck {
        /// Whose turn it was.
        caller: Caller,
    },
}

/// How long a caller may go on without a call. It ends runs that would hang, and decides nothing
/// else.
const LONG: Duration = if cfg!(test) { Duration::from_millis(20) } else { Duration::from_secs(30) };

/// Gives turns to callers, one at a time.
pub(super) struct Turns {
    state: Mutex<State>,
    /// One for each caller.
    turn: Vec<Condvar>,
    ended: Condvar,
}

struct State {
    /// Whose turn it is.
    current: usize,
    callers: Vec<Progress>,
    /// Who comes after whom.
    order: Vec<usize>,
    switches: Vec<Switch>,
    trace: Vec<Step>,
    /// How many calls and yields there were.
    calls: usize,
    end: Option<End>,
}

struct Progress {
    status: Status,
    operation: usize,
    /// How its wait ended.
    resume: Resume,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Ready,
    /// Since so many calls.
    Waiting(Wait, usize),
    Through,
}

impl Turns {
    pub(super) fn new(callers: usize, schedule: &Schedule) -> Self {
        let mut order: Vec<usize> = schedule.order.iter().map(|caller| caller.index()).collect();
        order.retain(|index| *index < callers);
        // Those that the schedule does not name come last.
        let others = (0..callers).filter(|index| !order.contains(index)).collect::<Vec<_>>();
        order.extend(others);
        let progress = || Progress { status: Status::Ready, operation: 0, resume: Resume::Retry };
        let state = State {
            current: order.first().copied().unwrap_or_default(),
            callers: (0..callers).map(|_| progress()).collect(),
            order,
            switches: schedule.switches.clone(),
            trace: Vec::new(),
            calls: 0,
            end: (callers == 0).then_some(End::Done),
        };
        let turn = (0..callers).map(|_| Condvar::new()).collect();
        Self { state: Mutex::new(state), turn, ended: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Comes back when it is this caller's turn; never, if the run ended without.
    pub(super) fn wait_for_turn(&self, me: usize) {
        let state = self.state();
        self.wait(state, me);
    }

    fn wait(&self, mut state: MutexGuard<'_, State>, me: usize) {
        while state.current != me || state.end.is_some() {
            state = self.turn[me].wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives the turn away, and comes back with it.
    fn hand_over(&self, mut state: MutexGuard<'_, State>, me: usize, next: usize) {
        if next != me {
            state.current = next;
            self.turn[next].notify_one();
        }
        self.wait(state, me);
    }

    pub(super) fn next_operation(&self, me: usize) {
        self.state().callers[me].operation += 1;
    }

    /// A caller comes to a call.
    pub(super) fn step(&self, me: usize, call: &Call) -> Decision {
        let mut state = self.state();
        state.calls += 1;
        if state.calls > MANY_CALLS && state.end.is_none() {
            self.end(&mut state, End::Endless);
        }
        // Nothing happens any more when a run has ended.
        if state.end.is_some() {
            self.wait(state, me);
            return Decision::Go;
        }
        let kind = call.address.kind();
        if let CallKind::Yield | CallKind::Sleep = kind {
            // Time passes only where nobody does anything else.
            let next = state.next_ready(me).unwrap_or(me);
            self.hand_over(state, me, next);
            return Decision::Skip;
        }
        let operation = state.callers[me].operation;
        let point = Point { caller: Caller::at(me), operation, call: call.address };
        let ready = state.others_ready(me);
        let step = Step { point, call: call.clone(), ready: ready.clone(), may_end: false };
        state.trace.push(step);
        let next = |switch: &Switch| match switch.to {
            To::Caller(to) if switch.before == point && ready.contains(&to) => Some(to.index()),
            _ => None,
        };
        let mut found = state.switches.iter().enumerate();
        if let Some((at, next)) = found.find_map(|(at, switch)| Some((at, next(switch)?))) {
            state.switches.remove(at);
            state.free(next, Resume::Retry);
            self.hand_over(state, me, next);
        }
        Decision::Go
    }

    /// A caller has to wait.
    pub(super) fn blocked(&self, me: usize, wait: Wait) -> Resume {
        let mut state = self.state();
        if state.end.is_some() {
            self.wait(state, me);
            return Resume::Retry;
        }
        state.callers[me].status = Status::Waiting(wait, state.calls);
        match state.next_ready(me).or_else(|| state.next_timed(me)) {
            Some(next) => self.hand_over(state, me, next),
            None => {
                let waiting = state.waiting();
                self.end(&mut state, End::Deadlock { waiting });
                self.wait(state, me);
            }
        }
        self.state().callers[me].resume
    }

    /// Up to `count` callers need not wait for a futex any more.
    pub(super) fn woken(&self, address: usize, count: u32) {
        let mut state = self.state();
        let waits = |progress: &Progress| match progress.status {
            Status::Waiting(Wait::Futex { address: at, .. }, _) => at == address,
            Status::Waiting(Wait::FileLock, _) | Status::Ready | Status::Through => false,
        };
        let woken: Vec<usize> = (0..state.callers.len())
            .filter(|index| waits(&state.callers[*index]))
            .take(count as usize)
            .collect();
        for index in woken {
            state.free(index, Resume::Retry);
        }
    }

    /// A caller is through, and somebody else goes on.
    pub(super) fn finish(&self, me: usize) {
        let mut state = self.state();
        if state.end.is_some() {
            return;
        }
        state.callers[me].status = Status::Through;
        // Its locks of files are gone with its files.
        state.calls += 1;
        match state.next_ready(me).or_else(|| state.next_timed(me)) {
            Some(next) => {
                state.current = next;
                self.turn[next].notify_one();
            }
            None => {
                let waiting = state.waiting();
                let end = if waiting.is_empty() { End::Done } else { End::Deadlock { waiting } };
                self.end(&mut state, end);
            }
        }
    }

    fn end(&self, state: &mut State, end: End) {
        state.end = Some(end);
        self.ended.notify_all();
    }

    /// Waits for the end: how it was, what happened, and the switches that did not.
    pub(super) fn wait_for_end(&self) -> (End, Vec<Step>, Vec<Switch>) {
        let mut state = self.state();
        loop {
            if let Some(end) = state.end.clone() {
                return (
                    end,
                    std::mem::take(&mut state.trace),
                    std::mem::take(&mut state.switches),
                );
            }
            let seen = (state.current, state.calls);
            let waited = self.ended.wait_timeout_while(state, LONG, |state| state.end.is_none());
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.end.is_none() && seen == (state.current, state.calls) {
                state.end = Some(End::Stuck { caller: Caller::at(state.current) });
            }
        }
    }
}

impl State {
    /// Whether a caller can go on; one that waits for a lock of a file may look again when another
    /// caller did something.
    fn is_ready(&self, index: usize) -> bool {
        match self.callers[index].status {
            Status::Ready => true,
            Status::Waiting(Wait::FileLock, since) => self.calls > since,
            Status::Waiting(Wait::Futex { .. }, _) | Status::Through => false,
        }
    }

    fn others_ready(&self, me: usize) -> Vec<Caller> {
        let others = (0..self.callers.len()).filter(|index| *index != me && self.is_ready(*index));
        others.map(Caller::at).collect()
    }

    /// The callers after this one, in order and round again, itself last.
    fn after(&self, me: usize) -> Vec<usize> {
        let place = self.order.iter().position(|index| *index == me).unwrap_or_default();
        let (before, after) = self.order.split_at(place + 1);
        [after, before].concat()
    }

    fn next_ready(&mut self, me: usize) -> Option<usize> {
        let next = self.after(me).into_iter().find(|index| self.is_ready(*index))?;
        self.free(next, Resume::Retry);
        Some(next)
    }

    /// Where nobody can go on, time passes until a wait is over.
    fn next_timed(&mut self, me: usize) -> Option<usize> {
        let is_timed = |index: &usize| {
            matches!(
                self.callers[*index].status,
                Status::Waiting(Wait::Futex { timed: true, .. }, _)
            )
        };
        let next = self.after(me).into_iter().find(is_timed)?;
        self.free(next, Resume::TimedOut);
        Some(next)
    }

    fn free(&mut self, index: usize, resume: Resume) {
        let progress = &mut self.callers[index];
        if let Status::Waiting(..) = progress.status {
            progress.status = Status::Ready;
            progress.resume = resume;
        }
    }

    fn waiting(&self) -> Vec<Caller> {
        let waits = |index: &usize| matches!(self.callers[*index].status, Status::Waiting(..));
        (0..self.callers.len()).filter(waits).map(Caller::at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_that_comes_to_no_call_ends_its_run() {
        let turns = Turns::new(2, &Schedule::default());
        let (end, trace, missed) = turns.wait_for_end();
        assert_eq!(end, End::Stuck { caller: Caller::at(0) });
        assert_eq!((trace, missed), (vec![], vec![]));
        turns.finish(0);
        assert_eq!(turns.wait_for_end().0, end);
    }
}
