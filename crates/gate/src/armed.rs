//! Which session does a call of this thread belong to?
//!
//! One thread-local pointer says so, which needs no allocation, no registration and no destructor,
//! so it can be read at any time of a thread's life. While something is decided it does not count:
//! what a decider calls itself is seen by nobody.

#![allow(
    unsafe_code,
    reason = "a thread-local pointer stands for a borrow that the guard keeps alive"
)]

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::GateError;
use crate::ledger::Shared;

thread_local! {
    static ARMED: Cell<*const Shared> = const { Cell::new(ptr::null()) };
    /// How many reasons there are to let calls pass.
    static PAUSES: Cell<u32> = const { Cell::new(0) };
    /// Guards that last as long as their threads.
    static KEPT: RefCell<Option<Armed>> = const { RefCell::new(None) };
}

/// While it lives, the calls of this thread belong to a session.
///
/// It stays on its thread. If it is leaked, the thread stays armed, and the session is kept.
#[must_use = "the thread is armed while this lives"]
#[derive(Debug)]
pub struct Armed {
    /// Keeps what the thread-local points to; a leaked guard leaks it, too.
    _shared: Arc<Shared>,
    _of_this_thread: PhantomData<*const ()>,
}

impl Armed {
    pub(crate) fn new(shared: Arc<Shared>) -> Result<Self, GateError> {
        ARMED.with(|armed| {
            if !armed.get().is_null() {
                return Err(GateError::AlreadyArmed);
            }
            armed.set(Arc::as_ptr(&shared));
            Ok(Self { _shared: shared, _of_this_thread: PhantomData })
        })
    }

    /// Keeps this guard until its thread ends.
    pub(crate) fn keep(self) {
        KEPT.with_borrow_mut(|kept| *kept = Some(self));
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        ARMED.set(ptr::null());
    }
}

/// What [`ARMED`] is on a thread that follows: no address that a session has.
const FOLLOWS: *const Shared = ptr::dangling();

/// The session that leads those that follow.
static LEADER: Mutex<Option<Arc<Shared>>> = Mutex::new(None);

/// Held by whoever leads.
static LEAD: Mutex<()> = Mutex::new(());

/// Whether any thread has ever followed.
static IS_FOLLOWED: AtomicBool = AtomicBool::new(false);

/// Arms this thread, as long as it lives, for whichever [`Session`](crate::Session) leads: for the
/// threads of a pool that works for many. It sees those of their calls that are below its root.
///
/// A thread that is armed stays with its session.
pub fn follow() {
    IS_FOLLOWED.store(true, Ordering::Relaxed);
    if ARMED.get().is_null() {
        ARMED.set(FOLLOWS);
    }
}

/// While it lives, a session leads the threads that [`follow`]; others that want to wait.
#[must_use = "the session leads while this lives"]
#[derive(Debug)]
pub struct Leading {
    _lead: MutexGuard<'static, ()>,
}

impl Leading {
    /// Nothing, if there was never a thread that follows.
    pub(crate) fn begin(shared: &Arc<Shared>) -> Option<Self> {
        if !IS_FOLLOWED.load(Ordering::Relaxed) {
            return None;
        }
        let _paused = Paused::new();
        let lead = LEAD.lock().unwrap_or_else(PoisonError::into_inner);
        *leader() = Some(Arc::clone(shared));
        Some(Self { _lead: lead })
    }
}

impl Drop for Leading {
    fn drop(&mut self) {
        let _paused = Paused::new();
        *leader() = None;
    }
}

fn leader() -> MutexGuard<'static, Option<Arc<Shared>>> {
    LEADER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// While it lives, calls of this thread pass unseen.
struct Paused;

impl Paused {
    fn new() -> Self {
        PAUSES.set(PAUSES.get() + 1);
        Self
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        PAUSES.set(PAUSES.get() - 1);
    }
}

/// `body` with the session that this thread is armed for, its calls being unseen meanwhile; `None`
/// if it is armed for none.
#[inline]
pub(crate) fn deciding<T>(body: impl FnOnce(&Shared) -> T) -> Option<T> {
    if !is_armed() {
        return None;
    }
    let armed = ARMED.get();
    let _paused = Paused::new();
    if armed == FOLLOWS {
        let leader = leader().clone();
        return leader.map(|shared| body(&shared));
    }
    // SAFETY: it is not the one of threads that follow, so the pointer comes from `Arc::as_ptr` of a guard, which sets it to null when it is
    // dropped, on this thread; so the guard holds a strong count now. `body` gets one of its own,
    // since a decider may drop the guard.
    let shared = unsafe {
        Arc::increment_strong_count(armed);
        Arc::from_raw(armed)
    };
    Some(body(&shared))
}

/// Whether this thread is armed, and nothing is decided now.
#[inline]
pub(crate) fn is_armed() -> bool {
    !ARMED.get().is_null() && PAUSES.get() == 0
}

/// `body`, seen by no session.
pub(crate) fn unseen<T>(body: impl FnOnce() -> T) -> T {
    let _paused = Paused::new();
    body()
}
