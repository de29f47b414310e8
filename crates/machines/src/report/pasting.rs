//! What a failing test ends with: the plan as a test to paste, and the command for the case.

use std::fmt::Write;
use std::panic::Location;
use std::thread;

use crate::finding::diagnosis::Diagnosis;
use crate::finding::finding::FirstSeen;
use crate::report::report::{Failure, Report};

impl Failure {
    /// A test that plays the plan again.
    fn as_test(&self, place: &str) -> String {
        let between = |char: char| !char.is_ascii_alphanumeric();
        let words = self.signature.split(" (").next().unwrap_or_default().split(between);
        let words: Vec<String> =
            words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
        let plan = self.plan.to_string();
        let plan: Vec<&str> = plan.lines().skip(1).collect();
        // A value may have quotes and hashes, and no line has four of them after a quote.
        let (first, last) = ("r####\"", "\"####");
        format!(
            "#[test]\nfn {}() {{\n    // The machine is that of {place}.\n    let plan = {first}\n{}\n{last}.parse().unwrap();\n    let replay = machine().replay(&plan).unwrap();\n    assert!(replay.agrees(), \"{{replay}}\");\n}}\n",
            words.join("_"),
            plan.join("\n"),
        )
    }
}

impl Report {
    /// The first failure as a test, and the command that plays the case it was found in.
    pub(super) fn to_paste(&self, called: &Location<'_>) -> String {
        let Some(failure) = self.failures.first() else { return String::new() };
        let place = format!("{}:{}", called.file(), called.line());
        let shows = failure.diagnosis.as_ref().is_none_or(Diagnosis::shows_in_a_replay);
        let pasted =
            shows.then(|| format!("\nfailure 1 as a test:\n\n{}", failure.as_test(&place)));
        let mut text = pasted.unwrap_or_default();
        if let FirstSeen::Case(case) = failure.first_seen {
            // The harness names its threads after the tests.
            let current = thread::current();
            let name = current.name().filter(|name| *name != "main").unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\nthe case it was found in: ZARR_CONFORM_SEED={:#x} ZARR_CONFORM_CASE={case} cargo test {name}",
                self.seed
            );
        }
        text.trim_end().to_owned() + "\n"
    }
}
