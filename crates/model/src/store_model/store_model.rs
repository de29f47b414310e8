//! `StoreModel`: a dict of buffers, and the contract of a store that is consistent at once.

use std::sync::Arc;

use bytes::Bytes;
use zarrs_storage::byte_range::ByteRange;

use crate::contract::clause::Clause;
use crate::contract::dialect::Dialect;
use crate::contract::expected::{BAD_RANGE, Expected, Part, Want};
use crate::contract::mismatch::Mismatch;
use crate::contract::outcome::Outcome;
use crate::contract::ranges::{RangePosition, clamp};
use crate::contract::refusal::{ErrorClass, ErrorClasses};
use crate::contract::reply::Reply;
use crate::contract::signature::{Facts, Situation};
use crate::model::Model;
use crate::plan::names::{KeyId, Names, PrefixId};
use crate::plan::operation::Operation;
use crate::plan::patch::Patch;
use crate::plan::range::Range;
use crate::store_model::world::World;

/// Errors that say that a key is not one for this store: the specification has no word for it.
const BAD_KEY: ErrorClasses = ErrorClasses::ANY;

/// Errors that say that the store does not have the operation.
const UNSUPPORTED: ErrorClasses = ErrorClasses::of(&[ErrorClass::Unsupported]);

/// Errors that say that something is not there.
const MISSING: ErrorClasses = ErrorClasses::of(&[ErrorClass::NotFound]);

/// Errors that say "ask again".
const TRANSIENT: ErrorClasses = ErrorClasses::of(&[ErrorClass::Transient]);

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
/// let [set, list] = plan.operations() else { unreachable!() };
///
/// assert_eq!(model.expect(set).to_string(), "done");
/// model.advance(set, &Outcome::Done);
/// assert_eq!(model.expect(list).to_string(), "[a/b]");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StoreModel {
    names: Arc<Names>,
    dialect: Dialect,
    /// How the dialect meets each key of the table.
    standing: Arc<[Reply]>,
    /// How the dialect meets each prefix of the table.
    prefix_standing: Arc<[Reply]>,
    /// What the store may hold: one state nearly always, more after an operation whose effect
    /// the contract leaves open, until an answer tells them apart.
    worlds: Vec<World>,
}

impl StoreModel {
    /// The model of an empty store.
    #[must_use]
    pub fn new(names: Arc<Names>, dialect: Dialect) -> Self {
        let standing = names.keys().map(|key| dialect.standing(names.key(key).as_str())).collect();
        let prefix_standing = names
            .prefixes()
            .map(|prefix| match names.prefix(prefix).as_str().strip_suffix('/') {
                Some(directory) => dialect.standing(directory),
                None => Reply::Answer,
            })
            .collect();
        let world = World::empty(names.key_count());
        Self { names, dialect, standing, prefix_standing, worlds: vec![world] }
    }

    /// What the store declares.
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
            && operation.keys().iter().all(|key| self.is_sound(*key))
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

    /// Whether a write needs no closer look to be allowed: the common case, seen without what it
    /// costs to say what exactly is expected.
    fn is_surely_allowed(&self, operation: &Operation) -> bool {
        match operation {
            Operation::Set { key, .. } => {
                self.dialect.key_below_key && self.standing[key.index()] == Reply::Answer
            }
            Operation::Erase { .. } | Operation::EraseMany { .. } => {
                self.dialect.erase_missing == Reply::Answer
            }
            Operation::Clear => true,
            _ => false,
        }
    }

    /// The clause of a set or erase that succeeded as it should, once it is carried out.
    fn settle_write(&mut self, operation: &Operation) -> Option<Clause> {
        let allowed = self.worlds.len() == 1 && self.is_surely_allowed(operation);
        let world = self.worlds.first_mut().filter(|_| allowed)?;
        let clause = match operation {
            Operation::Set { key, value } => world.set_clause(*key, value.len()),
            Operation::Erase { key } if world.value(*key).is_some() => Clause::D1,
            Operation::Erase { .. } => Clause::D2,
            _ => return None,
        };
        world.apply(operation, &self.names);
        Some(clause)
    }

    /// Whether an operation that failed may have happened, or a part of it.
    fn leaves_open(&self, operation: &Operation, outcome: &Outcome) -> bool {
        let Outcome::Refused(refusal) = outcome else {
            return false;
        };
        let transient = refusal.class == ErrorClass::Transient && self.dialect.transient_errors;
        let many = matches!(operation, Operation::EraseMany { .. }) && !self.dialect.atomic_many;
        operation.is_write() && (transient || many)
    }

    pub(crate) fn first(&self) -> &World {
        &self.worlds[0]
    }

