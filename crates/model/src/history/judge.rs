//! A history is held against a level of overlap: key by key, and then what is about many keys.

use std::collections::BTreeSet;

use crate::contract::mismatch::{Mismatch, MismatchKind};
use crate::contract::overlap::{Overlap, PartialWrites, SecondHandle};
use crate::history::blame::Blame;
use crate::history::deed::Deed;
use crate::history::history::History;
use crate::history::levels::{Leeway, first_overlap};
use crate::history::search::Search;
use crate::history::share::{Part, Point, Shared};
use crate::history::stuck::{MOST_WANTED, Stuck};
use crate::history::timeline::{Asked, Time, Timeline};
use crate::history::verdict::{Finding, Verdict};
use crate::model::Model;
use crate::plan::names::KeyId;
use crate::plan::patch::Patch;

/// More sums of lengths than this are not told apart, but held between the least and the greatest.
const MOST_SUMS: usize = 1 << 10;

/// The levels that a history is held against, the highest first. Where more than the reads of a key are
/// open, partial writes are, too.
const LEVELS: [(Overlap, PartialWrites); 5] = [
    (Overlap::Linearizable, PartialWrites::Kept),
    (Overlap::Linearizable, PartialWrites::Lost),
    (Overlap::Readers, PartialWrites::Lost),
    (Overlap::DistinctKeys, PartialWrites::Lost),
    (Overlap::None, PartialWrites::Lost),
];

impl History {
    /// Holds the history against the dialect of its model, and finds the highest level that it
    /// holds.
    #[must_use]
    pub fn judge(&self) -> Verdict {
        if self.is_in_order() {
            let (findings, seen) = (Vec::new(), Some(Overlap::Linearizable));
            let partial_writes = PartialWrites::Kept;
            return Verdict { findings, seen, partial_writes, gave_up: false };
        }
        let dialect = self.before.dialect();
        let declared = (dialect.overlap, dialect.partial_writes);
        let mut held = None;
        let mut seen = None;
        for level in LEVELS {
            let (findings, gave_up) = self.hold(level);
            let holds = findings.is_empty();
            if level == declared {
                held = Some((findings, gave_up));
            }
            if holds {
                seen = Some((level, gave_up));
                break;
            }
        }
        let (findings, gave_up) = held.unwrap_or_else(|| match seen {
            // What holds on a higher level holds on this one.
            Some((level, gave_up)) if level >= declared => (Vec::new(), gave_up),
            _ => self.hold(declared),
        });
        let partial_writes = seen.map_or(PartialWrites::Lost, |((_, writes), _)| writes);
        Verdict { findings, seen: seen.map(|((level, _), _)| level), partial_writes, gave_up }
    }

    /// Whether the calls in the order of their returns, or in that of their invocations, are right
    /// one after the other: most histories are, and to see it costs little.
    fn is_in_order(&self) -> bool {
        let timeline = Timeline::of(self);
        let mut order: Vec<usize> = (0..timeline.asked.len()).collect();
        let mut is_right_by = |time: fn(Time) -> usize| {
            order.sort_by_key(|at| time(timeline.asked[*at].time));
            let mut model = self.before.clone();
            order.iter().all(|at| {
                let Asked { operation, outcome, .. } = timeline.asked[*at];
                // What never returned may not have happened.
                let Some(outcome) = outcome else { return true };
                if model.settle(operation, outcome).is_some() {
                    return true;
                }
                let is_right = model.expect(operation).judge(outcome).is_ok();
                if is_right {
                    model.advance(operation, outcome);
                }
                is_right
            })
        };
        is_right_by(|time| time.returned) || is_right_by(|time| time.invoked)
    }

