//! Whether a store answers one question differently from one time to the next.
//!
//! What comes and goes has long plans: leaving out an operation looks as if it mattered. So one write
//! and one of the questions that came and went are asked, over and over.

use std::iter;
use std::sync::Arc;

use zarr_conform_model::{Clause, Names, Operation, Plan, Step};
use zarr_conform_store::Adapter;

use crate::finding::diagnosis::Diagnosis;
use crate::play::admission::refusal;
use crate::play::replay::{PlayedLine, replay};
use crate::play::watch::Limits;
use crate::report::report::Failure;
use crate::triage::blame::adapter_of;
use crate::triage::diagnosis::merging::{Diagnosed, comes_and_goes};

/// How often a question is asked. A guess: one that goes wrong once in sixteen times shows with a
/// probability of 98 %.
const ASKED: usize = 64;

/// How many questions are tried. A guess.
const QUESTIONS: usize = 8;

/// What shows that answers differ, for the questions that came and went: the shortest of what is seen.
pub(super) fn chance(
    adapter: &Arc<dyn Adapter>,
    limits: &Limits,
    failures: &[Failure],
) -> Option<Diagnosed> {
    let flaky = || failures.iter().filter(|failure| comes_and_goes(failure));
    let asked = flaky().take(QUESTIONS).filter_map(|failure| {
        let plan = over_and_over(&failure.plan)?;
        shown(adapter, &plan, limits, failure.clause)
    });
    asked.min_by_key(|shown| shown.plan.len())
}

/// The simplest of the failures that come and go, where no question shows why.
pub(super) fn as_found(failures: &[Failure]) -> Option<Diagnosed> {
    let flaky = failures.iter().filter(|failure| comes_and_goes(failure));
    let simplest = flaky.min_by_key(|failure| (failure.plan.len(), failure.plan.to_string()));
    let Failure { clause, plan, lines, .. } = simplest?;
    let (plan, lines) = (plan.clone(), lines.clone());
    Some(Diagnosed { diagnosis: Diagnosis::Random, clause: *clause, plan, lines })
}

/// One write, and the last question of a plan over and over; if that is a write itself, nothing else.
fn over_and_over(plan: &Plan) -> Option<Plan> {
    let (plan, question) = plainly(plan)?;
    let key = question.key().or_else(|| plan.names().keys().next());
    let write = key.filter(|_| !question.is_write());
    let write = write.map(|key| Operation::Set { key, value: "a".into() });
    let asked = iter::repeat_n(question, ASKED);
    let steps: Vec<Step> = write.into_iter().chain(asked).map(Step::from).collect();
    Some(plan.with_steps(steps).compact())
}

/// The last question of a plan; with a plain name, if it is about one key.
fn plainly(plan: &Plan) -> Option<(Plan, Operation)> {
    let question = plan.last()?.clone();
    let names = Names::new(["a".try_into().ok()?], []);
    let key = names.key_at(0);
    let asked = match question {
        Operation::Get { .. } => Operation::Get { key },
        Operation::SizeKey { .. } => Operation::SizeKey { key },
        Operation::Exists { .. } => Operation::Exists { key },
        other => return Some((plan.clone(), other)),
    };
    Some((Plan::new(Arc::new(names), [asked.clone()]), asked))
}

/// The beginning of a plan up to the first wrong answer, if there is one.
fn shown(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    limits: &Limits,
    clause: Clause,
) -> Option<Diagnosed> {
    let adapter = adapter_of(adapter, plan);
    if refusal(&**adapter, plan).is_some() {
        return None;
    }
    let mut lines = replay(adapter, plan, limits).ok()?.lines;
    let wrong = lines.iter().position(|line: &PlayedLine| !line.agrees)?;
    lines.truncate(wrong + 1);
    let clause = Clause::find(&lines[wrong].clause).unwrap_or(clause);
    let plan = plan.first(wrong + 1).compact();
    Some(Diagnosed { diagnosis: Diagnosis::Random, clause, plan, lines })
}
