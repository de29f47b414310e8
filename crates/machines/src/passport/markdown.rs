//! A passport as a page of Markdown, and many as a table.
//!
//! There are no times, no paths and no numbers of threads on it: the same store in the same version gives
//! the same page, so that a page that changes says that the store did.

use std::fmt::Write;

use zarr_conform_model::Clause;

use crate::passport::campaign::ClauseKept;
use crate::passport::entry::{Entry, Standing, Tier};
use crate::passport::passport::Passport;
use crate::passport::text::answer_lines;
use crate::passport::words::short;
use crate::report::counted::counted;

/// What stands where nobody asked.
const NOT_ASKED: &str = "not asked";

/// What stands below the comparison.
const LEGEND: &str = "
\\* Not everywhere, or not as declared, and known: the page of the store says where. **Bold** is what is
not known, and fails. *Not asked* says nothing about the store.
";

impl Passport {
    /// The passport as a page of Markdown.
    ///
    /// Every question and every clause has an anchor: `#ranges.suffix_zero`, `#clause-R4`.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut page = format!("# Passport of `{}`\n\n", self.adapter());
        // Writing to a string cannot fail.
        for words in self.words() {
            let _ = writeln!(page, "{words}  ");
        }
        let (plans, operations) = self.asked();
        let _ = write!(
            page,
            "\nFound by asking: {} in {}. {}.\n\n## Answers\n\n",
            counted(operations as u64, "operation"),
            counted(plans as u64, "plan"),
            capitalised(&self.verdict()),
        );
        for line in answer_lines(self.answers()) {
            let _ = writeln!(page, "- {line}");
        }
        self.write_clauses(&mut page);
        for tier in Tier::ALL {
            let entries: Vec<&Entry> =
                self.entries().iter().filter(|entry| entry.tier == tier).collect();
            if !entries.is_empty() {
                write_tier(&mut page, tier, &entries);
            }
        }
        let lines = self.lines();
        if !lines.is_empty() {
            let _ = write!(page, "\n## To declare what was found\n\n```rust\n");
            for line in lines {
                let _ = writeln!(page, "{line}");
            }
            page.push_str("```\n");
        }
        page
    }

    fn write_clauses(&self, page: &mut String) {
        page.push_str("\n| clause | kept |\n|---|---|\n");
        for (clause, kept) in self.answers().clauses() {
            let said = match kept {
                ClauseKept::Kept(questions) => format!("in {}", counted(questions, "question")),
                ClauseKept::Broken(plan) => format!("no: {}", code(plan)),
                ClauseKept::Known(known) => {
                    let one = |(id, plan): &(&str, &str)| format!("{id}: {}", code(plan));
                    format!(
                        "no, and known: {}",
                        known.iter().map(one).collect::<Vec<_>>().join("; ")
                    )
                }
                ClauseKept::Declined => "cannot be asked".to_owned(),
                ClauseKept::NotReached => "not reached".to_owned(),
            };
            let _ = writeln!(page, "| <a id=\"clause-{clause}\"></a>{clause} | {said} |");
        }
    }

    /// The comparison of several stores: a row for each question, a column for each store.
    #[must_use]
    pub fn table(passports: &[Self]) -> String {
        let mut table = String::from("| |");
        for passport in passports {
            let _ =
                write!(table, " [{}]({}.md) |", passport.adapter(), page_name(passport.adapter()));
        }
        let _ = write!(table, "\n|---|{}\n", "---|".repeat(passports.len()));
        for tier in Tier::ALL {
            let mut subjects: Vec<(&str, &str)> = Vec::new();
            for entry in passports.iter().flat_map(Self::entries) {
                let row = (entry.subject.as_str(), entry.question.as_str());
                if entry.tier == tier && !subjects.contains(&row) {
                    subjects.push(row);
                }
            }
            if subjects.is_empty() {
                continue;
            }
            let _ = writeln!(table, "| **{}** |{}", tier.title(), " |".repeat(passports.len()));
            for (subject, question) in subjects {
                let found = passports.iter().map(|passport| {
                    let found = passport.entries().iter().find(|entry| entry.subject == subject);
                    found.map_or("–".to_owned(), brief)
                });
                let found: Vec<String> = found.collect();
                // What nobody asked compares nothing.
                if found.iter().any(|found| found != NOT_ASKED) {
                    let _ = writeln!(table, "| {} | {} |", cell(question), found.join(" | "));
                }
            }
        }
        write_clause_rows(&mut table, passports);
        table.push_str(LEGEND);
        table
    }

    /// What became of a clause, in a word.
    fn word_of(&self, clause: Clause) -> &'static str {
        match self.answers().clause(clause) {
            Some(ClauseKept::Broken(_)) => "**not kept**",
            Some(ClauseKept::Known(_)) => "known not to be kept",
            Some(ClauseKept::Kept(_)) => "kept",
            Some(ClauseKept::Declined) => "cannot be asked",
            Some(ClauseKept::NotReached) | None => "not reached",
        }
    }
}

