//! What is written to standard output and standard error, in colour on a terminal.

use std::error::Error;
use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use zarr_conform_machines::{Report, Status};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const HEADER: Style = Style::new().bold();

/// Writes a line to standard output.
///
/// A reader that went away, as `head` does, is no reason to lose the exit status.
pub(crate) fn say(text: impl Display) {
    let _ = writeln!(anstream::stdout().lock(), "{text}");
}

/// Writes what went wrong to standard error.
pub(crate) fn complain(error: &(impl Error + ?Sized)) {
    let _ = writeln!(anstream::stderr().lock(), "{BAD}error{BAD:#}: {error}");
}

/// A line that says that something is as it should be, or that it is not.
pub(crate) fn verdict(fine: bool, text: impl Display) -> String {
    let style = if fine { GOOD } else { BAD };
    format!("{style}{text}{style:#}")
}

/// A line that begins a section.
pub(crate) fn header(text: impl Display) -> String {
    format!("{HEADER}{text}{HEADER:#}")
}

/// The whole report.
pub(crate) fn full(report: &Report) -> String {
    let text = report.to_string();
    let count = text.lines().count();
    let lines = text.lines().enumerate().map(|(index, line)| {
        if index + 1 == count {
            summary(report, line)
        } else if line.starts_with("failure ") {
            header(line)
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// One line for each failure, and the summary.
pub(crate) fn brief(report: &Report) -> String {
    let failures = report.failures.iter().enumerate();
    let mut lines: Vec<String> = failures
        .map(|(index, failure)| header(format!("failure {}: {}", index + 1, failure.signature)))
        .collect();
    let text = report.to_string();
    lines.extend(text.lines().last().map(|line| summary(report, line)));
    lines.join("\n")
}

fn summary(report: &Report, line: &str) -> String {
    verdict(report.status == Status::Conforms, line)
}

#[cfg(test)]
mod tests {
    use zarr_conform_machines::StoreMachine;
    use zarr_conform_memory::MemoryAdapter;

    use super::*;

    fn report() -> Report {
        StoreMachine::of(MemoryAdapter::synchronous()).cases(20).run()
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let report = report();
        let plain = anstream::adapter::strip_str(&full(&report)).to_string();
        assert_eq!(plain, report.to_string().trim_end());
    }

    #[test]
    fn the_brief_report_is_one_line_for_each_failure_and_one_summary() {
        let report = report();
        let plain = anstream::adapter::strip_str(&brief(&report)).to_string();
        assert_eq!(plain.lines().count(), report.failures.len() + 1);
        assert!(plain.starts_with("failure 1: "), "{plain}");
        assert!(plain.contains("memory does not conform"), "{plain}");
    }
}
