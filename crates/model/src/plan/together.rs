//! The part of a plan where callers ask at the same time: where it is, and one way to write it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::plan::caller::Caller;
use crate::plan::step::{Handle, Step};
use crate::plan::turns::Turns;

/// The positions of the steps of callers at the same time, if there are some.
pub(super) fn block(steps: &[Step]) -> Option<Range<usize>> {
    let start = steps.iter().position(|step| step.caller.is_some())?;
    let length = steps[start..].iter().take_while(|step| step.caller.is_some()).count();
    Some(start..start + length)
}

/// Sorts the steps of callers by them, and numbers the callers from 1; one caller alone is none. Gives
/// the turns of those that are left.
pub(super) fn settle(steps: &mut [Step], turns: Option<Arc<Turns>>) -> Option<Arc<Turns>> {
    alone_first(steps);
    let block = block(steps)?;
    let rest = &steps[block.end..];
    assert!(
        rest.iter().all(|step| step.caller.is_none()),
        "callers at the same time ask in one part of a plan"
    );
    let together = &mut steps[block];
    let callers: BTreeSet<Caller> = together.iter().filter_map(|step| step.caller).collect();
    if callers.len() < 2 {
        for step in together {
            step.caller = None;
        }
        alone_first(steps);
        return None;
    }
    together.sort_by_key(|step| step.caller);
    let callers: Vec<Caller> = callers.into_iter().collect();
    let number = |caller: Caller| callers.binary_search(&caller).ok().map(Caller::at);
    for step in together {
        step.caller = step.caller.and_then(number);
    }
    turns.map(|turns| {
        let settled = turns.renumber(number);
        if settled == *turns { turns } else { Arc::new(settled) }
    })
}

/// Who asks alone asks the first handle.
fn alone_first(steps: &mut [Step]) {
    for step in steps.iter_mut().filter(|step| step.caller.is_none()) {
        step.handle = Handle::First;
    }
}
