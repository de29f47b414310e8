//! Minimising: plays ever simpler plans until none is left that fails in the same way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use zarr_conform_model::{
    Adapter, Clause, Dialect, Mismatch, MismatchKind, Model, Operation, Outcome, Plan, Signature,
    StoreModel,
};
use zarr_conform_rules::Shrinker;

use crate::campaign::{Found, Settings, empty, refusal};
use crate::player::{Disagreement, Journal, Player, lock};
use crate::watch::{Pulse, guarded};

/// How much minimising one failure may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShrinkBudget {
    /// Calls to the store.
    pub calls: u64,
    /// Time.
    pub time: Duration,
}

impl Default for ShrinkBudget {
    /// 100,000 calls and 20 seconds.
    fn default() -> Self {
        Self { calls: 100_000, time: Duration::from_secs(20) }
    }
}

/// A failure at its smallest, and what it took to get there.
#[derive(Clone, Debug)]
pub(crate) struct Minimum {
    pub(crate) plan: Plan,
    pub(crate) signature: Signature,
    pub(crate) clause: Clause,
    pub(crate) runs: u64,
    pub(crate) calls: u64,
    pub(crate) end: ShrinkEnd,
}

/// Why minimising ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ShrinkEnd {
    /// Nothing can be left out or made simpler.
    Minimal,
    /// The budget of calls was used up: the plan is the best so far.
    OutOfCalls,
    /// The budget of time was used up, or somebody wanted the report: the plan is the best so far.
    OutOfTime,
    /// The plan did not fail when it was played again: the store is not deterministic, or depends
    /// on something outside it.
    NotReproduced,
}

/// The first answer in a plan that is not allowed, and where it is.
pub(crate) struct Verdict {
    pub(crate) disagreement: Option<(usize, Disagreement)>,
    pub(crate) calls: u64,
}

/// Plays a plan, without checks, until an answer is wrong in a way that `counts`.
pub(crate) fn verdict(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    deadline: Duration,
    counts: impl Fn(&Signature) -> bool + Copy + Send + 'static,
) -> Verdict {
    // Shrinking may make names that climb higher than those of the plan it started from.
    if refusal(&**adapter, plan).is_some() {
        return Verdict { disagreement: None, calls: 0 };
    }
    let shared = Arc::new(Mutex::new(Vec::new()));
    let (adapter, played) = (Arc::clone(adapter), plan.clone());
    let dialect = adapter.dialect();
    let journal = Journal::Shared(Arc::clone(&shared));
    let played = guarded(deadline, move |pulse| play(&*adapter, &played, pulse, journal, &counts));
    if let Some(verdict) = played {
        return verdict;
    }
    let asked = lock(&shared).clone();
    let calls = asked.len() as u64;
    let hung = hung(plan, dialect, &asked).filter(|(_, hung)| counts(&hung.signature));
    Verdict { disagreement: hung, calls }
}

fn play(
    adapter: &dyn Adapter,
    plan: &Plan,
    pulse: &Pulse,
    journal: Journal,
    counts: &dyn Fn(&Signature) -> bool,
) -> Verdict {
    let Ok(mut player) = Player::open(adapter, empty(adapter, plan), pulse, journal) else {
        return Verdict { disagreement: None, calls: 0 };
    };
    let mut found = None;
    for (step, operation) in plan.operations().iter().enumerate() {
        let asked = player.ask(operation).map(|_| ());
        let answered = asked.and_then(|()| player.check_held());
        if let Err(disagreement) = answered
            && counts(&disagreement.signature)
        {
            found = Some((step, disagreement));
            break;
        }
    }
    Verdict { disagreement: found, calls: player.asked }
}

/// The disagreement of a store that did not answer the last of the operations it was asked.
pub(crate) fn hung(
    plan: &Plan,
    dialect: Dialect,
    asked: &[Operation],
) -> Option<(usize, Disagreement)> {
    let (last, before) = asked.split_last()?;
    let mut model = StoreModel::new(Arc::clone(plan.names()), dialect);
    for operation in before {
        model.predict(operation);
    }
    let mismatch = Mismatch { kind: MismatchKind::TimedOut, offender: None };
    let signature = Signature {
        operation: last.kind(),
        mismatch: mismatch.kind,
        situation: model.situation(last, &mismatch),
    };
    let clause = model.expect(last).clause;
    let disagreement = Disagreement { signature, clause, outcome: Outcome::TimedOut };
    Some((before.len(), disagreement))
}

