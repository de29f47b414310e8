//! What a store does to its process while no question shows it: that a thread of its own panicked, say.
//!
//! Each is a sentence for the report. No plan can be made small by it, so the run is not green.

use std::sync::{Mutex, OnceLock};

use crate::play::journal::lock;

static ALARMS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Who is told of alarms at once, if somebody is.
static TELL: OnceLock<fn(&str)> = OnceLock::new();

/// How many are kept for the whole process. A guess.
const KEPT: usize = 64;

/// The alarms so far.
pub(crate) fn so_far() -> Vec<String> {
    lock(&ALARMS).clone()
}

/// Keeps an alarm of this process, or of one that serves it.
pub(crate) fn keep(alarm: &str) {
    let mut alarms = lock(&ALARMS);
    if alarms.len() < KEPT {
        alarms.push(alarm.to_owned());
    }
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
