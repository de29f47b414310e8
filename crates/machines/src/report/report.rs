//! The report of a campaign, as data and as text.
//!
//! Nothing passes silently. No cases, no rule that could run, a store that cannot be opened, a
//! known issue that no longer shows, a goal that was missed, a planted bug that was not caught:
//! none of these conforms.

use std::panic::Location;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zarr_conform_model::{Clause, OperationKind, Plan};
use zarr_conform_rules::Shape;

use crate::finding::diagnosis::Diagnosis;
use crate::finding::finding::{Finding, FirstSeen, Shrinking};
use crate::finding::likeness::harm_of;
use crate::play::replay::PlayedLine;
use crate::report::known_issue::KnownIssue;

/// What a campaign did and found.
///
/// For one seed it is the same on any number of threads, apart from [`times`](Self::times).
#[derive(Clone, Debug)]
pub struct Report {
    /// [`REPORT_VERSION`](crate::report::REPORT_VERSION).
    pub version: u32,
    /// The adapter's name.
    pub adapter: String,
    /// The crates that its stores are of, each with its version, as far as the adapter says.
    pub tested: Vec<(&'static str, &'static str)>,
    /// What played the plans: `store`, `hierarchy`, `faults` or `concurrent`.
    pub machine: &'static str,
    /// What the campaign comes to.
    pub status: Status,
    /// The seed that gives this campaign again.
    pub seed: u64,
    /// Cases that were played; the last ones may have been cut short, which a note says.
    pub cases: u64,
    /// Cases that were asked for.
    pub planned_cases: u64,
    /// Cases that were played in addition, towards goals that the planned ones missed.
    pub cases_towards_goals: u64,
    /// The longest plan, in operations.
    pub steps: usize,
    /// Operations of plans that were asked.
    pub operations: u64,
    /// Questions that the store was asked in all, those of checks included.
    pub questions: u64,
    /// Disagreements that are not known.
    pub failures: Vec<Failure>,
    /// Disagreements that are known.
    pub known: Vec<Known>,
    /// Known issues that no longer show, by id.
    pub known_not_seen: Vec<String>,
    /// How long making failures small was allowed to take in all, if that was limited.
    pub shrink_allowance: Option<Duration>,
    /// What the campaign had to exercise, and did not.
    pub missed_goals: Vec<MissedGoal>,
    /// The bug that was planted to see whether the campaign finds bugs.
    pub planted_bug: Option<PlantedBug>,
    /// What it means that there are no failures, if there are none.
    pub assurance: Option<Assurance>,
    /// Operations per rule.
    pub rules: Vec<RuleCount>,
    /// Questions per clause.
    pub clauses: Vec<ClauseCount>,
    /// Requests to the service below the store, and bytes of values in them, by the operation that
    /// they were for; none, if nobody counts them.
    pub traffic: Vec<OperationTraffic>,
    /// States of each risky shape, of those that were looked at: one every 64
    /// operations, and the last of each case.
    pub shapes: Vec<ShapeCount>,
    /// What a reader should know: what ended early, and why.
    pub notes: Vec<String>,
    /// What depends on the machine and its load.
    pub times: Times,
}

/// What a campaign comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Every answer is allowed, or known not to be.
    Conforms,
    /// There are failures, or known issues that no longer show.
    Disagrees,
    /// There are no failures, and yet the campaign proves little: something that it had to
    /// exercise was never reached, or a bug that was planted was not caught.
    Inconclusive(Vec<String>),
    /// Nothing was asked, which says nothing about the store.
    NothingRan(String),
    /// The campaign was set up in a way that cannot work: a folder that cannot be written, a
    /// regression plan that cannot be read.
    Misconfigured(String),
    /// The store could not be opened.
    CannotOpen(String),
}

