//! Whether a campaign is in the midst of being played, for whoever sees the process end.
//!
//! A store that calls `exit(0)` would make a test green that has no report. So a process that exits
//! in the midst says so, and ends with a status that is not 0. One that a signal ends says where it
//! was, which the next run looks into. There is no cost for a question.

use std::cell::Cell;
use std::fmt;
use std::io::{Write, stderr};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use zarr_conform_exit_guard::{at_exit, at_signal};

use crate::play::{copies, panics};

/// How many campaigns and replays are being played.
static PLAYED: AtomicUsize = AtomicUsize::new(0);

/// Whether the process exits as it should.
static MAY_EXIT: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The seed and the number of the case that this thread plays.
    static CASE: Cell<Option<(u64, u64)>> = const { Cell::new(None) };
}

/// Something is being played as long as this is there.
pub(crate) struct Midst(());

impl Midst {
    pub(crate) fn begin() -> Self {
        at_exit(refuse);
        at_signal(tell_of_signal);
        copies::watch();
        PLAYED.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Midst {
    fn drop(&mut self) {
        PLAYED.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Says which case this thread plays from now on.
pub(crate) fn plays(seed: u64, case: u64) {
    CASE.set(Some((seed, case)));
}

/// Ends the process with a status, be it in the midst of a campaign.
///
/// Where somebody else calls `exit` then, it is taken for the store's doing: the process says so, and
/// ends with the status 101.
pub fn exit(status: i32) -> ! {
    MAY_EXIT.store(true, Ordering::Relaxed);
    process::exit(status)
}

/// Says that the process exits in the midst, if it does.
fn refuse() -> Option<u8> {
    if PLAYED.load(Ordering::Relaxed) == 0 || MAY_EXIT.load(Ordering::Relaxed) {
        return None;
    }
    let by_whom =
        if panics::is_asking() { "by the store" } else { "on a thread that asks no store" };
    // Not by a macro, which the test harness would catch and drop.
    let _ = writeln!(
        stderr(),
        "error: `exit` was called in the midst of a campaign, {by_whom}{Place}, so there is no report; with `Machine::isolated`, or `--isolated` of the command line, it is a failure with a plan"
    );
    Some(copies::FAILED)
}

/// Says that a signal ends the process in the midst, if it does.
fn tell_of_signal(signal: &str, to: &mut dyn fmt::Write) -> fmt::Result {
    if PLAYED.load(Ordering::Relaxed) == 0 {
        return Ok(());
    }
    let who = if panics::is_asking() {
        "the store was asked"
    } else {
        "no store was asked on that thread"
    };
    writeln!(
        to,
        "error: {signal} ended the process in the midst of a campaign, while {who}{Place}, so there is no report; the next run says more, and in sequence, with `Machine::isolated`, or `--isolated` of the command line, it is a failure with a plan"
    )
}

/// In which case this thread is, if it plays any: between two questions it may be behind it.
struct Place;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((seed, case)) = CASE.get() else { return Ok(()) };
        let place = if panics::is_asking() { "in" } else { "in or after" };
        write!(f, ", {place} case {case} of seed {seed}")
    }
}
