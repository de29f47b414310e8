//! Clocks: what budgets of time are held against.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// What time it is, since some moment that stays the same.
///
/// Budgets of time and the times in a report go by it; the deadline for an answer goes by the clock
/// of the system, since it ends what hangs.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time since the clock's moment; never less than before.
    fn now(&self) -> Duration;

    /// Lets this much time pass before it returns.
    fn wait(&self, time: Duration) {
        thread::sleep(time);
    }

    /// The time since the year 1970 began, in UTC: known issues expire by it.
    fn since_1970(&self) -> Duration {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }
}

/// The clock of the system.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// How long something has taken.
#[derive(Clone, Debug)]
pub(crate) struct Stopwatch {
    clock: Arc<dyn Clock>,
    started: Duration,
}

impl Stopwatch {
    /// A watch by this clock that was started now.
    pub(crate) fn of(clock: &Arc<dyn Clock>) -> Self {
        Self { clock: Arc::clone(clock), started: clock.now() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.now().saturating_sub(self.started)
    }
}

/// A clock that goes on when it is told to: a store under test can be as slow as it says, and the
/// test takes no time.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use zarr_conform_machines::clock::{Clock, SimulatedClock};
///
/// let clock = SimulatedClock::default();
/// clock.advance(Duration::from_millis(30));
/// assert_eq!(clock.now(), Duration::from_millis(30));
/// ```
#[derive(Debug, Default)]
pub struct SimulatedClock(AtomicU64);

impl SimulatedClock {
    /// Lets time pass: up to five centuries in all.
    pub fn advance(&self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    /// Goes on by itself, without waiting.
    fn wait(&self, time: Duration) {
        self.advance(time);
    }

    /// The clock starts with the year 1970.
    fn since_1970(&self) -> Duration {
        self.now()
    }
}
