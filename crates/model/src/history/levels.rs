//! What a level of overlap leaves open of a part.

use crate::contract::overlap::Overlap;
use crate::history::share::Part;
use crate::history::timeline::{Time, Timeline};

/// What is left open of a few keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Leeway {
    /// From when on until all callers have joined nothing is asked of the keys.
    pub(super) open_from: Option<usize>,
    /// Writers that overlap: what is there meanwhile is any value that they write, and one of them
    /// afterwards.
    pub(super) crowds: Vec<Crowd>,
}

/// Calls that write the same keys, each overlapping another.
#[derive(Clone, Debug)]
pub(super) struct Crowd {
    pub(super) calls: Vec<usize>,
    pub(super) time: Time,
}

/// A call at the same time as others.
#[derive(Clone, Copy)]
struct Caller {
    call: usize,
    time: Time,
    writes: bool,
}

impl Leeway {
    /// What `level` leaves open of a part.
    pub(super) fn of(part: &Part, timeline: &Timeline<'_>, level: Overlap) -> Self {
        match level {
            Overlap::Linearizable => Self::default(),
            Overlap::Readers => Self { open_from: None, crowds: crowds(callers(part)) },
            Overlap::DistinctKeys => {
                let disturb = |one: Caller, other: Caller| one.writes || other.writes;
                Self { open_from: first(&callers(part), disturb), crowds: Vec::new() }
            }
            Overlap::None => Self { open_from: first_overlap(timeline), crowds: Vec::new() },
        }
    }
}

/// When two calls were asked at the same time first.
pub(super) fn first_overlap(timeline: &Timeline<'_>) -> Option<usize> {
    let calls = timeline.asked.iter().enumerate().filter(|(_, asked)| !asked.is_after());
    let callers: Vec<_> =
        calls.map(|(call, asked)| Caller { call, time: asked.time, writes: false }).collect();
    first(&callers, |_, _| true)
}

/// When two callers that disturb each other overlap first.
fn first(callers: &[Caller], disturb: impl Fn(Caller, Caller) -> bool) -> Option<usize> {
    let pairs = callers
        .iter()
        .enumerate()
        .flat_map(|(at, one)| callers[at + 1..].iter().map(move |other| (*one, *other)));
    let together = pairs.filter(|(one, other)| one.time.overlaps(other.time));
    let disturbing = together.filter(|(one, other)| disturb(*one, *other));
    disturbing.map(|(one, other)| one.time.invoked.max(other.time.invoked)).min()
}

/// The calls at the same time as others that ask something of a part.
fn callers(part: &Part) -> Vec<Caller> {
    let points = part.points.iter().filter(|point| !point.is_after);
    let points = points.map(|point| Caller {
        call: point.call,
        time: point.time,
        writes: point.deed.writes(),
    });
    let askers = part.askers.iter();
    let askers = askers.map(|(call, time)| Caller { call: *call, time: *time, writes: false });
    let mut callers: Vec<Caller> = Vec::new();
    for caller in points.chain(askers) {
        match callers.iter_mut().find(|other| other.call == caller.call) {
            Some(known) => known.writes |= caller.writes,
            None => callers.push(caller),
        }
    }
    callers
}

/// The writers that overlap, as groups that do not.
fn crowds(mut writers: Vec<Caller>) -> Vec<Crowd> {
    writers.retain(|caller| caller.writes);
    writers.sort_by_key(|caller| caller.time.invoked);
    let mut crowds: Vec<Crowd> = Vec::new();
    for Caller { call, time, .. } in writers {
        match crowds.last_mut().filter(|crowd| crowd.time.overlaps(time)) {
            Some(crowd) => {
                crowd.calls.push(call);
                crowd.time.returned = crowd.time.returned.max(time.returned);
            }
            None => crowds.push(Crowd { calls: vec![call], time }),
        }
    }
    crowds.retain(|crowd| crowd.calls.len() > 1);
    crowds
}
