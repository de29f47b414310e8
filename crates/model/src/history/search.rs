//! The search: whether what happened to a few keys can be explained, and what cannot.
//!
//! Calls are taken in the order of their invocations and returns. A call that returns must have
//! happened; those that are still under way may have, and do so only when a return needs them to
//! (Lowe, "Testing for linearizability", 2017). So the first return that no order explains is the one to
//! report.

use crate::contract::mismatch::Mismatch;
use crate::history::deed::Deed;
use crate::history::levels::Leeway;
use crate::history::share::Part;
use crate::history::state::{State, add};
use crate::history::stuck::{Reasons, Stuck};
use crate::store_model::world::World;

/// Where a few keys may be in more states than this, the search gives up. A guess.
pub(super) const MOST_STATES: usize = 1 << 12;

/// A few keys, what a level leaves open of them, and when all callers had joined.
pub(super) struct Search<'a> {
    pub(super) part: &'a Part,
    pub(super) leeway: &'a Leeway,
    pub(super) joined: usize,
}

/// What happens at one time, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Gather,
    Invoke(usize),
    Return(usize),
    Scatter,
    Join,
}

/// Where the search is.
pub(super) struct Run<'a> {
    pub(super) search: &'a Search<'a>,
    /// What is known of what each point did.
    pub(super) deeds: Vec<Deed>,
    pub(super) states: Vec<State>,
    /// The points that were called and did not return yet.
    pub(super) open: Vec<usize>,
    /// What may be there while writers overlap.
    pub(super) crowd: Option<Vec<World>>,
    /// The points of these writers.
    pub(super) writers: Vec<usize>,
    pub(super) stuck: Vec<Stuck>,
    /// Whether there are too many states.
    pub(super) is_lost: bool,
}

impl Search<'_> {
    /// The points that no order explains, in the order of their returns; nothing, if it gives up.
    pub(super) fn run(&self) -> Option<Vec<Stuck>> {
        let worlds = self.part.model.worlds().iter();
        let mut run = Run {
            search: self,
            deeds: self.part.points.iter().map(|point| point.deed.clone()).collect(),
            states: worlds.map(|world| State::of(world.clone())).collect(),
            open: Vec::new(),
            crowd: None,
            writers: Vec::new(),
            stuck: Vec::new(),
            is_lost: false,
        };
        for (_, event) in self.events() {
            match event {
                Event::Gather => run.gather(),
                Event::Invoke(point) if self.is_crowded(point) => run.crowds(point),
                Event::Invoke(point) => run.open.push(point),
                Event::Return(point) if self.is_crowded(point) => run.returns_in_crowd(point),
                Event::Return(point) => run.returns(point),
                Event::Scatter => run.scatter(),
                Event::Join => run.join(),
            }
            if run.is_lost || run.states.len() > MOST_STATES {
                return None;
            }
        }
        Some(run.stuck)
    }

    /// What happens, in order.
    fn events(&self) -> Vec<(usize, Event)> {
        let mut events = Vec::with_capacity(2 * self.part.points.len() + 1);
        for (at, point) in self.part.points.iter().enumerate() {
            if point.is_after || !self.is_open(point.time.invoked) {
                let since = if self.is_crowded(at) { point.time.invoked } else { point.since };
                events.push((since, Event::Invoke(at)));
            }
            if point.is_after || !self.is_open(point.time.returned) {
                events.push((point.time.returned, Event::Return(at)));
            }
        }
        for crowd in &self.leeway.crowds {
            events.push((crowd.time.invoked, Event::Gather));
            events.push((crowd.time.returned, Event::Scatter));
        }
        if self.leeway.open_from.is_some() {
            events.push((self.joined, Event::Join));
        }
        events.sort_unstable();
        events
    }

    fn is_open(&self, time: usize) -> bool {
        self.leeway.open_from.is_some_and(|from| time >= from)
    }

    /// Whether a point is of one of several writers that overlap.
    fn is_crowded(&self, point: usize) -> bool {
        let call = self.part.points[point].call;
        self.leeway.crowds.iter().any(|crowd| crowd.calls.contains(&call))
    }
}

