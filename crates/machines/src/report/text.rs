//! Reports and failures as text.

use std::fmt;

use zarr_conform_model::Plan;

use crate::finding::finding::{FirstSeen, ShrinkEnd};
use crate::report::report::{
    Assurance, Failure, Known, PlantedBug, Report, Slowest, Status, Symptom,
};

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clause, shrinking, .. } = self;
        writeln!(f, "{}", self.headline)?;
        if self.headline != self.signature {
            writeln!(f, "  at its simplest: {}", self.signature)?;
        }
        writeln!(f, "  {clause}: {}", clause.sentence())?;
        writeln!(f, "  [{}] {}", clause.level().letter(), clause.source())?;
        if let Some(diagnosis) = &self.diagnosis {
            writeln!(f, "  {diagnosis}")?;
        }
        if let Some(near_miss) = &self.near_miss {
            writeln!(f, "  {near_miss}")?;
        }
        writeln!(f)?;
        let rest = self.rest();
        let lines: Vec<String> = self.lines.iter().map(ToString::to_string).collect();
        let lines: Vec<&str> = lines.iter().flat_map(|line| line.lines()).collect();
        write_plan(f, &lines, &rest)?;
        writeln!(f)?;
        write_symptoms(f, &self.symptoms)?;
        let seen = match &self.first_seen {
            FirstSeen::Opening => "first when it was opened".to_owned(),
            FirstSeen::Case(case) => format!("first in case {case}"),
            FirstSeen::Regression(file) => format!("first in {file}"),
        };
        let comes_and_goes = match shrinking.rate {
            Some(rate) => format!("; {rate}"),
            None if shrinking.flaky && shrinking.end != ShrinkEnd::NotReproduced => {
                "; it comes and goes, so the store is not deterministic".to_owned()
            }
            None => String::new(),
        };
        writeln!(
            f,
            "  seen {}, {seen}; {} operations shrunk to {} in {} runs ({} calls){}{comes_and_goes}",
            times(self.count),
            shrinking.from,
            self.plan.len(),
            shrinking.runs,
            shrinking.calls,
            match shrinking.end {
                ShrinkEnd::Minimal => "",
                ShrinkEnd::OutOfCalls => ", the best within the budget of calls",
                ShrinkEnd::OutOfTime => ", the best within the budget of time",
                ShrinkEnd::NotReproduced if shrinking.rate.is_some() => "",
                ShrinkEnd::NotReproduced =>
                    ": it did not show again, so the store is not deterministic",
            }
        )?;
        if let Some(replay) = &self.replay {
            writeln!(f, "  again: {replay}")?;
        }
        Ok(())
    }
}

impl Failure {
    /// Where that is which the text leaves out.
    fn rest(&self) -> String {
        let file = self.file.as_ref().map(|file| file.display().to_string());
        file.unwrap_or_else(|| JSON.to_owned())
    }
}

/// Where all of a failure is, if it is nowhere else.
const JSON: &str = "the JSON form";

/// How many lines of a plan are shown, and how many of those from its end: that is where it goes
/// wrong. A guess: a failure is to have some twenty lines.
const LINES_SHOWN: usize = 12;
const LAST_LINES: usize = 8;

/// How many symptoms of a failure are shown; all are in the JSON form. A guess.
const SYMPTOMS_SHOWN: usize = 4;

/// How many characters of a line are shown that is not for pasting. A guess.
const WIDTH: usize = 240;

fn write_plan(f: &mut fmt::Formatter<'_>, lines: &[&str], rest: &str) -> fmt::Result {
    let is_whole = lines.len() <= LINES_SHOWN;
    let mut write = |lines: &[&str]| {
        lines.iter().try_for_each(|line| {
            // A plan that is whole can be pasted as it is.
            let is_operation = is_whole && !line.starts_with(' ');
            let line = if is_operation { (*line).to_owned() } else { cut(line) };
            writeln!(f, "    {line}")
        })
    };
    if is_whole {
        return write(lines);
    }
    let (first, last) = (LINES_SHOWN - LAST_LINES, lines.len() - LAST_LINES);
    write(&lines[..first])?;
    write(&[&format!("... and {} lines more in {rest}", last - first)])?;
    write(&lines[last..])
}

fn write_symptoms(f: &mut fmt::Formatter<'_>, symptoms: &[Symptom]) -> fmt::Result {
    for Symptom { signature, plan, .. } in symptoms.iter().take(SYMPTOMS_SHOWN) {
        writeln!(f, "{}", cut(&format!("  also {signature}: {}", on_one_line(plan))))?;
    }
    if let Some(others) = symptoms.len().checked_sub(SYMPTOMS_SHOWN).filter(|count| *count > 0) {
        // A file has the plan alone.
        writeln!(f, "  and {others} others in {JSON}")?;
    }
    if symptoms.is_empty() { Ok(()) } else { writeln!(f) }
}

