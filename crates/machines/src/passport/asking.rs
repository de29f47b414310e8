//! Askings: plans that a store was asked, with what it answered.

use std::collections::BTreeMap;
use std::sync::Arc;

use zarr_conform_model::contract::Declaration;
use zarr_conform_model::{ErrorClass, OperationKind, Outcome, Plan};
use zarr_conform_store::Adapter;

use crate::passport::entry::Shown;
use crate::passport::question::{Core, State, parse};
use crate::play::admission::refusal;
use crate::play::answers::{Answers, answers};
use crate::play::replay::PlayedLine;
use crate::play::watch::Limits;

/// How often a question is asked whose answer is that it may be asked again. A guess.
const AGAIN: usize = 5;

/// One plan that was asked.
#[derive(Clone)]
pub(super) struct Asking {
    pub(super) plan: Plan,
    /// At which step the question begins.
    pub(super) first: usize,
    pub(super) answers: Answers,
}

impl Asking {
    /// The answers to the question.
    pub(super) fn outcomes(&self) -> &[Outcome] {
        self.answers.outcomes.get(self.first..).unwrap_or_default()
    }

    /// Whether all answers are right of a store that declares this.
    pub(super) fn agrees(&self, declared: Declaration) -> bool {
        self.answers.agree_with(&self.plan, declared)
    }

    /// Whether they are right of a store that does not tell the case of letters: asked `A`, it is asked
    /// `a`.
    pub(super) fn agrees_folded(&self, declared: Declaration) -> bool {
        self.answers.agree_with(&parse(&self.plan.to_string().to_lowercase()), declared)
    }

    /// The plan with what was wanted of a store that declares this, and what came.
    pub(super) fn shown(&self, declared: Declaration) -> Shown {
        let lines = self.answers.lines(&self.plan, declared);
        let played = self.plan.first(lines.len().max(1));
        Shown { plan: plan_text(&played), lines: lines.into_iter().map(shortened).collect() }
    }
}

/// A plan without its first line, which says the version.
fn plan_text(plan: &Plan) -> String {
    let text = plan.to_string();
    let lines = text.lines().skip(1);
    lines.map(short).collect::<Vec<_>>().join("\n")
}

fn shortened(line: PlayedLine) -> PlayedLine {
    let PlayedLine { operation, want, got, .. } = &line;
    PlayedLine { operation: short(operation), want: short(want), got: short(got), ..line }
}

/// Lines that are longer than this are cut in the middle: names of a thousand letters are all alike.
const LINE: usize = 160;

/// A line that somebody reads.
pub(super) fn short(line: &str) -> String {
    let count = line.chars().count();
    if count <= LINE {
        return line.to_owned();
    }
    let start: String = line.chars().take(LINE / 4).collect();
    let end: String = line.chars().skip(count - LINE / 8).collect();
    format!("{start}…({} more)…{end}", count - LINE / 4 - LINE / 8)
}

/// What calls of one kind cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requests {
    pub(super) calls: u64,
    pub(super) least: u64,
    pub(super) most: u64,
}

/// Asks a store, and keeps count.
pub(super) struct Asker<'a> {
    pub(super) adapter: &'a Arc<dyn Adapter>,
    pub(super) limits: Limits,
    /// How many plans were asked, and operations in them.
    pub(super) plans: usize,
    pub(super) operations: usize,
    /// The plan in which the store said that it may be asked again, if it did.
    pub(super) transient: Option<Plan>,
    pub(super) requests: BTreeMap<OperationKind, Requests>,
    /// Why the store does not open, if it does not.
    pub(super) is_shut: bool,
}

impl<'a> Asker<'a> {
    pub(super) fn new(adapter: &'a Arc<dyn Adapter>, limits: Limits) -> Self {
        Self {
            adapter,
            limits,
            plans: 0,
            operations: 0,
            transient: None,
            requests: BTreeMap::new(),
            is_shut: false,
        }
    }

    /// Asks a question in every state in which it is the same.
    pub(super) fn in_all_states(&mut self, core: &Core) -> Vec<Asking> {
        let can = self.adapter.capabilities();
        let plans = State::ALL.into_iter().filter_map(|state| state.plan(core, can));
        plans.collect::<Vec<_>>().into_iter().filter_map(|(plan, at)| self.ask(plan, at)).collect()
    }

    /// Asks a plan; nothing, if it must not be asked, or if every answer is that it may be asked again.
    pub(super) fn ask(&mut self, plan: Plan, first: usize) -> Option<Asking> {
        if refusal(&**self.adapter, &plan).is_some() {
            return None;
        }
        for _ in 0..AGAIN {
            let Some(answers) = answers(self.adapter, &plan, &self.limits) else {
                self.is_shut = true;
                return None;
            };
            self.plans += 1;
            self.operations += answers.outcomes.len();
            if plan.has_faults() {
                return Some(Asking { plan, first, answers });
            }
            self.count(&plan, &answers);
            if !answers.outcomes.iter().any(is_transient) {
                return Some(Asking { plan, first, answers });
            }
            self.transient.get_or_insert_with(|| plan.clone());
        }
        None
    }

    /// Asks a plan whatever the store says.
    pub(super) fn ask_once(&mut self, plan: Plan) -> Option<Asking> {
        let answers = answers(self.adapter, &plan, &self.limits)?;
        Some(Asking { plan, first: 0, answers })
    }

    fn count(&mut self, plan: &Plan, answers: &Answers) {
        if !self.adapter.capabilities().traffic {
            return;
        }
        for (operation, cost) in plan.operations().zip(&answers.requests) {
            let none = Requests { calls: 0, least: u64::MAX, most: 0 };
            let requests = self.requests.entry(operation.kind()).or_insert(none);
            requests.calls += 1;
            requests.least = requests.least.min(*cost);
            requests.most = requests.most.max(*cost);
        }
    }
}

/// Whether an answer is that the same may be asked again.
pub(super) fn is_transient(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(refusal) if refusal.class == ErrorClass::Transient)
}
