//! The orders of the callers of a plan, up to the first that shows something.

use zarr_conform_gate::schedule::{Search, on_one_core};
use zarr_conform_model::Plan;
use zarr_conform_model::contract::Overlap;
use zarr_conform_model::plan::Turns;
use zarr_conform_store::{Adapter, OpenError};

use crate::boundary::{schedule_of, turns_of};
use crate::finding::disagreement::Disagreement;
use crate::play::player::says_something;
use crate::play::watch::Pulse;
use crate::together::run::{Run, play};
use crate::together::wrong::{disagreements, overlaps};

/// How many switches are tried. One suffices for nearly all that goes wrong between callers; two for
/// what takes a caller that comes back in between (Burckhardt and others, ASPLOS 2010).
pub(crate) const SWITCHES: usize = 2;

/// How many orders of one plan are tried at the most. A guess: all with one switch of three short
/// operations, and some with two.
pub(crate) const SCHEDULES: u64 = 256;

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
    /// How many of them had a switch between callers.
    pub(crate) switched: u64,
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
    pub(crate) turns: Turns,
}

impl Orders<'_> {
    /// Tries orders up to the first that shows something that `counts`; of a plan that says in which
    /// order its callers go, that one alone.
    pub(crate) fn first_wrong(
        &self,
        counts: &dyn Fn(&Disagreement) -> bool,
    ) -> Result<Tried, OpenError> {
        on_one_core(|| self.try_all(counts))
    }

    fn try_all(&self, counts: &dyn Fn(&Disagreement) -> bool) -> Result<Tried, OpenError> {
        let mut tried = Tried::default();
        if let Some(turns) = self.plan.turns() {
            if let Some(schedule) = schedule_of(turns) {
                let run = play(self.adapter, self.plan, &schedule, self.pulse)?;
                self.look(run.filter(|run| run.missed.is_empty()), turns, &mut tried, counts);
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
            let run = play(self.adapter, self.plan, &schedule, self.pulse)?;
            if let Some(run) = &run {
                search.learn(&schedule, &run.trace);
            }
            self.look(run, &turns, &mut tried, counts);
            if tried.wrong.is_some() || tried.is_wrong_in_peace {
                break;
            }
        }
        Ok(tried)
    }

    /// Holds one run against what the store promises.
    fn look(
        &self,
        run: Option<Run>,
        turns: &Turns,
        tried: &mut Tried,
        counts: &dyn Fn(&Disagreement) -> bool,
    ) {
        tried.schedules += 1;
        tried.switched += u64::from(!turns.switches.is_empty());
        tried.calls += self.plan.len() as u64;
        let Some(Run { history, .. }) = run else {
            tried.is_wrong_in_peace = true;
            return;
        };
        tried.has_seen |= history.after.iter().any(|answer| says_something(&answer.outcome));
        let verdict = history.judge();
        // What no level explains is told, and says nothing of levels.
        tried.seen = [tried.seen, verdict.seen].into_iter().flatten().min();
        if verdict.is_right() {
            return;
        }
        if !overlaps(&history) {
            tried.is_wrong_in_peace = true;
            return;
        }
        let wrong = disagreements(self.plan, &history, &verdict);
        let shown = wrong.into_iter().find(|(_, disagreement)| counts(disagreement));
        tried.wrong =
            shown.map(|(at, disagreement)| Shown { at, disagreement, turns: turns.clone() });
    }
}
