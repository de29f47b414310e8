//! What a store answers to each step of a plan, whoever holds it against what.
//!
//! A store is asked once, and its answers are held against as many dialects as there are: those are
//! asked of the model.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use zarr_conform_model::contract::{Declaration, MismatchKind};
#[cfg(feature = "faults")]
use zarr_conform_model::plan::Fault;
use zarr_conform_model::{Clause, Model, OperationKind, Outcome, Plan, ReferenceModel, Step};
use zarr_conform_store::Adapter;

use crate::play::admission::empty;
use crate::play::journal::{Journal, lock};
use crate::play::player::Player;
use crate::play::replay::{PlayedLine, start_line};
use crate::play::watch::{GivenUp, Limits, guarded};

/// What a store answered, step by step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// As many as there are steps, unless the store was gone before, or a fault found nothing to strike.
    pub(crate) outcomes: Vec<Outcome>,
    /// What each cost in requests to the service below, if those are counted.
    pub(crate) requests: Vec<u64>,
    /// Whether a fault found no call that it could strike.
    pub(crate) not_struck: bool,
}

/// Asks a fresh store all of a plan.
///
/// # Errors
///
/// Says why, if the store does not open.
pub(crate) fn answers(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    limits: &Limits,
) -> Result<Answers, String> {
    let heard = Arc::new(Mutex::new(Answers::default()));
    let opened = Arc::new(AtomicBool::new(false));
    let (own, asked, most) = (Arc::clone(adapter), plan.clone(), limits.max_answer);
    let (listens, opens) = (Arc::clone(&heard), Arc::clone(&opened));
    let played = guarded(limits, move |pulse| {
        let (model, journal) = (empty(&*own, &asked), Journal::Private(Vec::new()));
        let mut player = Player::open(&*own, model, pulse, journal, most)
            .map_err(|error| error.reason().to_owned())?;
        opens.store(true, Ordering::Relaxed);
        for step in asked.steps() {
            let outcome = match step.fault {
                None => Some(player.answer(&step.operation)),
                Some(fault) => player.answer_struck(&step.operation, fault),
            };
            let mut heard = lock(&listens);
            let Some(outcome) = outcome else {
                heard.not_struck = true;
                return Ok(());
            };
            heard.outcomes.push(outcome);
            heard.requests.push(player.requests());
            if player.is_gone() {
                return Ok(());
            }
        }
        Ok(())
    });
    if !opened.load(Ordering::Relaxed) {
        return Err(match played {
            Ok(Ok(())) => unreachable!("what was played was opened"),
            Ok(Err(why)) => why,
            Err(given_up) => not_opened(given_up).to_owned(),
        });
    }
    let mut answers = lock(&heard).clone();
    if matches!(played, Err(GivenUp::Hung)) {
        answers.outcomes.push(Outcome::TimedOut);
    }
    Ok(answers)
}

/// Why there was no store, if its opening was given up.
const fn not_opened(given_up: GivenUp) -> &'static str {
    match given_up {
        GivenUp::Hung => "opening it took longer than the deadline",
        GivenUp::OutOfTime => "the time for it was over",
        GivenUp::NoThread => "there was no thread for it",
    }
}

/// An answer that is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The clause that it breaks.
    pub(crate) clause: Clause,
    pub(crate) operation: OperationKind,
    pub(crate) miss: MismatchKind,
}

/// What could go wrong on the way of the last operation of a plan, which is asked in peace.
///
/// # Errors
///
/// Says why, if the store does not open.
#[cfg(feature = "faults")]
pub(crate) fn faults_on_the_way(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    limits: &Limits,
) -> Result<Vec<Fault>, String> {
    let (own, asked, most) = (Arc::clone(adapter), plan.clone(), limits.max_answer);
    let faults = guarded(limits, move |pulse| {
        let (model, journal) = (empty(&*own, &asked), Journal::Private(Vec::new()));
        let mut player = Player::open(&*own, model, pulse, journal, most)
            .map_err(|error| error.reason().to_owned())?;
        let Some((last, before)) = asked.steps().split_last() else { return Ok(Vec::new()) };
        for step in before {
            player.answer(&step.operation);
        }
        Ok(player.record(&last.operation).0.faults)
    });
    faults.unwrap_or_else(|given_up| Err(not_opened(given_up).to_owned()))
}

impl Answers {
    /// Whether every answer is right of a store that declares this.
    pub(crate) fn agree_with(&self, plan: &Plan, declared: Declaration) -> bool {
        !self.not_struck
            && self.outcomes.len() == plan.len()
            && self.first_wrong(plan, declared).is_none()
    }

    /// The first answer that is wrong of a store that declares this.
    pub(crate) fn first_wrong(&self, plan: &Plan, declared: Declaration) -> Option<Wrong> {
        self.judge(plan, declared, |_, _, _| ())
    }

    /// The plan with what is wanted of a store that declares this and what came, up to the first answer
    /// that is wrong.
    pub(crate) fn lines(&self, plan: &Plan, declared: Declaration) -> Vec<PlayedLine> {
        let mut lines = Vec::new();
        let wrong = self.judge(plan, declared, |model, step, outcome| {
            let got = outcome.to_string();
            lines.push(PlayedLine { got, agrees: true, ..start_line(plan, model, step) });
        });
        if let (Some(wrong), Some(last)) = (wrong, lines.last_mut()) {
            wrong.clause.id().clone_into(&mut last.clause);
            last.agrees = false;
        }
        lines
    }

    /// Holds every answer against a model of a store that declares this, and shows each before it does.
    /// Gives the first that is wrong, with the clause that it breaks.
    fn judge(
        &self,
        plan: &Plan,
        declared: Declaration,
        mut see: impl FnMut(&ReferenceModel, &Step, &Outcome),
    ) -> Option<Wrong> {
        let mut model = ReferenceModel::new(Arc::clone(plan.names()), declared);
        for (at, (step, outcome)) in plan.steps().iter().zip(&self.outcomes).enumerate() {
            let operation = &step.operation;
            see(&model, step, outcome);
            let expected = match step.fault {
                None => model.expect(operation),
                Some(fault) => model.expect_during(operation, fault),
            };
            if let Err(mismatch) = expected.judge(outcome) {
                let clause = expected.broken_by(&mismatch);
                return Some(Wrong { clause, operation: operation.kind(), miss: mismatch.kind });
            }
            match step.fault {
                None => model.advance(operation, outcome),
                Some(fault) => {
                    let mut earlier = plan.operations().take(at);
                    model.advance_after(operation, fault, outcome, &mut earlier);
                }
            }
        }
        None
    }
}
