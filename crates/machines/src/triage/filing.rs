//! Filing: from everything that went wrong in a campaign to distinct failures, each at its
//! smallest.
//!
//! Representatives are made small in turns, the shortest plans first: the first of every signature,
//! then as many others as an eighth of the calls that the cases took pays for, those of suspects
//! that were not looked at yet before all others. What was not looked at is said in a note. Where a
//! plan is minimal, simpler questions are asked in place of its last one; one that goes wrong for
//! the same reason stands for the failure, and the plan before is a symptom of it.
//!
//! Not here: how one plan is made small (`minimise`), what makes two smallest plans one failure
//! (`cause`), what looks alike before that (`finding/likeness`), and which failures are known, which
//! the run tells apart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use zarr_conform_model::contract::MismatchKind;
use zarr_conform_model::{Operation, OperationKind, Outcome, Plan};
use zarr_conform_store::Adapter;

use crate::campaign::campaign::Progress;
use crate::campaign::tally::{Group, Suspect, Tally};
use crate::finding::diagnosis::Diagnosis;
use crate::finding::finding::{Finding, FirstSeen, ShrinkEnd};
use crate::finding::likeness::{harm_of, is_like};
use crate::play::journal::lock;
use crate::play::replay::{PlayedLine, foreseen};
use crate::play::watch::Limits;
use crate::report::report::{Failure, Symptom};
use crate::settings::{Effort, Settings};
use crate::together::replay::{rate, replay_any};
use crate::triage::blame::failure_below;
use crate::triage::cause::{Cause, broken_by, joined};
use crate::triage::minimise::minimise;
use crate::triage::search::{ATTEMPTS, Minimum};
use crate::triage::stand_ins::{StandIn, stand_ins};

/// How many calls a campaign may spend at the least on failures that look like others that were
/// made small already; it may spend an eighth of what its cases took. A bound in calls and not in
/// time, so that reports stay the same. Both are guesses.
const CALLS_FOR_MORE: u64 = 2_000;

/// What a reader should know if some failures were not made small.
const UNLOOKED_AT: &str =
    "some failures look like others and were not made small: give more time to tell them apart";

/// What a reader should know if an interrupt kept failures from being made small.
const INTERRUPTED: &str = "failures were not made small after the interrupt, so those that are known cannot be told from others";

/// A suspect of which this many failures in a row came to plans that were known is left alone. A
/// guess.
const NOTHING_NEW: usize = 2;

/// What making failures small and telling them apart needs.
pub(crate) struct Filing<'a> {
    pub(crate) adapter: &'a Arc<dyn Adapter>,
    pub(crate) settings: &'a Settings,
    pub(crate) effort: Effort,
    pub(crate) progress: &'a (dyn Fn(Progress) + Sync),
    /// What takes longest of a slow store.
    pub(crate) slowest: Option<(OperationKind, Duration)>,
}

