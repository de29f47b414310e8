//! A report as Markdown, ready to paste into an issue.

use std::fmt::Write;

use zarr_conform_machines::report::document::Failure;

use crate::Document;
use crate::text::{block, line, operations};
use crate::verdict::{self, history, wrong};

/// How many symptoms of a failure are listed. A guess: enough to see of which kind they are.
const SYMPTOMS: usize = 8;

/// The whole report: the verdict, each failure as an issue of its own, and what is known.
#[must_use]
pub fn markdown(report: &Document) -> String {
    let title = format!("{} {}", report.adapter, verdict::Verdict::of(report).word());
    let mut text = format!("# {}\n\n{}\n", escaped(&title), escaped(&verdict::sentence(report)));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n{}. {}", escaped(&verdict::numbers(report)), versions(report));
    for sentence in verdict::confidence(report) {
        let _ = writeln!(text, "\n{}", escaped(&sentence));
    }
    for failure in &report.failures {
        let _ = write!(text, "\n{}", issue(report, failure));
    }
    if !report.known.is_empty() {
        text += "\n## Known issues\n\n";
        for known in &report.known {
            let (id, signature) = (code(&known.id), code(&known.signature));
            let _ = writeln!(text, "- {id}: {signature}. {}", escaped(&known.reason));
        }
    }
    let gone = report.known_not_seen.iter().map(|id| format!("{} no longer shows", code(id)));
    let notes = report.notes.iter().map(|note| escaped(note));
    let notes: Vec<String> = gone.chain(notes).map(|note| format!("- {note}\n")).collect();
    if !notes.is_empty() {
        let _ = write!(text, "\n## Notes\n\n{}", notes.concat());
    }
    text
}

/// One failure as an issue: a title, versions, the plan, what was expected and what came, the clause,
/// and how to play it again.
#[must_use]
pub fn issue(report: &Document, failure: &Failure) -> String {
    let mut text = format!("## {}\n\n", escaped(&failure.headline));
    let mut say = |line: &str| {
        text += line;
        text.push('\n');
    };
    say(&format!("Store: {}. {}", code(&report.adapter), versions(report)));
    say("");
    say(&fenced("", &operations(&failure.plan).collect::<Vec<_>>().join("\n")));
    say("");
    if let Some((at, wrong)) = wrong(failure) {
        say(&format!("After line {}, {}:", at + 1, code(&wrong.operation)));
        say("");
        say(&format!("- Expected: {}", code(&wrong.want)));
        say(&format!("- Actual: {}", code(&wrong.got)));
        if let Some(byte) = wrong.differs_at {
            say(&format!("- The first byte that differs is number {byte}, counted from 0."));
        }
        if !wrong.holds.is_empty() {
            say(&format!("- A correct store holds: {}", code(&wrong.holds)));
        }
        say("");
    }
    say(&match verdict::clause(&failure.clause) {
        Some((sentence, level, source)) => format!(
            "Clause {} [{level}]: {} Source: {}.",
            code(&failure.clause),
            // Both are this workspace's own.
            sentence,
            source
        ),
        None => format!("Clause {}.", code(&failure.clause)),
    });
    for more in [&failure.diagnosis, &failure.near_miss].into_iter().flatten() {
        say("");
        say(&escaped(more));
    }
    if !failure.symptoms.is_empty() {
        say("\nThe same cause shows as:\n");
        for symptom in failure.symptoms.iter().take(SYMPTOMS) {
            let plan = operations(&symptom.plan).collect::<Vec<_>>().join("; ");
            say(&format!(
                "- {} ({}): {}",
                escaped(&symptom.signature),
                escaped(&symptom.clause),
                code(&plan)
            ));
        }
        if let Some(others) = failure.symptoms.len().checked_sub(SYMPTOMS).filter(|more| *more > 0)
        {
            say(&format!("- and {others} others"));
        }
    }
    say("");
    say(&format!("{}.", escaped(&sentence_case(&history(failure)))));
    if let Some(replay) = &failure.replay {
        say("\nTo play it again:\n");
        say(&fenced("sh", replay));
    }
    text
}

fn versions(report: &Document) -> String {
    let tested = match verdict::tested(report) {
        tested if tested.is_empty() => tested,
        tested => format!("Crates: {}. ", escaped(&tested)),
    };
    format!(
        "{tested}Found by {}, machine {}, seed {}.",
        code(&report.made_by),
        code(&report.machine),
        code(&format!("{:#x}", report.seed))
    )
}

fn sentence_case(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Text in which nothing is markup: what means something in Markdown or HTML has a backslash before it.
pub(crate) fn escaped(text: &str) -> String {
    let text = line(text);
    let mut out = String::new();
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        // Within a word it is no emphasis, and names of operations have it.
        let in_word = before.is_alphanumeric() && chars.peek().is_some_and(|c| c.is_alphanumeric());
        if "\\`*[]<>#|~&!@".contains(char) || (char == '_' && !in_word) {
            out.push('\\');
        }
        out.push(char);
        before = char;
    }
    out
}

/// Text as code within a line, whatever quotes it has.
pub(crate) fn code(text: &str) -> String {
    let text = line(text);
    if text.is_empty() {
        return "(nothing)".to_owned();
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    // A space at each end is taken off by whoever shows it.
    let is_outer = |char| matches!(char, '`' | ' ');
    let space = if text.starts_with(is_outer) || text.ends_with(is_outer) { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// Text as a block of code, whatever quotes it has.
pub(crate) fn fenced(language: &str, text: &str) -> String {
    let text = block(text);
    let ticks = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{ticks}{language}\n{text}\n{ticks}")
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_store_says_is_markup() {
        assert_eq!(escaped("<script>*a*|[b](c)"), r"\<script\>\*a\*\|\[b\](c)");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(escaped("get_many _a_"), r"get_many \_a\_");
        assert_eq!(fenced("", "```\n````"), "`````\n```\n````\n`````");
    }
}
