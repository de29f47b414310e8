//! Reports as they are printed: in full, or in brief.

use zarr_conform_machines::Report;
use zarr_conform_machines::report::{Known, Status};

use crate::output;

/// The whole report.
pub(crate) fn full(report: &Report) -> String {
    let text = report.to_string();
    let count = text.lines().count();
    let lines = text.lines().enumerate().map(|(index, line)| {
        if index + 1 == count {
            summary(report, line)
        } else if line.starts_with("failure ") {
            output::header(line)
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// One line for each failure, each known issue and each note, and the summary.
pub(crate) fn brief(report: &Report) -> String {
    let failures = report.failures.iter().enumerate();
    let mut lines: Vec<String> = failures
        .map(|(index, failure)| {
            output::header(format!("failure {}: {}", index + 1, failure.headline))
        })
        .collect();
    lines.extend(report.known.iter().map(known));
    let gone = report.known_not_seen.iter();
    lines
        .extend(gone.map(|id| output::verdict(false, format_args!("known {id}: no longer shows"))));
    lines.extend(report.notes.iter().map(|note| format!("note: {note}")));
    lines.push(last(report));
    lines.join("\n")
}

/// The summary alone.
pub(crate) fn last(report: &Report) -> String {
    let text = report.to_string();
    text.lines().last().map(|line| summary(report, line)).unwrap_or_default()
}

fn known(Known { id, signature, count, .. }: &Known) -> String {
    match count {
        0 => format!("known {id}: {signature} (not met, but its plan shows it)"),
        1 => format!("known {id}: {signature} (1 time)"),
        count => format!("known {id}: {signature} ({count} times)"),
    }
}

/// The last line of a report; with a line for each reason, if there are reasons why little was
/// proved.
fn summary(report: &Report, line: &str) -> String {
    let Status::Inconclusive(reasons) = &report.status else {
        return output::verdict(report.status == Status::Conforms, line);
    };
    let start = line.strip_suffix(&reasons.join("; ")).unwrap_or(line);
    let reasons = reasons.iter().map(|reason| format!("\n  {reason}"));
    output::verdict(false, start.trim_end()) + &reasons.collect::<String>()
}

#[cfg(test)]
mod tests {
    use zarr_conform_machines::Machine;
    use zarr_conform_memory::MemoryAdapter;

    use super::*;

    fn report() -> Report {
        let machine = Machine::of(MemoryAdapter::synchronous());
        machine.known_issues([]).required_goals([]).cases(20).run()
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let report = report();
        assert_eq!(plain(&full(&report)), report.to_string().trim_end());
    }

    #[test]
    fn the_brief_report_is_one_line_for_each_failure_and_one_summary() {
        let report = report();
        let brief = plain(&brief(&report));
        assert_eq!(brief.lines().count(), report.failures.len() + 1);
        assert!(brief.starts_with("failure 1: "), "{brief}");
        assert!(brief.contains("memory does not conform"), "{brief}");
    }

    #[test]
    fn the_brief_report_has_a_line_for_each_known_issue() {
        let mut report = report();
        let failure = report.failures.remove(0);
        report.known_not_seen.push("mended".to_owned());
        report.known.push(Known {
            id: "ranges".to_owned(),
            reason: "https://example.org/issues/1".to_owned(),
            signature: failure.signature.clone(),
            clause: failure.clause,
            plan: failure.plan,
            symptoms: Vec::new(),
            count: 3,
        });
        let brief = plain(&brief(&report));
        let wanted = format!("known ranges: {} (3 times)\n", failure.signature);
        assert!(brief.contains(&wanted), "{brief}");
        assert!(brief.contains("known mended: no longer shows\n"), "{brief}");
    }

    #[test]
    fn each_reason_why_little_was_proved_has_a_line() {
        let mut report = report();
        report.failures.clear();
        let reasons = ["L1 was missed: why", "L2 was missed: why"];
        report.status = Status::Inconclusive(reasons.map(str::to_owned).into());
        for text in [full(&report), brief(&report)] {
            let text = plain(&text);
            let wanted = "proved:\n  L1 was missed: why\n  L2 was missed: why";
            assert!(text.ends_with(wanted), "{text}");
        }
    }
}