impl Filing<'_> {
    /// The distinct failures, in the order of the clauses that they break.
    pub(crate) fn failures(&self, tally: &Tally, notes: &mut Vec<String>) -> Vec<Failure> {
        let mut causes: BTreeMap<Cause, Vec<Shrunk>> = BTreeMap::new();
        let (small, large): (Vec<_>, Vec<_>) =
            self.minima(tally, notes).into_iter().partition(Shrunk::is_small);
        for shrunk in small {
            let Minimum { smallest, is_below, .. } = &shrunk.minimum;
            let cause = Cause::of(smallest, &self.level(*is_below).dialect());
            causes.entry(cause).or_default().push(shrunk);
        }
        let mut causes = joined_hangs(joined(causes));
        for shrunk in large {
            let is_like = |of: &&mut Vec<Shrunk>| {
                of.iter().any(|small| shrunk.is_nearly(small) || shrunk.hangs_as(small))
            };
            match causes.values_mut().find(is_like) {
                Some(of_that_cause) => of_that_cause.push(shrunk),
                None => {
                    let cause = Cause::of_unfinished(&shrunk.minimum.smallest);
                    causes.entry(cause).or_default().push(shrunk);
                }
            }
        }
        let failures =
            causes.into_iter().map(|(cause, shrunk)| self.failure(&cause, shrunk, tally));
        let mut failures: Vec<(u8, Failure)> = failures.collect();
        // What is certain before what comes and goes, harm before cosmetics, short before long.
        failures.sort_by_key(|(harm, failure)| {
            let Failure { clause, plan, shrinking, .. } = failure;
            (shrinking.flaky, *harm, plan.len(), *clause, plan.to_string())
        });
        failures.into_iter().map(|(_, failure)| failure).collect()
    }

    /// The adapter of the stores below the library, or of the library itself.
    fn level(&self, is_below: bool) -> &Arc<dyn Adapter> {
        match self.adapter.layered() {
            Some(layered) if is_below => layered.below(),
            _ => self.adapter,
        }
    }

    /// A failure at its smallest: one of a library is made small as one of the store below, if it
    /// is the store that gives a wrong answer.
    fn minimise(&self, found: &Finding) -> Minimum {
        let effort = || self.effort.clone();
        let minimum = minimise(self.adapter, found, self.settings, effort());
        // Nothing can be told from a plan that is not small.
        if minimum.end != ShrinkEnd::Minimal {
            return minimum;
        }
        let plan = &minimum.smallest.plan;
        let Some(found) = failure_below(self.adapter, plan, &self.effort.limits) else {
            return minimum;
        };
        let below = minimise(self.level(true), &found, self.settings, effort());
        if below.end != ShrinkEnd::Minimal {
            return minimum;
        }
        let calls = minimum.calls + below.calls;
        let runs = minimum.runs + below.runs;
        let is_flaky = minimum.is_flaky || below.is_flaky;
        let symptom = Some(minimum.smallest);
        Minimum { symptom, is_below: true, runs, calls, is_flaky, ..below }
    }

    /// The minimum of the first failure of every signature, and of as many others as the calls for
    /// that allow: turn by turn, in the order of the suspects.
    fn minima(&self, tally: &Tally, notes: &mut Vec<String>) -> Vec<Shrunk> {
        let started = self.settings.stopwatch();
        let is_over = || {
            self.settings.time_budget.is_some_and(|most| started.elapsed() >= most)
                || self.effort.limits.is_over()
        };
        let mut queues = queues(tally);
        let mut minima: Vec<Shrunk> = Vec::new();
        let mut plans = BTreeSet::new();
        let mut first_calls: Option<u64> = None;
        loop {
            if first_calls.is_some() && (self.settings.is_stopped() || is_over()) {
                let note = if self.settings.is_stopped() { INTERRUPTED } else { UNLOOKED_AT };
                notes.push(note.to_owned());
                return minima;
            }
            let mut next: Vec<Candidate<'_>> = queues.iter_mut().filter_map(Queue::next).collect();
            let calls: u64 = minima.iter().map(|shrunk| shrunk.minimum.calls).sum();
            if let Some(first_calls) = first_calls {
                let most = CALLS_FOR_MORE.max(tally.questions / 8);
                let average = calls / (minima.len() as u64).max(1);
                let left = most.saturating_sub(calls - first_calls) / average.max(1);
                // Those that were never looked at come first.
                next.sort_by_key(|candidate| !candidate.is_first);
                if next.iter().skip(left as usize).any(|candidate| candidate.is_first) {
                    notes.push(UNLOOKED_AT.to_owned());
                }
                next.truncate(left as usize);
            }
            if next.is_empty() {
                return minima;
            }
            // Each candidate that hangs costs a deadline: those would take the time of all others.
            next.sort_by_key(Candidate::hangs);
            for shrunk in self.minimise_all(&next) {
                let is_small = shrunk.is_small();
                let is_new = is_small && plans.insert(shrunk.minimum.smallest.plan.to_string());
                let queue = queues.iter_mut().find(|queue| *queue.suspect == shrunk.suspect);
                if let Some(queue) = queue {
                    queue.nothing_new = if is_new { 0 } else { queue.nothing_new + 1 };
                }
                minima.push(shrunk);
            }
            let calls = minima.iter().map(|shrunk| shrunk.minimum.calls).sum();
            first_calls.get_or_insert(calls);
        }
    }

    /// Minimises failures on as many threads as the campaign has.
    fn minimise_all(&self, failures: &[Candidate<'_>]) -> Vec<Shrunk> {
        let (next, count) = (AtomicUsize::new(0), failures.len());
        let minima = Mutex::new(Vec::with_capacity(count));
        let work = || {
            while let at = next.fetch_add(1, Ordering::Relaxed)
                && let Some(Candidate { suspect, is_first, seen, found }) = failures.get(at)
            {
                (self.progress)(Progress {
                    done: at as u64,
                    of: count as u64,
                    groups: count,
                    shrinking: true,
                    slowest: self.slowest,
                });
                let minimum = self.minimise(found);
                let (suspect, seen) = ((*suspect).clone(), (*seen).clone());
                let (is_first, from) = (*is_first, found.plan.len());
                lock(&minima).push((at, Shrunk { suspect, is_first, seen, from, minimum }));
            }
        };
        thread::scope(|scope| {
            // Made small are plans of few operations, one store each: mostly, that is waiting for
            // stores to be opened and written.
            let jobs = if self.settings.jobs > 1 { self.settings.jobs * 2 } else { 1 };
            for _ in 1..jobs.min(count) {
                // Where there are no more threads, those that there are take longer.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        let mut minima = std::mem::take(&mut *lock(&minima));
        minima.sort_by_key(|(at, _)| *at);
        minima.into_iter().map(|(_, shrunk)| shrunk).collect()
    }

    /// The failure of one cause, shown by the simplest of its plans, and how much harm it does.
    fn failure(&self, cause: &Cause, mut shrunk: Vec<Shrunk>, tally: &Tally) -> (u8, Failure) {
        // A suspect that turns out to be several failures is counted with the first of them.
        let count = |Shrunk { suspect, is_first, .. }: &Shrunk| {
            if *is_first { tally.groups[suspect].count } else { 0 }
        };
        let count = shrunk.iter().map(count).sum::<u64>().max(1);
        let first = |Shrunk { suspect, seen, is_first, .. }: &Shrunk| {
            let first = tally.groups[suspect].found.keys().next();
            first.filter(|_| *is_first).unwrap_or(seen).clone()
        };
        let first_seen = shrunk.iter().map(first).min();
        shrunk.sort_by_key(|shrunk| shrunk.minimum.smallest.complexity());
        let all = shrunk.iter().map(|shrunk| shrunk.minimum.smallest.clone()).collect();
        let mut shown = shrunk.into_iter();
        let Some(Shrunk { from, minimum, seen, .. }) = shown.next() else {
            unreachable!("every cause comes from a failure");
        };
        let mut shrinking = minimum.shrinking(from);
        let Minimum { smallest, symptom, is_below, is_flaky, .. } = minimum;
        let others =
            shown.flat_map(|shrunk| [Some(shrunk.minimum.smallest), shrunk.minimum.symptom]);
        let symptoms: Vec<Finding> = symptom.into_iter().chain(others.flatten()).collect();
        let gravest = symptoms.iter().min_by_key(|symptom| {
            let harm = harm_of(symptom.signature);
            (harm, symptom.complexity())
        });
        let gravest = gravest.map(|symptom| symptom.signature);
        let gravest = gravest.filter(|worse| harm_of(*worse) < harm_of(smallest.signature));
        let harm = harm_of(gravest.unwrap_or(smallest.signature));
        let follows = |symptom: &Finding| symptom.panic_site != smallest.panic_site;
        let is_panic = smallest.signature.mismatch == MismatchKind::Panicked;
        let diagnosis = (is_panic && symptoms.iter().any(follows)).then_some(Diagnosis::Panicked);
        let (text, broken) = cause.signature(&smallest);
        let Finding { plan, signature, got, .. } = smallest;
        let adapter = self.level(is_below);
        let lines = match signature.mismatch {
            // It is known what becomes of it, and seeing it again takes a deadline.
            MismatchKind::TimedOut if plan.together().is_none() => {
                foreseen(&**adapter, &plan, &Outcome::TimedOut.to_string())
            }
            _ => lines(adapter, &plan, &got, is_flaky, &self.effort.limits),
        };
        shrinking.rate = rate(adapter, &plan, signature, &self.effort.limits);
        let broken = broken_by(&plan, signature, broken);
        let failure = Failure {
            headline: gravest.map_or_else(|| text.clone(), |worse| worse.to_string()),
            signature: text,
            clause: broken,
            symptoms: Symptom::distinct(symptoms.into_iter(), &plan),
            diagnosis,
            near_miss: None,
            plan,
            lines,
            count,
            first_seen: first_seen.unwrap_or(seen),
            shrinking,
            has_many_plans: cause.has_many_plans(),
            shown: all,
            replay: None,
            file: None,
        };
        (harm, failure)
    }
}

/// A plan with what was wanted and what came; if its failure comes and goes, of a time when it came.
/// Where it does not come, or there is no time to play it, `got` is what came before.
fn lines(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    got: &str,
    is_flaky: bool,
    limits: &Limits,
) -> Vec<PlayedLine> {
    let played = || replay_any(adapter, plan, limits).map(|played| played.lines);
    let mut attempts = (0..if is_flaky { ATTEMPTS } else { 1 }).filter_map(|_| played().ok());
    let shown = attempts.find(|lines| lines.iter().any(|line| !line.agrees));
    shown.unwrap_or_else(|| foreseen(&**adapter, plan, got))
}

/// A question that hangs, and the simpler ones that stand in for it and hang too, as one failure: each
/// look at a hang costs a deadline, so not all of them are asked in its place.
fn joined_hangs(causes: BTreeMap<Cause, Vec<Shrunk>>) -> BTreeMap<Cause, Vec<Shrunk>> {
    let shown = |of: &[Shrunk]| of.iter().map(|shrunk| shrunk.minimum.smallest.complexity()).min();
    let mut all: Vec<(Cause, Vec<Shrunk>)> = causes.into_iter().collect();
    all.sort_by_key(|(_, of)| shown(of));
    let mut joined: Vec<(Cause, Vec<Shrunk>)> = Vec::new();
    for (cause, of) in all {
        let stands_for = |(_, simpler): &&mut (Cause, Vec<Shrunk>)| {
            of.iter().all(|shrunk| simpler.iter().any(|simpler| simpler.hangs_in_place_of(shrunk)))
        };
        match joined.iter_mut().find(stands_for) {
            Some((_, simpler)) => simpler.extend(of),
            None => joined.push((cause, of)),
        }
    }
    joined.into_iter().collect()
}

/// A failure to make small.
struct Candidate<'a> {
    suspect: &'a Suspect,
    /// Whether it is the first of the suspect's.
    is_first: bool,
    seen: &'a FirstSeen,
    found: &'a Finding,
}

impl Candidate<'_> {
    fn hangs(&self) -> bool {
        self.suspect.signature.mismatch == MismatchKind::TimedOut
    }
}

/// The failures of one suspect, in the order in which they are made small.
struct Queue<'a> {
    suspect: &'a Suspect,
    /// Turns to wait: suspects of a signature that another one has wait for that one.
    wait: usize,
    is_first: bool,
    found: std::vec::IntoIter<(&'a FirstSeen, &'a Finding)>,
    /// How many in a row came to plans that were known.
    nothing_new: usize,
}

