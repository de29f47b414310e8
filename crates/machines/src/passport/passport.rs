//! `Passport`: what a store answers, beside what it declares.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use zarr_conform_model::contract::{Declaration, Knob};
use zarr_conform_model::{Clause, Dialect};

use crate::passport::campaign::{AnswersKept, Broken, CASES, STEPS};
use crate::passport::entry::{Entry, Standing};
use crate::passport::probe::{Probed, probe};
use crate::play::watch::Limits;
use crate::report::known_issue::KnownIssue;
use crate::report::report::Report;

/// The version of the JSON form of passports.
pub(super) const VERSION: u32 = 1;

/// What a store answers where the contract leaves that open, found by asking, beside what it declares.
///
/// Made by [`Machine::passport`](crate::Machine::passport).
#[derive(Clone, Debug)]
pub struct Passport {
    adapter: String,
    about: Vec<String>,
    probed: Probed,
    answers: AnswersKept,
}

impl Passport {
    pub(crate) const CASES: u64 = CASES;
    pub(crate) const STEPS: usize = STEPS;

    /// The passport of what an adapter opens; `report` is that of a short campaign.
    pub(crate) fn of(
        adapter: &std::sync::Arc<dyn zarr_conform_store::Adapter>,
        limits: &Limits,
        issues: &[KnownIssue],
        is_here: bool,
        report: &Report,
    ) -> Self {
        Self {
            adapter: adapter.name().to_owned(),
            about: versions(adapter.tested()).into_iter().collect(),
            probed: probe(adapter, limits, issues, is_here),
            answers: AnswersKept::of(report, adapter.declared()),
        }
    }

    /// The same with words about the store at its head, a line each, before its versions.
    #[must_use]
    pub fn with_words(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.about.splice(..0, words);
        self
    }

    /// The adapter's name.
    #[must_use]
    pub fn adapter(&self) -> &str {
        &self.adapter
    }

    /// What is said of the store at the head.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.about
    }

    /// The dialect that was found; what nobody asked is as it is declared.
    ///
    /// A campaign with it holds the store against what it does.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.probed.found
    }

    /// What the store declares.
    #[must_use]
    pub const fn declared(&self) -> Declaration {
        self.probed.declared
    }

    /// Every question, part by part.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.probed.entries
    }

    /// The question about a knob.
    #[must_use]
    pub fn entry(&self, knob: Knob) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.subject == knob.path())
    }

    /// What a short campaign says of the clauses.
    #[must_use]
    pub const fn answers(&self) -> &AnswersKept {
        &self.answers
    }

    /// How many plans were asked for the questions, and how many operations were in them.
    #[must_use]
    pub const fn asked(&self) -> (usize, usize) {
        (self.probed.plans, self.probed.operations)
    }

    /// What is red: a question whose answer is not as declared, not the same everywhere, or not one that
    /// any dialect has, and is not known; and one for which the store did not open.
    pub fn red(&self) -> impl Iterator<Item = &Entry> {
        self.entries().iter().filter(|entry| entry.standing.is_red())
    }

    /// Whether nothing is red, and the campaign found nothing that is not known.
    #[must_use]
    pub fn holds(&self) -> bool {
        let AnswersKept { failures, not_seen, not_played, .. } = &self.answers;
        self.red().next().is_none()
            && failures.is_empty()
            && not_seen.is_empty()
            && not_played.is_none()
    }

    /// The lines of Rust that declare what was found, and is not declared.
    #[must_use]
    pub fn lines(&self) -> Vec<&str> {
        self.entries().iter().filter_map(|entry| entry.line.as_deref()).collect()
    }

    /// The known issues that were met, by the questions or by the campaign, by id.
    #[must_use]
    pub fn known_issues(&self) -> BTreeSet<&str> {
        let asked = self.entries().iter().filter_map(|entry| match &entry.standing {
            Standing::Known(ids) => Some(ids.split(", ")),
            _ => None,
        });
        let played = self.answers().known.iter().filter_map(|known| known.id.as_deref());
        asked.flatten().chain(played).collect()
    }

    /// The passport as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let AnswersKept { operations, kept, declined, not_reached, known, failures, .. } =
            &self.answers;
        let ids = |clauses: &[Clause]| clauses.iter().map(|one| one.id()).collect::<Vec<_>>();
        let broken = |broken: &[Broken]| {
            let one = |one: &Broken| {
                json!({
                    "clause": one.clause.id(),
                    "id": one.id,
                    "signature": one.signature,
                    "plan": one.plan,
                    "symptoms": one.symptoms.iter().map(|(clause, plan)| {
                        json!({ "clause": clause.id(), "plan": plan })
                    }).collect::<Vec<Value>>(),
                })
            };
            broken.iter().map(one).collect::<Vec<Value>>()
        };
        let kept: serde_json::Map<String, Value> =
            kept.iter().map(|(clause, count)| (clause.id().to_owned(), json!(count))).collect();
        let dialect: serde_json::Map<String, Value> = Knob::ALL
            .iter()
            .map(|knob| (knob.path().to_owned(), json!(knob.value(&self.dialect()))))
            .collect();
        let (plans, asked) = self.asked();
        let json = json!({
            "version": VERSION,
            "adapter": self.adapter,
            "words": self.about,
            "holds": self.holds(),
            "asked": { "plans": plans, "operations": asked },
            "dialect": dialect,
            "entries": self.entries(),
            "answers": {
                "operations": operations,
                "kept": kept,
                "declined": ids(declined),
                "not_reached": ids(not_reached),
                "known": broken(known),
                "failures": broken(failures),
                "not_seen": self.answers.not_seen,
                "not_played": self.answers.not_played,
            },
        });
        format!("{json:#}\n")
    }

    /// How many questions stand in each way: kept, more than declared, known, red, not asked, and told
    /// where nothing can be declared.
    #[must_use]
    pub fn tally(&self) -> [usize; 6] {
        let mut tally = [0; 6];
        for entry in self.entries() {
            let at = match entry.standing {
                Standing::Kept => 0,
                Standing::Undeclared => 1,
                Standing::Known(_) => 2,
                Standing::Differs
                | Standing::Contradicts
                | Standing::Wrong
                | Standing::Unopened(_) => 3,
                Standing::NotAsked(_) => 4,
                Standing::Told => 5,
            };
            tally[at] += 1;
        }
        tally
    }
}

/// The crates that a store is of, in a line; none, if the adapter does not say.
fn versions(tested: &[(&str, &str)]) -> Option<String> {
    let crates: Vec<String> =
        tested.iter().map(|(name, version)| format!("{name} {version}")).collect();
    (!crates.is_empty()).then(|| format!("Versions: {}.", crates.join(", ")))
}
