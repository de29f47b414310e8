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

use bytes::Bytes;

use crate::contract::clause::Clause;
use crate::contract::signature::Facts;
use crate::plan::names::{KeyId, Names, PrefixId};
use crate::plan::patch::Patch;

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
    pub(super) fn empty(keys: usize) -> Self {
        Self { slots: vec![Slot::default(); keys], live: Vec::new(), erased: 0 }
    }

    /// The live keys in no order.
    pub(super) fn live(&self) -> &[KeyId] {
        &self.live
    }

    pub(super) fn erased_count(&self) -> usize {
        self.erased
    }

    pub(super) fn is_live_at(&self, position: usize) -> bool {
        self.slots[position].value.is_some()
    }

    pub(super) fn history_at(&self, position: usize) -> Facts {
        self.slots[position].history
    }

    pub(crate) fn value(&self, key: KeyId) -> Option<&Bytes> {
        self.slots[key.index()].value.as_ref()
    }

    pub(super) fn length(&self, key: KeyId) -> u64 {
        self.value(key).map_or(0, |value| value.len() as u64)
    }

    pub(super) fn history(&self, key: KeyId) -> Facts {
        self.slots[key.index()].history
    }

    /// The clause that a wrong value breaks, by how the value came to be.
    pub(super) fn value_clause(&self, key: KeyId) -> Clause {
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
    pub(super) fn set_clause(&self, key: KeyId, length: usize) -> Clause {
        match self.value(key) {
            Some(old) if old.len() == length => Clause::W3,
            Some(_) => Clause::W2,
            None if self.history(key).contains(Facts::ERASED) => Clause::D8,
            None => Clause::W1,
        }
    }

    /// The live keys in byte order.
    pub(super) fn in_order(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.live_among(0..self.slots.len())
    }

    /// The live keys below a prefix, in byte order.
    pub(super) fn below<'a>(
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

    pub(super) fn set(&mut self, key: KeyId, value: Bytes, how: Facts) {
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

    /// Gives a key the value of another one, if that has one.
    pub(super) fn copy(&mut self, from: KeyId, to: KeyId) {
        if let Some(value) = self.value(from).filter(|_| from != to).cloned() {
            self.set(to, value, Facts::empty());
        }
    }

    /// Gives a key this value, or none.
    pub(crate) fn put(&mut self, key: KeyId, value: Option<Bytes>) {
        match value {
            Some(value) => self.set(key, value, Facts::empty()),
            None => self.erase(key),
        }
    }

    /// What it holds of some keys alone, over a table of just these, in the same order.
    pub(super) fn only(&self, keys: &[KeyId], ids: impl Iterator<Item = KeyId>) -> Self {
        let mut only = Self::empty(keys.len());
        for (key, id) in keys.iter().zip(ids) {
            let slot = &self.slots[key.index()];
            match &slot.value {
                Some(value) => only.set(id, value.clone(), Facts::empty()),
                None => only.erased += usize::from(slot.history.contains(Facts::ERASED)),
            }
            only.slots[id.index()].history = slot.history;
        }
        only
    }

    pub(super) fn patch(&mut self, key: KeyId, patches: &[Patch]) {
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

    pub(crate) fn erase(&mut self, key: KeyId) {
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
