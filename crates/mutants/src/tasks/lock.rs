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
    wakes: Wakes,
}

/// Whom a lock wakes when it is let go.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Wakes {
    /// All that wait: one that was dropped meanwhile cannot go on in place of the others.
    #[default]
    All,
    /// The one that waits longest.
    One,
    /// The one that waits longest; it forgets the others.
    OneAlone,
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
    /// Whether it stays held when this is dropped.
    pub(super) is_kept: bool,
}

impl Lock {
    pub(super) fn new(wakes: Wakes) -> Self {
        Self { wakes, ..Self::default() }
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
        Held { lock: self, is_kept: false }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        let mut state = self.lock.state();
        state.is_held = false;
        let woken = match self.lock.wakes {
            Wakes::All => std::mem::take(&mut state.waiting),
            Wakes::One => state.waiting.pop_front().into_iter().collect(),
            Wakes::OneAlone => std::mem::take(&mut state.waiting).into_iter().take(1).collect(),
        };
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}
