//! A lock for futures, and a way to let others go first.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Lets others go first, once.
pub(super) async fn let_others_go() {
    let mut went = false;
    poll_fn(|context| {
        if std::mem::replace(&mut went, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A lock that one future holds at a time.
#[derive(Debug, Default)]
pub(super) struct Lock {
    state: Mutex<State>,
    /// Whether it forgets all that wait but one, when it is let go.
    forgets: bool,
}

#[derive(Debug, Default)]
struct State {
    is_held: bool,
    waiting: VecDeque<Waker>,
}

/// Held, until it is dropped.
#[derive(Debug)]
pub(super) struct Held<'a> {
    lock: &'a Lock,
}

impl Lock {
    pub(super) fn new(forgets: bool) -> Self {
        Self { forgets, ..Self::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn hold(&self) -> Held<'_> {
        poll_fn(|context| {
            let mut state = self.state();
            if state.is_held {
                state.waiting.push_back(context.waker().clone());
                return Poll::Pending;
            }
            state.is_held = true;
            Poll::Ready(())
        })
        .await;
        Held { lock: self }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut state = self.lock.state();
        state.is_held = false;
        let next = state.waiting.pop_front();
        if self.lock.forgets {
            state.waiting.clear();
        }
        drop(state);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}
