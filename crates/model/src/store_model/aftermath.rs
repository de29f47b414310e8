//! What a fault leaves: each key as it was before the operation or as it is after it.
//!
//! An error, and the end of the process, leave the old or the new state of each key that the operation
//! names, and all other keys as they were. A power cut does too, of a store that promises that what
//! it has acknowledged is on the device; of one that promises nothing, each key may be what it was at
//! any time, and never a mixture. Of a store that writes in place and says so, a value that was being
//! written is anything until it is written again.
//!
//! From then on a wrong answer is held against the clause of that fault.

use crate::contract::aftermath::Aftermath;
use crate::contract::dialect::Durable;
use crate::contract::expected::{Expected, Want};
use crate::contract::outcome::Outcome;
use crate::contract::refusal::{ErrorClass, ErrorClasses};
use crate::contract::signature::Facts;
use crate::model::Model;
use crate::plan::fault::{Fault, PowerPolicy};
use crate::plan::names::KeyId;
use crate::plan::operation::Operation;
use crate::store_model::store_model::StoreModel;
use crate::store_model::world::World;

/// Where a fault leaves more than this open, the model loses track of what a store may hold. A guess:
/// eight keys that each were erased or not.
const MOST_LEFT_OPEN: usize = 256;

/// Any error: what went wrong below a store has no class that a store has to find for it.
const ANY_ERROR: ErrorClasses = ErrorClasses::of(&ErrorClass::ALL);

impl StoreModel {
    /// What may be answered by an operation that meets a fault on its way.
    pub(super) fn expect_during(&self, operation: &Operation, fault: Fault) -> Expected<'_> {
        if fault.ends_the_store() {
            // Nobody hears the answer; what is asked is that the store opens again.
            return Expected::only(fault.clause(), Want::Done);
        }
        if fault.corrupts() && !self.dialect.checksums {
            return Expected::only(fault.clause(), Want::Anything);
        }
        let mut expected = Expected { clause: fault.clause(), ..self.expect(operation) };
        if self.dialect.retries && fault.is_asked_again(operation) {
            return expected;
        }
        for want in std::iter::once(&mut expected.wanted).chain(&mut expected.alternatives) {
            if let Want::Values(parts) = want {
                *want = Want::ValuesOrErrors(std::mem::take(parts));
            }
        }
        expected.or(Want::Error(ANY_ERROR))
    }

    /// Moves on after an operation that met a fault; `earlier` is all that was asked before it.
    pub(super) fn advance_after(
        &mut self,
        operation: &Operation,
        fault: Fault,
        outcome: &Outcome,
        earlier: &mut dyn Iterator<Item = &Operation>,
    ) {
        let is_open = fault.ends_the_store() || matches!(outcome, Outcome::Refused(_));
        if is_open && operation.is_write() && !self.dialect.atomic_set {
            self.torn.extend(torn_by(operation));
        }
        let mut is_lost = self.aftermath.is_some_and(|before| before.is_lost);
        match fault {
            // What was written instead is what came of it.
            _ if fault.corrupts() && !self.dialect.checksums => is_lost |= operation.is_write(),
            Fault::PowerCut {
                policy: PowerPolicy::Strict | PowerPolicy::MetadataFirst, ..
            } if self.dialect.durable == Durable::No => {
                match self.worlds_at_any_time(operation, earlier) {
                    Some(worlds) => self.worlds = worlds,
                    None => is_lost = true,
                }
            }
            _ if is_open && operation.is_write() => {
                let mut worlds: Vec<World> = Vec::new();
                for world in &self.worlds {
                    let Some(next) = world.any_after(operation, &self.names, MOST_LEFT_OPEN) else {
                        is_lost = true;
                        continue;
                    };
                    for next in next {
                        if !worlds.contains(&next) {
                            worlds.push(next);
                        }
                    }
                }
                is_lost |= worlds.len() > MOST_LEFT_OPEN;
                if !is_lost {
                    self.worlds = worlds;
                }
            }
            _ if is_open => {}
            _ => self.advance(operation, outcome),
        }
        self.aftermath = Some(Aftermath { clause: fault.clause(), fact: fault.fact(), is_lost });
    }

    /// Each key as it was at any time; nothing, if that is more than the model keeps.
    fn worlds_at_any_time(
        &self,
        operation: &Operation,
        earlier: &mut dyn Iterator<Item = &Operation>,
    ) -> Option<Vec<World>> {
        let mut worlds = vec![World::empty(self.names.key_count())];
        let mut apply = |operation: &Operation| {
            if let Some(mut next) = worlds.last().cloned().filter(|_| operation.is_write()) {
                next.apply(operation, &self.names);
                worlds.push(next);
            }
        };
        earlier.for_each(&mut apply);
        apply(operation);
        let now = worlds.last().cloned().unwrap_or_else(|| self.first().clone());
        let mut open = vec![now];
        for key in self.names.keys() {
            let mut versions = Vec::new();
            for world in &worlds {
                let version = world.value(key).cloned();
                if !versions.contains(&version) {
                    versions.push(version);
                }
            }
            let with = |world: &World, version: &Option<bytes::Bytes>| {
                let mut world = world.clone();
                match version {
                    Some(value) if world.value(key) == Some(value) => {}
                    Some(value) => world.set(key, value.clone(), Facts::empty()),
                    None => world.erase(key),
                }
                world
            };
            if versions.len() > 1 {
                let each = open
                    .iter()
                    .flat_map(|world| versions.iter().map(move |version| with(world, version)));
                open = each.take(MOST_LEFT_OPEN + 1).collect();
            }
            if open.len() > MOST_LEFT_OPEN {
                return None;
            }
        }
        Some(open)
    }

    /// The answer to a question about a value that was being written when something went wrong, of a
    /// store that writes in place: any.
    pub(super) fn expect_torn(&self, operation: &Operation) -> Option<Expected<'_>> {
        let aftermath = self.aftermath.filter(|_| !self.torn.is_empty())?;
        let is_torn = match (operation.keys().next(), operation.prefix()) {
            (Some(_), _) => operation.keys().any(|key| self.torn.contains(&key)),
            (None, Some(prefix)) => {
                let below = self.names.below_prefix(prefix);
                self.torn.iter().any(|key| below.contains(&key.index()))
            }
            (None, None) => matches!(operation, Operation::List | Operation::Size),
        };
        let mends = matches!(operation, Operation::Set { .. }) || operation.is_erase();
        (is_torn && !mends).then(|| Expected::only(aftermath.clause, Want::Anything))
    }

    /// What is torn no more after a write that succeeded.
    pub(super) fn mend_torn(&mut self, operation: &Operation) {
        match operation {
            _ if self.torn.is_empty() => {}
            Operation::Clear => self.torn.clear(),
            Operation::ErasePrefix { prefix } => {
                let below = self.names.below_prefix(*prefix);
                self.torn.retain(|key| !below.contains(&key.index()));
            }
            Operation::Set { key, .. } | Operation::Erase { key } => {
                self.torn.remove(key);
            }
            Operation::EraseMany { keys } => {
                self.torn.retain(|key| !keys.contains(key));
            }
            _ => {}
        }
    }
}

/// The keys whose bytes an operation writes.
fn torn_by(operation: &Operation) -> impl Iterator<Item = KeyId> + '_ {
    let written = match operation {
        Operation::Copy { keys: [_, to] } | Operation::Rename { keys: [_, to] } => Some(*to),
        _ if operation.is_erase() => None,
        _ => operation.key(),
    };
    written.into_iter()
}
