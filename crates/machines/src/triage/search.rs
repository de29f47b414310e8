//! One search for a smaller plan, candidate by candidate.
//!
//! Of a slow store, calls are counted. Proving that a plan is minimal costs most of them, and most
//! failures look alike. So the order is another one there: what is like the failure is enough from
//! the start, operations are left out one by one before anything is made simpler, and a plan that
//! is left with the operations of a minimal one counts as it. A bug that another one hides may be
//! missed so; where a call costs nothing it is not.
//!
//! Not here: which candidates there are (the shrinker in `rules`, and `stand_ins`), which answers
//! count as the failure (`target`), in which order the steps of a search are taken (`minimise`), and
//! what went wrong before the last operation (`origin`).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zarr_conform_model::contract::MismatchKind;
use zarr_conform_model::{Operation, OperationKind, Outcome, Plan, Step};
use zarr_conform_rules::{Shrinker, slices};
use zarr_conform_store::Adapter;

use crate::clock::Stopwatch;
use crate::finding::finding::{Finding, ShrinkEnd, Shrinking};
use crate::play::watch::{Limits, Pulse, guarded};
use crate::settings::Effort;
use crate::triage::stand_ins::{StandIn, stand_ins};
use crate::triage::target::{Likeness, Target};
use crate::triage::variants::{empty_values, without_empty_values};
use crate::triage::verdict::{unsound_steps, verdict};

/// How often a plan is played in search of a failure that comes and goes. A guess: one that fails
/// every other time is missed once in 64.
pub(crate) const ATTEMPTS: u32 = 6;

/// Calls to a slow store that minimising one failure may cost: what a time budget would end
/// somewhere ends at the same place each time. A guess: three seconds at 10 ms a call.
const SLOW_CALLS: u64 = 300;

/// How often the smallest plan is played to see whether its failure comes and goes. A guess.
const CONFIRMATIONS: u32 = 3;

/// How often it is looked for writes that go wrong in other ways. A guess.
const ROUNDS_FOR_OTHERS: u32 = 3;

/// A failure at its smallest, and what it took to get there.
#[derive(Clone, Debug)]
pub(crate) struct Minimum {
    pub(crate) smallest: Finding,
    /// The smallest plan that still asks the question with which the failure was found, if a
    /// simpler question stands in for it.
    pub(crate) symptom: Option<Finding>,
    /// Whether the plan is one of the store below a library, and its failure the store's.
    pub(crate) is_below: bool,
    pub(crate) runs: u64,
    pub(crate) calls: u64,
    pub(crate) end: ShrinkEnd,
    /// Whether one plan fails at one time and not at another.
    pub(crate) is_flaky: bool,
}

impl Minimum {
    /// What is known before the search: nothing but the plan that was found.
    pub(super) fn not_reproduced(found: Finding) -> Self {
        Self {
            smallest: found,
            symptom: None,
            is_below: false,
            runs: 0,
            calls: 0,
            end: ShrinkEnd::NotReproduced,
            is_flaky: false,
        }
    }

    /// What it took to get there from a plan of `from` operations.
    pub(crate) const fn shrinking(&self, from: usize) -> Shrinking {
        let Self { runs, calls, end, is_flaky: flaky, .. } = *self;
        Shrinking { from, runs, calls, end, flaky, rate: None }
    }
}

/// The search for the smallest plan of one failure.
pub(super) struct Search<'a> {
    pub(crate) adapter: &'a Arc<dyn Adapter>,
    /// A store on which the plan must not fail in the same way.
    pub(crate) bare: Option<&'a Arc<dyn Adapter>>,
    pub(crate) limits: Limits,
    /// Whether a plan was not played for want of time or of a thread.
    pub(crate) is_given_up: bool,
    pub(crate) effort: Effort,
    /// Set by whoever wants the report now.
    pub(crate) stop: &'a AtomicBool,
    pub(crate) started: Stopwatch,
    /// Whether the last plan left open what the store held at some time.
    pub(crate) was_open: bool,
    pub(crate) minimum: Minimum,
}