fn queues<'a>(tally: &'a Tally) -> Vec<Queue<'a>> {
    let mut signatures = BTreeSet::new();
    let queue = |(suspect, Group { found, .. }): (&'a Suspect, &'a Group)| {
        let Suspect { signature, panic_site, .. } = suspect;
        let is_first_of_its_kind = signatures.insert((*signature, panic_site.clone()));
        let mut found: Vec<_> = found.iter().collect();
        // The shortest plans first: they take the fewest calls to make smaller.
        found.sort_by_key(|(seen, found)| (found.plan.len(), *seen));
        let wait = usize::from(!is_first_of_its_kind);
        Queue { suspect, wait, is_first: true, found: found.into_iter(), nothing_new: 0 }
    };
    tally.groups.iter().map(queue).collect()
}

impl<'a> Queue<'a> {
    fn next(&mut self) -> Option<Candidate<'a>> {
        if self.wait > 0 {
            self.wait -= 1;
            return None;
        }
        // Every candidate that hangs costs a deadline.
        let hangs = self.suspect.signature.mismatch == MismatchKind::TimedOut;
        if self.nothing_new >= NOTHING_NEW || hangs && !self.is_first {
            return None;
        }
        let (seen, found) = self.found.next()?;
        let is_first = std::mem::replace(&mut self.is_first, false);
        Some(Candidate { suspect: self.suspect, is_first, seen, found })
    }
}

