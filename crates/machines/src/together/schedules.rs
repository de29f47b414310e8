//! The orders of the callers of a plan, up to the first that shows something.

use zarr_conform_gate::schedule::{Search, on_one_core};
use zarr_conform_model::contract::Overlap;
use zarr_conform_model::history::End;
use zarr_conform_model::plan::Turns;
use zarr_conform_model::{Plan, Signature};
use zarr_conform_store::{Adapter, OpenError, keeping_surroundings};

use crate::boundary::{schedule_of, turns_of};
use crate::finding::disagreement::Disagreement;
use crate::finding::finding::Rate;
use crate::play::player::says_something;
use crate::play::watch::Pulse;
use crate::together::run::{Order, Played, Run, play};
use crate::together::wrong::{disagreements, overlaps};

/// How many switches are tried. One suffices for nearly all that goes wrong between callers; two for
/// what takes a caller that comes back in between (Burckhardt and others, ASPLOS 2010).
pub(crate) const SWITCHES: usize = 2;

/// How many orders of one plan are tried at the most. A guess: all with one switch of three short
/// operations, and some with two.
pub(crate) const SCHEDULES: u64 = 256;

/// How often a plan is played whose callers go in whatever order the system gives. A guess: a plan that
/// goes wrong in one of ten runs is missed once in 30.
pub(crate) const ATTEMPTS: u64 = 32;

/// What orders are tried.
pub(crate) struct Orders<'a> {
    pub(crate) adapter: &'a dyn Adapter,
    pub(crate) plan: &'a Plan,
    pub(crate) pulse: &'a Pulse,
    /// How many switches each may have.
    pub(crate) switches: usize,
    /// Whether to stop before the next one.
    pub(crate) is_over: &'a dyn Fn() -> bool,
}

/// What came of them.
#[derive(Default)]
pub(crate) struct Tried {
    /// The first that shows something, and what.
    pub(crate) wrong: Option<Shown>,
    /// How many were tried.
    pub(crate) schedules: u64,
    /// How many of them had a switch between callers, or operations that overlapped.
    pub(crate) switched: u64,
    /// How many of them dropped a future.
    pub(crate) dropped: u64,
    /// How many of them were in whatever order the system gave.
    pub(crate) free: u64,
    /// Whether anything of a value was ever answered.
    pub(crate) has_seen: bool,
    /// How many operations the store was asked.
    pub(crate) calls: u64,
    /// The lowest level of overlap that the store was seen to hold.
    pub(crate) seen: Option<Overlap>,
    /// Whether the plan goes wrong with one caller after the other, or before any: nothing is said of
    /// it.
    pub(crate) is_wrong_in_peace: bool,
}

/// Something that is wrong in one order.
pub(crate) struct Shown {
    pub(crate) at: usize,
    pub(crate) disagreement: Disagreement,
    /// The order; none, if nobody gave turns.
    pub(crate) turns: Option<Turns>,
    pub(crate) run: Box<Run>,
}