/// One distinct disagreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What does most harm of all that goes wrong for this reason: the signature, or that of a
    /// symptom.
    pub headline: String,
    /// The question, how the answer misses and in which situation, at the minimum.
    pub signature: String,
    /// The clause that is broken.
    pub clause: Clause,
    /// The shortest plan that was found to show it.
    pub plan: Plan,
    /// The plan with what was wanted and what came.
    pub lines: Vec<PlayedLine>,
    /// Other questions that go wrong for the same reason, those that do most harm first.
    pub symptoms: Vec<Symptom>,
    /// What it comes of, if further questions told.
    pub diagnosis: Option<Diagnosis>,
    /// What differs from the known issue that is most like it, if one nearly is it.
    pub near_miss: Option<String>,
    /// How often it showed.
    pub count: u64,
    /// The first case in which it showed, or the regression plan.
    pub first_seen: FirstSeen,
    /// What making the plan small took.
    pub shrinking: Shrinking,
    /// The command that plays the plan again, if the campaign wrote it to a file.
    pub replay: Option<String>,
    /// That file.
    pub file: Option<PathBuf>,
    /// Whether it is of a kind that has many smallest plans: about a name that the store need not
    /// hold, or about what is special of an array.
    pub(crate) has_many_plans: bool,
    /// What the plan shows, and then the plans of the same cause, for those who tell failures apart.
    pub(crate) shown: Vec<Finding>,
}

/// The clauses that are broken by one thing that is wrong: its own, and those of its symptoms.
pub(crate) fn clauses<C>(own: C, symptoms: impl Iterator<Item = C>) -> impl Iterator<Item = C> {
    std::iter::once(own).chain(symptoms)
}

/// Another question that goes wrong for the reason of a failure: asked in its place, the simpler
/// question of the failure goes wrong too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symptom {
    /// The signature at the minimum.
    pub signature: String,
    /// The clause that is broken.
    pub clause: Clause,
    /// The shortest plan that was found to show it.
    pub plan: Plan,
}

/// A disagreement that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The known issue's id.
    pub id: String,
    /// The known issue's reason or link.
    pub reason: String,
    /// The signature.
    pub signature: String,
    /// The clause that is broken.
    pub clause: Clause,
    /// The shortest plan that shows it.
    pub plan: Plan,
    /// Other questions that go wrong for the same reason.
    pub symptoms: Vec<Symptom>,
    /// How often it showed in the campaign; 0 if only the plan of the known issue shows it.
    pub count: u64,
}

impl KnownIssue {
    /// Whether `failure` is this issue.
    #[must_use]
    pub fn matches(&self, failure: &Failure) -> bool {
        // What goes wrong with a name has many smallest plans, and which of them is found decides which
        // clause is broken first.
        let text = failure.plan.to_string();
        let same_plan = || self.plan.as_ref().is_none_or(|plan| plan.to_string() == text);
        let same_clause = || self.clause.is_none_or(|clause| clause == failure.clause);
        self.signature == failure.signature
            && (failure.has_many_plans || same_clause() && (self.flaky || same_plan()))
    }
}

impl Known {
    /// An issue that the campaign came upon; shown by its own plan, if it has one.
    pub(crate) fn seen(issue: &KnownIssue, failure: Failure) -> Self {
        let KnownIssue { id, reason, plan: known, .. } = issue.clone();
        let Failure { signature, clause, plan, symptoms, count, .. } = failure;
        Self { id, reason, signature, clause, plan: known.unwrap_or(plan), symptoms, count }
    }

    /// An issue that the campaign did not come upon, and whose plan shows it.
    pub(crate) fn unseen(issue: &KnownIssue, plan: &Plan) -> Self {
        let KnownIssue { id, reason, signature, clause, .. } = issue.clone();
        // An issue with a plan has a clause.
        let clause = clause.unwrap_or(Clause::R1);
        Self { id, reason, signature, clause, plan: plan.clone(), symptoms: Vec::new(), count: 0 }
    }
}

/// Something that a campaign had to exercise, and did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MissedGoal {
    /// The clause or the shape.
    pub goal: String,
    /// Why it was missed.
    pub reason: String,
}

/// A bug that was planted in a reference store, to see whether plans of this campaign find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlantedBug {
    /// The bug's id and name.
    pub mutant: String,
    /// Whether it was caught.
    pub caught: bool,
    /// Operations that it took, or that were not enough.
    pub operations: u64,
}

