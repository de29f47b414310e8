//! A run, and what is done if the one before it did not come to its end.
//!
//! A store that ends its process takes the report along, and the next run would end in the same
//! way. So the cases that were being played are played first, with their stores in processes of
//! their own. If one of those ends, all of the campaign is played so, and has its report; if none
//! does, or if nothing fails so, this one is played as ever: somebody else ended the last run, or what a
//! store leaves to its process did. So is one with faults, or with callers at the same time, which are
//! in this process alone; it says at once where the last one ended.

use std::io::{Write, stderr};
use std::sync::Arc;

use zarr_conform_model::contract::MismatchKind;

use crate::campaign::campaign;
use crate::campaign::source::Source;
use crate::campaign::tally::Tally;
use crate::finding::likeness::is_end;
use crate::isolation::{Program, serve_if_wanted};
use crate::options::Options;
use crate::play::midst::Midst;
use crate::play::unfinished::{LeftBehind, Unfinished};
use crate::report::report::{Failure, Report};
use crate::run::run;
use crate::settings::Mode;

/// Plays the campaign that the options ask for.
pub(crate) fn run_or_recover(options: &Options) -> Report {
    let program = program(options);
    if let Some(program) = &program {
        serve_if_wanted(program, &*options.adapter);
    }
    let _midst = Midst::begin();
    let Some(program) = program else {
        return run(options);
    };
    let name = format!("{} {}", program.name(), options.adapter.name());
    let Some((unfinished, left)) = Unfinished::begin(&name, options.settings.seed) else {
        return run(options);
    };
    let Some(left) = left else {
        return run_plainly(options, unfinished);
    };
    if options.settings.mode != Mode::InSequence {
        let note = cannot_look(&left);
        // There may be no report again.
        say(&note);
        let mut report = run_plainly(options, unfinished);
        report.notes.insert(0, note);
        return report;
    }
    let mut isolated = options.clone();
    isolated.isolate(program);
    let (is_dead, note) = find_death(&isolated, &left);
    // What ended the last run may be what a store leaves to its process, and shows in none of its own.
    let failing = is_dead.then(|| run(&isolated)).filter(|report| !report.failures.is_empty());
    let mut report = if let Some(report) = failing {
        let kinds = [MismatchKind::Died, MismatchKind::TimedOut];
        let ends =
            |failure: &Failure| kinds.iter().any(|kind| failure.signature.contains(kind.name()));
        let dies = report.failures.iter().any(ends);
        // As long as it does, the next run is played in the same way.
        if dies {
            for case in &left.cases {
                unfinished.plays(unfinished.place(), Some(*case));
            }
            drop(unfinished);
        } else {
            unfinished.end();
        }
        report
    } else {
        // There may be no report again.
        say(&note);
        run_plainly(options, unfinished)
    };
    report.notes.insert(0, note);
    report
}

/// Not by a macro, which the test harness would catch and drop.
fn say(note: &str) {
    let _ = writeln!(stderr(), "note: {note}");
}

/// How this program starts again, if the stores are in this process and it is known.
fn program(options: &Options) -> Option<Program> {
    if options.is_isolated() {
        return None;
    }
    let program = options.restart.clone().unwrap_or_else(Program::of_this_run);
    program.is_known().then_some(program)
}

fn run_plainly(options: &Options, unfinished: Unfinished) -> Report {
    let mut options = options.clone();
    let unfinished = Arc::new(unfinished);
    options.settings.unfinished = Some(Arc::clone(&unfinished));
    let report = run(&options);
    // A thread that was given up may have a part in it for ever, and there is a report all the same.
    unfinished.end();
    report
}

/// What is said where stores cannot be in processes of their own: what strikes them, and who gives them
/// turns, is in this one.
fn cannot_look(left: &LeftBehind) -> String {
    let LeftBehind { seed, cases } = left;
    if cases.is_empty() {
        return "the last run did not come to its end".to_owned();
    }
    format!(
        "the last run ended in case {} of seed {seed}: if this one does too, play that case by itself, with `case` or `--case`",
        listed(cases)
    )
}

fn listed(cases: &[u64]) -> String {
    let cases: Vec<String> = cases.iter().map(ToString::to_string).collect();
    cases.join(" or ")
}

/// Whether a store ends its process in the cases that were left behind, and what to say.
fn find_death(isolated: &Options, left: &LeftBehind) -> (bool, String) {
    let LeftBehind { seed, cases } = left;
    if let Some(Err(error)) = isolated.pool.as_ref().map(|pool| pool.try_out()) {
        return (false, format!("the last run did not come to its end; {error}"));
    }
    if cases.is_empty() {
        let note = "the last run did not come to its end, so the stores are in processes of their own this time";
        return (true, note.to_owned());
    }
    let source = Source::Drawn(isolated.drawing());
    let mut settings = isolated.watched();
    settings.seed = *seed;
    for case in cases {
        let rules = isolated.drawing().list_rules().len();
        let played = *case..case.saturating_add(1);
        let tally = Tally::new(rules);
        let tally =
            campaign::run(&isolated.adapter, &source, &settings, played, tally, &mut |_| {});
        let ends = tally.groups.keys().any(|suspect| is_end(suspect.signature.mismatch));
        if ends || tally.cannot_open.is_some() {
            let note = format!(
                "the last run ended in case {case} of seed {seed}, in which a store ends its process, so the stores are in processes of their own this time"
            );
            return (true, note);
        }
    }
    let note = format!(
        "the last run ended in case {} of seed {seed}, which no store does that is in a process of its own: somebody else ended it, or the store does not do it each time",
        listed(cases)
    );
    (false, note)
}