/// The beginning of a long line.
fn cut(line: &str) -> String {
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// The operations of a plan, which can be pasted as they are.
pub(crate) fn on_one_line(plan: &Plan) -> String {
    let text = plan.to_string();
    text.lines().skip(1).collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, reason, signature, clause, plan, count, .. } = self;
        let seen = match count {
            0 => "not met, but its plan shows it".to_owned(),
            _ => times(*count),
        };
        writeln!(f, "known {id}: {signature} ({clause}; {seen})")?;
        writeln!(f, "  {}", on_one_line(plan))?;
        writeln!(f, "  {reason}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, failure) in self.failures.iter().enumerate() {
            writeln!(f, "failure {}: {failure}", number + 1)?;
        }
        for known in &self.known {
            write!(f, "{known}")?;
        }
        for id in &self.known_not_seen {
            writeln!(f, "known {id}: no longer shows; remove it if it is mended")?;
        }
        if self.operations > 0 {
            self.write_counts(f)?;
        }
        if let Some(PlantedBug { mutant, caught: true, operations }) = &self.planted_bug {
            writeln!(f, "the planted bug {mutant} was caught after {operations} operations")?;
        }
        if let Some(most) = self.shrink_allowance
            && !self.failures.is_empty()
        {
            writeln!(f, "failures were made small within {most:?}, at the most")?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        if let Some(Slowest { operation, call }) = self.times.slowest {
            writeln!(f, "the store is slow: {} takes {call:.1?} a call", operation.name())?;
        }
        self.write_summary(f)
    }
}

impl Report {
    fn write_counts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let played = self.rules.iter().filter(|rule| rule.left_out.is_none());
        // Plans that no rule drew say nothing of rules.
        if played.clone().any(|rule| rule.operations > 0) {
            let cells = played.map(|rule| format!("{:<25}{:>8}", rule.rule, rule.operations));
            write_table(f, "operations per rule", cells, 3)?;
        }
        let left_out = self.rules.iter().filter(|rule| rule.left_out.is_some());
        let left_out: Vec<&str> = left_out.map(|rule| rule.rule.as_str()).collect();
        if !left_out.is_empty() {
            let text = left_out.join(", ");
            writeln!(f, "  left out, as the store cannot be asked them: {text}")?;
        }
        let asked = self.clauses.iter().filter(|count| count.questions > 0);
        let cells = asked.map(|count| format!("{:<4}{:>9}", count.clause.id(), count.questions));
        write_table(f, "questions per clause", cells, 6)?;
        let silent = self.clauses.iter().filter(|count| count.questions == 0);
        write_silent(f, "never asked", silent.map(|count| count.clause.id()))?;
        if !self.traffic.is_empty() {
            let cells = self.traffic.iter().map(|of| {
                let each = of.requests as f64 / of.calls as f64;
                format!(
                    "{:<17}{each:>7.2}{:>10}{:>11}{:>11}",
                    of.operation.name(),
                    of.requests,
                    of.sent,
                    of.received
                )
            });
            let title = "requests per call, requests, and bytes sent and received";
            write_table(f, title, cells, 1)?;
        }
        let seen = self.shapes.iter().filter(|count| count.states > 0);
        let cells = seen.map(|count| format!("{:<25}{:>8}", count.shape.name(), count.states));
        write_table(f, "states per shape, of those looked at", cells, 3)?;
        let unseen = self.shapes.iter().filter(|count| count.states == 0);
        write_silent(f, "never met", unseen.map(|count| count.shape.name()))?;
        writeln!(f)
    }

    fn write_summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { adapter, seed, operations, questions, .. } = self;
        let cases = match self.cases_towards_goals {
            0 => format!("{} cases", self.cases),
            more => format!("{} cases and {more} towards goals", self.cases),
        };
        let verdict = match &self.status {
            Status::Conforms if self.known.is_empty() => "conforms: no failures".to_owned(),
            Status::Conforms => {
                format!("conforms but for {}: no other failures", issues(self.known.len()))
            }
            Status::Disagrees => {
                let failures = match self.failures.len() {
                    0 => None,
                    1 => Some("1 distinct failure".to_owned()),
                    count => Some(format!("{count} distinct failures")),
                };
                let gone = match self.known_not_seen.len() {
                    0 => None,
                    1 => Some("1 known issue that no longer shows".to_owned()),
                    count => Some(format!("{count} known issues that no longer show")),
                };
                let found: Vec<_> = failures.into_iter().chain(gone).collect();
                format!("does not conform: {}", found.join(", "))
            }
            Status::Inconclusive(reasons) => {
                let reasons = reasons.join("; ");
                return writeln!(f, "{adapter}: no failures, but little was proved: {reasons}");
            }
            Status::NothingRan(reason) => {
                return writeln!(f, "{adapter}: nothing was tested: {reason}");
            }
            Status::Misconfigured(reason) | Status::CannotOpen(reason) => {
                return writeln!(f, "{adapter}: {reason}");
            }
        };
        let seconds = self.times.cases.as_secs_f64().max(1e-3);
        let rate = *operations as f64 / seconds;
        write!(
            f,
            "{adapter} {verdict} in {operations} operations ({questions} questions) of {cases}, seed {seed:#x}, {rate:.0} operations/s"
        )?;
        match self.assurance {
            Some(Assurance { once_in, probability }) => writeln!(
                f,
                "; a bug that strikes once in {once_in} operations would have been seen with {:.1} %",
                // Never more sure than it is.
                (probability * 1000.0).floor() / 10.0
            ),
            None => writeln!(f),
        }
    }
}

fn issues(count: usize) -> String {
    format!("{count} known issue{}", if count == 1 { "" } else { "s" })
}

fn write_table(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    cells: impl Iterator<Item = String>,
    columns: usize,
) -> fmt::Result {
    writeln!(f, "{title}")?;
    let cells: Vec<_> = cells.collect();
    cells.chunks(columns).try_for_each(|row| writeln!(f, "  {}", row.join("   ")))
}

fn write_silent<'a>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    names: impl Iterator<Item = &'a str>,
) -> fmt::Result {
    let names: Vec<_> = names.collect();
    if names.is_empty() { Ok(()) } else { writeln!(f, "  {title}: {}", names.join(", ")) }
}
