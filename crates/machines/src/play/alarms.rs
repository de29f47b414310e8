//! What a store does to its process while no question shows it: that a thread of its own panicked, say.
//!
//! Each is a sentence for the report. No plan can be made small by it, so the run is not green.

use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock};

use crate::play::journal::lock;

static ALARMS: Mutex<Alarms> = Mutex::new(Alarms { raised: 0, latest: VecDeque::new() });

struct Alarms {
    /// How many there were in all.
    raised: usize,
    latest: VecDeque<String>,
}

/// Who is told of alarms at once, if somebody is.
static TELL: OnceLock<fn(&str)> = OnceLock::new();

/// How many are kept, the latest: whoever looks at the end of a run sees its own. A guess.
const KEPT: usize = 64;

/// How many alarms there were so far.
pub(crate) fn so_far() -> usize {
    lock(&ALARMS).raised
}

/// The alarms since there were so many, but for the first of very many.
pub(crate) fn since(before: usize) -> Vec<String> {
    let alarms = lock(&ALARMS);
    let new = alarms.raised.saturating_sub(before).min(alarms.latest.len());
    alarms.latest.range(alarms.latest.len() - new..).cloned().collect()
}

/// Keeps an alarm of this process, or of one that serves it.
pub(crate) fn keep(alarm: &str) {
    let mut alarms = lock(&ALARMS);
    alarms.raised += 1;
    if alarms.latest.len() == KEPT {
        alarms.latest.pop_front();
    }
    alarms.latest.push_back(alarm.to_owned());
}

/// Keeps an alarm of this process, and tells whoever started it.
pub(super) fn raise(alarm: &str) {
    keep(alarm);
    if let Some(tell) = TELL.get() {
        tell(alarm);
    }
}

/// Has somebody told of alarms as they are raised.
pub(crate) fn tell(whom: fn(&str)) {
    // Who is there already goes on.
    let _ = TELL.set(whom);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_after_very_many_is_not_lost() {
        for _ in 0..2 * KEPT {
            keep("before");
        }
        let before = so_far();
        assert!(since(before).is_empty());
        keep("after");
        assert!(since(before).iter().any(|alarm| alarm == "after"));
        assert!(since(0).len() >= KEPT);
    }
}