/// The clauses that a campaign came to with one of the stores at least.
fn write_clause_rows(table: &mut String, passports: &[Passport]) {
    let _ = writeln!(table, "| **Clauses** |{}", " |".repeat(passports.len()));
    for clause in Clause::ALL.iter().copied() {
        let words: Vec<&str> = passports.iter().map(|one| one.word_of(clause)).collect();
        if words.iter().any(|word| *word != "not reached") {
            let _ = writeln!(table, "| {clause} | {} |", words.join(" | "));
        }
    }
}

fn write_tier(page: &mut String, tier: Tier, entries: &[&Entry]) {
    let _ = write!(page, "\n## {}\n\n", tier.title());
    page.push_str("| question | found | declared | |\n|---|---|---|---|\n");
    for entry in entries {
        let _ = writeln!(
            page,
            "| <a id=\"{}\"></a>{} | {} | {} | {} |",
            entry.subject,
            cell(&entry.question),
            entry.found.as_deref().map(cell).unwrap_or_default(),
            declared(entry),
            cell(&entry.proof()),
        );
    }
    for entry in entries.iter().filter(|entry| !entry.plans.is_empty()) {
        let _ = write!(page, "\n{}:\n", capitalised(&entry.question));
        for shown in &entry.plans {
            let _ = write!(page, "\n```text\n{}```\n", shown.text());
        }
    }
}

/// What is declared, if that is something else than what was found.
fn declared(entry: &Entry) -> String {
    match &entry.declared {
        Some(declared) if matches!(entry.standing, Standing::NotAsked(_)) => cell(declared),
        Some(declared) if entry.standing == Standing::Kept && entry.found.is_some() => {
            let same = entry.found.as_deref().is_some_and(|found| found.starts_with(&**declared));
            if same { "the same".to_owned() } else { cell(declared) }
        }
        Some(declared) => cell(declared),
        None => String::new(),
    }
}

/// What was found, for a cell of the comparison.
fn brief(entry: &Entry) -> String {
    let found = entry.found.as_deref().unwrap_or("wrong");
    let mark = match &entry.standing {
        Standing::Kept | Standing::Told | Standing::Undeclared => "",
        Standing::Known(_) => r" \*",
        Standing::Differs => " (**not as declared**)",
        Standing::Contradicts => " (**not everywhere**)",
        Standing::Wrong => " (**and wrong**)",
        Standing::Unopened(_) => return "**did not open**".to_owned(),
        Standing::NotAsked(_) => return NOT_ASKED.to_owned(),
    };
    format!("{}{mark}", cell(found))
}

/// The file of an adapter's page, without its ending: `object-store-s3`.
#[must_use]
pub(crate) fn page_name(adapter: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() { char } else { '-' };
    adapter.chars().map(plain).collect()
}

/// A plan in a cell, with its long lines cut.
fn code(plan: &str) -> String {
    let lines: Vec<String> = plan.lines().map(short).collect();
    format!("`{}`", cell(&lines.join("; ")))
}

/// Text that does not end a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', r"\|").replace('\n', " ")
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

impl Passport {
    /// The name of the page's file, without its ending.
    #[must_use]
    pub fn page_name(&self) -> String {
        page_name(self.adapter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adapters_have_files_and_cells_do_not_end_early() {
        assert_eq!(page_name("object-store:s3"), "object-store-s3");
        assert_eq!(cell("a|b\nc"), r"a\|b c");
        assert_eq!(capitalised("`2..9`"), "`2..9`");
        assert_eq!(capitalised("erasing"), "Erasing");
    }
}
