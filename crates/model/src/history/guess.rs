//! Keys of which nobody knows what they hold, where the level leaves open what callers share.
//!
//! Whatever it is, it stays: reads after all have joined agree with each other. So the search guesses the
//! values among those that are read later. Parts of a value that is a guess are not judged.

use bytes::Bytes;

use crate::contract::outcome::Outcome;
use crate::history::deed::Deed;
use crate::history::search::{MOST_STATES, Run, Search};
use crate::history::state::{State, add};
use crate::model::Model;
use crate::plan::names::KeyId;
use crate::plan::operation::Operation;

/// Sizes below this are guessed, too; longer ones are not judged.
const LONGEST_GUESS: u64 = 1 << 20;

impl Search<'_> {
    /// The values that keys may have had where nothing was asked of them: those that were read later.
    fn guesses(&self) -> Vec<Option<Bytes>> {
        let of_length =
            |length: u64| (length < LONGEST_GUESS).then(|| vec![0; length as usize].into());
        let mut guesses = vec![None, Some(Bytes::new())];
        for point in self.part.points.iter().filter(|point| point.is_after) {
            let guess = match &point.deed {
                Deed::Ask { operation: Operation::Get { .. }, outcome: Outcome::Value(value) } => {
                    Some(value.clone())
                }
                Deed::Ask { outcome: Outcome::Size(size), .. } => of_length(*size),
                _ => None,
            };
            if guess.is_some() {
                add(&mut guesses, guess);
            }
        }
        guesses
    }
}

impl Run<'_> {
    /// All have joined, and nobody knows what is there; but it stays.
    pub(super) fn join(&mut self) {
        let keys: Vec<KeyId> = self.search.part.model.names().keys().collect();
        let Some(world) = self.states.first().map(|state| state.world.clone()) else { return };
        let mut states: Vec<State> = Vec::new();
        for happened in self.seen_before() {
            let state = State { happened, guessed: keys.clone(), ..State::of(world.clone()) };
            add(&mut states, state);
        }
        let guesses = self.search.guesses();
        for key in keys {
            let each = states.iter().flat_map(|state| {
                guesses.iter().map(move |guess| {
                    let mut state = state.clone();
                    state.world.put(key, guess.clone());
                    state
                })
            });
            states = each.take(MOST_STATES + 1).collect();
        }
        self.is_lost |= states.len() > MOST_STATES;
        self.states = states;
    }

    /// Which of the reads after the join have happened by then: all combinations that there may be. A
    /// handle that may be behind sees what was there before.
    fn seen_before(&mut self) -> Vec<Vec<usize>> {
        let points = &self.search.part.points;
        self.open.retain(|point| points[*point].is_after);
        if self.open.is_empty() {
            return vec![Vec::new()];
        }
        let states = self.all();
        let open = &self.open;
        let late = |state: State| {
            let happened = state.happened.into_iter();
            happened.filter(|point| open.contains(point)).collect()
        };
        states.into_iter().map(late).collect()
    }

    /// What follows of a deed whose answer depends on bytes that are guessed; nothing, if it does not.
    pub(super) fn guess(&self, state: &State, point: usize) -> Option<Vec<State>> {
        let (part, deed) = (self.search.part, &self.deeds[point]);
        if !deed.keys().iter().any(|key| state.guessed.contains(key)) {
            return None;
        }
        let is_long = |deed: &Deed| match deed {
            Deed::Ask { outcome: Outcome::Size(size), .. } => *size >= LONGEST_GUESS,
            _ => false,
        };
        let call = part.points[point].call;
        let target = match deed {
            Deed::Give { source, target, .. } if state.guessed.contains(source) => *target,
            _ if !deed.looks_inside() && !is_long(deed) => return None,
            _ if !deed.writes() => {
                return Some(vec![state.after(point, call, state.world.clone(), None)]);
            }
            _ => *deed.keys().first()?,
        };
        let guesses = self.search.guesses().into_iter().map(|guess| {
            let mut world = state.world.clone();
            world.put(target, guess);
            let mut after = state.after(point, call, world, state.carries(call));
            add(&mut after.guessed, target);
            after.guessed.sort_unstable();
            after
        });
        Some(guesses.collect())
    }
}
