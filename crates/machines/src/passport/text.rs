//! A passport as text for a terminal: a line a question.

use std::collections::BTreeSet;
use std::fmt;

use zarr_conform_model::Clause;

use crate::passport::campaign::{AnswersKept, Broken};
use crate::passport::entry::{Entry, Standing, Tier};
use crate::passport::passport::Passport;
use crate::report::counted::counted;

impl fmt::Display for Passport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "passport of {}", self.adapter())?;
        for words in self.words() {
            writeln!(f, "  {words}")?;
        }
        let (plans, operations) = self.asked();
        writeln!(
            f,
            "  {} in {}",
            counted(operations as u64, "operation"),
            counted(plans as u64, "plan")
        )?;
        writeln!(f, "\nAnswers")?;
        for line in answer_lines(self.answers()) {
            writeln!(f, "  {line}")?;
        }
        for tier in Tier::ALL {
            let mut entries = self.entries().iter().filter(|entry| entry.tier == tier).peekable();
            if entries.peek().is_none() {
                continue;
            }
            writeln!(f, "\n{}", tier.title())?;
            for entry in entries {
                write_entry(f, entry)?;
            }
        }
        let lines = self.lines();
        if !lines.is_empty() {
            writeln!(f, "\nTo declare what was found:")?;
            for line in lines {
                writeln!(f, "    {line}")?;
            }
        }
        writeln!(f, "\n{}", self.verdict())
    }
}

impl Passport {
    /// What the passport comes to, in one sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        let [kept, more, known, red, not_asked, told] = self.tally();
        let broken = self.answers().failures.len() + self.answers().not_seen.len();
        let mut parts = vec![format!("{} kept as declared", counted(kept as u64, "question"))];
        let mut say = |number: usize, words: &str| {
            if number > 0 {
                parts.push(format!("{number} {words}"));
            }
        };
        say(more, "kept to more than is declared");
        say(told, "told of which nothing can be declared");
        say(known, "known not to be kept");
        say(not_asked, "not asked");
        say(red, "not as declared, not the same everywhere, or not answered at all");
        say(broken, "wrong in the campaign, and not known");
        if let Some(why) = &self.answers().not_played {
            parts.push(format!("the campaign was not played: {why}"));
        }
        parts.join(", ")
    }
}

fn write_entry(f: &mut fmt::Formatter<'_>, entry: &Entry) -> fmt::Result {
    let found = entry.found.as_deref().unwrap_or("-");
    writeln!(f, "  {}: {found}", entry.question.replace('`', ""))?;
    writeln!(f, "      {}", entry.proof())?;
    for shown in &entry.plans {
        for line in shown.text().lines() {
            writeln!(f, "        {line}")?;
        }
    }
    Ok(())
}

impl Entry {
    /// What stands behind what was found, in words: how often it was asked, and what is declared.
    #[must_use]
    pub fn proof(&self) -> String {
        let Self { askings, kept, standing, declared, line, .. } = self;
        let declared = declared.as_deref().unwrap_or("nothing");
        let times = counted(*askings as u64, "asking");
        match standing {
            Standing::Kept => format!("kept in {times}"),
            Standing::Told => format!("found in {times}; nothing declares it"),
            Standing::Undeclared => {
                let line = line.as_deref().unwrap_or_default();
                format!("kept in {times}; declared: {declared}; to declare it: `{line}`")
            }
            Standing::Differs => format!("kept in {kept} of {times}; declared: {declared}"),
            Standing::Contradicts => format!("not the same everywhere: {kept} of {times}"),
            Standing::Wrong => {
                format!("kept in {kept} of {times}; no dialect has the other answers")
            }
            Standing::Known(ids) => format!("kept in {kept} of {times}; known: {ids}"),
            Standing::Unopened(why) => format!("the store did not open for it: {why}"),
            Standing::NotAsked(why) => format!("not asked: {why}"),
        }
    }
}

/// What a campaign says of the clauses, a line each.
pub(super) fn answer_lines(answers: &AnswersKept) -> Vec<String> {
    let AnswersKept { operations, kept, declined, not_reached, known, failures, .. } = answers;
    if let Some(why) = &answers.not_played {
        return vec![format!("no campaign was played: {why}")];
    }
    let questions: u64 = kept.iter().map(|(_, questions)| questions).sum();
    let mut lines = vec![format!(
        "{} kept, in {} about {}",
        counted(kept.len() as u64, "clause"),
        counted(questions, "question"),
        counted(*operations, "operation")
    )];
    let ids = |clauses: &[Clause]| {
        clauses.iter().map(|clause| clause.id()).collect::<Vec<_>>().join(", ")
    };
    let issues = |broken: &[Broken]| {
        let clauses: BTreeSet<Clause> = broken.iter().flat_map(Broken::clauses).collect();
        ids(&clauses.into_iter().collect::<Vec<_>>())
    };
    if !known.is_empty() {
        lines.push(format!("known not to be kept: {}", issues(known)));
    }
    if !failures.is_empty() {
        lines.push(format!("not kept, and not known: {}", issues(failures)));
    }
    if !answers.not_seen.is_empty() {
        lines.push(format!("known, and kept now: {}", answers.not_seen.join(", ")));
    }
    if !declined.is_empty() {
        lines.push(format!("cannot be asked: {}", ids(declined)));
    }
    if !not_reached.is_empty() {
        lines.push(format!("not reached by so short a campaign: {}", ids(not_reached)));
    }
    lines
}
