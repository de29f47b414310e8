//! What a run comes to, and why one without failures may say little.

use zarr_conform_model::Capabilities;

use crate::campaign::tally::Tally;
use crate::report::report::{MissedGoal, PlantedBug, Status};
use crate::run::{Run, alarms_of};
use crate::settings::Mode;

impl Run<'_> {
    /// What the run comes to.
    pub(super) fn status(&self, tally: &Tally) -> Status {
        let report = &*self.report;
        // A disagreement is certain, whatever came after it.
        if !report.failures.is_empty() {
            return Status::Disagrees;
        }
        if let Some(error) = &tally.cannot_open {
            return Status::CannotOpen(error.to_string());
        }
        if report.operations == 0 {
            return Status::NothingRan(if report.planned_cases == 0 {
                "no cases were asked for".to_owned()
            } else if self.options.steps == 0 {
                "plans of no steps were asked for".to_owned()
            } else if report.notes.is_empty() {
                "no rule could choose an operation".to_owned()
            } else {
                report.notes.join("; ")
            });
        }
        if !report.known_not_seen.is_empty() {
            return Status::Disagrees;
        }
        let doubts = self.doubts(tally);
        if doubts.is_empty() { Status::Conforms } else { Status::Inconclusive(doubts) }
    }

    /// Why a run without failures says little.
    fn doubts(&self, tally: &Tally) -> Vec<String> {
        let missed = self.report.missed_goals.iter();
        let mut doubts: Vec<String> = missed
            .map(|MissedGoal { goal, reason }| format!("{goal} was never exercised: {reason}"))
            .collect();
        doubts.extend(alarms_of(tally));
        if let Some(case) = self.options.case {
            doubts.push(format!("only case {case} was played"));
        }
        if self.settings.is_stopped() {
            doubts.push("the campaign was interrupted".to_owned());
        } else if self.options.exhaustive.is_some() && tally.cut_short {
            doubts
                .push("not all plans were played: give more time, or fewer operations".to_owned());
        }
        let Capabilities { write, write_partial, create, .. } = self.options.adapter.capabilities();
        if !(write || write_partial || create) {
            doubts.push(
                "nobody could write, so that no value was ever read: a store that only reads is tested over contents, with `read_only_store_machine` or `Machine::over_contents`".to_owned(),
            );
        } else if !tally.has_written {
            doubts
                .push("no key was ever given a value, so the store was only seen empty".to_owned());
        } else if !tally.has_seen {
            doubts.push(
                "no value was ever answered, nor a size, nor a name in a listing: that there is nothing is no proof".to_owned(),
            );
        }
        match &self.report.planted_bug {
            _ if !self.options.planted_bug
                || self.settings.mode != Mode::InSequence
                || self.settings.is_stopped()
                || self.options.case.is_some() => {}
            Some(PlantedBug { mutant, caught: false, operations }) => doubts.push(format!(
                "the planted bug {mutant} was not caught in {operations} operations, so others would not have been: play more, or other rules"
            )),
            Some(PlantedBug { caught: true, .. }) => {}
            None => doubts.push(
                "no bug could be planted that these rules can find: add rules, or do without a planted bug".to_owned(),
            ),
        }
        doubts
    }
}
