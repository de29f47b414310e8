//! The player: asks a store and a model the same operations, and compares.
//!
//! Failures are values: no assertion unwinds through the machine. A panic of the store is an
//! outcome like an error, and so is a missing answer. If an answer is allowed, the model moves on
//! with what was observed.

use std::sync::Arc;

use bytes::Bytes;
use zarr_conform_model::contract::{MismatchKind, Situation, Traffic};
use zarr_conform_model::{
    Clause, ErrorClass, Mismatch, Model, Names, Operation, OperationKind, Outcome, Plan,
    ReferenceModel, Signature, Want,
};
use zarr_conform_rules::Shapes;
use zarr_conform_store::{Adapter, OpenError, StoreUnderTest};

use crate::finding::disagreement::Disagreement;
use crate::play::admission::empty_over;
use crate::play::clock::Clock;
use crate::play::costs::{Cost, Costs};
use crate::play::journal::{Journal, lock};
use crate::play::panics;
use crate::play::watch::Pulse;

/// How many of the values that reads returned are kept, to see that they do not change. A guess.
const HELD: usize = 2;

/// A store under test and the model of what it holds.
pub(crate) struct Player<'a> {
    store: Option<Box<dyn StoreUnderTest>>,
    model: ReferenceModel,
    names: Arc<Names>,
    pulse: &'a Pulse,
    journal: Journal,
    held: Vec<(Bytes, Vec<u8>)>,
    /// Whether every read is asked in two ways.
    differential: bool,
    /// How often each clause was exercised, by its position in [`Clause::ALL`].
    pub(crate) clauses: Vec<u64>,
    /// The states that were looked at.
    pub(crate) shapes: Shapes,
    /// Questions asked, those of checks included.
    pub(crate) asked: u64,
    /// What questions cost, if the store counts its requests or a clock is looked at.
    pub(crate) costs: Costs,
    /// The clock that every call is timed by, of a slow store.
    stopwatch: Option<Arc<dyn Clock>>,
    counts_traffic: bool,
    /// What the last question cost.
    last: Traffic,
    /// With which words the stores panicked that were dropped.
    pub(crate) dropped: Vec<String>,
}

impl<'a> Player<'a> {
    /// Opens a fresh store for plans over the names of `model`, which is that of an empty store.
    pub(crate) fn open(
        adapter: &dyn Adapter,
        model: ReferenceModel,
        pulse: &'a Pulse,
        journal: Journal,
    ) -> Result<Self, OpenError> {
        let store = open(adapter)?;
        let capabilities = adapter.capabilities();
        Ok(Self {
            store: Some(store),
            names: Arc::clone(model.names()),
            model,
            pulse,
            journal,
            held: Vec::new(),
            differential: capabilities.differential,
            clauses: vec![0; Clause::ALL.len()],
            shapes: Shapes::default(),
            asked: 0,
            costs: Costs::default(),
            stopwatch: None,
            counts_traffic: capabilities.traffic,
            last: Traffic::default(),
            dropped: Vec::new(),
        })
    }

    /// Times every call from now on.
    pub(crate) fn time_by(&mut self, clock: Arc<dyn Clock>) {
        self.stopwatch = Some(clock);
    }

    /// Starts again with a fresh store; counts go on.
    pub(crate) fn restart(&mut self, adapter: &dyn Adapter) -> Result<(), OpenError> {
        self.close();
        self.store = Some(open(adapter)?);
        self.model = empty_over(adapter, &self.names);
        self.held.clear();
        self.journal.clear();
        Ok(())
    }

    /// Drops the store, whatever it does then.
    pub(crate) fn close(&mut self) {
        self.held.clear();
        if let Some(store) = self.store.take() {
            self.pulse.beat();
            // It says nothing about what the store answers, and is told apart from that.
            self.dropped.extend(panics::catch(|| drop(store)).err());
        }
    }

    /// Gives back the room of a private journal, for the next player.
    pub(crate) fn take_journal(&mut self) -> Vec<Operation> {
        match &mut self.journal {
            Journal::Private(operations) => std::mem::take(operations),
            Journal::Shared(operations) => lock(operations).clone(),
        }
    }

    pub(crate) fn model(&self) -> &ReferenceModel {
        &self.model
    }

    /// The operations that this store has been asked, as a plan.
    pub(crate) fn asked_so_far(&self) -> Plan {
        Plan::new(Arc::clone(&self.names), self.journal.to_vec())
    }

    /// Asks the store, and nothing else.
    pub(super) fn answer(&mut self, operation: &Operation) -> Outcome {
        self.pulse.beat();
        self.asked += 1;
        self.journal.push(operation);
        let Some(store) = &mut self.store else {
            unreachable!("a player has a store until it is dropped");
        };
        let names = &self.names;
        if !self.counts_traffic && self.stopwatch.is_none() {
            return answer(&mut **store, names, operation);
        }
        let now = || self.stopwatch.as_ref().map(|clock| clock.now()).unwrap_or_default();
        let (started, before) = (now(), store.traffic().unwrap_or_default());
        let outcome = answer(&mut **store, names, operation);
        self.last = store.traffic().unwrap_or_default() - before;
        let cost = Cost { calls: 1, traffic: self.last, time: now().saturating_sub(started) };
        self.costs.add(operation.kind(), cost);
        outcome
    }

