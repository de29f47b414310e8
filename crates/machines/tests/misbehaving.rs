//! Stores that misbehave, each with the verdict that its author would want.
//!
//! A row is a store, what is to be said of it, and how many operations show it at the least. No row
//! may be green, take long, fill pages or be more than two failures. Stores that end their process are
//! in `deaths`, those that answer too much or never in `budgets`, too, and those that cannot be
//! written in `doors`.

#![allow(clippy::unwrap_used, reason = "the whole file is a test")]

mod odd_stores;
mod stores;

use std::time::{Duration, Instant};

use odd_stores::Row;
use zarr_conform_machines::report::{Failure, Status};

/// On a machine that does nothing else, a row takes a second at the most.
const SOON: Duration = Duration::from_secs(20);

/// How many lines the text of a failure may have.
const LINES: usize = 30;

/// Everything that a failure is said to do.
fn said(failure: &Failure) -> String {
    let symptoms = failure.symptoms.iter().map(|symptom| symptom.signature.clone());
    let own = [failure.headline.clone(), failure.signature.clone()];
    let diagnosis = failure.diagnosis.as_ref().map(ToString::to_string);
    own.into_iter().chain(diagnosis).chain(symptoms).collect::<Vec<_>>().join("\n")
}

/// What is wrong with the verdict on a row, if something is.
fn complaint(row: &Row) -> Option<String> {
    let started = Instant::now();
    let report = row.machine().run();
    let took = started.elapsed();
    let failures = &report.failures;
    let shown = failures.iter().find(|failure| said(failure).contains(row.symptom));
    let lines = |failure: &Failure| failure.to_string().lines().count();
    let why = if report.status != Status::Disagrees {
        "it is not red".to_owned()
    } else if failures.len() > row.most {
        format!("there are {} failures", failures.len())
    } else if took > SOON {
        format!("it took {took:?}")
    } else if failures.iter().any(|failure| lines(failure) > LINES) {
        "it takes too many lines".to_owned()
    } else if report.to_json().len() > 1 << 20 {
        "its JSON is too long".to_owned()
    } else if report.to_string().contains(|char: char| char.is_control() && char != '\n') {
        "control characters are passed on".to_owned()
    } else {
        match shown {
            None => format!("nothing says `{}`", row.symptom),
            Some(shown) if shown.plan.len() > row.least + 1 => {
                format!("its plan has {} operations", shown.plan.len())
            }
            Some(_) => return None,
        }
    };
    let text: Vec<String> = failures.iter().map(ToString::to_string).collect();
    Some(format!("{}: {why}\n{}", row.name, text.join("\n")))
}

fn check(rows: &[Row]) {
    let complaints: Vec<String> = rows.iter().filter_map(complaint).collect();
    assert!(
        complaints.is_empty(),
        "{} of {}:\n{}",
        complaints.len(),
        rows.len(),
        complaints.join("\n")
    );
}

#[test]
fn stores_that_get_values_wrong() {
    check(&odd_stores::reads::values());
    check(&odd_stores::reads::absences());
}

#[test]
fn stores_that_get_parts_and_sizes_wrong() {
    check(&odd_stores::reads::parts());
    check(&odd_stores::reads::sizes());
}

#[test]
fn stores_that_list_wrong() {
    check(&odd_stores::listings::keys());
    check(&odd_stores::listings::prefixes());
    check(&odd_stores::listings::directories());
}

#[test]
fn stores_that_write_wrong() {
    check(&odd_stores::writes::writes());
    check(&odd_stores::writes::limits());
    check(&odd_stores::writes::patches());
}

#[test]
fn stores_that_erase_wrong() {
    check(&odd_stores::writes::erases());
}

#[test]
fn stores_that_panic_or_hang() {
    check(&odd_stores::ends::panics());
    check(&odd_stores::ends::hangs());
}

#[test]
fn stores_whose_errors_cannot_be_logged() {
    check(&odd_stores::ends::errors());
}

#[test]
fn stores_that_change_their_mind() {
    check(&odd_stores::ends::changes_of_mind());
}

#[test]
fn there_are_sixty_at_least_and_each_has_a_name() {
    let rows = odd_stores::all();
    let mut names: Vec<&str> = rows.iter().map(|row| row.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), rows.len());
    assert!(rows.len() >= 60, "{}", rows.len());
}
