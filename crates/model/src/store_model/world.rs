//! One thing that a store may hold: values, and how they came to be.
//!
//! The contract sometimes leaves open what a write did: whether a partial write of no bytes creates
//! its key, say. The model goes on with all that it may have done, as several worlds, and drops
//! those that a later answer rules out. Nearly always there is one: a write that leaves several is
//! looked at at once, since each further one would double them.
//!
//! An erase of many keys that fails leaves open which of them are gone, unless the dialect says
//! `atomic_many`. Of up to four keys any may be gone; of more, the first few in their order, or the
//! worlds would be too many. A write that meets a transient error has happened or has not.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::contract::clause::Clause;
use crate::contract::signature::Facts;
use crate::plan::names::{KeyId, Names, PrefixId};
use crate::plan::operation::Operation;
use crate::plan::patch::Patch;

/// Of up to this many keys, any may be erased by an operation on all of them that fails.
const ANY_OF_UP_TO: usize = 4;

/// One thing that the store may hold.
#[derive(Clone, Debug)]
pub(crate) struct World {
    slots: Vec<Slot>,
    /// The live keys in no order, so that one can be drawn without a search.
    live: Vec<KeyId>,
    /// How many keys had a value and have none now.
    erased: usize,
}

/// Worlds with the same values are one, however they came about: no answer tells them apart.
impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        let mut pairs = self.slots.iter().zip(&other.slots);
        self.slots.len() == other.slots.len() && pairs.all(|(one, two)| one.value == two.value)
    }
}

/// What one key holds, and how it came to it.
#[derive(Clone, Debug, Default)]
struct Slot {
    value: Option<Bytes>,
    /// Where the key stands in [`World::live`], if it is live.
    position: u32,
    history: Facts,
}

impl World {
    /// What an empty store holds.
    pub(crate) fn empty(keys: usize) -> Self {
        Self { slots: vec![Slot::default(); keys], live: Vec::new(), erased: 0 }
    }

    /// The live keys in no order.
    pub(crate) fn live(&self) -> &[KeyId] {
        &self.live
    }

    pub(crate) fn erased_count(&self) -> usize {
        self.erased
    }

    pub(crate) fn is_live_at(&self, position: usize) -> bool {
        self.slots[position].value.is_some()
    }

    pub(crate) fn history_at(&self, position: usize) -> Facts {
        self.slots[position].history
    }

    pub(crate) fn value(&self, key: KeyId) -> Option<&Bytes> {
        self.slots[key.index()].value.as_ref()
    }

    pub(crate) fn length(&self, key: KeyId) -> u64 {
        self.value(key).map_or(0, |value| value.len() as u64)
    }

    pub(crate) fn history(&self, key: KeyId) -> Facts {
        self.slots[key.index()].history
    }

    /// The clause that a wrong value breaks, by how the value came to be.
    pub(crate) fn value_clause(&self, key: KeyId) -> Clause {
        let history = self.history(key);
        if history.contains(Facts::PATCHED) {
            Clause::W6
        } else if history.contains(Facts::OVERWRITTEN) {
            Clause::W2
        } else if history.contains(Facts::SET_AGAIN) {
            Clause::D8
        } else {
            Clause::R1
        }
    }

    /// The clause of setting a key to a value of `length` bytes.
    pub(crate) fn set_clause(&self, key: KeyId, length: usize) -> Clause {
        match self.value(key) {
            Some(old) if old.len() == length => Clause::W3,
            Some(_) => Clause::W2,
            None if self.history(key).contains(Facts::ERASED) => Clause::D8,
            None => Clause::W1,
        }
    }

