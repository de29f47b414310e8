//! What was found: a plan that shows a failure, where it was met, and how it was made small.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use zarr_conform_model::{Clause, Outcome, Plan, Signature};

use crate::finding::disagreement::Disagreement;

/// A plan that shows a failure with its last operation, and how: as it was found, or made small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) plan: Plan,
    pub(crate) signature: Signature,
    pub(crate) clause: Clause,
    /// Where the store panicked, if it did.
    pub(crate) panic_site: Option<String>,
    /// What kind of error came and with which words, if one came.
    pub(crate) words: Option<String>,
    /// What came, if it is a value or none.
    pub(crate) came: Option<Came>,
    /// What came, in words: what is shown where the plan cannot be played once more.
    pub(crate) got: String,
}

/// A value, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// These bytes.
    Bytes(Bytes),
    /// The answer that there is no value.
    Absent,
}

impl Finding {
    /// A plan that ends with an answer that is not allowed.
    pub(crate) fn new(plan: Plan, disagreement: &Disagreement) -> Self {
        let Disagreement { signature, clause, .. } = *disagreement;
        let (panic_site, words) = (disagreement.panic_site(), disagreement.words());
        let came = match &disagreement.outcome {
            Outcome::Value(bytes) => Some(Came::Bytes(bytes.clone())),
            Outcome::Absent => Some(Came::Absent),
            _ => None,
        };
        let got = disagreement.outcome.to_string();
        Self { plan, signature, clause, panic_site, words, came, got }
    }

    /// The same failure, shown by another plan.
    pub(crate) fn shown_by(self, plan: Plan) -> Self {
        Self { plan, ..self }
    }

    /// What to show plans of one cause by: the fewest operations, then the shortest text.
    pub(crate) fn complexity(&self) -> (usize, usize, String) {
        let text = self.plan.to_string();
        (self.plan.len(), text.len(), text)
    }
}

/// Why minimising ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ShrinkEnd {
    /// Nothing can be left out or made simpler.
    Minimal,
    /// The budget of calls was used up: the plan is the best so far.
    OutOfCalls,
    /// The budget of time was used up, or somebody wanted the report: the plan is the best so far.
    OutOfTime,
    /// The plan did not fail when it was played again, and again: the store is not deterministic,
    /// or depends on something outside it.
    NotReproduced,
}

/// Where a failure was seen first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FirstSeen {
    /// A fresh store, before any case.
    Opening,
    /// A plan in the folder of regression plans.
    Regression(String),
    /// A case of the campaign.
    Case(u64),
}

/// What making a plan small took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Shrinking {
    /// Operations in the plan as it was found, those of checks included.
    pub from: usize,
    /// Candidates played.
    pub runs: u64,
    /// Calls to the store for it.
    pub calls: u64,
    /// Why it ended.
    pub end: ShrinkEnd,
    /// Whether one plan fails at one time and not at another: the store is not deterministic.
    pub flaky: bool,
    /// How often the smallest plan shows the failure, if its callers go in whatever order the system
    /// gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
}

/// How often something showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rate {
    /// So often, …
    pub shown: u64,
    /// … of so many times.
    pub of: u64,
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shown, of } = self;
        write!(
            f,
            "shown by {shown} of {of} runs of its callers, in whatever order the system gives"
        )
    }
}
