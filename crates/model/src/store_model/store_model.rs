//! `StoreModel`: a dict of buffers, and the contract of a store that is consistent at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;

use crate::contract::aftermath::Aftermath;
use crate::contract::capabilities::Capabilities;
use crate::contract::clause::Clause;
use crate::contract::declaration::Declaration;
use crate::contract::dialect::Dialect;
use crate::contract::expected::Expected;
use crate::contract::mismatch::Mismatch;
use crate::contract::outcome::Outcome;
use crate::contract::reply::Reply;
use crate::contract::signature::{Facts, Situation};
use crate::model::Model;
use crate::plan::fault::Fault;
use crate::plan::names::{KeyId, Names, PrefixId};
use crate::plan::operation::Operation;
use crate::store_model::world::World;

/// The reference model of a store: what each key holds, by the contract and a [`Dialect`].
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Dialect, Model, Outcome, Plan, StoreModel};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = "set a/b \"x\"\nlist_prefix a/".parse()?;
/// let mut model = StoreModel::new(plan.names().clone(), Dialect::ZARRS);
/// let [set, list] = plan.operations().collect::<Vec<_>>()[..] else { unreachable!() };
///
/// assert_eq!(model.expect(set).to_string(), "done");
/// model.advance(set, &Outcome::Done);
/// assert_eq!(model.expect(list).to_string(), "[a/b]");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StoreModel {
    pub(super) names: Arc<Names>,
    pub(super) capabilities: Capabilities,
    pub(super) dialect: Dialect,
    /// How the dialect meets each key of the table.
    pub(super) standing: Arc<[Reply]>,
    /// How the dialect meets each prefix of the table.
    pub(super) prefix_standing: Arc<[Reply]>,
    /// What the store may hold: one state nearly always, more after an operation whose effect
    /// the contract leaves open, until an answer tells them apart.
    pub(super) worlds: Vec<World>,
    /// What the last fault was about, once there was one.
    pub(super) aftermath: Option<Aftermath>,
    /// The keys whose values were being written when something went wrong, of a store that writes them
    /// in place.
    pub(super) torn: BTreeSet<KeyId>,
}

impl StoreModel {
    /// The model of an empty store.
    #[must_use]
    pub fn new(names: Arc<Names>, declared: impl Into<Declaration>) -> Self {
        let Declaration { capabilities, dialect } = declared.into();
        let standing = names.keys().map(|key| dialect.standing(names.key(key).as_str())).collect();
        let prefix_standing = names
            .prefixes()
            .map(|prefix| match names.prefix(prefix).as_str().strip_suffix('/') {
                Some(directory) => dialect.standing(directory),
                None => Reply::Answer,
            })
            .collect();
        let world = World::empty(names.key_count());
        Self {
            names,
            capabilities,
            dialect,
            standing,
            prefix_standing,
            worlds: vec![world],
            aftermath: None,
            torn: BTreeSet::new(),
        }
    }

    /// What the store can be asked.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// How the store answers where the contract leaves it open.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Whether the key has a value.
    #[must_use]
    pub fn is_live(&self, key: KeyId) -> bool {
        self.first().value(key).is_some()
    }

    /// Whether the key is one that the dialect is sure to hold.
    #[must_use]
    pub fn is_sound(&self, key: KeyId) -> bool {
        self.standing[key.index()] == Reply::Answer
    }

    /// Whether all keys, or the prefix, that an operation names are sound.
    #[must_use]
    pub fn is_about_sound_names(&self, operation: &Operation) -> bool {
        let prefix = operation.prefix().map(|prefix| self.prefix_standing[prefix.index()]);
        prefix.is_none_or(|standing| standing == Reply::Answer)
            && operation.keys().all(|key| self.is_sound(key))
    }

