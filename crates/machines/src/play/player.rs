//! The player: asks a store and a model the same operations, and compares.
//!
//! Failures are values: no assertion unwinds through the machine. A panic of the store is an
//! outcome like an error, and so is a missing answer. If an answer is allowed, the model moves on
//! with what was observed.

use std::sync::Arc;

use bytes::Bytes;
use zarr_conform_model::contract::{MismatchKind, Situation, Traffic};
use zarr_conform_model::plan::Fault;
use zarr_conform_model::{
    Clause, ErrorClass, Mismatch, Model, Names, Operation, OperationKind, Outcome, Plan,
    ReferenceModel, Refusal, Signature, Step, Want,
};
use zarr_conform_rules::Shapes;
use zarr_conform_store::{Adapter, OpenError, StoreUnderTest, Way};

use crate::clock::Clock;
use crate::finding::disagreement::Disagreement;
use crate::play::admission::empty_over;
use crate::play::alarms;
use crate::play::bounds::Bounds;
use crate::play::costs::{Cost, Costs};
use crate::play::farewell;
use crate::play::journal::Journal;
use crate::play::panics;
use crate::play::watch::Pulse;

/// Where the store may hold this many things, nothing more is asked: each further open write would
/// take twice as long as the one before it. A guess: eight such writes.
pub(crate) const MOST_POSSIBILITIES: usize = 256;

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
    bounds: Bounds,
    /// Whether a key was given a value.
    pub(crate) has_written: bool,
    /// Whether something of a value was answered: its bytes or its size, or that it is listed.
    pub(crate) has_seen: bool,
    /// What the last question cost.
    last: Traffic,
    /// What became of the stores that did not go quietly, and of which no check says so.
    pub(crate) dropped: Vec<String>,
    /// The message of the panic with which a returned value was dropped.
    released: Option<String>,
    /// Whether the process of the store ended, so that there is nothing more to ask.
    is_gone: bool,
    /// Whether it was ended because it did not answer.
    has_hung: bool,
    /// Whether something went wrong below the store that did not end it.
    has_met_errors: bool,
}

impl<'a> Player<'a> {
    /// Opens a fresh store for plans over the names of `model`, which is that of an empty store.
    pub(crate) fn open(
        adapter: &dyn Adapter,
        model: ReferenceModel,
        pulse: &'a Pulse,
        journal: Journal,
        max_answer: u64,
    ) -> Result<Self, OpenError> {
        let store = open(adapter)?;
        let capabilities = adapter.capabilities();
        Ok(Self {
            store: Some(store),
            bounds: Bounds::new(max_answer, model.names()),
            has_written: false,
            has_seen: false,
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
            released: None,
            is_gone: false,
            has_hung: false,
            has_met_errors: false,
        })
    }

    /// Opens another store of the same kind, for the same names and whoever watches.
    pub(crate) fn beside(&self, adapter: &dyn Adapter) -> Result<Self, OpenError> {
        let model = empty_over(adapter, &self.names);
        let journal = Journal::Private(Vec::new());
        Self::open(adapter, model, self.pulse, journal, self.bounds.beyond)
    }

    /// Times every call from now on.
    pub(crate) fn time_by(&mut self, clock: Arc<dyn Clock>) {
        self.stopwatch = Some(clock);
    }

    /// Starts again with a fresh store; counts go on.
    pub(crate) fn restart(&mut self, adapter: &dyn Adapter) -> Result<(), OpenError> {
        self.leave();
        // What does not come back from here is the opening, and no operation.
        self.journal.clear();
        self.pulse.beat();
        self.store = Some(open(adapter)?);
        self.model = empty_over(adapter, &self.names);
        self.released = None;
        self.is_gone = false;
        self.has_met_errors = false;
        Ok(())
    }

    /// Drops the store and what it returned, and says what became of it.
    fn close(&mut self) -> Outcome {
        self.release();
        self.is_gone = true;
        let Some(store) = self.store.take() else {
            return Outcome::Done;
        };
        self.pulse.beat();
        let closed = panics::catch(|| store.close());
        farewell::take().unwrap_or_else(|| closed.unwrap_or_else(Outcome::Panicked))
    }

    /// Drops the store where no plan could show what becomes of it, but a note.
    pub(crate) fn leave(&mut self) {
        if self.store.is_some() && !self.is_gone {
            // If it does not come back, this is what it was asked.
            self.journal.push(Operation::Close.into());
        }
        let outcome = self.close();
        // What a fault left behind is asked for where everything was tried again since.
        if !matches!(outcome, Outcome::Done | Outcome::LeftBehind(_)) {
            self.dropped.push(outcome.to_string());
        }
    }

    /// Drops what reads returned and was kept.
    fn release(&mut self) {
        for (value, _) in std::mem::take(&mut self.held) {
            if let Err(message) = panics::let_go(Outcome::Value(value)) {
                self.released.get_or_insert(message);
            }
        }
    }