    /// What cannot be explained by a level.
    ///
    /// # Examples
    ///
    /// ```
    /// use zarr_conform_model::contract::{Overlap, PartialWrites};
    /// use zarr_conform_model::history::History;
    /// use zarr_conform_model::{Dialect, Plan, StoreModel};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let names = "list".parse::<Plan>()?.names().clone();
    /// let nothing = History::new(StoreModel::new(names, Dialect::ZARRS), Vec::new());
    /// assert!(nothing.findings(Overlap::Linearizable, PartialWrites::Kept).is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn findings(&self, level: Overlap, partial_writes: PartialWrites) -> Vec<Finding> {
        self.hold((level, partial_writes)).0
    }

    /// What cannot be explained by a level, and whether there are keys of which nothing is said.
    fn hold(&self, (level, partial_writes): (Overlap, PartialWrites)) -> (Vec<Finding>, bool) {
        let timeline = Timeline::of(self);
        let shared = Shared::of(&self.before, &timeline, partial_writes);
        let leeways = shared.parts.iter().map(|part| Leeway::of(part, &timeline, level)).collect();
        Judge { history: self, timeline, shared, leeways, level }.findings()
    }
}

/// A history that is held against a level.
struct Judge<'a> {
    history: &'a History,
    timeline: Timeline<'a>,
    shared: Shared,
    /// By part.
    leeways: Vec<Leeway>,
    level: Overlap,
}

