//! What operations mean: what a store may answer, and what it holds afterwards.
//!
//! By family: reads, writes, erases, listings. Each match over operations is exhaustive, so that the
//! compiler asks of a new one what it means.

use std::collections::BTreeSet;

use crate::contract::clause::Clause;
use crate::contract::expected::{BAD_RANGE, Expected, Part, Want};
use crate::contract::outcome::Outcome;
use crate::contract::parts::range_clause;
use crate::contract::ranges::{RangePosition, clamp};
use crate::contract::refusal::{ErrorClass, ErrorClasses};
use crate::contract::reply::Reply;
use crate::contract::signature::Facts;
use crate::plan::key_part::KeyPart;
use crate::plan::names::{KeyId, Names};
use crate::plan::operation::Operation;
use crate::plan::patch::Patch;
use crate::plan::range::Range;
use crate::store_model::store_model::StoreModel;
use crate::store_model::world::World;

/// Errors that say that a key is not one for this store: the specification has no word for it.
const BAD_KEY: ErrorClasses = ErrorClasses::ANY;

/// Errors that say that the store does not have the operation.
const UNSUPPORTED: ErrorClasses = ErrorClasses::of(&[ErrorClass::Unsupported]);

/// Errors that say that something is not there.
const MISSING: ErrorClasses = ErrorClasses::of(&[ErrorClass::NotFound]);

/// Errors that say "ask again".
const TRANSIENT: ErrorClasses = ErrorClasses::of(&[ErrorClass::Transient]);

/// Of up to this many keys, any may be erased by an operation on all of them that fails.
const ANY_OF_UP_TO: usize = 4;

impl StoreModel {
    /// What may be answered if the store holds this world.
    #[deny(clippy::wildcard_enum_match_arm, reason = "a new operation has to be thought of")]
    pub(crate) fn expect_in<'a>(&'a self, world: &'a World, operation: &Operation) -> Expected<'a> {
        let expected = match operation {
            Operation::Get { key } => match world.value(*key) {
                Some(value) => Expected::only(world.value_clause(*key), Want::Value(value)),
                None => self.expect_absent(world, *key),
            },
            Operation::GetPartial { key, range } => match world.value(*key) {
                Some(value) => self.dialect.expect_part(value, range.0),
                None => self.expect_absent(world, *key),
            },
            Operation::GetPartialMany { key, ranges } => match world.value(*key) {
                Some(value) => self.dialect.expect_parts(value, ranges),
                None => self.expect_absent(world, *key),
            },
            Operation::GetMany { parts } => self.expect_many(world, parts),
            Operation::SizeKey { key } => match world.value(*key) {
                Some(value) => Expected::only(Clause::R11, Want::Size(value.len() as u64)),
                None => Expected { clause: Clause::R11, ..self.expect_absent(world, *key) },
            },
            Operation::Exists { key } => {
                let exists = world.value(*key).is_some();
                Expected::only(Clause::R10, Want::Truth(exists))
            }
            Operation::Set { key, value } => self.expect_set(world, *key, value.len()),
            Operation::SetIfAbsent { key, .. } => self.expect_set_if_absent(world, *key),
            Operation::Copy { keys } | Operation::Rename { keys } => self.expect_copy(world, *keys),
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
            Operation::Close => Expected::only(Clause::X11, Want::Done),
            Operation::Node(_) => Expected::only(Clause::H1, Want::Error(UNSUPPORTED)),
        };
        if !self.capabilities.allow(operation.kind()) {
            return Expected::only(expected.clause, Want::Error(UNSUPPORTED));
        }
        let expected = self.weigh_names(world, operation, expected);
        let mut expected = Expected { order: self.dialect.order, ..expected };
        if let Some(aftermath) = self.aftermath
            && !matches!(operation, Operation::Audit | Operation::Close)
        {
            expected.clause = aftermath.clause;
        }
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
        let shaky = |key: &KeyId| self.standing[key.index()] != Reply::Answer && !held(*key);
        let Some(key) = operation.keys().find(shaky) else {
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

    fn expect_many<'a>(&self, world: &'a World, parts: &[KeyPart]) -> Expected<'a> {
        let wanted = |part: &KeyPart| match (world.value(part.key), part.range) {
            (None, _) => Part::Absent,
            (Some(value), None) => Part::Bytes(value),
            (Some(value), Some(range)) => self.dialect.part(value, range.0),
        };
        let parts: Vec<_> = parts.iter().map(wanted).collect();
        let may_fail = parts.iter().any(|part| matches!(part, Part::Refused | Part::Either(_)));
        let expected = Expected::only(Clause::R15, Want::Values(parts));
        if may_fail { expected.or(Want::Error(BAD_RANGE)) } else { expected }
    }