    /// The live keys in byte order.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.live_among(0..self.slots.len())
    }

    /// The live keys below a prefix, in byte order.
    pub(crate) fn below<'a>(
        &'a self,
        names: &Names,
        prefix: PrefixId,
    ) -> impl Iterator<Item = KeyId> + 'a {
        self.live_among(names.below_prefix(prefix))
    }

    fn live_among(&self, positions: std::ops::Range<usize>) -> impl Iterator<Item = KeyId> + '_ {
        let slots = self.slots[positions].iter();
        let live = slots.filter(|slot| slot.value.is_some());
        live.map(|slot| self.live[slot.position as usize])
    }

    /// The ways in which a write that succeeded may have changed the store, if there are several.
    ///
    /// Whether a partial write of no bytes creates a key, or makes a value longer, nobody says.
    pub(crate) fn ways(&self, operation: &Operation) -> Option<[Self; 3]> {
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
    pub(crate) fn perhaps_after(&self, operation: &Operation, names: &Names) -> Vec<Self> {
        if !operation.is_erase() {
            let mut done = self.clone();
            done.apply(operation, names);
            return vec![self.clone(), done];
        }
        let mut keys: Vec<KeyId> = match operation {
            Operation::ErasePrefix { prefix } => self.below(names, *prefix).collect(),
            Operation::Clear => self.in_order().collect(),
            _ => operation.keys().to_vec(),
        };
        keys.retain(|key| self.value(*key).is_some());
        let mut seen = BTreeSet::new();
        keys.retain(|key| seen.insert(*key));
        let without = |erased: &mut dyn Iterator<Item = KeyId>| {
            let mut world = self.clone();
            erased.for_each(|key| world.erase(key));
            world
        };
        if keys.len() > ANY_OF_UP_TO {
            // All combinations would be too many: those of a store that goes from key to key.
            return (0..=keys.len())
                .map(|count| without(&mut keys[..count].iter().copied()))
                .collect();
        }
        let chosen = |subset: usize| {
            let keys = keys.iter().enumerate();
            keys.filter(move |(at, _)| subset >> at & 1 == 1).map(|(_, key)| *key)
        };
        (0..1 << keys.len()).map(|subset| without(&mut chosen(subset))).collect()
    }

    /// Carries out a write that succeeded.
    pub(crate) fn apply(&mut self, operation: &Operation, names: &Names) {
        match operation {
            Operation::Set { key, value } => self.set(*key, value.to_bytes(), Facts::empty()),
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
                let live = self.live.clone();
                for key in live {
                    self.erase(key);
                }
            }
            _ => {}
        }
    }

    fn set(&mut self, key: KeyId, value: Bytes, how: Facts) {
        let position = self.live.len() as u32;
        let slot = &mut self.slots[key.index()];
        slot.history = how
            | match &slot.value {
                Some(_) => Facts::OVERWRITTEN,
                None if slot.history.contains(Facts::ERASED) => Facts::SET_AGAIN,
                None => Facts::empty(),
            };
        if slot.history.contains(Facts::SET_AGAIN) && slot.value.is_none() {
            self.erased -= 1;
        }
        if slot.value.replace(value).is_none() {
            slot.position = position;
            self.live.push(key);
        }
    }

    fn patch(&mut self, key: KeyId, patches: &[Patch]) {
        let end = |patch: &Patch| {
            let end = patch.offset + patch.value.len() as u64;
            usize::try_from(end).expect("patches far beyond memory are refused")
        };
        let old = self.value(key).map_or(&[][..], |old| &old[..]);
        let length = patches.iter().map(end).fold(old.len(), usize::max);
        let mut value = Vec::with_capacity(length);
        value.extend_from_slice(old);
        value.resize(length, 0);
        for patch in patches {
            let end = end(patch);
            value[end - patch.value.len()..end].copy_from_slice(&patch.value.to_bytes());
        }
        self.set(key, value.into(), Facts::PATCHED);
    }

    fn erase(&mut self, key: KeyId) {
        let slot = &mut self.slots[key.index()];
        if slot.value.take().is_none() {
            return;
        }
        slot.history = Facts::ERASED;
        self.erased += 1;
        let position = slot.position;
        self.live.swap_remove(position as usize);
        if let Some(moved) = self.live.get(position as usize) {
            self.slots[moved.index()].position = position;
        }
    }
}