    fn expect_in<'a>(&'a self, world: &'a World, operation: &Operation) -> Expected<'a> {
        let expected = match operation {
            Operation::Get { key } => match world.value(*key) {
                Some(value) => Expected::only(world.value_clause(*key), Want::Value(value)),
                None => self.expect_absent(world, *key),
            },
            Operation::GetPartial { key, range } => match world.value(*key) {
                Some(value) => self.expect_part(value, range.0),
                None => self.expect_absent(world, *key),
            },
            Operation::GetPartialMany { key, ranges } => match world.value(*key) {
                Some(value) => self.expect_parts(value, ranges),
                None => self.expect_absent(world, *key),
            },
            Operation::SizeKey { key } => match world.value(*key) {
                Some(value) => Expected::only(Clause::R11, Want::Size(value.len() as u64)),
                None => Expected { clause: Clause::R11, ..self.expect_absent(world, *key) },
            },
            Operation::Exists { key } => {
                let exists = world.value(*key).is_some();
                Expected::only(Clause::R10, Want::Truth(exists))
            }
            Operation::Set { key, value } => self.expect_set(world, *key, value.len()),
            Operation::SetPartial { key, patch } => {
                self.expect_set_partial(world, *key, Clause::W6, std::slice::from_ref(patch))
            }
            Operation::SetPartialMany { key, patches } => {
                self.expect_set_partial(world, *key, Clause::W7, patches)
            }
            Operation::Erase { key } => match world.value(*key) {
                Some(_) => Expected::only(Clause::D1, Want::Done),
                None => missing(Clause::D2, Want::Done, self.dialect.erase_missing),
            },
            Operation::EraseMany { keys } => {
                let all_live = keys.iter().all(|key| world.value(*key).is_some());
                let reply = if all_live { Reply::Answer } else { self.dialect.erase_missing };
                missing(Clause::D3, Want::Done, reply)
            }
            Operation::ErasePrefix { prefix } => {
                let covers = world.below(&self.names, *prefix).next().is_some();
                let reply = if covers { Reply::Answer } else { self.dialect.erase_missing_prefix };
                missing(Clause::D4, Want::Done, reply)
            }
            Operation::Clear => Expected::only(Clause::D7, Want::Done),
            Operation::List => {
                let keys = world.in_order().map(|key| self.names.key(key));
                Expected::only(Clause::L1, Want::Keys(keys.collect()))
            }
            Operation::ListPrefix { prefix } => {
                let keys = world.below(&self.names, *prefix).map(|key| self.names.key(key));
                let keys: Vec<_> = keys.collect();
                let clause = self.listing_clause(world, *prefix, keys.is_empty(), Clause::L2);
                self.listing(clause, keys.is_empty(), Want::Keys(keys))
            }
            Operation::ListDir { prefix } => self.expect_directory(world, *prefix),
            Operation::IsEmpty { prefix } => {
                let empty = world.below(&self.names, *prefix).next().is_none();
                self.listing(Clause::L8, empty, Want::Truth(empty))
            }
            Operation::SizePrefix { prefix } => {
                let below = || world.below(&self.names, *prefix);
                let size = below().map(|key| world.length(key)).sum();
                self.listing(Clause::L11, below().next().is_none(), Want::Size(size))
            }
            Operation::Size => {
                let size = world.live().iter().map(|key| world.length(*key)).sum();
                Expected::only(Clause::L11, Want::Size(size))
            }
            Operation::Reopen => Expected::only(Clause::O1, Want::Done),
            Operation::Audit => Expected::only(Clause::X9, Want::Done),
            Operation::Node(_) => Expected::only(Clause::H1, Want::Error(UNSUPPORTED)),
        };
        if !self.dialect.capabilities.allow(operation.kind()) {
            return Expected::only(expected.clause, Want::Error(UNSUPPORTED));
        }
        let expected = self.weigh_names(world, operation, expected);
        let expected = Expected { order: self.dialect.order, ..expected };
        if self.dialect.transient_errors { expected.or(Want::Error(TRANSIENT)) } else { expected }
    }

