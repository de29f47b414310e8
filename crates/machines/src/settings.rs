//! How a campaign is played, and how much making failures small may cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::checks::policy::Invariants;
use crate::clock::{Clock, Stopwatch};
use crate::play::unfinished::Unfinished;
use crate::play::watch::Limits;

/// How many bytes an answer may have, 64 MiB. A guess: four times the longest value that is drawn.
pub(crate) const MAX_ANSWER: u64 = 1 << 26;

/// How long an answer may take, unless somebody says otherwise.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

/// What a campaign is to do; see [`Machine`](crate::Machine) for what each is.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) seed: u64,
    pub(crate) cases: u64,
    pub(crate) invariants: Invariants,
    pub(crate) deadline: Duration,
    pub(crate) time_budget: Option<Duration>,
    /// How long making failures small may take in all.
    pub(crate) shrink_allowance: Option<Duration>,
    /// How many bytes an answer may have.
    pub(crate) max_answer: u64,
    pub(crate) jobs: usize,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How plans are played.
    pub(crate) mode: Mode,
    /// Where it is said which cases are being played.
    pub(crate) unfinished: Option<Arc<Unfinished>>,
}

/// How the plans of a campaign are played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(not(feature = "faults"), allow(dead_code, reason = "the others take the gate"))]
pub(crate) enum Mode {
    /// One operation after the other.
    #[default]
    InSequence,
    /// Each kind of operation with each fault on its way.
    Faults,
    /// With callers at the same time, in each order of their calls.
    Together,
}

impl Settings {
    /// How much a store may take, without an end in all.
    pub(crate) const fn limits(&self) -> Limits {
        Limits::new(self.deadline, self.max_answer)
    }

    /// Whether somebody wants the report now.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// A watch that was started now.
    pub(crate) fn stopwatch(&self) -> Stopwatch {
        Stopwatch::of(&self.clock)
    }
}

/// How much minimising one failure may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShrinkBudget {
    /// Calls to the store.
    pub calls: u64,
    /// Time.
    pub time: Duration,
}

impl Default for ShrinkBudget {
    /// 100,000 calls and 20 seconds; whatever it is, a store whose calls take 10 ms or more on the average
    /// is asked 300 times.
    fn default() -> Self {
        Self { calls: 100_000, time: Duration::from_secs(20) }
    }
}

/// How much is done to make a failure small.
#[derive(Clone, Debug)]
pub(crate) struct Effort {
    pub(crate) budget: ShrinkBudget,
    /// Whether the store is so slow that calls are counted.
    pub(crate) is_slow: bool,
    /// What the store may take, all failures together.
    pub(crate) limits: Limits,
}
