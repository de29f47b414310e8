//! What a report comes to, in words, and what it says of each clause.

use zarr_conform_machines::report::document::{Failure, Known, Outcome};
use zarr_conform_model::Clause;

use crate::Document;
use crate::text::{counted, grouped};

/// How a campaign ended, for whoever looks at nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Conforms,
    Disagrees,
    /// Nothing was proved, or too little.
    Unsure,
}

impl Verdict {
    pub(crate) const fn of(report: &Document) -> Self {
        match report.status {
            Outcome::Conforms => Self::Conforms,
            Outcome::Disagrees => Self::Disagrees,
            _ => Self::Unsure,
        }
    }

    /// The word for a badge.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::Disagrees => "does not conform",
            Self::Unsure => "not proved",
        }
    }
}

/// The verdict as a sentence.
pub(crate) fn sentence(report: &Document) -> String {
    let failures = report.failures.len() as u64;
    let gone = report.known_not_seen.len() as u64;
    match &report.status {
        Outcome::Conforms if report.known.is_empty() => "No failures.".to_owned(),
        Outcome::Conforms => {
            let known = counted(report.known.len() as u64, "known issue");
            format!("No failures but for {known}.")
        }
        Outcome::Disagrees => {
            let failures = (failures > 0).then(|| counted(failures, "distinct failure"));
            let gone = match gone {
                0 => None,
                1 => Some("1 known issue that no longer shows".to_owned()),
                _ => Some(format!("{gone} known issues that no longer show")),
            };
            let found: Vec<String> = failures.into_iter().chain(gone).collect();
            format!("{}.", found.join(" and "))
        }
        Outcome::Inconclusive(reasons) => {
            format!("No failures, but little was proved: {}.", reasons.join("; "))
        }
        Outcome::NothingRan(reason) => format!("Nothing was tested: {reason}."),
        Outcome::Misconfigured(reason) => format!("The campaign cannot work: {reason}."),
        Outcome::CannotOpen(reason) => format!("The store could not be opened: {reason}."),
    }
}

/// What it means that nothing else was found, if nothing was.
pub(crate) fn confidence(report: &Document) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(assurance) = report.assurance {
        sentences.push(format!(
            "A bug that strikes once in {} operations would have been seen with {:.1} %.",
            grouped(assurance.once_in),
            // Never more sure than it is.
            (assurance.probability * 1000.0).floor() / 10.0
        ));
    }
    if let Some(planted) = &report.planted_bug {
        let operations = counted(planted.operations, "operation");
        sentences.push(if planted.caught {
            format!(
                "A bug that was planted on purpose, {}, was caught after {operations}.",
                planted.mutant
            )
        } else {
            format!(
                "A bug that was planted on purpose, {}, was not caught in {operations}.",
                planted.mutant
            )
        });
    }
    sentences
}

/// The crates that were tested, with their versions; nothing, if nobody says.
pub(crate) fn tested(report: &Document) -> String {
    let crates = report.tested.iter().map(|one| format!("{} {}", one.name, one.version));
    crates.collect::<Vec<_>>().join(", ")
}

/// What was done, in numbers.
pub(crate) fn numbers(report: &Document) -> String {
    let cases = match report.cases_towards_goals {
        0 => counted(report.cases, "case"),
        more => format!("{} and {} towards goals", counted(report.cases, "case"), grouped(more)),
    };
    format!(
        "{} ({}) in {cases}, seed {:#x}",
        counted(report.operations, "operation"),
        counted(report.questions, "question"),
        report.seed
    )
}

/// What a report says of one clause; what is worse comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing<'a> {
    /// These failures break it, or have a symptom that does.
    Broken(Vec<&'a Failure>),
    /// The campaign had to ask about it, and did not, for this reason.
    Missed(&'a str),
    /// These known issues break it, and nothing else does.
    Known(Vec<&'a Known>),
    /// Nobody asked: the machine does not, or not in so few cases.
    NotReached,
    /// The store declares what keeps everybody from asking.
    Declined(&'a str),
    /// So many answers kept it.
    Kept(u64),
}

impl Standing<'_> {
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Broken(_) => "broken",
            Self::Missed(_) => "missed",
            Self::Known(_) => "known",
            Self::NotReached => "not reached",
            Self::Declined(_) => "declined",
            Self::Kept(_) => "kept",
        }
    }
}

/// The standing of a clause, by its id.
pub(crate) fn standing<'a>(report: &'a Document, clause: &str) -> Standing<'a> {
    let broken: Vec<&Failure> = report
        .failures
        .iter()
        .filter(|failure| failure.clauses().any(|broken| broken == clause))
        .collect();
    if !broken.is_empty() {
        return Standing::Broken(broken);
    }
    if let Some(missed) = report.missed_goals.iter().find(|missed| missed.goal == clause) {
        return Standing::Missed(&missed.reason);
    }
    let known: Vec<&Known> = report
        .known
        .iter()
        .filter(|known| known.clauses().any(|broken| broken == clause))
        .collect();
    if !known.is_empty() {
        return Standing::Known(known);
    }
    let count = report.clauses.iter().find(|count| count.clause == clause);
    match count {
        Some(count) if count.questions > 0 => Standing::Kept(count.questions),
        Some(count) => match &count.declined {
            Some(reason) => Standing::Declined(reason),
            None => Standing::NotReached,
        },
        None => Standing::NotReached,
    }
}

/// The clause of an id: its sentence, its level and its source; nothing of one that this release does
/// not have.
pub(crate) fn clause(id: &str) -> Option<(&'static str, char, &'static str)> {
    let clause = Clause::find(id)?;
    Some((clause.sentence(), clause.level().letter(), clause.source()))
}

/// Whether a failure comes and goes.
pub(crate) fn is_flaky(failure: &Failure) -> bool {
    use zarr_conform_machines::report::ShrinkEnd;
    failure.shrinking.flaky || failure.shrinking.end == ShrinkEnd::NotReproduced
}

/// Where a failure was seen, and how small it was made.
pub(crate) fn history(failure: &Failure) -> String {
    use zarr_conform_machines::report::{FirstSeen, ShrinkEnd};
    let first = match &failure.first_seen {
        FirstSeen::Regression(file) => format!("first in {file}"),
        FirstSeen::Case(case) => format!("first in case {case}"),
        _ => "first when it was opened".to_owned(),
    };
    let end = match failure.shrinking.end {
        ShrinkEnd::OutOfCalls => ", the best within the budget of calls",
        ShrinkEnd::OutOfTime => ", the best within the budget of time",
        ShrinkEnd::NotReproduced if failure.shrinking.rate.is_none() => "; it did not show again",
        _ => "",
    };
    let flaky = match failure.shrinking.rate {
        Some(rate) => format!("; {rate}"),
        None if is_flaky(failure) => {
            "; it comes and goes: the store is not deterministic".to_owned()
        }
        None => String::new(),
    };
    format!(
        "seen {}, {first}; {} shrunk to {}{end}{flaky}",
        counted(failure.count, "time"),
        counted(failure.shrinking.from as u64, "operation"),
        grouped(crate::text::operations(&failure.plan).count() as u64),
    )
}

/// What was wanted and what came, where a failure shows: of the first wrong answer.
pub(crate) fn wrong(
    failure: &Failure,
) -> Option<(usize, &zarr_conform_machines::report::PlayedLine)> {
    failure.lines.iter().enumerate().find(|(_, line)| !line.agrees)
}