    /// Allows a refusal where an operation names a key or prefix that the store need not hold.
    fn weigh_names<'a>(
        &self,
        world: &World,
        operation: &Operation,
        expected: Expected<'a>,
    ) -> Expected<'a> {
        let held = |key: KeyId| world.value(key).is_some();
        if let Some(prefix) = operation.prefix() {
            return match self.prefix_standing[prefix.index()] {
                Reply::Answer => expected,
                Reply::Refuse | Reply::Either => expected.or(Want::Error(BAD_KEY)),
            };
        }
        let shaky = |key: &&KeyId| self.standing[key.index()] != Reply::Answer && !held(**key);
        let Some(key) = operation.keys().iter().find(shaky) else {
            return expected;
        };
        let creates = operation.is_write() && !operation.is_erase();
        match self.standing[key.index()] {
            // Nothing to write is no reason to refuse, nor one to create.
            Reply::Refuse if creates && operation.writes_bytes() => {
                Expected::only(Clause::W9, Want::Error(ErrorClasses::ANY))
            }
            _ if creates => Expected { clause: Clause::W9, ..expected.or(Want::Error(BAD_KEY)) },
            _ => expected.or(Want::Error(BAD_KEY)),
        }
    }

    fn expect_absent<'a>(&self, world: &World, key: KeyId) -> Expected<'a> {
        Expected::only(self.absent_clause(world, key), Want::Absent)
    }

    /// The clause that says that a key reads as absent.
    fn absent_clause(&self, world: &World, key: KeyId) -> Clause {
        let mut children = self.names.children(key);
        if children.any(|at| world.is_live_at(at)) {
            Clause::R3
        } else if world.history(key).contains(Facts::ERASED) {
            Clause::D1
        } else {
            Clause::R2
        }
    }

    fn expect_part<'a>(&self, value: &'a Bytes, range: ByteRange) -> Expected<'a> {
        let part = Want::Value(&value[clamp(range, value.len())]);
        let position = RangePosition::of(range, value.len() as u64);
        match self.dialect.ranges.reply(position) {
            Reply::Answer => Expected::only(range_clause(range), part),
            Reply::Refuse => Expected::only(range_clause(range), Want::Error(BAD_RANGE)),
            Reply::Either => Expected::only(range_clause(range), part).or(Want::Error(BAD_RANGE)),
        }
    }

    fn expect_parts<'a>(&self, value: &'a Bytes, ranges: &[Range]) -> Expected<'a> {
        let reply = |range| {
            let position = RangePosition::of(range, value.len() as u64);
            self.dialect.ranges.reply(position)
        };
        let parts = ranges.iter().map(|Range(range)| {
            let part = &value[clamp(*range, value.len())];
            match reply(*range) {
                Reply::Answer => Part::Bytes(part),
                Reply::Refuse => Part::Refused,
                Reply::Either => Part::Either(part),
            }
        });
        let parts = Want::Values(parts.collect());
        if ranges.iter().all(|range| reply(range.0) == Reply::Answer) {
            return Expected::only(Clause::R6, parts);
        }
        // `get_partial_many` returns a result of an iterator of results, and says of neither
        // when it is an error.
        Expected::only(Clause::R7, parts).or(Want::Error(BAD_RANGE))
    }

    fn expect_set<'a>(&self, world: &World, key: KeyId, length: usize) -> Expected<'a> {
        if self.is_in_the_way(world, key) {
            return Expected::only(Clause::W11, Want::Error(ErrorClasses::ANY));
        }
        Expected::only(world.set_clause(key, length), Want::Done)
    }

    fn expect_set_partial<'a>(
        &self,
        world: &World,
        key: KeyId,
        clause: Clause,
        patches: &[Patch],
    ) -> Expected<'a> {
        if self.is_in_the_way(world, key) {
            let refusal = Want::Error(ErrorClasses::ANY);
            return if patches.iter().all(|patch| patch.value.is_empty()) {
                Expected::only(clause, Want::Done).or(refusal)
            } else {
                Expected::only(Clause::W11, refusal)
            };
        }
        let mut length = world.length(key);
        let mut reply = match world.value(key) {
            Some(_) => Reply::Answer,
            None => self.dialect.write_partial_missing,
        };
        for Patch { offset, value } in patches {
            let Some(end) = offset.checked_add(value.len() as u64) else {
                return Expected::only(clause, Want::Error(ErrorClasses::ANY));
            };
            if end > Operation::LONGEST_PATCHED_VALUE {
                return Expected::only(clause, Want::Error(ErrorClasses::ANY));
            }
            if value.is_empty() {
                // What a write of no bytes does to a key or its length, nobody says.
                if *offset > length || world.value(key).is_none() {
                    reply = both(reply, Reply::Either);
                }
                continue;
            }
            if *offset > length {
                reply = both(reply, self.dialect.write_partial_gap);
            }
            length = length.max(end);
        }
        match reply {
            Reply::Answer => Expected::only(clause, Want::Done),
            Reply::Refuse => Expected::only(clause, Want::Error(ErrorClasses::ANY)),
            Reply::Either => Expected::only(clause, Want::Done).or(Want::Error(ErrorClasses::ANY)),
        }
    }

    /// Whether a store that cannot hold a key below a key cannot hold this one now.
    fn is_in_the_way(&self, world: &World, key: KeyId) -> bool {
        if self.dialect.key_below_key {
            return false;
        }
        let live = |at: usize| world.is_live_at(at);
        self.names.children(key).any(live)
            || self.names.ancestors(key).any(|ancestor| live(ancestor.index()))
    }
}

