//! Deadlines without a clock in the hot path: the one who asks counts, and another one watches
//! whether the count goes on.
//!
//! A thread that hangs is abandoned and replaced, since it cannot be ended from outside. One that
//! came back is asked again: who makes a plan small has thousands of candidates, and starting a
//! thread for each cost more than playing them.

use std::cell::{Cell, RefCell};
use std::io;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::clock::Stopwatch;
use crate::play::journal::lock;

/// How long a store in another process is waited for where nobody watches. A guess.
const UNWATCHED: Duration = Duration::from_secs(5);

/// About so many keys, a store is asked within one deadline. A guess: with three builds on the same
/// disk, a file took 12 ms.
const KEYS_IN_TIME: usize = 100;

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

/// How much a store may take.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Time for one answer.
    pub(crate) deadline: Duration,
    /// Bytes of one answer.
    pub(crate) max_answer: u64,
    /// Time for all that is done, if that has an end.
    end: Option<(Stopwatch, Duration)>,
}

impl Limits {
    /// So much for one answer, and no end in all.
    pub(crate) const fn new(deadline: Duration, max_answer: u64) -> Self {
        Self { deadline, max_answer, end: None }
    }

    /// The same with another time for one answer.
    pub(crate) fn deadline(&self, deadline: Duration) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// The same until a watch shows this, if it is to show anything.
    pub(crate) fn until(self, watch: &Stopwatch, most: Option<Duration>) -> Self {
        Self { end: most.map(|most| (watch.clone(), most)), ..self }
    }

    /// Whether there is no time left.
    pub(crate) fn is_over(&self) -> bool {
        self.end.as_ref().is_some_and(|(watch, most)| watch.elapsed() >= *most)
    }
}

/// Why work was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GivenUp {
    /// It stopped counting for longer than a store may take for an answer.
    Hung,
    /// There was no time left in all.
    OutOfTime,
    /// The system starts no more threads.
    NoThread,
}

/// Starts a thread, if the system does.
pub(crate) fn start(work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    #[cfg(test)]
    if !tests::may_start() {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    thread::Builder::new().spawn(work)
}

type Job = Box<dyn FnOnce() + Send>;

/// A thread that does one job after the other.
struct Helper {
    jobs: Sender<Job>,
    done: Receiver<()>,
    thread: JoinHandle<()>,
}

impl Helper {
    fn start() -> io::Result<Self> {
        let (jobs, wanted) = mpsc::channel::<Job>();
        let (says, done) = mpsc::channel();
        let thread = start(move || {
            for job in wanted {
                job();
                if says.send(()).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { jobs, done, thread })
    }
}

thread_local! {
    /// The thread that works for this one, if none was needed yet or the last one hangs.
    static HELPER: RefCell<Option<Helper>> = const { RefCell::new(None) };
}

/// Runs `work` on another thread, and gives it up if it stops counting for the deadline, or if the
/// time is over.
///
/// The thread of work that was given up cannot be ended; it is left behind. Any other one is kept
/// for the next work of this thread.
pub(crate) fn guarded<T: Send + 'static>(
    limits: &Limits,
    work: impl FnOnce(&Pulse) -> T + Send + 'static,
) -> Result<T, GivenUp> {
    if limits.is_over() {
        return Err(GivenUp::OutOfTime);
    }
    let kept = HELPER.take().map_or_else(Helper::start, Ok);
    let helper = kept.map_err(|_| GivenUp::NoThread)?;
    let deadline = limits.deadline;
    let pulse = Arc::new(Pulse::default());
    let result = Arc::new(Mutex::new(None));
    let mut watcher = Watcher::new(Arc::clone(&pulse), deadline);
    let its_result = Arc::clone(&result);
    let job: Job = Box::new(move || {
        watched_by(deadline);
        let done = work(&pulse);
        *lock(&its_result) = Some(done);
    });
    // A thread that ended is seen at once below.
    let _ = helper.jobs.send(job);
    loop {
        match helper.done.recv_timeout(interval(deadline)) {
            Ok(()) => {
                HELPER.set(Some(helper));
                return lock(&result).take().ok_or(GivenUp::Hung);
            }
            Err(RecvTimeoutError::Timeout) => {
                let stopped = watcher.has_stopped().then_some(GivenUp::Hung);
                let late = || limits.is_over().then_some(GivenUp::OutOfTime);
                if let Some(given_up) = stopped.or_else(late) {
                    watcher.pulse().abandon();
                    return Err(given_up);
                }
            }
            Err(RecvTimeoutError::Disconnected) => match helper.thread.join() {
                Err(payload) => resume_unwind(payload),
                Ok(()) => unreachable!("a helper ends when nobody wants it any more"),
            },
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    thread_local! {
        static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
    }

    /// Whether this thread may start another one.
    pub(super) fn may_start() -> bool {
        let left = LEFT.get();
        LEFT.set(left.saturating_sub(1));
        left > 0
    }

    /// Lets this thread start so many more, and no others.
    pub(crate) fn let_start(threads: usize) {
        LEFT.set(threads);
    }

    #[test]
    fn one_thread_does_the_work_until_it_hangs() {
        let id = || guarded(&Limits::new(Duration::from_secs(9), 0), |_| thread::current().id());
        let first = id();
        assert!((0..100).all(|_| id() == first));
        let hung = guarded(&Limits::new(Duration::from_millis(20), 0), |pulse| {
            while !pulse.is_abandoned() {
                thread::sleep(Duration::from_millis(1));
            }
        });
        assert_eq!(hung, Err(GivenUp::Hung));
        assert_ne!(id(), first);
    }

    #[test]
    fn where_no_thread_can_be_started_no_work_is_done() {
        let_start(0);
        let done = guarded(&Limits::new(Duration::from_secs(9), 0), |_| 7);
        assert_eq!(done, Err(GivenUp::NoThread));
        let_start(1);
        assert_eq!(guarded(&Limits::new(Duration::from_secs(9), 0), |_| 7), Ok(7));
        assert_eq!(guarded(&Limits::new(Duration::from_secs(9), 0), |_| 8), Ok(8));
    }

    #[test]
    fn work_that_goes_on_for_ever_ends_with_the_time() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let limits = Limits::new(Duration::from_secs(9), 0);
        let limits = limits.until(&Stopwatch::of(&clock), Some(Duration::from_millis(30)));
        let done = guarded(&limits, |pulse| {
            while !pulse.is_abandoned() {
                pulse.beat();
            }
        });
        assert_eq!(done, Err(GivenUp::OutOfTime));
        assert_eq!(guarded(&limits, |_| ()), Err(GivenUp::OutOfTime));
    }

    #[test]
    fn work_that_counts_may_take_longer_than_the_deadline() {
        let done = guarded(&Limits::new(Duration::from_millis(200), 0), |pulse| {
            for _ in 0..30 {
                thread::sleep(Duration::from_millis(10));
                pulse.beat();
            }
            7
        });
        assert_eq!(done, Ok(7));
    }
}
