//! Known issues: disagreements that a store's author knows of and lives with for now.
//!
//! A signature alone hides too much: two panics on the same kind of range have one signature and
//! two plans. A smallest plan is mostly canonical, so its text is compared, or else the words of the
//! error, which `triage/recognition` does. Whether an issue still
//! shows must not depend on whether the campaign, with this seed and this many cases, comes upon
//! it; so its plan is played, and one whose last answer is right fails the run.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;
use zarr_conform_model::{Clause, Plan};

/// A disagreement that is known, and does not make a run fail.
///
/// It hides nothing else: a failure is known only if it has exactly this signature and, if the
/// issue has a plan, this smallest plan, or an error with the same words as this plan's. What could
/// not be made small is held against what the plan looks like. One that no longer shows makes the run fail, so that it
/// gets removed; whether an issue with a plan still shows is seen by playing the plan, and not by
/// whether the campaign came upon it.
///
/// # Examples
///
/// ```
/// use zarr_conform_machines::KnownIssue;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issues = KnownIssue::read(
///     r#"
///     [[issue]]
///     id = "suffix-panics"
///     signature = "get_partial: panic (live, empty, suffix longer than the value)"
///     clause = "R4"
///     reason = "https://example.org/issues/1"
///     expires = "2030-01-31"
///     plan = '''
///     set a ""
///     get_partial a -1..
///     '''
///     "#,
/// )?;
/// assert_eq!(issues[0].id, "suffix-panics");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownIssue {
    /// A short name.
    pub id: String,
    /// The signature of the failure, as reports print it.
    pub signature: String,
    /// The clause that is broken, if it is to be the same.
    pub clause: Option<Clause>,
    /// Where it is discussed, or why it stays.
    pub reason: String,
    /// The smallest plan that shows it.
    pub plan: Option<Plan>,
    /// Whether it comes and goes. What is the smallest plan is luck then, so any with the signature
    /// and the clause is it.
    pub flaky: bool,
    /// The last day on which it is known; a failure like any other from then on.
    expires: Option<Date>,
}

/// Known issues that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KnownIssuesError {
    /// The text is not TOML, or lacks or has other fields than it should.
    #[error("known issues cannot be read: {0}")]
    Malformed(#[from] toml::de::Error),
    /// A clause is not one of the contract.
    #[error("the known issue `{id}` names the clause `{clause}`, which the contract does not have")]
    Clause {
        /// The issue.
        id: String,
        /// What stands for its clause.
        clause: String,
    },
    /// A plan cannot be read.
    #[error("the plan of a known issue cannot be read: {0}")]
    Plan(#[from] zarr_conform_model::PlanError),
    /// Two issues have one id.
    #[error("there are two known issues `{0}`: give each an id of its own")]
    Twice(String),
}

/// The form of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Issues {
    #[serde(default)]
    issue: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    signature: String,
    clause: String,
    reason: String,
    plan: String,
    #[serde(default)]
    flaky: bool,
    expires: Option<Date>,
}

impl KnownIssue {
    /// An issue that is known by its signature alone.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        signature: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            signature: signature.into(),
            clause: None,
            reason: reason.into(),
            plan: None,
            flaky: false,
            expires: None,
        }
    }

    /// Reads issues from TOML: tables `[[issue]]` with `id`, `signature`, `clause`, `reason` and
    /// `plan`, and perhaps with `flaky`, which is true or false, and `expires`, a day.
    ///
    /// # Errors
    ///
    /// Returns a [`KnownIssuesError`] that says which issue is not one.
    pub fn read(text: &str) -> Result<Vec<Self>, KnownIssuesError> {
        let Issues { issue } = toml::from_str(text)?;
        let mut ids = BTreeSet::new();
        if let Some(twice) = issue.iter().find(|entry| !ids.insert(&entry.id)) {
            return Err(KnownIssuesError::Twice(twice.id.clone()));
        }
        issue.into_iter().map(Self::from_entry).collect()
    }

    fn from_entry(entry: Entry) -> Result<Self, KnownIssuesError> {
        let Entry { id, signature, clause, reason, plan, flaky, expires } = entry;
        let Some(found) = Clause::find(&clause) else {
            return Err(KnownIssuesError::Clause { id, clause });
        };
        let plan = Plan::parse(&plan, &id)?;
        let (clause, plan) = (Some(found), Some(plan));
        Ok(Self { id, signature, clause, reason, plan, flaky, expires })
    }

    /// The day after which the issue is no longer known, if that day is over.
    pub(crate) fn expired(&self, today: Date) -> Option<Date> {
        self.expires.filter(|last| *last < today)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const ISSUE: &str = r#"
        [[issue]]
        id = "tail"
        signature = "get: value too long (live, empty, overwritten)"
        clause = "W2"
        reason = "https://example.org/issues/1"
        plan = "set a \"a\"\nset a \"\"\nget a"
    "#;

    fn error(text: &str) -> String {
        KnownIssue::read(text).unwrap_err().to_string()
    }

    #[test]
    fn an_issue_has_a_clause_of_the_contract_and_a_plan() {
        let issues = KnownIssue::read(ISSUE).unwrap();
        assert_eq!(issues[0].clause, Some(Clause::W2));
        assert_eq!(issues[0].plan.as_ref().map(Plan::len), Some(3));
        assert!(KnownIssue::read("").unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_with_an_issue_is_said() {
        let clause = error(&ISSUE.replace("W2", "W99"));
        assert_eq!(
            clause,
            "the known issue `tail` names the clause `W99`, which the contract does not have"
        );
        assert!(error(&ISSUE.replace("get a\"", "got a\"")).contains("tail:3:1"));
        assert!(error(&ISSUE.repeat(2)).contains("two known issues `tail`"));
        assert!(error(&ISSUE.replace("reason", "raison")).contains("raison"));
    }

    #[test]
    fn an_issue_expires_when_its_last_day_is_over() {
        let expires = |day: &str| {
            let text = format!("{ISSUE}\nexpires = \"{day}\"");
            KnownIssue::read(&text).unwrap()[0].expired(date(2026, 2, 1)).is_some()
        };
        assert!(expires("2026-01-31"));
        assert!(!expires("2026-02-01"));
    }
}