impl Orders<'_> {
    /// Tries orders up to the first that shows something that `counts`; of a plan that says in which
    /// order its callers go, that one alone.
    pub(crate) fn first_wrong(
        &self,
        counts: &dyn Fn(&Disagreement) -> bool,
    ) -> Result<Tried, OpenError> {
        keeping_surroundings(|| self.try_all(counts))
    }

    /// The same, in turns alone: of a store to which nobody can give turns, none is tried.
    pub(crate) fn first_wrong_in_turns(
        &self,
        counts: &dyn Fn(&Disagreement) -> bool,
    ) -> Result<Tried, OpenError> {
        keeping_surroundings(|| on_one_core(|| self.try_in_turns(counts)))
    }

    fn try_all(&self, counts: &dyn Fn(&Disagreement) -> bool) -> Result<Tried, OpenError> {
        let mut tried = on_one_core(|| self.try_in_turns(counts))?;
        let is_settled = tried.wrong.is_some() || tried.is_wrong_in_peace;
        // What keeps all in memory makes no calls at which a turn could go elsewhere.
        if tried.switched == 0 && !is_settled && self.plan.turns().is_none() {
            self.try_freely(counts, &mut tried)?;
        }
        Ok(tried)
    }

    fn try_freely(
        &self,
        counts: &dyn Fn(&Disagreement) -> bool,
        tried: &mut Tried,
    ) -> Result<(), OpenError> {
        let in_peace = (0..self.plan.callers()).map(Order::OneByOne);
        for order in in_peace.chain((0..ATTEMPTS).map(Order::Freely)) {
            if (self.is_over)() || tried.wrong.is_some() || tried.is_wrong_in_peace {
                break;
            }
            match play(self.adapter, self.plan, order, self.pulse)? {
                Played::Run(run) => {
                    tried.free += u64::from(matches!(order, Order::Freely(_)));
                    tried.switched += u64::from(overlaps(&run.history));
                    self.look(run, None, tried, counts);
                }
                Played::WrongBefore => tried.is_wrong_in_peace = true,
                Played::NotInTurns => break,
            }
        }
        Ok(())
    }

    fn try_in_turns(&self, counts: &dyn Fn(&Disagreement) -> bool) -> Result<Tried, OpenError> {
        let mut tried = Tried::default();
        if let Some(turns) = self.plan.turns() {
            if let Some(schedule) = schedule_of(turns)
                && let Played::Run(run) =
                    play(self.adapter, self.plan, Order::InTurns(&schedule), self.pulse)?
                && run.missed.is_empty()
            {
                self.look(run, Some(turns), &mut tried, counts);
            }
            return Ok(tried);
        }
        let mut search = Search::new(self.plan.callers(), self.switches);
        while let Some(schedule) = search.next() {
            // Plans have no words for some calls, such as those for random numbers.
            let Some(turns) = turns_of(&schedule) else { continue };
            if tried.schedules >= SCHEDULES || (self.is_over)() {
                break;
            }
            match play(self.adapter, self.plan, Order::InTurns(&schedule), self.pulse)? {
                Played::Run(run) => {
                    search.learn(&schedule, &run.trace);
                    tried.switched += u64::from(!turns.switches.is_empty());
                    self.look(run, Some(&turns), &mut tried, counts);
                }
                Played::WrongBefore => tried.is_wrong_in_peace = true,
                Played::NotInTurns => break,
            }
            if tried.wrong.is_some() || tried.is_wrong_in_peace {
                break;
            }
        }
        Ok(tried)
    }

    /// Holds one run against what the store promises.
    fn look(
        &self,
        run: Box<Run>,
        turns: Option<&Turns>,
        tried: &mut Tried,
        counts: &dyn Fn(&Disagreement) -> bool,
    ) {
        tried.schedules += 1;
        tried.calls += self.plan.len() as u64;
        let history = &run.history;
        tried.dropped += u64::from(history.calls.iter().any(|call| call.end == End::Never));
        tried.has_seen |= history.after.iter().any(|answer| says_something(&answer.outcome));
        let verdict = history.judge();
        // What no level explains is told, and says nothing of levels.
        tried.seen = [tried.seen, verdict.seen].into_iter().flatten().min();
        if verdict.is_right() {
            return;
        }
        if !overlaps(history) && !self.takes_second_handle(turns) {
            tried.is_wrong_in_peace = true;
            return;
        }
        let wrong = disagreements(self.plan, history, &verdict);
        let shown = wrong.into_iter().find(|(_, disagreement)| counts(disagreement));
        tried.wrong =
            shown.map(|(at, disagreement)| Shown { at, disagreement, turns: turns.cloned(), run });
    }
}

impl Orders<'_> {
    /// Whether what is wrong in an order without overlaps is right with one handle.
    fn takes_second_handle(&self, turns: Option<&Turns>) -> bool {
        if !self.plan.has_second_handle() {
            return false;
        }
        let schedule = turns.and_then(schedule_of);
        let order = schedule.as_ref().map_or(Order::OneByOne(0), Order::InTurns);
        let plan = self.plan.of_one_handle();
        match play(self.adapter, &plan, order, self.pulse) {
            Ok(Played::Run(run)) => run.history.judge().is_right(),
            _ => false,
        }
    }
}

/// How often a plan shows a failure in whatever order the system gives: the same question, answered
/// wrong in the same way.
pub(crate) fn rate(adapter: &dyn Adapter, plan: &Plan, failure: Signature, pulse: &Pulse) -> Rate {
    let is_it = |(_, wrong): &(usize, Disagreement)| {
        let Signature { operation, mismatch, .. } = wrong.signature;
        (operation, mismatch) == (failure.operation, failure.mismatch)
    };
    let shows = |attempt: &u64| match play(adapter, plan, Order::Freely(*attempt), pulse) {
        Ok(Played::Run(run)) => {
            let wrong = disagreements(plan, &run.history, &run.history.judge());
            wrong.iter().any(is_it)
        }
        _ => false,
    };
    Rate { shown: (0..ATTEMPTS).filter(shows).count() as u64, of: ATTEMPTS }
}
