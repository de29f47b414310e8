//! Deadlines without a clock in the hot path: the one who asks counts, and another one watches
//! whether the count goes on.
//!
//! A thread that hangs is abandoned and replaced, since it cannot be ended from outside. The case
//! is played once more with a shared journal, to learn what the store was asked last.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a store in another process is waited for where nobody watches. A guess.
const UNWATCHED: Duration = Duration::from_secs(5);

/// About so many keys, a store is asked within one deadline. A guess: a file each, on a busy disk.
const KEYS_IN_TIME: usize = 500;

thread_local! {
    /// The deadline of whoever watches this thread.
    static DEADLINE: Cell<Option<Duration>> = const { Cell::new(None) };
}

/// Says on a thread that is watched how long answers may take.
pub(crate) fn watched_by(deadline: Duration) {
    DEADLINE.set(Some(deadline));
}

/// How long to wait for an answer of a store that can be ended from this thread: less than whoever
/// watches the thread waits, so that the thread never has to be given up.
pub(crate) fn patience() -> Duration {
    DEADLINE.get().map_or(UNWATCHED, |deadline| deadline * 4 / 5)
}

/// The deadline for a watcher of threads that wait for so long at the most; see [`patience`].
pub(crate) fn beyond(patience: Duration) -> Duration {
    patience * 5 / 4
}

/// The count of questions asked, shared between who asks and who watches.
#[derive(Debug)]
pub(crate) struct Pulse {
    asked: AtomicU64,
    /// How many deadlines the question at hand may take, beyond the first.
    further: AtomicU64,
    /// Set by the watcher when it gave up: what comes afterwards counts no more.
    abandoned: AtomicBool,
}

impl Pulse {
    pub(crate) const fn new() -> Self {
        Self {
            asked: AtomicU64::new(0),
            further: AtomicU64::new(0),
            abandoned: AtomicBool::new(false),
        }
    }

    /// Counts a question.
    pub(crate) fn beat(&self) {
        let asked = self.asked.load(Ordering::Relaxed);
        self.asked.store(asked.wrapping_add(1), Ordering::Relaxed);
    }

    /// Counts a question about so many keys: one about thousands may take longer than one about one.
    pub(crate) fn beat_for(&self, keys: usize) {
        self.further.store((keys / KEYS_IN_TIME) as u64, Ordering::Relaxed);
        self.beat();
    }

    /// Whether the watcher gave up.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }

    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

/// Sees whether a pulse stands still for longer than a deadline.
#[derive(Debug)]
pub(crate) struct Watcher {
    pulse: Arc<Pulse>,
    deadline: Duration,
    last: u64,
    since: Instant,
}

impl Watcher {
    pub(crate) fn new(pulse: Arc<Pulse>, deadline: Duration) -> Self {
        Self { pulse, deadline, last: 0, since: Instant::now() }
    }

    /// Looks, and says whether the deadline has passed without a beat.
    pub(crate) fn has_stopped(&mut self) -> bool {
        let asked = self.pulse.asked.load(Ordering::Relaxed);
        if asked != self.last {
            (self.last, self.since) = (asked, Instant::now());
        }
        let further = self.pulse.further.load(Ordering::Relaxed);
        let deadlines = u32::try_from(further).unwrap_or(u32::MAX).saturating_add(1);
        self.since.elapsed() >= self.deadline.saturating_mul(deadlines)
    }

    pub(crate) fn pulse(&self) -> &Pulse {
        &self.pulse
    }
}

/// How often to look for a deadline: often enough to be a tenth late at the most.
pub(crate) fn interval(deadline: Duration) -> Duration {
    (deadline / 10).clamp(Duration::from_millis(1), Duration::from_millis(50))
}

/// Runs `work` on a thread of its own, and gives `None` if it stops counting for `deadline`.
///
/// The thread of work that stopped cannot be ended; it is left behind.
pub(crate) fn guarded<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce(&Pulse) -> T + Send + 'static,
) -> Option<T> {
    let pulse = Arc::new(Pulse::default());
    let (sender, receiver) = mpsc::channel();
    let mut watcher = Watcher::new(Arc::clone(&pulse), deadline);
    let worker = thread::spawn(move || {
        watched_by(deadline);
        let result = work(&pulse);
        // Nobody listens to abandoned work.
        let _ = sender.send(result);
    });
    loop {
        match receiver.recv_timeout(interval(deadline)) {
            Ok(result) => return Some(result),
            Err(RecvTimeoutError::Timeout) if watcher.has_stopped() => {
                watcher.pulse().abandon();
                return None;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(payload) => std::panic::resume_unwind(payload),
                Ok(()) => unreachable!("a worker that ends has sent its result"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_counts_may_take_longer_than_the_deadline() {
        let done = guarded(Duration::from_millis(200), |pulse| {
            for _ in 0..30 {
                thread::sleep(Duration::from_millis(10));
                pulse.beat();
            }
            7
        });
        assert_eq!(done, Some(7));
    }

    #[test]
    fn work_that_stops_counting_is_left_behind() {
        let done = guarded(Duration::from_millis(20), |pulse| {
            while !pulse.is_abandoned() {
                thread::sleep(Duration::from_millis(1));
            }
        });
        assert_eq!(done, None);
    }
}