/// What it means that there were no failures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Assurance {
    /// A bug that strikes once in this many operations, each as likely as any other, …
    pub once_in: u64,
    /// … would have been seen with this probability.
    pub probability: f64,
}

impl Assurance {
    /// The rarest bug, of those that strike once in 1, 2, 5, 10, 20, … operations, that so many
    /// operations show with a probability of at least 99 %.
    pub(crate) fn after(operations: u64) -> Option<Self> {
        let seen = |once_in: u64| 1.0 - (1.0 - 1.0 / once_in as f64).powf(operations as f64);
        let rates = (0..18).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
        let rarest = rates.take_while(|once_in| seen(*once_in) >= 0.99).last()?;
        Some(Self { once_in: rarest, probability: seen(rarest) })
    }
}

/// How often a rule chose the operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RuleCount {
    /// The rule's name.
    pub rule: String,
    /// Operations that it chose.
    pub operations: u64,
    /// Why it could choose none, if it could not.
    pub left_out: Option<String>,
}

/// How often a clause was exercised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClauseCount {
    /// The clause.
    pub clause: Clause,
    /// Questions to which it says the answer.
    pub questions: u64,
    /// What the store declares that keeps everybody from asking any, if it does.
    pub declined: Option<String>,
}

/// How many states of a shape were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapeCount {
    /// The shape.
    pub shape: Shape,
    /// States of it.
    pub states: u64,
}

/// What operations of one kind cost the service below the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationTraffic {
    /// The kind.
    pub operation: OperationKind,
    /// How often it was asked, by checks too.
    pub calls: u64,
    /// Requests for all of them.
    pub requests: u64,
    /// Bytes of values that were sent.
    pub sent: u64,
    /// Bytes of values that were received.
    pub received: u64,
}

/// What takes longest of a slow store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slowest {
    /// The operation.
    pub operation: OperationKind,
    /// How long one call takes on the average.
    pub call: Duration,
}

/// What depends on the machine and its load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Threads that played cases.
    pub jobs: usize,
    /// Time for the cases.
    pub cases: Duration,
    /// Time for shrinking.
    pub shrinking: Duration,
    /// What takes longest, if calls take 10 ms or more on the average.
    pub slowest: Option<Slowest>,
}

impl Report {
    /// Adds a known issue, or what was met of it besides.
    pub(crate) fn add_known(&mut self, known: Known) {
        match self.known.iter_mut().find(|other| other.id == known.id) {
            Some(other) => {
                other.count += known.count;
                let also = known.symptoms.into_iter().filter(|one| !other.symptoms.contains(one));
                let also: Vec<Symptom> = also.collect();
                other.symptoms.extend(also);
            }
            None => self.known.push(known),
        }
    }

    /// Whether every answer is allowed, or known not to be, and there were answers.
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.status == Status::Conforms
    }

    /// Panics with the whole report unless the store conforms; at its end, the first failure is a
    /// test to paste, with the command that plays its case.
    ///
    /// # Panics
    ///
    /// Panics if there are failures, if a known issue no longer shows, or if nothing or too little
    /// was tested.
    #[track_caller]
    pub fn assert_conforms(&self) {
        let called = Location::caller();
        assert!(self.conforms(), "\n\n{self}{}", self.to_paste(called));
    }
}

impl Symptom {
    /// Each of `symptoms` once, without the plan of the failure itself: those that do most harm
    /// first, then the simplest.
    pub(crate) fn distinct(symptoms: impl Iterator<Item = Finding>, plan: &Plan) -> Vec<Self> {
        let mut symptoms: Vec<Finding> = symptoms.filter(|symptom| symptom.plan != *plan).collect();
        symptoms.sort_by_key(Finding::complexity);
        symptoms.dedup_by(|one, other| one.plan == other.plan);
        symptoms.sort_by_key(|symptom| harm_of(symptom.signature));
        let symptom = |Finding { plan, signature, clause, .. }| Self {
            signature: signature.to_string(),
            clause,
            plan,
        };
        symptoms.into_iter().map(symptom).collect()
    }
}
