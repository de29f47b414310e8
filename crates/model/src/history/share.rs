//! Which keys are looked at together, and what happened to them.
//!
//! Keys are judged each by itself, but for those that a copy takes a value between, and for keys
//! below keys where a store cannot hold both.

use crate::contract::overlap::{PartialWrites, SecondHandle};
use crate::history::deed::Deed;
use crate::history::projection::{Projection, Projector};
use crate::history::timeline::{Time, Timeline};
use crate::model::Model;
use crate::plan::names::KeyId;
use crate::plan::operation::Operation;
use crate::plan::operation_kind::Effect;
use crate::store_model::store_model::StoreModel;

/// A few keys, and everything that happened to them.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The model of these keys alone.
    pub(super) model: StoreModel,
    /// In the order of the history.
    pub(super) points: Vec<Point>,
    /// The calls at the same time as others that ask something of these keys and of others together.
    pub(super) askers: Vec<(usize, Time)>,
}

/// One thing that happens at one moment within the time of its call.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// Which operation of the timeline.
    pub(super) call: usize,
    pub(super) time: Time,
    /// When it may have happened at the earliest: before its call, if a second handle may be behind.
    pub(super) since: usize,
    pub(super) deed: Deed,
    /// Whether it comes after the point before it.
    pub(super) follows: bool,
    pub(super) is_after: bool,
}

/// A history, taken apart.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) parts: Vec<Part>,
    /// In which part each key is; nothing, of one that the model has lost track of.
    part_of: Vec<Option<usize>>,
    /// By the operations of the timeline.
    pub(super) projections: Vec<Projection>,
    /// Whether the model has lost track of some key.
    pub(super) is_lost: bool,
}

impl Shared {
    /// Takes a history apart.
    pub(super) fn of(
        model: &StoreModel,
        timeline: &Timeline<'_>,
        partial_writes: PartialWrites,
    ) -> Self {
        let projector = Projector { model, partial_writes };
        let asked = timeline.asked.iter();
        let projections: Vec<Projection> =
            asked.map(|asked| projector.project(asked.operation, asked.outcome)).collect();
        let (mut parts, mut is_lost) = (Vec::new(), false);
        let mut part_of = vec![None; model.names().key_count()];
        for keys in together(model, timeline, &projections) {
            let Some(model) = model.about(&keys) else {
                is_lost = true;
                continue;
            };
            for key in &keys {
                part_of[key.index()] = Some(parts.len());
            }
            parts.push(Part { model, points: Vec::new(), askers: Vec::new() });
        }
        let mut shared = Self { parts, part_of, projections: Vec::new(), is_lost };
        for (call, projection) in projections.iter().enumerate() {
            for (at, deed) in projection.deeds.iter().enumerate() {
                let follows = projection.in_order && at > 0;
                if let Some((part, point)) = shared.point(model, timeline, call, deed) {
                    shared.parts[part].points.push(Point { follows, ..point });
                }
            }
        }
        for (call, projection) in projections.iter().enumerate() {
            let asked = &timeline.asked[call];
            for key in projection.asked_together().filter(|_| !asked.is_after()) {
                if let Some(part) = shared.part_of(key) {
                    shared.parts[part].askers.push((call, asked.time));
                }
            }
        }
        shared.projections = projections;
        if model.dialect().second_handle == SecondHandle::OnReopen {
            shared.parts.iter_mut().for_each(|part| part.let_handles_lag(timeline));
        }
        shared
    }

    /// The part that a key is in.
    pub(super) fn part_of(&self, key: KeyId) -> Option<usize> {
        self.part_of[key.index()]
    }

    /// A deed as a point of the part that it belongs to.
    pub(super) fn point(
        &self,
        model: &StoreModel,
        timeline: &Timeline<'_>,
        call: usize,
        deed: &Deed,
    ) -> Option<(usize, Point)> {
        let part = self.part_of(*deed.keys().first()?)?;
        let deed = deed.moved(model.names(), self.parts[part].model.names());
        let asked = &timeline.asked[call];
        let (time, is_after) = (asked.time, asked.is_after());
        let since = time.invoked;
        Some((part, Point { call, time, since, deed, follows: false, is_after }))
    }
}

impl Part {
    /// Lets reads through a handle happen as early as that handle last wrote the key or was opened, if
    /// another handle wrote it.
    pub(super) fn let_handles_lag(&mut self, timeline: &Timeline<'_>) {
        let handle = |point: &Point| timeline.asked[point.call].handle;
        let writes: Vec<(usize, Time)> = self
            .points
            .iter()
            .filter(|point| point.deed.writes())
            .map(|point| (handle(point), point.time))
            .collect();
        for point in &mut self.points {
            let of = timeline.asked[point.call].handle;
            if point.deed.writes() || writes.iter().all(|(other, _)| *other == of) {
                continue;
            }
            let opened = timeline
                .asked
                .iter()
                .filter(|asked| asked.handle == of && matches!(asked.operation, Operation::Reopen));
            let opened = opened.map(|asked| asked.time);
            let written = writes.iter().filter(|(other, _)| *other == of).map(|(_, time)| *time);
            let before = opened.chain(written).map(|time| time.returned);
            let last = before.filter(|returned| *returned < point.time.invoked).max();
            point.since = last.map_or(0, |returned| returned + 1);
        }
    }
}

/// The keys that something happened to, as groups of those that are looked at together.
fn together(
    model: &StoreModel,
    timeline: &Timeline<'_>,
    projections: &[Projection],
) -> Vec<Vec<KeyId>> {
    let names = model.names();
    let mut leader: Vec<usize> = (0..names.key_count()).collect();
    let mut join = |one: usize, other: usize| {
        let (one, other) = (find(&leader, one), find(&leader, other));
        leader[one.max(other)] = one.min(other);
    };
    for asked in &timeline.asked {
        if asked.operation.kind().effect() == Effect::Copies {
            let keys: Vec<KeyId> = asked.operation.keys().collect();
            keys.windows(2).for_each(|pair| join(pair[0].index(), pair[1].index()));
        }
    }
    if !model.dialect().key_below_key {
        for key in names.keys() {
            names.ancestors(key).for_each(|above| join(above.index(), key.index()));
        }
    }
    let mut is_touched = vec![false; names.key_count()];
    for projection in projections {
        projection.keys().for_each(|key| is_touched[key.index()] = true);
    }
    let mut groups: Vec<Vec<KeyId>> = vec![Vec::new(); names.key_count()];
    for key in names.keys() {
        groups[find(&leader, key.index())].push(key);
    }
    groups.retain(|keys| keys.iter().any(|key| is_touched[key.index()]));
    groups
}

/// The key that stands for all that are looked at together with one.
fn find(leader: &[usize], mut at: usize) -> usize {
    while leader[at] != at {
        at = leader[at];
    }
    at
}
