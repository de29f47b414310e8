//! A line now and then on how a long campaign stands, where nobody shows a bar.

use std::fmt::Write as _;
use std::io::{Write, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::campaign::campaign::Progress;
use crate::play::journal::lock;

/// How long nothing is said at the most.
const SILENCE: Duration = Duration::from_secs(10);

/// Says how a campaign stands on standard error, once in ten seconds.
pub(crate) fn every_ten_seconds() -> impl Fn(Progress) + Send + Sync {
    // A machine may be made long before it runs.
    let said: Mutex<Option<(Instant, Progress)>> = Mutex::new(None);
    move |now| {
        let mut said = lock(&said);
        let is_new = said.is_none_or(|(_, before)| begins_anew(before, now));
        if is_new {
            *said = Some((Instant::now(), now));
        } else if let Some((since, _)) = *said
            && since.elapsed() >= SILENCE
        {
            *said = Some((Instant::now(), now));
            // Not by a macro, which the test harness would catch and drop.
            let _ = writeln!(stderr(), "{}", line(now));
        }
    }
}

/// Whether this is another campaign than that which stood so before.
fn begins_anew(before: Progress, now: Progress) -> bool {
    now.done < before.done && now.shrinking == before.shrinking
        || before.shrinking && !now.shrinking
}

fn line(progress: Progress) -> String {
    let Progress { done, of, groups, shrinking, slowest } = progress;
    let what = if shrinking { "failures made small" } else { "cases" };
    let mut line = format!("zarr-conform: {done} of {of} {what}");
    // Writing to a string cannot fail.
    let _ = match groups {
        0 => write!(line, ", no failures"),
        1 => write!(line, ", 1 kind of failure"),
        count => write!(line, ", {count} kinds of failures"),
    };
    if let Some((kind, time)) = slowest {
        let _ = write!(line, ", {} takes {time:.0?} a call", kind.name());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: Progress =
        Progress { done: 12, of: 256, groups: 0, shrinking: false, slowest: None };

    #[test]
    fn a_line_says_how_a_campaign_stands() {
        assert_eq!(line(BEGIN), "zarr-conform: 12 of 256 cases, no failures");
        let small = Progress { done: 1, of: 3, groups: 3, shrinking: true, ..BEGIN };
        assert_eq!(line(small), "zarr-conform: 1 of 3 failures made small, 3 kinds of failures");
    }

    #[test]
    fn a_campaign_begins_in_silence() {
        let later = Progress { done: 13, ..BEGIN };
        let shrinking = Progress { done: 0, shrinking: true, ..BEGIN };
        assert!(!begins_anew(BEGIN, later) && !begins_anew(BEGIN, shrinking));
        assert!(begins_anew(later, BEGIN) && begins_anew(shrinking, BEGIN));
    }
}