/// Makes a failing plan as small as it gets within the budget.
///
/// First with exactly the same signature, so that one bug does not turn into another; then with
/// the same question and family of mismatch, so that what does not bear on the bug goes too.
pub(crate) fn minimise(
    adapter: &Arc<dyn Adapter>,
    found: &Found,
    settings: &Settings,
    budget: ShrinkBudget,
) -> Minimum {
    let Settings { deadline, stop, .. } = settings;
    let Found { plan, signature, clause } = found;
    let (signature, clause) = (*signature, *clause);
    let deadline = if signature.mismatch == MismatchKind::TimedOut {
        // Every candidate that hangs costs the deadline twice.
        (*deadline / 20).max(Duration::from_millis(250)).min(*deadline)
    } else {
        *deadline
    };
    let end = ShrinkEnd::NotReproduced;
    let minimum = Minimum { plan: plan.compact(), signature, clause, runs: 0, calls: 0, end };
    let mut search = Search { adapter, deadline, budget, stop, started: Instant::now(), minimum };
    let Some(length) = search.try_plan(plan, move |other| *other == signature) else {
        return search.minimum;
    };
    let cut = plan.with_operations(plan.operations()[..length].to_vec());
    search.minimum.plan = cut.compact();
    search.minimum.end = ShrinkEnd::Minimal;
    search.shrink(move |other| *other == signature);
    search.shrink(move |other| other.is_like(&signature));
    if signature.mismatch == MismatchKind::TimedOut {
        // What is slow within a short deadline need not hang within the whole one.
        search.deadline = settings.deadline;
        let smallest = search.minimum.plan.clone();
        if search.try_plan(&smallest, move |other| other.is_like(&signature)).is_none() {
            search.minimum.plan = cut.compact();
            search.minimum.end = ShrinkEnd::OutOfTime;
        }
    }
    search.minimum
}

struct Search<'a> {
    adapter: &'a Arc<dyn Adapter>,
    deadline: Duration,
    budget: ShrinkBudget,
    /// Set by whoever wants the report now.
    stop: &'a AtomicBool,
    started: Instant,
    minimum: Minimum,
}

impl Search<'_> {
    /// Plays a plan, and gives how many of its operations show the failure.
    fn try_plan(
        &mut self,
        plan: &Plan,
        counts: impl Fn(&Signature) -> bool + Copy + Send + 'static,
    ) -> Option<usize> {
        let mut ask = || {
            let verdict = verdict(self.adapter, plan, self.deadline, counts);
            self.minimum.runs += 1;
            self.minimum.calls += verdict.calls;
            verdict.disagreement
        };
        let (step, disagreement) = ask()?;
        // A machine that is busy elsewhere may look like a store that hangs, but not twice.
        if disagreement.outcome == Outcome::TimedOut {
            ask()?;
        }
        self.minimum.signature = disagreement.signature;
        self.minimum.clause = disagreement.clause;
        Some(step + 1)
    }

    fn shrink(&mut self, counts: impl Fn(&Signature) -> bool + Copy + Send + 'static) {
        let mut shrinker = Shrinker::new(self.minimum.plan.clone());
        while let Some(candidate) = shrinker.candidate() {
            if self.minimum.calls >= self.budget.calls {
                self.minimum.end = ShrinkEnd::OutOfCalls;
                break;
            }
            let interrupted = self.stop.load(Ordering::Relaxed);
            if interrupted || self.started.elapsed() >= self.budget.time {
                self.minimum.end = ShrinkEnd::OutOfTime;
                break;
            }
            match self.try_plan(&candidate, counts) {
                Some(length) => shrinker.accept_first(length),
                None => shrinker.reject(),
            }
        }
        self.minimum.plan = shrinker.best().clone();
    }
}