    /// Whether the store had to be ended because it did not answer.
    pub(crate) fn has_hung(&self) -> bool {
        self.has_hung
    }

    /// Whether there is no store any more that could be asked: it was closed, or its process ended.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// Drops the store at the end of a case, and checks that it goes quietly.
    pub(crate) fn check_close(&mut self) -> Result<(), Disagreement> {
        if self.is_gone || !self.model.capabilities().allow(OperationKind::Close) {
            return Ok(());
        }
        if self.has_met_errors {
            self.exercised(Clause::X10);
        }
        self.journal.push(Operation::Close.into());
        let outcome = self.close();
        self.judge(&Operation::Close, outcome).map(|_| ())
    }

    /// Who watches that answers come.
    #[cfg(feature = "faults")]
    pub(crate) fn pulse(&self) -> &'a Pulse {
        self.pulse
    }

    pub(crate) fn model(&self) -> &ReferenceModel {
        &self.model
    }

    /// The operations that this store has been asked, as a plan.
    pub(crate) fn asked_so_far(&self) -> Plan {
        Plan::new(Arc::clone(&self.names), self.journal.to_vec())
    }

    /// Asks the store, and nothing else.
    pub(crate) fn answer(&mut self, operation: &Operation) -> Outcome {
        // Of what a library holds, counting the keys takes as long as listing them.
        let live = match &self.model {
            ReferenceModel::Store(model) => model.live_count(),
            ReferenceModel::Hierarchy(_) | ReferenceModel::Other(_) => 0,
        };
        self.pulse.beat_for(operation.keys().count().max(live));
        self.asked += 1;
        self.journal.push(operation.clone().into());
        self.bounds.heed(operation);
        if *operation == Operation::Close {
            return self.close();
        }
        let outcome = self.question(operation);
        let outcome = self.bounds.hold(outcome);
        self.has_hung = outcome == Outcome::TimedOut;
        self.is_gone = self.has_hung || matches!(outcome, Outcome::Died(_));
        outcome
    }

    /// Asks the store while a fault strikes, and nothing else; nothing comes of it if the fault found no
    /// call to strike.
    pub(super) fn answer_struck(&mut self, operation: &Operation, fault: Fault) -> Option<Outcome> {
        self.pulse.beat();
        self.asked += 1;
        self.has_met_errors |= !fault.ends_the_store();
        self.journal.push(Step { fault: Some(fault), ..operation.clone().into() });
        self.bounds.heed(operation);
        let mut way = Way { fault: Some(fault), ..Way::default() };
        let outcome = self.on_way(operation, &mut way);
        way.struck.then_some(outcome)
    }

    /// Asks an operation, and gives what was seen on its way, and whether it was refused.
    pub(crate) fn record(&mut self, operation: &Operation) -> (Way, bool) {
        self.pulse.beat();
        self.asked += 1;
        let mut way = Way::default();
        // What is wrong with the answer is another machine's business.
        let outcome = self.on_way(operation, &mut way);
        let is_refused = matches!(outcome, Outcome::Refused(_));
        let _ = panics::let_go(outcome);
        (way, is_refused)
    }

    fn on_way(&mut self, operation: &Operation, way: &mut Way) -> Outcome {
        let Some(store) = &mut self.store else {
            return Outcome::Refused(closed());
        };
        let names = &self.names;
        let outcome = panics::catch(|| store.answer_on_way(names, operation, way));
        self.bounds.hold(outcome.unwrap_or_else(Outcome::Panicked))
    }

    /// Asks the store and the model as a step of a plan says.
    pub(crate) fn ask_step(&mut self, step: &Step) -> Result<Answered, Disagreement> {
        let Some(fault) = step.fault else {
            return self.ask(&step.operation);
        };
        let Some(outcome) = self.answer_struck(&step.operation, fault) else {
            return Ok(Answered::NotStruck);
        };
        let outcome = self.judge_struck(&step.operation, fault, outcome)?;
        let answered = match outcome {
            Outcome::Refused(_) => Answered::Refused,
            _ => Answered::Otherwise,
        };
        if let Err(message) = panics::let_go(outcome) {
            self.released.get_or_insert(message);
        }
        Ok(answered)
    }

    /// Holds the answer of an operation that met a fault against the model, and moves the model on if
    /// it is allowed.
    pub(super) fn judge_struck(
        &mut self,
        operation: &Operation,
        fault: Fault,
        outcome: Outcome,
    ) -> Result<Outcome, Disagreement> {
        let expected = self.model.expect_during(operation, fault);
        let clause = expected.clause;
        self.clauses[clause as usize] += 1;
        if let Err(mismatch) = expected.judge(&outcome) {
            let clause = expected.broken_by(&mismatch);
            let mut wrong = self.disagreement(operation, &mismatch, clause, outcome);
            wrong.signature.situation.facts |= fault.fact();
            return Err(wrong);
        }
        let earlier = self.journal.to_vec();
        let earlier = earlier.split_last().map_or(&[][..], |(_, earlier)| earlier);
        let mut earlier = earlier.iter().map(|step| &step.operation);
        self.model.advance_after(operation, fault, &outcome, &mut earlier);
        Ok(outcome)
    }

    /// Asks the store, and counts what it costs.
    fn question(&mut self, operation: &Operation) -> Outcome {
        let Some(store) = &mut self.store else {
            return Outcome::Refused(closed());
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

    /// Asks the store and the model, and moves the model on if they agree; gives whether the store
    /// refused.
    pub(crate) fn ask(&mut self, operation: &Operation) -> Result<Answered, Disagreement> {
        let outcome = self.answer(operation);
        let outcome = self.judge(operation, outcome)?;
        self.check_requests(operation, &outcome)?;
        let answered = match outcome {
            Outcome::Refused(_) => Answered::Refused,
            _ => Answered::Otherwise,
        };
        if let Err(message) = panics::let_go(outcome) {
            self.released.get_or_insert(message);
        }
        Ok(answered)
    }

    /// How many requests the last question cost, if they are counted.
    pub(super) fn requests(&self) -> u64 {
        self.last.requests
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
            self.count(operation, &outcome);
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
        self.count(operation, &outcome);
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

    /// Counts what a right answer proves: that there was something, and that it was seen.
    fn count(&mut self, operation: &Operation, outcome: &Outcome) {
        let writes = operation.is_write() && !operation.kind().is_erase();
        self.has_written |= writes && !matches!(outcome, Outcome::Refused(_));
        self.has_seen |= !operation.is_write() && says_something(outcome);
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
        Disagreement {
            signature,
            clause,
            outcome: owned(outcome),
            offender: mismatch.offender.clone(),
        }
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

    /// Checks that what reads returned has not changed since, and goes quietly; at the end of a plan
    /// all of it does.
    pub(crate) fn check_held(&mut self, is_end: bool) -> Result<(), Disagreement> {
        self.clauses[Clause::R12 as usize] += u64::from(!self.held.is_empty());
        let changed = self.held.iter().find(|(now, then)| now != then);
        let changed = changed.map(|(now, _)| Outcome::Value(Bytes::copy_from_slice(now)));
        if is_end || changed.is_some() {
            self.release();
        }
        let (mismatch, clause, outcome) = match (changed, self.released.take()) {
            (Some(changed), _) => (MismatchKind::BytesChanged, Clause::R12, changed),
            (None, Some(message)) => {
                (MismatchKind::Panicked, Clause::R1, Outcome::Panicked(message))
            }
            (None, None) => return Ok(()),
        };
        let operation = OperationKind::Get;
        let signature = Signature { operation, mismatch, situation: Situation::default() };
        Err(Disagreement { signature, clause, outcome, offender: None })
    }
}

impl Drop for Player<'_> {
    fn drop(&mut self) {
        // What is said of it is asked for with `check_close`.
        self.leave();
    }
}

/// What came of a question that was answered rightly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// The store returned an error.
    Refused,
    /// It did not.
    Otherwise,
    /// The fault that was to strike found no call to do so.
    NotStruck,
}

/// The longest value that is copied to show it, 1 MiB: of longer ones a report shows the length.
const COPIED: usize = 1 << 20;

/// Whether an answer tells something of what the store holds, and not that there is nothing.
pub(crate) fn says_something(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Value(_) | Outcome::Elements(_) | Outcome::Document(_) => true,
        Outcome::Values(parts) => parts.iter().any(|part| matches!(part, Ok(Some(_)))),
        Outcome::Size(size) => *size > 0,
        Outcome::Keys(keys) => !keys.is_empty(),
        Outcome::Directory { keys, prefixes } => !keys.is_empty() || !prefixes.is_empty(),
        Outcome::Nodes(nodes) => !nodes.is_empty(),
        _ => false,
    }
}

/// The outcome with copies of the values that a store returned, which may be the store's own.
fn owned(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Value(value) if value.len() <= COPIED => {
            let copy = Bytes::copy_from_slice(&value);
            // The answer is wrong as it is.
            let _ = panics::let_go(Outcome::Value(value));
            Outcome::Value(copy)
        }
        other => other,
    }
}

fn closed() -> Refusal {
    Refusal::new(ErrorClass::Other, "the store was closed before")
}

/// What a store answers, be it with a panic.
fn answer(store: &mut dyn StoreUnderTest, names: &Names, operation: &Operation) -> Outcome {
    let answer = panics::catch(|| store.answer(names, operation)).unwrap_or_else(Outcome::Panicked);
    alarms::hear(&answer);
    answer
}

/// Opens a store; a panic is a reason why it does not open.
pub(crate) fn open(adapter: &dyn Adapter) -> Result<Box<dyn StoreUnderTest>, OpenError> {
    panics::hush();
    panics::catch(|| adapter.open())
        .unwrap_or_else(|message| Err(OpenError::new(format!("opening it panicked: {message}"))))
}