/// Allows an error that says that something is missing, as `reply` has it.
pub(crate) fn missing<'a>(clause: Clause, want: Want<'a>, reply: Reply) -> Expected<'a> {
    match reply {
        Reply::Answer => Expected::only(clause, want),
        Reply::Refuse => Expected::only(clause, Want::Error(MISSING)),
        Reply::Either => Expected::only(clause, want).or(Want::Error(MISSING)),
    }
}

/// How a request is met that two knobs are about.
fn both(one: Reply, other: Reply) -> Reply {
    match (one, other) {
        (Reply::Refuse, _) | (_, Reply::Refuse) => Reply::Refuse,
        (Reply::Either, _) | (_, Reply::Either) => Reply::Either,
        (Reply::Answer, Reply::Answer) => Reply::Answer,
    }
}

/// Ranges that no value can have are a clause of their own.
fn range_clause(range: ByteRange) -> Clause {
    let far = 1 << 31;
    match range {
        ByteRange::FromStart(offset, length) if offset.max(length.unwrap_or(0)) >= far => {
            Clause::R5
        }
        ByteRange::Suffix(length) if length >= far => Clause::R5,
        _ => Clause::R4,
    }
}

impl Model for StoreModel {
    fn names(&self) -> &Arc<Names> {
        &self.names
    }

    fn dialect(&self) -> &Dialect {
        self.dialect()
    }

    fn expect(&self, operation: &Operation) -> Expected<'_> {
        let mut expected = self.expect_in(&self.worlds[0], operation);
        for world in &self.worlds[1..] {
            let other = self.expect_in(world, operation);
            expected = other.alternatives.into_iter().fold(expected.or(other.wanted), Expected::or);
        }
        expected
    }

    fn settle(&mut self, operation: &Operation, outcome: &Outcome) -> Option<Clause> {
        if let (Operation::Set { .. } | Operation::Erase { .. }, Outcome::Done) =
            (operation, outcome)
        {
            return self.settle_write(operation);
        }
        let [world] = &self.worlds[..] else {
            return None;
        };
        match (operation, outcome) {
            (
                Operation::Get { key }
                | Operation::GetPartial { key, .. }
                | Operation::GetPartialMany { key, .. },
                Outcome::Absent,
            ) => world.value(*key).is_none().then(|| self.absent_clause(world, *key)),
            (Operation::Get { key }, Outcome::Value(bytes)) => {
                (world.value(*key)? == bytes).then(|| world.value_clause(*key))
            }
            (Operation::GetPartial { key, range: Range(range) }, Outcome::Value(bytes)) => {
                let value = world.value(*key)?;
                let position = RangePosition::of(*range, value.len() as u64);
                let right = self.dialect.ranges.reply(position) == Reply::Answer
                    && value[clamp(*range, value.len())] == bytes[..];
                right.then(|| range_clause(*range))
            }
            (Operation::SizeKey { key }, Outcome::Size(size)) => {
                (world.value(*key)?.len() as u64 == *size).then_some(Clause::R11)
            }
            (Operation::Exists { key }, Outcome::Truth(true)) => {
                world.value(*key).map(|_| Clause::R10)
            }
            _ => None,
        }
    }

    fn advance(&mut self, operation: &Operation, outcome: &Outcome) {
        let changes = operation.is_write() && matches!(outcome, Outcome::Done);
        let perhaps = self.leaves_open(operation, outcome);
        let plain = !perhaps && (!changes || self.first().ways(operation).is_none());
        if self.worlds.len() == 1 && plain {
            if changes {
                self.worlds[0].apply(operation, &self.names);
            }
            return;
        }
        let allow = |world: &World| self.expect_in(world, operation).judge(outcome).is_ok();
        let allowed = self.worlds.iter().filter(|world| allow(world));
        let mut worlds: Vec<World> = Vec::new();
        for world in allowed {
            let next = if perhaps {
                world.perhaps_after(operation, &self.names)
            } else if let Some(ways) = world.ways(operation).filter(|_| changes) {
                ways.into()
            } else {
                let mut world = world.clone();
                if changes {
                    world.apply(operation, &self.names);
                }
                vec![world]
            };
            for world in next {
                if !worlds.contains(&world) {
                    worlds.push(world);
                }
            }
        }
        if !worlds.is_empty() {
            self.worlds = worlds;
        }
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