impl Search<'_> {
    /// The first part of a plan that shows the failure, and how.
    pub(super) fn start(&mut self, plan: &Plan, target: &Target) -> Option<(Plan, Finding)> {
        // Few operations matter mostly, and the checks of a crowd are tens of thousands.
        let starts = slices(plan).into_iter().chain([plan.clone()]);
        let mut try_start = |start: Plan| {
            let like = target.with(Likeness::SameQuestion);
            let target = if self.effort.is_slow { &like } else { target };
            let (length, smallest) = self.try_plan(&start, target)?;
            Some((start.first(length), smallest))
        };
        let found = starts.into_iter().find_map(&mut try_start);
        if found.is_some() {
            return found;
        }
        if self.minimum.end == ShrinkEnd::NotReproduced {
            self.minimum.is_flaky = true;
        }
        self.try_plan(plan, target).map(|(length, smallest)| (plan.first(length), smallest))
    }

    /// Makes the smallest plan of one that fails.
    pub(super) fn shrink_from(&mut self, unshrunk: &Finding, target: &Target) {
        self.minimum.smallest = unshrunk.clone();
        self.minimum.end = ShrinkEnd::Minimal;
        let like = target.with(Likeness::SameQuestion);
        if self.effort.is_slow {
            // What does not bear on the failure goes first.
            self.leave_out_singly(&like);
            self.shrink(&like);
            return;
        }
        self.shrink(target);
        self.generalise(&like);
    }

    /// Makes the smallest plan of one with callers at the same time, with the first order that shows it.
    pub(super) fn shrink_together(&mut self, unshrunk: &Finding, target: &Target) {
        self.minimum.smallest = unshrunk.clone();
        self.minimum.end = ShrinkEnd::Minimal;
        self.shrink(target);
        let like = target.with(Likeness::SameOverlap);
        self.shrink(&like);
        let open = self.minimum.smallest.plan.with_turns(None);
        let Some((_, smallest)) = self.try_anyway(&open, &like) else { return };
        let in_turn = smallest.plan.numbered_in_turn();
        let played = self.try_anyway(&in_turn, &like);
        self.minimum.smallest = played.map_or(smallest, |(_, in_turn)| in_turn);
    }

    /// Whether the smallest plan fails at one time and not at another.
    pub(super) fn comes_and_goes(&mut self, target: &Target) -> bool {
        // Every plan that hangs costs a deadline, and was played twice.
        let hangs = target.signature.mismatch == MismatchKind::TimedOut;
        if hangs || self.minimum.is_flaky || self.minimum.end != ShrinkEnd::Minimal {
            return false;
        }
        let likeness = match target.likeness {
            Likeness::SameOverlap => Likeness::SameOverlap,
            _ => Likeness::SameQuestion,
        };
        let target = target.with(likeness);
        let smallest = self.minimum.smallest.plan.clone();
        let confirms = |search: &mut Self| {
            !search.is_over(smallest.len()) && search.play(&smallest, &target).is_some()
        };
        let is_sure = (0..CONFIRMATIONS).all(|_| confirms(self));
        !is_sure && self.minimum.end == ShrinkEnd::Minimal
    }

    /// Plays a plan if the budget allows it, and gives how many of its operations show the failure,
    /// and how.
    pub(super) fn try_plan(&mut self, plan: &Plan, target: &Target) -> Option<(usize, Finding)> {
        if self.is_over(plan.len()) { None } else { self.try_anyway(plan, target) }
    }

    /// Plays a plan, and gives how many of its operations show the failure, and how; nothing, if it
    /// fails without the planted bug, too.
    pub(super) fn try_anyway(&mut self, plan: &Plan, target: &Target) -> Option<(usize, Finding)> {
        let (length, smallest) = self.play(plan, target)?;
        let fails_anyway =
            |bare| verdict(bare, plan, &self.limits, Some(target)).disagreement.is_some();
        // A failure that takes a fault is another one than one that does not.
        let fails_in_peace = |target: Target| {
            plan.first(length).in_peace().iter().any(|plan| {
                verdict(self.adapter, plan, &self.limits, Some(&target)).disagreement.is_some()
            })
        };
        if target.in_peace().is_some_and(fails_in_peace) {
            return None;
        }
        (!self.bare.is_some_and(fails_anyway)).then_some((length, smallest))
    }

    /// Plays a plan on the store under test, and gives how many of its operations show the failure,
    /// and how.
    fn play(&mut self, plan: &Plan, target: &Target) -> Option<(usize, Finding)> {
        let attempts = if self.minimum.is_flaky { ATTEMPTS } else { 1 };
        let mut ask = || {
            let verdict = verdict(self.adapter, plan, &self.limits, Some(target));
            self.is_given_up |= !verdict.was_played;
            self.minimum.runs += 1;
            self.minimum.calls += verdict.calls;
            self.was_open = verdict.was_open;
            Some((verdict.disagreement?, verdict.turns))
        };
        let ((step, disagreement), turns) = (0..attempts).find_map(|_| ask())?;
        // A machine that is busy elsewhere may look like a store that hangs, but not twice.
        if disagreement.outcome == Outcome::TimedOut {
            ask()?;
        }
        Some((step + 1, Finding::new(plan.with_turns(turns), &disagreement)))
    }

    /// The plan without the writes before the failure that go wrong in other ways, and without
    /// those that leave open what the store holds, if it still fails then.
    pub(super) fn without_other_failures(&mut self, plan: &Plan, alone: &Target) -> Option<Plan> {
        let mut sound = plan.clone();
        // What goes wrong only now and then may take more than one look.
        for _ in 0..ROUNDS_FOR_OTHERS {
            if self.is_over(sound.len()) {
                return None;
            }
            let unsound = self.look_for_unsound_steps(&sound);
            let last = sound.len() - 1;
            sound = sound.keep(|at, _| at == last || !unsound.contains(&at));
            if self.try_plan(&sound, alone).is_some() {
                return Some(sound);
            }
            if unsound.is_empty() {
                return None;
            }
        }
        None
    }

    pub(super) fn look_for_unsound_steps(&mut self, plan: &Plan) -> BTreeSet<usize> {
        self.minimum.runs += 1;
        self.minimum.calls += plan.len() as u64;
        let (adapter, played) = (Arc::clone(self.adapter), plan.clone());
        let most = self.limits.max_answer;
        let look = move |pulse: &Pulse| unsound_steps(&*adapter, &played, pulse, most);
        guarded(&self.limits, look).unwrap_or_default()
    }

    /// Whether the budget is used up by another plan of so many operations.
    pub(super) fn is_over(&mut self, operations: usize) -> bool {
        let most = if self.effort.is_slow {
            self.effort.budget.calls.min(SLOW_CALLS)
        } else {
            self.effort.budget.calls
        };
        if self.minimum.calls + operations as u64 > most {
            self.minimum.end = ShrinkEnd::OutOfCalls;
            return true;
        }
        let ends = self.stop.load(Ordering::Relaxed) || self.is_given_up || self.limits.is_over();
        if ends || self.started.elapsed() >= self.effort.budget.time {
            self.minimum.end = ShrinkEnd::OutOfTime;
            return true;
        }
        false
    }

    /// Shrinks with what is only like the failure.
    ///
    /// Another bug may look like it as soon as a value is another one. So operations are left out
    /// of the plan as it is, too: if fewer can be, what the shorter plan shows is not the same.
    fn generalise(&mut self, target: &Target) {
        let exact = self.minimum.smallest.clone();
        self.shrink(target);
        let shorter = self.minimum.smallest.clone();
        // Where it panicked tells a failure well enough.
        if target.panic_site.is_some() || shorter.plan.len() == exact.plan.len() {
            return;
        }
        self.minimum.smallest = exact;
        self.leave_out(target);
        if self.minimum.smallest.plan.len() > shorter.plan.len() {
            // Simpler operations, as many and with bytes where there were some, may be told from
            // those that do not matter.
            self.shrink_with(Shrinker::new(self.minimum.smallest.plan.clone()), target, true);
            self.leave_out(target);
        }
        if self.minimum.smallest.plan.len() <= shorter.plan.len() {
            self.minimum.smallest = shorter;
        }
    }

    /// Leaves out operations, and changes none.
    fn leave_out(&mut self, target: &Target) {
        let plan = self.minimum.smallest.plan.clone();
        self.shrink_with(Shrinker::new(plan).leave_out_only(), target, false);
    }

    /// Leaves out chunks of operations, and single ones at last.
    fn leave_out_singly(&mut self, target: &Target) {
        let plan = self.minimum.smallest.plan.clone();
        self.shrink_with(Shrinker::new(plan).leave_out_singly(), target, false);
    }

    pub(super) fn shrink(&mut self, target: &Target) {
        self.shrink_with(Shrinker::new(self.minimum.smallest.plan.clone()), target, false);
    }

    /// Plays the candidates of a shrinker: all, or those that have as many operations and no more
    /// values of no bytes than the plan at the start.
    fn shrink_with(&mut self, mut shrinker: Shrinker, target: &Target, keeps: bool) {
        let least = if keeps { shrinker.best().len() } else { 0 };
        let most_empty = if keeps { empty_values(shrinker.best()) } else { usize::MAX };
        while let Some(candidate) = shrinker.candidate() {
            if self.is_over(candidate.len()) {
                break;
            }
            let is_fit = candidate.len() >= least && empty_values(&candidate) <= most_empty;
            let played = is_fit.then(|| self.try_plan(&candidate, target)).flatten();
            match played.filter(|(length, _)| *length >= least) {
                Some((length, smallest)) => {
                    shrinker.accept_first(length);
                    self.minimum.smallest = smallest;
                }
                None => shrinker.reject(),
            }
        }
        self.minimum.smallest.plan = shrinker.best().clone();
    }

    /// Asks simpler questions in place of the last one, in the smallest plan and in the plan that
    /// the search started from, and goes on with those that go wrong for the same reason.
    pub(super) fn find_stand_in(&mut self, cut: &Plan, target: &Target) {
        let own = self.minimum.smallest.clone();
        let mut found = self.stand_in_for(&own.plan, target);
        let listing = own.plan.last().is_some_and(|last| last.keys().next().is_none());
        if !found && listing && self.stand_in_for(cut, target) {
            // Where values are told apart, a wrong listing may show as a wrong value.
            found = self.minimum.smallest.plan.len() <= own.plan.len();
            if !found {
                self.minimum.smallest = own.clone();
            }
        }
        while found {
            found = self.stand_in_for(&self.minimum.smallest.plan.clone(), target);
        }
        self.list_instead(target);
        if self.minimum.smallest.plan != own.plan {
            self.minimum.symptom = Some(own);
        }
    }

    /// Asks simpler questions in place of the last one of the smallest plan alone; if the budget ends
    /// on the way, it stays what it is.
    pub(super) fn ask_more_simply(&mut self, target: &Target) {
        let own = self.minimum.smallest.clone();
        while self.stand_in_for(&self.minimum.smallest.plan.clone(), target) {}
        if self.minimum.end != ShrinkEnd::Minimal {
            self.minimum.smallest = own;
            self.minimum.end = ShrinkEnd::Minimal;
        }
    }

    /// Lists in place of getting a value, if that shows the failure in fewer operations: a key
    /// that is not there takes fewer than a key with the value of another one.
    fn list_instead(&mut self, target: &Target) {
        let own = self.minimum.smallest.clone();
        let kind = own.signature.operation;
        if kind != OperationKind::Get || own.plan.len() < 3 {
            return;
        }
        let list = StandIn { kind: OperationKind::List, questions: vec![Operation::List] };
        if self.try_stand_in(&own.plan, &list, target)
            && self.minimum.smallest.plan.len() >= own.plan.len()
        {
            self.minimum.smallest = own;
        }
    }

    /// Tries every stand-in for the last question of `plan`, up to the first that goes wrong too.
    fn stand_in_for(&mut self, plan: &Plan, target: &Target) -> bool {
        stand_ins(plan).iter().any(|stand_in| self.try_stand_in(plan, stand_in, target))
    }

    /// Asks other questions in place of the last one of `plan`, and shrinks if they go wrong too.
    fn try_stand_in(&mut self, plan: &Plan, stand_in: &StandIn, target: &Target) -> bool {
        let Some((_, before)) = plan.steps().split_last().filter(|_| !self.is_over(plan.len()))
        else {
            return false;
        };
        let StandIn { kind, questions } = stand_in;
        let target = target.with_signature(self.minimum.smallest.signature);
        let candidate = asking(plan, before, questions).compact();
        let asked = self.try_plan(&candidate, &target.with(Likeness::StandIn(*kind)));
        let Some((length, smallest)) = asked.filter(|(length, _)| *length > before.len()) else {
            return false;
        };
        if self.is_right_where_bytes_are(plan, stand_in, &target) {
            return false;
        }
        let (before_it, original) = (self.minimum.smallest.clone(), target.clone());
        let target = target.with_signature(smallest.signature);
        self.minimum.smallest = smallest.shown_by(candidate.first(length).compact());
        self.shrink(&target.with(Likeness::SameQuestion));
        if self.shows_as(plan.last(), &original) {
            return true;
        }
        self.minimum.smallest = before_it;
        false
    }

    /// Whether the failure of a plan shows without empty values too, and the stand-in is right there.
    fn is_right_where_bytes_are(
        &mut self,
        plan: &Plan,
        stand_in: &StandIn,
        target: &Target,
    ) -> bool {
        let Some(filled) = without_empty_values(plan) else {
            return false;
        };
        let before = filled.steps().split_last().map_or(&[][..], |(_, before)| before);
        let asked = asking(&filled, before, &stand_in.questions);
        let wrong = self.try_plan(&asked, &target.with(Likeness::StandIn(stand_in.kind)));
        wrong.is_none() && self.try_plan(&filled, &target.with(Likeness::SameQuestion)).is_some()
    }

    /// Whether the smallest plan goes wrong as well if the original question is asked at its end:
    /// if not, shrinking came to another bug.
    fn shows_as(&mut self, question: Option<&Operation>, target: &Target) -> bool {
        let plan = self.minimum.smallest.plan.clone();
        let Some((Step { operation: last, .. }, before)) = plan.steps().split_last() else {
            return false;
        };
        let question = match (question, last.key()) {
            (Some(Operation::Exists { .. }), Some(key)) => Operation::Exists { key },
            (Some(Operation::SizeKey { .. }), Some(key)) => Operation::SizeKey { key },
            // The answers to others depend on values, which are different ones now, or on names that
            // the smallest plan does not have.
            _ => return true,
        };
        let asked = asking(&plan, before, &[question]);
        let kind = asked.last().map_or(target.signature.operation, Operation::kind);
        self.try_plan(&asked, &target.with(Likeness::Asked(kind))).is_some()
    }
}

/// The first steps of a plan, and then other questions.
fn asking(plan: &Plan, before: &[Step], questions: &[Operation]) -> Plan {
    plan.with_steps(before.iter().cloned().chain(questions.iter().cloned().map(Step::from)))
}