    /// Whether the contract leaves open what the store holds, after what it was asked.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.worlds.len() > 1
    }

    /// How many different things the store may hold by what the contract leaves open: one, if nothing
    /// is open. Each open write multiplies them, until answers rule some out.
    #[must_use]
    pub fn possibilities(&self) -> usize {
        if self.aftermath.is_some_and(|aftermath| aftermath.is_lost) {
            return usize::MAX;
        }
        self.worlds.len()
    }

    /// How many keys have a value.
    #[must_use]
    pub fn live_count(&self) -> usize {
        self.first().live().len()
    }

    /// How many keys had a value and have none now.
    #[must_use]
    pub fn erased_count(&self) -> usize {
        self.first().erased_count()
    }

    /// The keys that have a value, in no order; the same for the same operations.
    #[must_use]
    pub fn live_unordered(&self) -> &[KeyId] {
        self.first().live()
    }

    /// Whether `key` is a directory of a live key.
    #[must_use]
    pub fn is_above_live(&self, key: KeyId) -> bool {
        let world = self.first();
        let mut children = self.names.children(key);
        children.any(|at| world.is_live_at(at))
    }

    /// Whether a directory of `key` is a live key.
    #[must_use]
    pub fn is_below_live(&self, key: KeyId) -> bool {
        self.names.ancestors(key).any(|ancestor| self.is_live(ancestor))
    }

    /// Whether any key below `prefix` has a value.
    #[must_use]
    pub fn covers_live(&self, prefix: PrefixId) -> bool {
        let world = self.first();
        let mut below = self.names.below_prefix(prefix);
        below.any(|at| world.is_live_at(at))
    }

    /// Moves on as if the first allowed outcome had been observed.
    ///
    /// Generators use this to know the state that an operation will meet.
    pub fn predict(&mut self, operation: &Operation) {
        let allowed = |model: &Self| {
            model.is_surely_allowed(operation) || !model.expect(operation).wanted.is_error()
        };
        if operation.is_write() && allowed(self) {
            for world in &mut self.worlds {
                world.apply(operation, &self.names);
            }
        }
    }

    /// The keys that have a value, with it, in byte order of their names: of the first possibility, if
    /// the contract leaves several.
    pub fn contents(&self) -> impl Iterator<Item = (KeyId, &Bytes)> {
        let world = self.first();
        world.in_order().filter_map(|key| Some((key, world.value(key)?)))
    }

    pub(super) fn first(&self) -> &World {
        &self.worlds[0]
    }
}

impl Model for StoreModel {
    fn names(&self) -> &Arc<Names> {
        &self.names
    }

    fn capabilities(&self) -> &Capabilities {
        self.capabilities()
    }

    fn dialect(&self) -> &Dialect {
        self.dialect()
    }

    fn expect(&self, operation: &Operation) -> Expected<'_> {
        if let Some(expected) = self.expect_torn(operation) {
            return expected;
        }
        let mut expected = self.expect_in(&self.worlds[0], operation);
        for world in &self.worlds[1..] {
            let other = self.expect_in(world, operation);
            expected = other.alternatives.into_iter().fold(expected.or(other.wanted), Expected::or);
        }
        expected
    }

    fn settle(&mut self, operation: &Operation, outcome: &Outcome) -> Option<Clause> {
        self.settle_plainly(operation, outcome)
    }

    fn advance(&mut self, operation: &Operation, outcome: &Outcome) {
        let succeeded = matches!(outcome, Outcome::Done | Outcome::Truth(_));
        let changes = operation.is_write() && succeeded;
        if changes {
            self.mend_torn(operation);
        }
        let perhaps = self.leaves_open(operation, outcome);
        let plain = !perhaps && (!changes || self.first().ways(operation).is_none());
        if self.worlds.len() == 1 && plain {
            if changes {
                self.worlds[0].apply(operation, &self.names);
            }
            return;
        }
        let mut worlds: Vec<World> = Vec::new();
        for world in &self.worlds {
            for next in self.worlds_after(world, operation, outcome).unwrap_or_default() {
                if !worlds.contains(&next) {
                    worlds.push(next);
                }
            }
        }
        if !worlds.is_empty() {
            self.worlds = worlds;
        }
    }

    fn expect_during(&self, operation: &Operation, fault: Fault) -> Expected<'_> {
        self.expect_during(operation, fault)
    }

    fn advance_after(
        &mut self,
        operation: &Operation,
        fault: Fault,
        outcome: &Outcome,
        earlier: &mut dyn Iterator<Item = &Operation>,
    ) {
        self.advance_after(operation, fault, outcome, earlier);
    }

    fn predict(&mut self, operation: &Operation) {
        self.predict(operation);
    }

    fn possibilities(&self) -> usize {
        self.possibilities()
    }

    fn is_open(&self) -> bool {
        self.is_open()
    }

    fn situation(&self, operation: &Operation, mismatch: &Mismatch) -> Situation {
        self.situation_of(operation, mismatch)
    }

    fn live_keys(&self) -> Vec<KeyId> {
        self.first().in_order().collect()
    }

    fn live_count(&self) -> usize {
        self.live_count()
    }

    fn value(&self, key: KeyId) -> Option<&Bytes> {
        self.first().value(key)
    }

    fn is_erased(&self, key: KeyId) -> bool {
        let world = self.first();
        world.value(key).is_none() && world.history(key).contains(Facts::ERASED)
    }
}
