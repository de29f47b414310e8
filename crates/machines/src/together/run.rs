//! One run: callers on threads of their own, or in futures, in the order of a schedule.

use std::path::Path;
use std::sync::Arc;

use zarr_conform_gate::GateError;
use zarr_conform_gate::schedule::{self, Branch, Schedule, Step, Switch};
use zarr_conform_model::history::{Answer, History};
use zarr_conform_model::{Model, Operation, Outcome, Plan, ReferenceModel};
use zarr_conform_store::{Adapter, Callers, Handle, OpenError, StoreUnderTest, TurnsEnd};

use crate::play::admission::empty;
use crate::play::panics;
use crate::play::player::open;
use crate::play::watch::Pulse;
use crate::together::asked::Asked;
use crate::together::bodies::{Body, Handles, bodies, of_caller};
use crate::together::by_futures::ByFutures;
use crate::together::freely;

/// What happened to a plan in one order of its callers.
pub(crate) struct Run {
    /// What came back before callers asked at the same time.
    pub(crate) before: Vec<Outcome>,
    /// What came back since.
    pub(crate) history: History,
    pub(crate) trace: Vec<Step>,
    /// The switches that did not happen.
    pub(crate) missed: Vec<Switch>,
}

/// Who says in which order callers go.
#[derive(Clone, Copy)]
pub(crate) enum Order<'a> {
    /// A schedule.
    InTurns(&'a Schedule),
    /// One caller after the other, from this one on and round again.
    OneByOne(usize),
    /// The system, with the delays of one attempt.
    Freely(u64),
}

/// What came of playing a plan.
pub(crate) enum Played {
    Run(Box<Run>),
    /// Something is wrong before callers ask at the same time.
    WrongBefore,
    /// Nobody can give turns: other threads have a part in what the store is asked.
    NotInTurns,
}

/// Plays a plan on a fresh store.
pub(crate) fn play(
    adapter: &dyn Adapter,
    plan: &Plan,
    order: Order<'_>,
    pulse: &Pulse,
) -> Result<Played, OpenError> {
    let block = plan.together().unwrap_or(plan.len()..plan.len());
    let names = plan.names();
    let ReferenceModel::Store(mut model) = empty(adapter, plan) else {
        return Err(OpenError::new(
            "of callers at the same time, nothing is known but what the built-in model of a store says",
        ));
    };
    let mut store = open(adapter)?;
    let handles: Option<Vec<Handle>> =
        (0..plan.callers()).map(|_| store.callers()?.share()).collect();
    let has_others = |handles: &Vec<Handle>| handles.iter().any(|handle| handle.has_other_threads);
    if matches!(order, Order::InTurns(_)) && handles.as_ref().is_some_and(has_others) {
        return Ok(Played::NotInTurns);
    }
    let ask = |store: &mut Box<dyn StoreUnderTest>, operation: &Operation| {
        pulse.beat();
        panics::catch(|| store.answer(names, operation)).unwrap_or_else(Outcome::Panicked)
    };
    let mut before = Vec::with_capacity(block.start);
    for step in &plan.steps()[..block.start] {
        let outcome = ask(&mut store, &step.operation);
        if model.settle(&step.operation, &outcome).is_none() {
            if model.expect(&step.operation).judge(&outcome).is_err() {
                return Ok(Played::WrongBefore);
            }
            model.advance(&step.operation, &outcome);
        }
        before.push(outcome);
    }
    let asked = Arc::new(Asked::of(plan));
    // It is opened now, so that it knows what was written before.
    let mut second = None;
    if plan.has_second_handle() {
        second = Some(open_second(&mut *store)?);
    }
    let mut with_second = |Handle { store: first, .. }: Handle| {
        let share = |second: &mut Box<dyn StoreUnderTest>| Some(second.callers()?.share()?.store);
        Handles { first, second: second.as_mut().and_then(share) }
    };
    let handles = handles.map(|handles| handles.into_iter().map(&mut with_second).collect());
    drop(second);
    let together = match (handles.map(|handles| bodies(plan, handles, &asked)), order) {
        (Some(bodies), Order::InTurns(schedule)) => by_threads(store.place(), schedule, bodies)?,
        (Some(mut bodies), Order::OneByOne(first)) => {
            bodies.rotate_left(first);
            for body in bodies {
                body(&mut |_| pulse.beat());
            }
            Together { is_done: true, ..Together::default() }
        }
        (Some(bodies), Order::Freely(attempt)) => {
            Together { is_done: freely::run(attempt, bodies), ..Together::default() }
        }
        (None, Order::InTurns(schedule)) => {
            by_futures(plan, &mut *store, schedule, &asked).ok_or_else(alone)?
        }
        (None, Order::OneByOne(_) | Order::Freely(_)) => return Ok(Played::NotInTurns),
    };
    pulse.beat();
    let mut history = History::new(model, asked.calls(plan));
    if together.is_done {
        let after = plan.steps()[block.end..].iter().map(|step| {
            let outcome = ask(&mut store, &step.operation);
            Answer { operation: step.operation.clone(), outcome }
        });
        history = history.then(after.collect());
    }
    // Of a store that panics when it goes, every plan of the other machine says so.
    let _ = panics::catch(|| drop(store));
    let Together { trace, missed, .. } = together;
    Ok(Played::Run(Box::new(Run { before, history, trace, missed })))
}

/// What callers did.
#[derive(Default)]
struct Together {
    /// Whether all are through.
    is_done: bool,
    trace: Vec<Step>,
    missed: Vec<Switch>,
}

/// Runs callers on threads, at the gate.
fn by_threads(
    place: Option<&Path>,
    schedule: &Schedule,
    bodies: Vec<Body>,
) -> Result<Together, OpenError> {
    let bodies = bodies.into_iter().map(|body| -> schedule::Body<()> {
        Box::new(move |branch: &Branch| {
            body(&mut |nth| {
                if nth > 0 {
                    branch.next_operation();
                }
            });
        })
    });
    let run = schedule::run(place.unwrap_or(Path::new("/")), schedule, bodies.collect())
        .map_err(refused)?;
    let is_done = run.end == schedule::End::Done;
    Ok(Together { is_done, trace: run.trace, missed: run.missed })
}

/// Polls the futures of callers in turns; none, if the store is not asked so.
fn by_futures(
    plan: &Plan,
    store: &mut dyn StoreUnderTest,
    schedule: &Schedule,
    asked: &Asked,
) -> Option<Together> {
    let asked_by = |caller| of_caller(plan, caller).map(|(at, step)| (at, step.operation.clone()));
    let (places, operations): (Vec<Vec<usize>>, Vec<Vec<Operation>>) =
        (0..plan.callers()).map(|caller| asked_by(caller).unzip()).unzip();
    let switches = schedule.switches.clone();
    let mut chooser = ByFutures { schedule, switches, trace: Vec::new(), asked, places };
    let end = store.callers()?.answer_in_turns(plan.names(), &operations, &mut chooser)?;
    let ByFutures { trace, switches: missed, .. } = chooser;
    Some(Together { is_done: end == TurnsEnd::Done, trace, missed })
}

fn open_second(store: &mut dyn StoreUnderTest) -> Result<Box<dyn StoreUnderTest>, OpenError> {
    let second = store.callers().map_or(Ok(None), Callers::open_second)?;
    second.ok_or_else(|| {
        OpenError::new("the store is opened once at its place: implement `Callers::open_second`")
    })
}

fn alone() -> OpenError {
    OpenError::new(
        "the store is asked by one caller at a time: implement `StoreUnderTest::callers`, or for futures \
         that nobody else wakes, use `AsyncStore::polled_alone`",
    )
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
