//! Callers on threads of their own, in whatever order the system gives: for stores whose work is done
//! by threads that nobody can give turns to, and for those that keep all in memory.
//!
//! What two such runs show need not be the same. Delays before operations, drawn from the number of the
//! attempt, let callers meet in more ways than they would by themselves.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::together::bodies::Body;

/// How long all callers may take. It ends runs that would hang, and decides nothing else: a guess, under
/// the deadline of one answer, so that what they saw until then is told.
const LONG: Duration = if cfg!(test) { Duration::from_millis(20) } else { Duration::from_secs(4) };

/// The longest delay in turns of a loop, for stores in memory, whose operations take no longer than that.
const SPINS: u64 = 1 << 9;

/// The longest delay of stores that wait for files or services: about what one of their requests takes.
const SLEEP: Duration = Duration::from_millis(1);

/// Runs callers, and says whether all came to their end. The threads of those that did not are left
/// behind.
pub(super) fn run(attempt: u64, bodies: Vec<Body>) -> bool {
    let count = bodies.len();
    let arrived = Arc::new(AtomicUsize::new(0));
    // Nothing is ever sent: each caller drops its end when it is through.
    let (through, all_through) = mpsc::channel::<()>();
    let threads = bodies.into_iter().enumerate().map(|(caller, body)| {
        let (arrived, through) = (Arc::clone(&arrived), through.clone());
        thread::spawn(move || {
            arrived.fetch_add(1, Ordering::SeqCst);
            // All begin at once.
            while arrived.load(Ordering::SeqCst) < count {
                thread::yield_now();
            }
            body(&mut |nth| Delay::of(attempt, caller, nth).pass());
            drop(through);
        })
    });
    let threads: Vec<_> = threads.collect();
    drop(through);
    let all_done = all_through.recv_timeout(LONG) == Err(RecvTimeoutError::Disconnected);
    if all_done {
        for thread in threads {
            // Its caller's panics are caught.
            let _ = thread.join();
        }
    }
    all_done
}

/// What a caller waits before an operation.
#[derive(Debug, PartialEq, Eq)]
enum Delay {
    None,
    Spins(u64),
    Sleep(Duration),
}

impl Delay {
    /// Every third attempt has none, so that all begin at once; the others have short ones and long ones.
    fn of(attempt: u64, caller: usize, nth: usize) -> Self {
        let mut hasher = DefaultHasher::new();
        (attempt, caller, nth).hash(&mut hasher);
        let drawn = hasher.finish();
        match attempt % 3 {
            0 => Self::None,
            1 => Self::Spins(drawn % SPINS),
            _ => Self::Sleep(SLEEP * u32::try_from(drawn % 16).unwrap_or_default() / 16),
        }
    }

    fn pass(&self) {
        match self {
            Self::None => {}
            Self::Spins(turns) => (0..*turns).for_each(|_| spin_loop()),
            Self::Sleep(time) => thread::sleep(*time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_that_do_not_come_back_are_left_behind() {
        let body = |hangs: bool| -> Body {
            Box::new(move |comes_to| {
                comes_to(0);
                if hangs {
                    loop {
                        thread::park();
                    }
                }
            })
        };
        assert!(run(0, vec![body(false), body(false)]));
        assert!(!run(0, vec![body(true), body(false), body(true)]));
    }
}