impl Judge<'_> {
    fn findings(&self) -> (Vec<Finding>, bool) {
        let mut gave_up = self.shared.is_lost;
        let mut findings = self.wrong_as_a_whole();
        let mut stuck = Vec::with_capacity(self.shared.parts.len());
        for (at, part) in self.shared.parts.iter().enumerate() {
            let found = self.search(at, part);
            gave_up |= found.is_none();
            let found = found.unwrap_or_default();
            stuck.push(found.len());
            findings.extend(found.iter().map(|found| self.blame(part).finding(found)));
        }
        for (call, projection) in self.shared.projections.iter().enumerate() {
            for choice in &projection.choices {
                let mut options = choice.options.iter();
                if !options.any(|deed| self.may_be(call, deed, &stuck)) {
                    findings.push(self.of_call(call, None, choice.otherwise.clone(), Vec::new()));
                }
            }
            if let Some((keys, sum)) = &projection.sum {
                findings.extend(self.wrong_sum(call, keys, *sum, &stuck));
            }
        }
        (findings, gave_up)
    }

    /// What no order explains; nothing, if the search gives up.
    fn search(&self, at: usize, part: &Part) -> Option<Vec<Stuck>> {
        Search { part, leeway: &self.leeways[at], joined: self.timeline.joined }.run()
    }

    fn blame<'a>(&'a self, part: &'a Part) -> Blame<'a> {
        Blame { history: self.history, timeline: &self.timeline, part }
    }

    /// Whether nothing is asked of a part when a call returns.
    fn is_open(&self, part: usize, call: usize) -> bool {
        let asked = &self.timeline.asked[call];
        let from = self.leeways[part].open_from;
        !asked.is_after() && from.is_some_and(|from| asked.time.returned >= from)
    }

    /// Outcomes that are wrong whatever the keys held.
    fn wrong_as_a_whole(&self) -> Vec<Finding> {
        let quiet = match self.level {
            Overlap::None => first_overlap(&self.timeline),
            _ => None,
        };
        let mut findings = Vec::new();
        for (call, projection) in self.shared.projections.iter().enumerate() {
            let Some((mismatch, wanted)) = &projection.wrong else { continue };
            let asked = &self.timeline.asked[call];
            let is_quiet = quiet.is_some_and(|from| asked.time.returned >= from);
            if is_quiet && !asked.is_after() {
                continue;
            }
            let names = self.history.before.names();
            let offender = mismatch.offender.as_deref();
            let key = offender.and_then(|name| names.find_key(name));
            let is_open = |part: usize| self.is_open(part, call);
            let is_shared = match (offender, key) {
                (_, Some(key)) => self.shared.part_of(key).is_some_and(is_open),
                // A name that is none of the plan's is nobody's.
                (Some(_), None) => false,
                (None, None) => self.parts_of(call).into_iter().any(is_open),
            };
            if is_shared && !asked.failed() {
                continue;
            }
            let found = self.of_call(call, key, mismatch.clone(), vec![wanted.clone()]);
            findings.push(found);
        }
        findings
    }

    /// The parts that a call is about.
    fn parts_of(&self, call: usize) -> BTreeSet<usize> {
        let keys = self.shared.projections[call].keys();
        keys.filter_map(|key| self.shared.part_of(key)).collect()
    }

    /// A finding of a call as a whole.
    fn of_call(
        &self,
        call: usize,
        key: Option<KeyId>,
        mismatch: Mismatch,
        wanted: Vec<String>,
    ) -> Finding {
        let parts = self.parts_of(call);
        let part = key.and_then(|key| self.shared.part_of(key)).or(parts.first().copied());
        let empty =
            Part { model: self.history.before.clone(), points: Vec::new(), askers: Vec::new() };
        let part = part.map_or(&empty, |part| &self.shared.parts[part]);
        self.blame(part).whole(call, key, mismatch, wanted)
    }

    /// Whether a deed may have happened in the time of a call, beside all that did.
    fn may_be(&self, call: usize, deed: &Deed, stuck: &[usize]) -> bool {
        let found = self.shared.point(&self.history.before, &self.timeline, call, deed);
        // What the model has lost track of may be anything.
        let Some((at, point)) = found else { return true };
        if self.is_open(at, call) {
            return true;
        }
        let part = &self.shared.parts[at];
        let before = part.points.partition_point(|other| other.call <= call);
        let mut part = part.clone();
        part.points.insert(before, Point { follows: false, ..point });
        if self.history.before.dialect().second_handle == SecondHandle::OnReopen {
            part.let_handles_lag(&self.timeline);
        }
        self.search(at, &part).is_none_or(|found| found.len() <= stuck[at])
    }

    /// Whether lengths that the keys may have had add up to something else.
    fn wrong_sum(&self, call: usize, keys: &[KeyId], sum: u64, stuck: &[usize]) -> Option<Finding> {
        let (mut sums, mut least, mut most) = (Some(BTreeSet::from([0_u64])), 0_u64, 0_u64);
        let mut changing = None;
        for key in keys {
            let part = self.shared.part_of(*key)?;
            // Lengths that nobody knows add up to anything.
            if self.leeways[part].open_from.is_some() {
                return None;
            }
            let may_be = |length: Option<u64>| {
                self.may_be(call, &Deed::Measures { key: *key, length }, stuck)
            };
            let lengths: BTreeSet<u64> = self
                .lengths(part)
                .into_iter()
                .filter(|length| may_be(*length))
                .map(Option::unwrap_or_default)
                .collect();
            least += lengths.first()?;
            most += lengths.last()?;
            if lengths.len() > 1 {
                changing = changing.or(Some(*key));
            }
            let each = |sum: &u64| {
                let sum = *sum;
                lengths.iter().map(move |length| sum + length)
            };
            sums = sums.filter(|sums| sums.len() * lengths.len() <= MOST_SUMS);
            sums = sums.map(|sums| sums.iter().flat_map(each).collect());
        }
        let is_right = match &sums {
            Some(sums) => sums.contains(&sum),
            None => (least..=most).contains(&sum),
        };
        if is_right {
            return None;
        }
        let kind = if sum < most { MismatchKind::SizeTooSmall } else { MismatchKind::SizeTooLarge };
        let wanted = match &sums {
            Some(sums) => sums.iter().take(MOST_WANTED).map(u64::to_string).collect(),
            None => vec![format!("{least} to {most}")],
        };
        let mismatch = Mismatch { kind, offender: None };
        Some(self.of_call(call, changing.or(keys.first().copied()), mismatch, wanted))
    }

    /// The lengths that the values of a part may have, and none.
    fn lengths(&self, part: usize) -> BTreeSet<Option<u64>> {
        let part = &self.shared.parts[part];
        let names = part.model.names();
        let mut lengths = BTreeSet::from([None]);
        for world in part.model.worlds() {
            lengths
                .extend(names.keys().map(|key| world.value(key).map(|value| value.len() as u64)));
        }
        for deed in part.points.iter().map(|point| &point.deed) {
            let (Deed::Ask { operation, .. }
            | Deed::Perhaps { operation }
            | Deed::Give { operation, .. }) = deed
            else {
                continue;
            };
            lengths.extend(operation.values().map(|value| Some(value.len() as u64)));
            let end = |patch: &Patch| patch.offset.checked_add(patch.value.len() as u64);
            lengths.extend(operation.patches().iter().filter_map(end).map(Some));
        }
        lengths
    }
}