/// A failure that was made small, and where it comes from.
struct Shrunk {
    suspect: Suspect,
    /// Whether it is the first of the suspect's that was made small.
    is_first: bool,
    seen: FirstSeen,
    /// Operations in the plan as it was found.
    from: usize,
    minimum: Minimum,
}

impl Shrunk {
    /// Whether its plan tells what it is; of callers at the same time, kinds of operations do.
    fn is_small(&self) -> bool {
        self.minimum.end == ShrinkEnd::Minimal || self.minimum.smallest.plan.together().is_some()
    }

    /// Whether only names, values and numbers are left to be made simpler before this is the plan of
    /// another failure: the same operations in the same order, the last of which goes wrong in the
    /// same way.
    fn is_nearly(&self, small: &Self) -> bool {
        let (own, other) = (&self.minimum.smallest, &small.minimum.smallest);
        let kinds = |smallest: &Finding| -> Vec<OperationKind> {
            smallest.plan.operations().map(Operation::kind).collect()
        };
        small.is_small() && is_like(own.signature, other.signature) && kinds(own) == kinds(other)
    }

    /// Whether it is a hang of its own, and not of callers that wait for each other.
    fn hangs(&self) -> bool {
        let Finding { plan, signature, .. } = &self.minimum.smallest;
        signature.mismatch == MismatchKind::TimedOut && plan.together().is_none()
    }

