//! One step of one world: what a store that held it holds after an answer.
//!
//! [`advance`](crate::Model::advance) takes all worlds along; whoever follows several orders of
//! operations takes them one by one.

use std::sync::Arc;

use crate::contract::declaration::Declaration;
use crate::contract::expected::Want;
use crate::contract::mismatch::Mismatch;
use crate::contract::outcome::Outcome;
use crate::model::Model;
use crate::plan::names::{KeyId, Names};
use crate::plan::operation::Operation;
use crate::store_model::store_model::StoreModel;
use crate::store_model::world::World;

impl StoreModel {
    /// What the store may hold after an operation that was answered so, if it held this world.
    ///
    /// # Errors
    ///
    /// Returns how the answer misses what is allowed in that world.
    pub(crate) fn worlds_after(
        &self,
        world: &World,
        operation: &Operation,
        outcome: &Outcome,
    ) -> Result<Vec<World>, Mismatch> {
        self.expect_in(world, operation).judge(outcome)?;
        if self.leaves_open(operation, outcome) {
            return Ok(world.perhaps_after(operation, &self.names));
        }
        let changes = operation.is_write() && matches!(outcome, Outcome::Done | Outcome::Truth(_));
        if let Some(ways) = world.ways(operation).filter(|_| changes) {
            return Ok(ways.into());
        }
        let mut world = world.clone();
        if changes {
            world.apply(operation, &self.names);
        }
        Ok(vec![world])
    }

    /// What the store may hold after a write that nobody knows the answer of, if it held this world: as
    /// before or as if it had succeeded, unless it cannot.
    pub(crate) fn perhaps_after(&self, world: &World, operation: &Operation) -> Vec<World> {
        let expected = self.expect_in(world, operation);
        let mut wants = std::iter::once(&expected.wanted).chain(&expected.alternatives);
        if wants.all(Want::is_error) {
            return vec![world.clone()];
        }
        let ways = world.ways(operation).into_iter().flatten();
        world.perhaps_after(operation, &self.names).into_iter().chain(ways).collect()
    }

    /// What the store may hold.
    pub(crate) fn worlds(&self) -> &[World] {
        &self.worlds
    }

    /// The model of some keys alone, in byte order; nothing, if it has lost track of them.
    pub(crate) fn about(&self, keys: &[KeyId]) -> Option<Self> {
        let is_lost = self.aftermath.is_some_and(|aftermath| aftermath.is_lost);
        if is_lost || keys.iter().any(|key| self.torn.contains(key)) {
            return None;
        }
        let names = Names::new(keys.iter().map(|key| self.names.key(*key).clone()), []);
        let declared = Declaration { capabilities: self.capabilities, dialect: self.dialect };
        let mut model = Self::new(Arc::new(names), declared);
        model.aftermath = self.aftermath;
        model.worlds.clear();
        for world in &self.worlds {
            let world = world.only(keys, model.names.keys());
            if !model.worlds.contains(&world) {
                model.worlds.push(world);
            }
        }
        Some(model)
    }

    /// The same model, if these keys had values, and no others.
    pub(crate) fn holding(&self, keys: impl IntoIterator<Item = KeyId>) -> Self {
        let mut world = World::empty(self.names().key_count());
        keys.into_iter().for_each(|key| world.put(key, Some(bytes::Bytes::new())));
        let torn = std::collections::BTreeSet::new();
        Self { worlds: vec![world], torn, ..self.clone() }
    }
}
