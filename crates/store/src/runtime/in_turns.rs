//! Futures of one store that are polled one at a time, in an order that somebody chooses.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use zarr_conform_model::{Operation, Outcome};

use crate::turns::{Chooser, TurnsEnd};

/// The answer to one operation, as it is awaited.
pub(crate) type Asked<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// Callers that await more often do not end, as far as anybody can wait for it.
const MANY_AWAITS: usize = 100_000;

/// Whether a future was woken.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Caller<'a> {
    operations: &'a [Operation],
    at: usize,
    asked: Option<Asked<'a>>,
    awaits: u32,
    /// Whether it may go on.
    flag: Arc<Flag>,
    is_through: bool,
}

impl Caller<'_> {
    fn is_ready(&self) -> bool {
        !self.is_through && self.flag.0.load(Ordering::Relaxed)
    }
}

/// Polls what callers ask, one at a time. Nobody else wakes them: where none may go on, that is a
/// deadlock.
pub(crate) fn run<'a>(
    callers: &'a [Vec<Operation>],
    ask: &dyn Fn(&'a Operation) -> Asked<'a>,
    chooser: &mut dyn Chooser,
) -> TurnsEnd {
    let caller = |operations: &'a Vec<Operation>| Caller {
        operations,
        at: 0,
        asked: None,
        awaits: 0,
        flag: Arc::new(Flag(AtomicBool::new(true))),
        is_through: false,
    };
    let mut callers: Vec<Caller<'a>> = callers.iter().map(caller).collect();
    let mut order = chooser.order();
    let others: Vec<usize> = (0..callers.len()).filter(|index| !order.contains(index)).collect();
    order.extend(others);
    let mut next = order.first().copied();
    let mut awaits = 0;
    while let Some(me) = next {
        awaits += 1;
        if awaits > MANY_AWAITS {
            return TurnsEnd::Endless;
        }
        next = go_on(me, &mut callers, ask, chooser).or_else(|| next_ready(me, &order, &callers));
    }
    let waiting: Vec<usize> = (0..callers.len()).filter(|at| !callers[*at].is_through).collect();
    if waiting.is_empty() { TurnsEnd::Done } else { TurnsEnd::Deadlock(waiting) }
}

/// Lets one caller go on to its next await, or to the end of an operation; gives who was chosen to go
/// on then, if it is anybody's choice.
fn go_on<'a>(
    me: usize,
    callers: &mut [Caller<'a>],
    ask: &dyn Fn(&'a Operation) -> Asked<'a>,
    chooser: &mut dyn Chooser,
) -> Option<usize> {
    let caller = &mut callers[me];
    let Some(operation) = caller.operations.get(caller.at) else {
        caller.is_through = true;
        return None;
    };
    let dropped = caller.asked.take_if(|_| chooser.drops(me, caller.at, caller.awaits));
    if let Some(asked) = dropped {
        let mut asked = Some(asked);
        let last = chooser.goes_on(&mut || {
            asked = None;
            Poll::Pending
        });
        if let Poll::Ready(outcome) = last {
            chooser.ends(me, caller.at, outcome);
        }
        caller.is_through = true;
        return None;
    }
    let asked = caller.asked.get_or_insert_with(|| {
        chooser.begins(me, caller.at);
        ask(operation)
    });
    caller.flag.0.store(false, Ordering::Relaxed);
    let waker = Waker::from(Arc::clone(&caller.flag));
    let polled = chooser.goes_on(&mut || asked.as_mut().poll(&mut Context::from_waker(&waker)));
    if let Poll::Ready(outcome) = polled {
        chooser.ends(me, caller.at, outcome);
        caller.asked = None;
        caller.at += 1;
        caller.awaits = 0;
        caller.flag.0.store(true, Ordering::Relaxed);
        return Some(me);
    }
    caller.awaits += 1;
    let (at, nth, may_go_on) = (caller.at, caller.awaits, caller.is_ready());
    let is_other = |index: &usize| *index != me && callers[*index].is_ready();
    let ready: Vec<usize> = (0..callers.len()).filter(is_other).collect();
    if !may_go_on {
        chooser.blocks(me, at, nth);
        return None;
    }
    Some(chooser.awaits(me, at, nth, &ready))
}

/// The next one after a caller in the order, and round again, that may go on.
fn next_ready(me: usize, order: &[usize], callers: &[Caller<'_>]) -> Option<usize> {
    let place = order.iter().position(|index| *index == me).unwrap_or_default();
    let (before, after) = order.split_at(place + 1);
    after.iter().chain(before).copied().find(|index| callers[*index].is_ready())
}