    /// Whether both are questions of one kind that hang. Nothing else can be told of a hang that could
    /// not be made small.
    fn hangs_as(&self, small: &Self) -> bool {
        let asked = |shrunk: &Self| shrunk.minimum.smallest.signature.operation;
        self.hangs() && small.hangs() && asked(self) == asked(small)
    }

    /// Whether it hangs, and what is asked is a simpler question than another one that hangs.
    fn hangs_in_place_of(&self, other: &Self) -> bool {
        let asked = self.minimum.smallest.signature.operation;
        let of_that_kind = |stand_in: &StandIn| stand_in.kind == asked;
        self.hangs()
            && other.hangs()
            && stand_ins(&other.minimum.smallest.plan).iter().any(of_that_kind)
    }
}

#[cfg(test)]
mod tests {
    use zarr_conform_model::Dialect;
    use zarr_conform_mutants::ReferenceAdapter;

    use super::*;
    use crate::clock::{Clock, Stopwatch, SystemClock};

    #[test]
    fn a_failure_that_does_not_show_again_is_shown_by_what_came_before() {
        let adapter: Arc<dyn Adapter> = Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
        let limits = Limits::new(Duration::from_secs(4), 1024);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let over = limits.clone().until(&Stopwatch::of(&clock), Some(Duration::ZERO));
        let plan = "set a 0x01\nget a".parse().unwrap();
        for limits in [&limits, &over] {
            let lines = lines(&adapter, &plan, "absent", false, limits);
            assert_eq!((lines[1].agrees, &*lines[1].got), (false, "absent"));
        }
    }
}
