//! One run: callers on threads of their own, in the order of a schedule.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use zarr_conform_gate::GateError;
use zarr_conform_gate::schedule::{self, Body, Branch, Schedule, Switch};
use zarr_conform_model::history::{Answer, Call, End, History};
use zarr_conform_model::plan::Caller;
use zarr_conform_model::{Model, Names, Operation, Outcome, Plan, ReferenceModel};
use zarr_conform_store::{Adapter, OpenError, StoreUnderTest};

use crate::play::admission::empty;
use crate::play::journal::lock;
use crate::play::panics;
use crate::play::player::open;
use crate::play::watch::Pulse;

/// What happened to a plan in one order of its callers.
pub(crate) struct Run {
    /// What came back before callers asked at the same time.
    pub(crate) before: Vec<Outcome>,
    /// What came back since.
    pub(crate) history: History,
    pub(crate) trace: Vec<schedule::Step>,
    /// The switches that did not happen.
    pub(crate) missed: Vec<Switch>,
}

/// Plays a plan on a fresh store; nothing, if something is wrong before callers ask at the same time.
pub(crate) fn play(
    adapter: &dyn Adapter,
    plan: &Plan,
    schedule: &Schedule,
    pulse: &Pulse,
) -> Result<Option<Run>, OpenError> {
    let block = plan.together().unwrap_or(plan.len()..plan.len());
    let names = plan.names();
    let ReferenceModel::Store(mut model) = empty(adapter, plan) else {
        return Err(OpenError::new(
            "of callers at the same time, nothing is known but what the built-in model of a store says",
        ));
    };
    let mut store = open(adapter)?;
    let ask = |store: &mut Box<dyn StoreUnderTest>, operation: &Operation| {
        pulse.beat();
        panics::catch(|| store.answer(names, operation)).unwrap_or_else(Outcome::Panicked)
    };
    let mut before = Vec::with_capacity(block.start);
    for step in &plan.steps()[..block.start] {
        let outcome = ask(&mut store, &step.operation);
        if model.settle(&step.operation, &outcome).is_none() {
            if model.expect(&step.operation).judge(&outcome).is_err() {
                return Ok(None);
            }
            model.advance(&step.operation, &outcome);
        }
        before.push(outcome);
    }
    let (bodies, asked) = callers(plan, &*store)?;
    let place = store.place().unwrap_or(Path::new("/"));
    let run = schedule::run(place, schedule, bodies).map_err(refused)?;
    pulse.beat();
    let mut history = History::new(model, asked.calls(plan));
    if run.end == schedule::End::Done {
        let after = plan.steps()[block.end..].iter().map(|step| {
            let outcome = ask(&mut store, &step.operation);
            Answer { operation: step.operation.clone(), outcome }
        });
        history = history.then(after.collect());
    }
    // Of a store that panics when it goes, every plan of the other machine says so.
    let _ = panics::catch(|| drop(store));
    Ok(Some(Run { before, history, trace: run.trace, missed: run.missed }))
}

fn refused(error: GateError) -> OpenError {
    match error {
        GateError::Unsupported => OpenError::new(
            "calls to the system cannot be seen here: callers at the same time are played on Linux \
             with a shared glibc, on x86-64 and aarch64",
        ),
        other => OpenError::from_error(other),
    }
}

/// What callers were asked, as far as they came.
struct Asked {
    /// One for each step.
    calls: Mutex<Vec<Option<Happened>>>,
    ticks: AtomicU64,
}

#[derive(Clone)]
struct Happened {
    invoked: u64,
    returned: Option<(u64, Outcome)>,
}

impl Asked {
    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::Relaxed)
    }

    /// Asks a store the operation of a step.
    fn ask(&self, at: usize, store: &mut dyn StoreUnderTest, names: &Names, operation: &Operation) {
        let invoked = self.tick();
        lock(&self.calls)[at] = Some(Happened { invoked, returned: None });
        let outcome = panics::catch(|| store.answer(names, operation));
        let outcome = outcome.unwrap_or_else(Outcome::Panicked);
        let returned = Some((self.tick(), outcome));
        lock(&self.calls)[at] = Some(Happened { invoked, returned });
    }

    /// The calls that were made, in the order of the steps.
    fn calls(&self, plan: &Plan) -> Vec<Call> {
        let end = self.tick();
        let steps = plan.steps().iter().filter(|step| step.caller.is_some());
        let calls = lock(&self.calls).clone().into_iter().zip(steps);
        let calls = calls.filter_map(|(happened, step)| {
            let Happened { invoked, returned } = happened?;
            // Who waits for ever does not answer.
            let (at, outcome) = returned.unwrap_or((end, Outcome::TimedOut));
            let caller = step.caller.map_or(0, Caller::index);
            let (operation, end) = (step.operation.clone(), End::Returned { at, outcome });
            Some(Call { caller, handle: 0, operation, invoked, end })
        });
        calls.collect()
    }
}

/// What each caller does, and where it is written down.
fn callers(
    plan: &Plan,
    store: &dyn StoreUnderTest,
) -> Result<(Vec<Body<()>>, Arc<Asked>), OpenError> {
    let steps: Vec<_> = plan.steps().iter().filter(|step| step.caller.is_some()).collect();
    let asked =
        Arc::new(Asked { calls: Mutex::new(vec![None; steps.len()]), ticks: AtomicU64::new(0) });
    let body = |caller: usize| -> Result<Body<()>, OpenError> {
        let shared = store.share().ok_or_else(|| {
            OpenError::new(
                "the store is asked by one caller at a time: implement `StoreUnderTest::share`",
            )
        })?;
        let of_caller = steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.caller.is_some_and(|asks| asks.index() == caller));
        let own: Vec<(usize, Operation)> =
            of_caller.map(|(at, step)| (at, step.operation.clone())).collect();
        let (asked, names) = (Arc::clone(&asked), Arc::clone(plan.names()));
        Ok(Box::new(move |branch: &Branch| {
            let mut store = shared;
            for (nth, (at, operation)) in own.iter().enumerate() {
                if nth > 0 {
                    branch.next_operation();
                }
                asked.ask(*at, &mut *store, &names, operation);
            }
        }))
    };
    let bodies = (0..plan.callers()).map(body).collect::<Result<Vec<_>, _>>()?;
    Ok((bodies, asked))
}
