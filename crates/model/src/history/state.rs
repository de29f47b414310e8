//! States of the search: what a few keys may hold, and what has happened by then.

use bytes::Bytes;

use crate::history::deed::Carried;
use crate::plan::names::KeyId;
use crate::store_model::world::World;

/// What the store may hold, if these of the points under way have happened.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// In order.
    pub(super) happened: Vec<usize>,
    pub(super) world: World,
    /// By call.
    pub(super) carried: Vec<(usize, Option<Bytes>)>,
    /// The keys whose values are guesses, in order.
    pub(super) guessed: Vec<KeyId>,
}

impl State {
    pub(super) const fn of(world: World) -> Self {
        Self { happened: Vec::new(), world, carried: Vec::new(), guessed: Vec::new() }
    }

    /// What a call carries.
    pub(super) fn carries(&self, call: usize) -> Carried {
        let found = self.carried.iter().find(|(of, _)| *of == call);
        found.map(|(_, value)| value.clone())
    }

    /// The same state once a point of a call happened.
    pub(super) fn after(&self, point: usize, call: usize, world: World, carried: Carried) -> Self {
        let Self { mut happened, carried: mut others, guessed, .. } = self.clone();
        let at = happened.partition_point(|other| *other < point);
        happened.insert(at, point);
        others.retain(|(of, _)| *of != call);
        if let Some(value) = carried {
            let at = others.partition_point(|(of, _)| *of < call);
            others.insert(at, (call, value));
        }
        Self { happened, world, carried: others, guessed }
    }
}

/// Adds what is not there yet.
pub(super) fn add<T: PartialEq>(list: &mut Vec<T>, new: T) {
    if !list.contains(&new) {
        list.push(new);
    }
}
