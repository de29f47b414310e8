//! What the planned cases missed: further cases are drawn towards each goal.
//!
//! Goals are pursued after the planned cases. Steering cases by what earlier ones met would make a
//! case depend on those before it, and on which thread came first. So the planned cases stay what
//! the seed and their number make them, and what they missed gets further cases, with numbers
//! behind theirs, drawn from the goal, the seed and the number.

use std::sync::Arc;

use zarr_conform_model::Names;
use zarr_conform_rules::Goal;

use crate::campaign::source::Source;
use crate::campaign::tally::Tally;
use crate::report::report::MissedGoal;
use crate::run::Run;
use crate::settings::Mode;

/// Cases that are played at a time towards a goal that was missed, and how often at the most. Both
/// are guesses.
const CASES_TOWARDS: u64 = 4;
const ATTEMPTS_TOWARDS: u64 = 4;

impl Run<'_> {
    /// Plays cases towards the goals that the campaign missed, and files those that stay missed.
    pub(super) fn pursue_goals(&mut self, source: &Source, mut tally: Tally) -> Tally {
        if tally.operations == 0 {
            return tally;
        }
        let reachable = self.drawing.goals();
        let no_names = Arc::new(Names::new([], []));
        let has_own_model = self.options.adapter.model(&no_names).is_some();
        let required: Vec<Goal> = match (&self.options.required_goals, source) {
            _ if self.options.case.is_some() => Vec::new(),
            // What a plan meets there is for the store machine to ask for.
            (None, _) if self.settings.mode != Mode::InSequence => Vec::new(),
            (Some(goals), _) => goals.clone(),
            (None, Source::All(_)) => Vec::new(),
            (None, _) => {
                let met = reachable.iter().filter(|(_, reach)| reach.is_ok());
                // Shapes are told by the built-in model.
                let counted =
                    met.filter(|(goal, _)| !has_own_model || !matches!(goal, Goal::Shape(_)));
                counted.map(|(goal, _)| *goal).collect()
            }
        };
        let mut first = self.report.planned_cases;
        for goal in required {
            let why_not = reachable.iter().find(|(other, _)| *other == goal);
            let why_not = why_not.and_then(|(_, reach)| reach.as_ref().err());
            for _ in 0..ATTEMPTS_TOWARDS {
                let Some(settings) = self.remaining() else {
                    break;
                };
                if self.settings.is_stopped() || tally.gave_up || tally.cannot_open.is_some() {
                    break;
                }
                if tally.has_met(goal) || why_not.is_some() {
                    break;
                }
                let towards = self.drawing.towards(goal);
                let end = first.saturating_add(CASES_TOWARDS);
                let before = tally.cases;
                tally = self.campaign(&towards, first..end, &settings, tally);
                self.report.cases_towards_goals += tally.cases - before;
                first = end;
            }
            if self.settings.is_stopped() || tally.cannot_open.is_some() {
                break;
            }
            if !tally.has_met(goal) {
                let reason = match (why_not, self.remaining()) {
                    (Some(reason), _) => reason.to_string(),
                    (None, None) => "the time budget was used up: give more time".to_owned(),
                    (None, Some(_)) => format!(
                        "{} cases did not come to it, nor {} that were drawn for it: play more or longer ones",
                        self.report.planned_cases,
                        CASES_TOWARDS * ATTEMPTS_TOWARDS,
                    ),
                };
                self.report.missed_goals.push(MissedGoal { goal: goal.to_string(), reason });
            }
        }
        tally
    }
}
