//! Writers that overlap, where the level leaves them open among what they write.
//!
//! While they overlap, a read may give any value that they may write, one after the other and in any
//! order. When all are done, one of them was the last, and what it wrote stays.

use crate::history::deed::Deed;
use crate::history::search::{MOST_STATES, Run};
use crate::history::state::{State, add};
use crate::history::stuck::Reasons;
use crate::store_model::world::World;

impl Run<'_> {
    /// Writers begin to overlap: what each state holds does not count before they are done.
    pub(super) fn gather(&mut self) {
        let mut worlds: Vec<World> = Vec::new();
        let states = std::mem::take(&mut self.states);
        for state in &states {
            add(&mut worlds, state.world.clone());
        }
        if let Some(world) = worlds.first() {
            for state in states {
                add(&mut self.states, State { world: world.clone(), ..state });
            }
        }
        self.crowd = Some(worlds);
        self.writers.clear();
    }

    /// One more of them is called: anything that they may write may be there.
    pub(super) fn crowds(&mut self, writer: usize) {
        self.writers.push(writer);
        let mut worlds = self.crowd.take().unwrap_or_default();
        let mut known = 0;
        while known < worlds.len() && !self.is_lost {
            known = worlds.len();
            for at in 0..known {
                for writer in &self.writers {
                    for world in self.written(*writer, &worlds[at], &worlds) {
                        add(&mut worlds, world);
                    }
                }
            }
            self.is_lost = worlds.len() > MOST_STATES;
        }
        self.crowd = Some(worlds);
    }

    /// Whether the answer of a writer among others is right in any of the worlds.
    pub(super) fn returns_in_crowd(&mut self, point: usize) {
        let (model, deed) = (&self.search.part.model, &self.deeds[point]);
        let mut reasons = Reasons::default();
        for world in self.crowd.iter().flatten() {
            match deed.at_once(model, world) {
                Ok(_) => return,
                Err(mismatch) => reasons.add(mismatch, deed, model, world),
            }
        }
        self.stuck.push(reasons.of(point));
        if let Some(deed) = deed.in_doubt() {
            self.deeds[point] = deed;
        }
    }

    /// Writers overlap no more: one of them was the last.
    pub(super) fn scatter(&mut self) {
        // What is under way may have happened while any of the values was there.
        self.states = self.all();
        let worlds = self.crowd.take().unwrap_or_default();
        let writers = std::mem::take(&mut self.writers);
        let is_acknowledged = |writer: &usize| self.deeds[*writer].is_acknowledged();
        let is_written = writers.iter().any(is_acknowledged);
        let mut last = Vec::new();
        for world in &worlds {
            for writer in &writers {
                for after in self.written(*writer, world, &worlds) {
                    if !is_written || is_acknowledged(writer) || after != *world {
                        add(&mut last, after);
                    }
                }
            }
        }
        let last = if last.is_empty() { worlds } else { last };
        for state in std::mem::take(&mut self.states) {
            let states = last.iter().map(|world| State { world: world.clone(), ..state.clone() });
            self.states.extend(states);
        }
    }

    /// What may be there after a writer in one world, who may have read what it writes in any of these.
    fn written(&self, writer: usize, world: &World, read: &[World]) -> Vec<World> {
        let (model, deed) = (&self.search.part.model, &self.deeds[writer]);
        let mut after = deed.at_once(model, world).unwrap_or_default();
        if let Deed::Give { source, .. } = deed {
            let mut values = Vec::new();
            for world in read {
                add(&mut values, world.value(*source).cloned());
            }
            for value in values {
                let given = deed.done(model, world, &Some(value)).unwrap_or_default();
                after.extend(given.into_iter().map(|(world, _)| world));
            }
        }
        after
    }
}