    /// Asks the store and the model, and moves the model on if they agree.
    pub(crate) fn ask(&mut self, operation: &Operation) -> Result<Outcome, Disagreement> {
        let outcome = self.answer(operation);
        let outcome = self.judge(operation, outcome)?;
        self.check_requests(operation, &outcome)?;
        Ok(outcome)
    }

    /// How many requests the last question cost, and how many it may cost, if those are fewer.
    pub(super) fn excess(&self, operation: &Operation) -> Option<(u64, u8)> {
        let most = self.model.dialect().requests.most(operation.kind())?;
        let cost = self.last.requests;
        (self.counts_traffic && cost > u64::from(most)).then_some((cost, most))
    }

    /// Checks that the last question cost no more requests than the dialect has it.
    fn check_requests(
        &mut self,
        operation: &Operation,
        outcome: &Outcome,
    ) -> Result<(), Disagreement> {
        let is_limited = self.model.dialect().requests.most(operation.kind()).is_some();
        if !self.counts_traffic || !is_limited {
            return Ok(());
        }
        self.exercised(Clause::I14);
        if self.excess(operation).is_none() {
            return Ok(());
        }
        let mismatch = Mismatch { kind: MismatchKind::TooManyRequests, offender: None };
        Err(self.disagreement(operation, &mismatch, Clause::I14, outcome.clone()))
    }

    /// Holds an answer against the model, and moves the model on if it is allowed.
    pub(super) fn judge(
        &mut self,
        operation: &Operation,
        outcome: Outcome,
    ) -> Result<Outcome, Disagreement> {
        if self.differential && !operation.is_write() {
            self.exercised(Clause::O10);
        }
        if let Some(clause) = self.model.settle(operation, &outcome) {
            self.exercised(clause);
            if let Outcome::Value(bytes) = &outcome {
                self.hold(bytes);
            }
            return Ok(outcome);
        }
        let expected = self.model.expect(operation);
        let clause = expected.clause;
        // Where any answer is right, nothing is held against a clause.
        self.clauses[clause as usize] += u64::from(expected.wanted != Want::Anything);
        if let Err(mismatch) = expected.judge(&outcome) {
            let clause = expected.broken_by(&mismatch);
            return Err(self.disagreement(operation, &mismatch, clause, outcome));
        }
        match &outcome {
            Outcome::Value(bytes) => self.hold(bytes),
            Outcome::Refused(refusal) if refusal.class == ErrorClass::Transient => {
                self.exercised(Clause::X1);
            }
            _ => {}
        }
        self.model.advance(operation, &outcome);
        Ok(outcome)
    }

    pub(super) fn disagreement(
        &self,
        operation: &Operation,
        mismatch: &Mismatch,
        clause: Clause,
        outcome: Outcome,
    ) -> Disagreement {
        let signature = Signature {
            operation: operation.kind(),
            mismatch: mismatch.kind,
            situation: self.model.situation(operation, mismatch),
        };
        Disagreement { signature, clause, outcome, offender: mismatch.offender.clone() }
    }

    /// Counts a clause that a check exercised beyond those of its questions.
    pub(crate) fn exercised(&mut self, clause: Clause) {
        self.clauses[clause as usize] += 1;
    }

    /// Counts the shapes of the state that the store is in.
    pub(crate) fn count_state(&mut self) {
        if let ReferenceModel::Store(model) = &self.model {
            self.shapes.count_state(model);
        }
    }

    fn hold(&mut self, bytes: &Bytes) {
        if self.held.len() < HELD && !bytes.is_empty() {
            self.held.push((bytes.clone(), bytes.to_vec()));
        }
    }

    /// Checks that what reads returned has not changed since.
    pub(crate) fn check_held(&mut self) -> Result<(), Disagreement> {
        self.clauses[Clause::R12 as usize] += u64::from(!self.held.is_empty());
        let Some((now, _)) = self.held.iter().find(|(now, then)| now != then) else {
            return Ok(());
        };
        let outcome = Outcome::Value(now.clone());
        self.held.clear();
        let signature = Signature {
            operation: OperationKind::Get,
            mismatch: MismatchKind::BytesChanged,
            situation: Situation::default(),
        };
        Err(Disagreement { signature, clause: Clause::R12, outcome, offender: None })
    }
}

impl Drop for Player<'_> {
    fn drop(&mut self) {
        self.close();
    }
}

/// What a store answers, be it with a panic.
fn answer(store: &mut dyn StoreUnderTest, names: &Names, operation: &Operation) -> Outcome {
    panics::catch(|| store.answer(names, operation)).unwrap_or_else(Outcome::Panicked)
}

fn open(adapter: &dyn Adapter) -> Result<Box<dyn StoreUnderTest>, OpenError> {
    panics::hush();
    panics::catch(|| adapter.open())
        .unwrap_or_else(|message| Err(OpenError::new(format!("opening it panicked: {message}"))))
}
