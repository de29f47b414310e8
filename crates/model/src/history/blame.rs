//! Who is to blame: the clause that a finding breaks, and the calls that it takes.

use crate::contract::clause::Clause;
use crate::contract::mismatch::Mismatch;
use crate::history::history::History;
use crate::history::share::Part;
use crate::history::stuck::Stuck;
use crate::history::timeline::Timeline;
use crate::history::verdict::Finding;
use crate::model::Model;
use crate::plan::names::KeyId;
use crate::plan::operation::Operation;
use crate::plan::operation_kind::Effect;

/// As many other calls as a reader can hold in mind.
const MOST_BESIDE: usize = 3;

/// Makes findings of what is wrong with a part.
pub(super) struct Blame<'a> {
    pub(super) history: &'a History,
    pub(super) timeline: &'a Timeline<'a>,
    pub(super) part: &'a Part,
}

impl Blame<'_> {
    /// The finding that a point cannot be explained.
    pub(super) fn finding(&self, stuck: &Stuck) -> Finding {
        let point = &self.part.points[stuck.point];
        let key = point.deed.keys().last().map(|key| self.part.model.names().key(*key));
        let key = key.and_then(|key| self.history.before.names().find_key(key.as_str()));
        let whole = self.whole(point.call, key, stuck.mismatch.clone(), stuck.wanted.clone());
        match stuck.clause {
            Some(clause)
                if !self.is_crowded(point.call)
                    && !matches!(whole.clause, Clause::C5 | Clause::C7) =>
            {
                Finding { clause, ..whole }
            }
            _ => whole,
        }
    }

    /// The finding that a call is wrong.
    pub(super) fn whole(
        &self,
        call: usize,
        key: Option<KeyId>,
        mismatch: Mismatch,
        wanted: Vec<String>,
    ) -> Finding {
        let beside = self.beside(call);
        let clause = if self.is_of_handles(call) {
            if self.is_opened_again(call) { Clause::C7 } else { Clause::C5 }
        } else if self.is_crowded(call) {
            self.clause(call, &beside)
        } else {
            self.history.before.expect(self.timeline.asked[call].operation).clause
        };
        let at = self.timeline.asked[call].at;
        let beside = beside.into_iter().map(|call| self.timeline.asked[call].at).collect();
        Finding { at, key, beside, clause, mismatch, wanted }
    }

    /// Whether another handle wrote the same keys before a call returned.
    fn is_of_handles(&self, call: usize) -> bool {
        let of = &self.timeline.asked[call];
        self.part.points.iter().filter(|point| point.deed.writes()).any(|point| {
            let other = &self.timeline.asked[point.call];
            other.handle != of.handle && other.time.invoked <= of.time.returned
        })
    }

    /// Whether the handle of a call was opened again before it.
    fn is_opened_again(&self, call: usize) -> bool {
        let of = &self.timeline.asked[call];
        self.timeline.asked.iter().any(|asked| {
            asked.handle == of.handle
                && matches!(asked.operation, Operation::Reopen)
                && asked.time.returned < of.time.invoked
        })
    }

    /// Whether two calls had been asked at the same time by then; if not, it is wrong in sequence.
    fn is_crowded(&self, call: usize) -> bool {
        let returned = self.timeline.asked[call].time.returned;
        let is_before = |one: &usize| self.timeline.asked[*one].time.invoked <= returned;
        let before = || (0..self.timeline.asked.len()).filter(is_before);
        before().any(|one| {
            let overlaps = |other| self.timeline.overlap(one, other);
            self.timeline.asked[one].outcome.is_none() || before().any(overlaps)
        })
    }

    /// The writes that may matter: of the same keys, if there are any; those at the same time, then the
    /// latest before it.
    fn beside(&self, call: usize) -> Vec<usize> {
        let time = |call: usize| self.timeline.asked[call].time;
        let is_before =
            |other: &usize| *other != call && time(*other).invoked <= time(call).returned;
        let points = self.part.points.iter().filter(|point| point.deed.writes());
        let mut writers: Vec<usize> = points.map(|point| point.call).filter(is_before).collect();
        writers.dedup();
        if writers.is_empty() {
            // Nobody touched the keys, so that whoever wrote others may have.
            writers = (0..self.timeline.asked.len()).filter(is_before).collect();
            writers.retain(|other| self.timeline.asked[*other].operation.is_write());
        }
        // A write is no more what is there once another one came between.
        let is_over = |writer: usize, writers: &[usize]| {
            writers.iter().any(|other| {
                let asked = &self.timeline.asked[*other];
                time(writer).returned < asked.time.invoked
                    && asked.time.returned < time(call).invoked
                    && !asked.failed()
            })
        };
        let all = writers.clone();
        writers.retain(|writer| !is_over(*writer, &all));
        writers.sort_by_key(|writer| {
            (!self.timeline.overlap(*writer, call), usize::MAX - time(*writer).returned)
        });
        writers.truncate(MOST_BESIDE);
        writers.sort_unstable();
        writers
    }

    /// The clause of callers at the same time that a call breaks.
    fn clause(&self, call: usize, beside: &[usize]) -> Clause {
        let operation = |call: usize| self.timeline.asked[call].operation;
        let all = || beside.iter().copied().chain([call]);
        let count = |is: fn(&Operation) -> bool| all().filter(|call| is(operation(*call))).count();
        let read_beside = beside.iter().any(|other| self.timeline.overlap(call, *other));
        if all().any(|call| self.timeline.asked[call].outcome.is_none()) {
            return Clause::C10;
        }
        match operation(call) {
            Operation::List
            | Operation::ListPrefix { .. }
            | Operation::ListDir { .. }
            | Operation::IsEmpty { .. }
            | Operation::Size
            | Operation::SizePrefix { .. }
                if read_beside =>
            {
                Clause::C4
            }
            _ if count(|operation| operation.kind().effect() == Effect::ErasesBelow) > 0 => {
                Clause::C8
            }
            _ if count(|operation| matches!(operation, Operation::SetIfAbsent { .. })) > 1 => {
                Clause::C6
            }
            _ if count(|operation| operation.kind().effect() == Effect::Patches) > 1 => Clause::C9,
            Operation::Get { .. } | Operation::GetMany { .. } if read_beside => Clause::C2,
            Operation::GetPartial { .. }
            | Operation::GetPartialMany { .. }
            | Operation::SizeKey { .. }
            | Operation::Exists { .. }
                if read_beside =>
            {
                Clause::C3
            }
            _ => Clause::C1,
        }
    }
}