impl Run<'_> {
    /// A call comes back: it must have happened.
    fn returns(&mut self, point: usize) {
        let mut reached = self.reach(point);
        if reached.is_empty() && !self.is_lost {
            let stuck = self.explain(point);
            self.stuck.push(stuck);
            if let Some(deed) = self.deeds[point].in_doubt() {
                self.deeds[point] = deed;
                reached = self.reach(point);
            }
            if reached.is_empty() {
                reached.clone_from(&self.states);
            }
        }
        self.open.retain(|other| *other != point);
        self.states.clear();
        for mut state in reached {
            state.happened.retain(|other| *other != point);
            add(&mut self.states, state);
        }
    }

    /// The states in which a point has happened, and nothing that need not have.
    fn reach(&mut self, point: usize) -> Vec<State> {
        let mut reached = Vec::new();
        self.spread(Some(point), |state| add(&mut reached, state));
        reached
    }

    /// The states in which anything has happened that may.
    pub(super) fn all(&mut self) -> Vec<State> {
        let mut all = Vec::new();
        self.spread(None, |state| all.push(state));
        all
    }

    /// Hands out each state that may be reached; those in which `until` has happened, and no others,
    /// if it is given.
    fn spread(&mut self, until: Option<usize>, mut hand_out: impl FnMut(State)) {
        let mut seen = self.states.clone();
        let mut next = 0;
        while next < seen.len() {
            if seen.len() > MOST_STATES {
                self.is_lost = true;
                return;
            }
            let state = seen[next].clone();
            next += 1;
            if until.is_some_and(|until| state.happened.contains(&until)) {
                hand_out(state);
                continue;
            }
            for &point in self.open.iter().filter(|point| self.may_happen(&state, **point)) {
                for after in self.step(&state, point).unwrap_or_default() {
                    if until == Some(point) {
                        hand_out(after);
                    } else {
                        add(&mut seen, after);
                    }
                }
            }
            if until.is_none() {
                hand_out(state);
            }
        }
    }

    fn may_happen(&self, state: &State, point: usize) -> bool {
        let happened = |point: usize| state.happened.contains(&point);
        let waits = |before: usize| self.open.contains(&before) && !happened(before);
        let follows = self.search.part.points[point].follows;
        !(happened(point) || follows && waits(point - 1))
    }

    /// What the store may hold in a state: several things, while writers overlap.
    fn worlds<'a>(&'a self, state: &'a State) -> &'a [World] {
        self.crowd.as_deref().unwrap_or(std::slice::from_ref(&state.world))
    }

    /// The states that may follow if a point happens now.
    fn step(&self, state: &State, point: usize) -> Result<Vec<State>, Mismatch> {
        let (part, deed) = (self.search.part, &self.deeds[point]);
        let call = part.points[point].call;
        if let Some(states) = self.guess(state, point) {
            return Ok(states);
        }
        if self.crowd.is_some() {
            // Whoever overlaps with them and is none of them reads.
            let mut wrong = None;
            for world in self.worlds(state) {
                match deed.done(&part.model, world, &state.carries(call)) {
                    Ok(_) => return Ok(vec![state.after(point, call, state.world.clone(), None)]),
                    Err(mismatch) => wrong = Some(mismatch),
                }
            }
            return wrong.map_or(Ok(Vec::new()), Err);
        }
        let ways = deed.done(&part.model, &state.world, &state.carries(call))?;
        let after = ways.into_iter().map(|(world, carried)| {
            let mut after = state.after(point, call, world, carried);
            if deed.settles() {
                after.guessed.retain(|key| !deed.keys().contains(key));
            }
            after
        });
        Ok(after.collect())
    }

    /// Why a point cannot have happened, whatever else of what is under way happened before it.
    fn explain(&mut self, point: usize) -> Stuck {
        let call = self.search.part.points[point].call;
        let mut states = Vec::new();
        self.open.retain(|other| *other != point);
        self.spread(None, |state| states.push(state));
        self.open.push(point);
        let (model, deed) = (&self.search.part.model, &self.deeds[point]);
        let mut reasons = Reasons::default();
        for state in &states {
            for world in self.worlds(state) {
                if let Err(mismatch) = deed.done(model, world, &state.carries(call)) {
                    reasons.add(mismatch, deed, model, world);
                }
            }
        }
        reasons.of(point)
    }
}