    /// A store may say whether it created the key, or only that the key is there now.
    fn expect_set_if_absent<'a>(&self, world: &World, key: KeyId) -> Expected<'a> {
        let is_absent = world.value(key).is_none();
        if is_absent && self.is_in_the_way(world, key) {
            return Expected::only(Clause::W11, Want::Error(ErrorClasses::ANY));
        }
        Expected::only(Clause::W4, Want::Truth(is_absent)).or(Want::Done)
    }

    fn expect_copy<'a>(&self, world: &World, [from, to]: [KeyId; 2]) -> Expected<'a> {
        if world.value(from).is_none() {
            return Expected::only(Clause::D9, Want::Error(MISSING));
        }
        if from == to {
            // Nothing changes, so that to refuse it is as good.
            return Expected::only(Clause::D9, Want::Done).or(Want::Error(ErrorClasses::ANY));
        }
        if self.is_in_the_way(world, to) {
            return Expected::only(Clause::W11, Want::Error(ErrorClasses::ANY));
        }
        if self.standing[to.index()] == Reply::Refuse {
            return Expected::only(Clause::W9, Want::Error(ErrorClasses::ANY));
        }
        Expected::only(Clause::D9, Want::Done)
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

    /// Whether a write needs no closer look to be allowed: the common case, seen without what it
    /// costs to say what exactly is expected.
    pub(super) fn is_surely_allowed(&self, operation: &Operation) -> bool {
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
    pub(crate) fn leaves_open(&self, operation: &Operation, outcome: &Outcome) -> bool {
        let Outcome::Refused(refusal) = outcome else {
            return false;
        };
        let transient = refusal.class == ErrorClass::Transient && self.dialect.transient_errors;
        let many = matches!(operation, Operation::EraseMany { .. }) && !self.dialect.atomic_many;
        operation.is_write() && (transient || many)
    }

    /// The clause of an answer that is as everybody expects, once it is carried out; nothing if it takes
    /// a closer look, which [`expect_in`](Self::expect_in) is.
    pub(super) fn settle_plainly(
        &mut self,
        operation: &Operation,
        outcome: &Outcome,
    ) -> Option<Clause> {
        if !self.torn.is_empty() {
            return None;
        }
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
}

impl World {
    /// The ways in which a write that succeeded may have changed the store, if there are several.
    ///
    /// Whether a partial write of no bytes creates a key, or makes a value longer, nobody says.
    pub(super) fn ways(&self, operation: &Operation) -> Option<[Self; 3]> {
        let (key, patches) = match operation {
            Operation::SetPartial { key, patch } => (*key, std::slice::from_ref(patch)),
            Operation::SetPartialMany { key, patches } => (*key, &**patches),
            _ => return None,
        };
        let length = self.length(key);
        let is_missing = self.value(key).is_none();
        let of_no_bytes = |patch: &Patch| patch.value.is_empty();
        let open = |patch: &Patch| of_no_bytes(patch) && (is_missing || patch.offset > length);
        if !(patches.iter().any(open) || patches.is_empty() && is_missing) {
            return None;
        }
        let with_bytes: Vec<_> =
            patches.iter().filter(|patch| !of_no_bytes(patch)).cloned().collect();
        let [mut all, mut some, mut created] = [self.clone(), self.clone(), self.clone()];
        all.patch(key, patches);
        if !with_bytes.is_empty() {
            some.patch(key, &with_bytes);
        }
        created.patch(key, &with_bytes);
        Some([some, all, created])
    }

    /// What a write that failed may have left: each key that it names changed or not.
    ///
    /// Of an erase of more than a few keys, all combinations would be too many: those of a store that
    /// goes from key to key in their order.
    pub(crate) fn perhaps_after(&self, operation: &Operation, names: &Names) -> Vec<Self> {
        self.any_after(operation, names, 1 << ANY_OF_UP_TO).unwrap_or_else(|| {
            let keys = self.erased_by(operation, names);
            let first = |count: usize| self.without(keys[..count].iter().copied());
            (0..=keys.len()).map(first).collect()
        })
    }

    /// [`perhaps_after`](Self::perhaps_after) of a store that takes keys in any order; nothing, if there
    /// is more than `most`.
    pub(super) fn any_after(
        &self,
        operation: &Operation,
        names: &Names,
        most: usize,
    ) -> Option<Vec<Self>> {
        if !operation.is_erase() {
            let mut done = self.clone();
            done.apply(operation, names);
            let mut worlds = vec![self.clone(), done];
            if let Operation::Rename { keys: [from, to] } = operation {
                let mut copied = self.clone();
                copied.copy(*from, *to);
                worlds.push(copied);
            }
            return Some(worlds);
        }
        let keys = self.erased_by(operation, names);
        let count = u32::try_from(keys.len()).ok().and_then(|count| 1_usize.checked_shl(count))?;
        let chosen = |subset: usize| {
            let keys = keys.iter().enumerate();
            keys.filter(move |(at, _)| subset >> at & 1 == 1).map(|(_, key)| *key)
        };
        (count <= most).then(|| (0..count).map(|subset| self.without(chosen(subset))).collect())
    }

    /// The keys that an erase takes away, each once.
    fn erased_by(&self, operation: &Operation, names: &Names) -> Vec<KeyId> {
        let mut keys: Vec<KeyId> = match operation {
            Operation::ErasePrefix { prefix } => self.below(names, *prefix).collect(),
            Operation::Clear => self.in_order().collect(),
            _ => operation.keys().collect(),
        };
        keys.retain(|key| self.value(*key).is_some());
        let mut seen = BTreeSet::new();
        keys.retain(|key| seen.insert(*key));
        keys
    }

    fn without(&self, erased: impl Iterator<Item = KeyId>) -> Self {
        let mut world = self.clone();
        erased.for_each(|key| world.erase(key));
        world
    }

    /// Carries out a write that succeeded.
    #[deny(clippy::wildcard_enum_match_arm, reason = "a new operation has to be thought of")]
    pub(super) fn apply(&mut self, operation: &Operation, names: &Names) {
        match operation {
            Operation::Set { key, value } => self.set(*key, value.to_bytes(), Facts::empty()),
            Operation::SetIfAbsent { key, value } => {
                if self.value(*key).is_none() {
                    self.set(*key, value.to_bytes(), Facts::empty());
                }
            }
            Operation::Copy { keys: [from, to] } => self.copy(*from, *to),
            Operation::Rename { keys: [from, to] } => {
                self.copy(*from, *to);
                if from != to {
                    self.erase(*from);
                }
            }
            Operation::SetPartial { key, patch } => self.patch(*key, std::slice::from_ref(patch)),
            Operation::SetPartialMany { key, patches } => self.patch(*key, patches),
            Operation::Erase { key } => self.erase(*key),
            Operation::EraseMany { keys } => keys.iter().for_each(|key| self.erase(*key)),
            Operation::ErasePrefix { prefix } => {
                let below: Vec<_> = self.below(names, *prefix).collect();
                for key in below {
                    self.erase(key);
                }
            }
            Operation::Clear => {
                let live = self.live().to_vec();
                for key in live {
                    self.erase(key);
                }
            }
            Operation::Get { .. }
            | Operation::GetPartial { .. }
            | Operation::GetPartialMany { .. }
            | Operation::GetMany { .. }
            | Operation::SizeKey { .. }
            | Operation::Exists { .. }
            | Operation::List
            | Operation::ListPrefix { .. }
            | Operation::ListDir { .. }
            | Operation::IsEmpty { .. }
            | Operation::SizePrefix { .. }
            | Operation::Size
            | Operation::Reopen
            | Operation::Audit
            | Operation::Close
            | Operation::Node(_) => {}
        }
    }
}

/// Allows an error that says that something is missing, as `reply` has it.
pub(super) fn missing<'a>(clause: Clause, want: Want<'a>, reply: Reply) -> Expected<'a> {
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
