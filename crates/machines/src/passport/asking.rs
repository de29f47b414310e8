//! Askings: plans that a store was asked, with what it answered.

use std::collections::BTreeMap;
use std::sync::Arc;

use zarr_conform_model::contract::Declaration;
use zarr_conform_model::{ErrorClass, OperationKind, Outcome, Plan};
use zarr_conform_store::Adapter;

use crate::passport::abilities::{lacking, undeclared};
use crate::passport::entry::{Entry, Shown, Standing};
use crate::passport::question::{Core, State, parse};
use crate::passport::words::plan_text;
use crate::play::admission::refusal;
use crate::play::answers::{Answers, answers};
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
        Shown { plan: plan_text(&played), lines }
    }
}

/// What calls of one kind cost.
#[derive(Clone)]
pub(super) struct Requests {
    pub(super) calls: u64,
    pub(super) least: u64,
    pub(super) most: u64,
    /// The plan in which one cost most.
    pub(super) dearest: Asking,
}

/// Asks a store, and keeps count.
pub(super) struct Asker<'a> {
    pub(super) adapter: &'a Arc<dyn Adapter>,
    pub(super) limits: Limits,
    /// How many plans were asked, and operations in them.
    pub(super) plans: usize,
    pub(super) operations: usize,
    /// In how many of these plans the store said that it may be asked again, and the first of them.
    pub(super) transients: usize,
    pub(super) transient: Option<Asking>,
    pub(super) requests: BTreeMap<OperationKind, Requests>,
    /// Why the store does not open for the question at hand, if it does not.
    shut: Option<String>,
    /// Why something of the question at hand was not asked, if it was not.
    unasked: Option<String>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(adapter: &'a Arc<dyn Adapter>, limits: Limits) -> Self {
        Self {
            adapter,
            limits,
            plans: 0,
            operations: 0,
            transients: 0,
            transient: None,
            requests: BTreeMap::new(),
            shut: None,
            unasked: None,
        }
    }

    /// Begins another question: what kept the store from being asked the last one says nothing of it.
    pub(super) fn begin(&mut self) {
        (self.shut, self.unasked) = (None, None);
    }

    /// Whether the store did not open for the question at hand.
    pub(super) const fn is_shut(&self) -> bool {
        self.shut.is_some()
    }

    /// Why the store did not open for the question at hand, if it did not.
    pub(super) fn take_shut(&mut self) -> Option<String> {
        self.shut.take()
    }

    /// The entry of the question at hand, unless the store did not open for all of it, or was asked
    /// nothing.
    pub(super) fn ended(&mut self, entry: Entry) -> Entry {
        let standing = match (self.shut.take(), self.unasked.take()) {
            (Some(why), _) => Standing::Unopened(why),
            (None, Some(why)) if entry.askings == 0 => Standing::NotAsked(why),
            _ => return entry,
        };
        Entry { found: None, line: None, plans: Vec::new(), standing, ..entry }
    }

    /// Asks a question in every state in which it is the same.
    pub(super) fn in_all_states(&mut self, core: &Core) -> Vec<Asking> {
        let can = self.adapter.capabilities();
        if let Some(capability) = core.plan().operations().find_map(|it| lacking(can, it.kind())) {
            self.not_asked(undeclared(capability));
            return Vec::new();
        }
        let plans = State::ALL.into_iter().filter_map(|state| state.plan(core, can));
        plans.filter_map(|(plan, at)| self.ask(plan, at)).collect()
    }

    /// Notes why something is not asked; the first reason counts.
    pub(super) fn not_asked(&mut self, why: String) {
        self.unasked.get_or_insert(why);
    }

    /// Asks a plan; nothing, if it must not be asked, if the store does not open, or if every answer is
    /// that it may be asked again.
    pub(super) fn ask(&mut self, plan: Plan, first: usize) -> Option<Asking> {
        // A store that does not open need not be waited for again and again.
        if self.is_shut() {
            return None;
        }
        if let Some(refused) = refusal(&**self.adapter, &plan) {
            self.not_asked(refused.to_string());
            return None;
        }
        for _ in 0..AGAIN {
            let answers = match self.answers(&plan) {
                Ok(answers) => answers,
                Err(why) => {
                    self.shut = Some(why);
                    return None;
                }
            };
            self.plans += 1;
            self.operations += answers.outcomes.len();
            let asking = Asking { plan: plan.clone(), first, answers };
            if plan.has_faults() {
                return Some(asking);
            }
            self.count(&asking);
            if !asking.answers.outcomes.iter().any(is_transient) {
                return Some(asking);
            }
            self.transients += 1;
            self.transient.get_or_insert(asking);
        }
        self.not_asked(format!("it may be asked again, said the store {AGAIN} times"));
        None
    }

    /// What a fresh store answers; one that does not open is tried once more.
    fn answers(&self, plan: &Plan) -> Result<Answers, String> {
        let asked = || answers(self.adapter, plan, &self.limits);
        asked().or_else(|_| asked())
    }

    fn count(&mut self, asking: &Asking) {
        if !self.adapter.capabilities().traffic {
            return;
        }
        for (operation, cost) in asking.plan.operations().zip(&asking.answers.requests) {
            let first = || {
                let dearest = asking.clone();
                Requests { calls: 0, least: u64::MAX, most: *cost, dearest }
            };
            let requests = self.requests.entry(operation.kind()).or_insert_with(first);
            requests.calls += 1;
            requests.least = requests.least.min(*cost);
            if *cost > requests.most {
                (requests.most, requests.dearest) = (*cost, asking.clone());
            }
        }
    }
}

/// Whether an answer is that the same may be asked again.
pub(super) fn is_transient(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(refusal) if refusal.class == ErrorClass::Transient)
}
