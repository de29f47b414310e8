//! Reports as JSON: the serialisable twins of what a report is made of.
//!
//! What a report looks like in memory may change without this form, whose fields and their order
//! readers go by. Whoever shows a report does so from this form alone, so that one that was saved is
//! shown like one that was just made.

use serde::{Deserialize, Serialize};
use zarr_conform_model::Plan;

use crate::finding::finding::{FirstSeen, Shrinking};
use crate::play::replay::PlayedLine;
use crate::report::report;
use crate::report::report::{Assurance, MissedGoal, PlantedBug, RuleCount, clauses};

/// The version of the JSON form, in its field `version`.
pub const REPORT_VERSION: u32 = 4;

/// A report as plain data, which is written as JSON and read again.
///
/// Clauses, shapes, operations and plans are text: one that was written by another release names
/// what this one may not know.
///
/// # Examples
///
/// ```
/// use zarr_conform_machines::report::Document;
/// use zarrs_storage::store::MemoryStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let report = zarr_conform_machines::store_machine(|| MemoryStore::new()).cases(8).run();
/// let read = Document::read(&report.to_json())?;
/// assert_eq!(read.to_json(), report.to_json());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Document {
    /// The version of this form.
    pub version: u32,
    /// The program that made the report, and its version.
    pub made_by: String,
    /// The adapter's name.
    pub adapter: String,
    /// The crates that its stores are of, as far as the adapter says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tested: Vec<Tested>,
    /// What played the plans: `store`, `hierarchy`, `faults` or `concurrent`.
    pub machine: String,
    /// What the campaign comes to.
    pub status: Outcome,
    /// The seed that gives this campaign again.
    pub seed: u64,
    /// Cases that were played.
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
    /// How long making failures small was allowed to take, in seconds.
    pub shrink_allowance: Option<f64>,
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
    /// Requests to the service below the store, if somebody counts them.
    pub traffic: Vec<OperationTraffic>,
    /// States of each risky shape, of those that were looked at.
    pub shapes: Vec<ShapeCount>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// What depends on the machine and its load.
    pub times: Times,
}

/// A crate that was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tested {
    /// The name of the crate.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What a campaign comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "outcome", content = "reason")]
pub enum Outcome {
    /// Every answer is allowed, or known not to be.
    Conforms,
    /// There are failures, or known issues that no longer show.
    Disagrees,
    /// There are no failures, and little was proved, for these reasons.
    Inconclusive(Vec<String>),
    /// Nothing was asked.
    NothingRan(String),
    /// The campaign was set up in a way that cannot work.
    Misconfigured(String),
    /// The store could not be opened.
    CannotOpen(String),
}

/// One distinct disagreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Failure {
    /// What does most harm of all that goes wrong for this reason.
    pub headline: String,
    /// The question, how the answer misses and in which situation, at the minimum.
    pub signature: String,
    /// The clause that is broken.
    pub clause: String,
    /// The shortest plan that was found to show it.
    pub plan: String,
    /// The plan with what was wanted and what came.
    pub lines: Vec<PlayedLine>,
    /// Other questions that go wrong for the same reason.
    pub symptoms: Vec<Symptom>,
    /// What it comes of, if further questions told.
    pub diagnosis: Option<String>,
    /// What differs from the known issue that is most like it.
    pub near_miss: Option<String>,
    /// How often it showed.
    pub count: u64,
    /// The first case in which it showed, or the regression plan.
    pub first_seen: FirstSeen,
    /// What making the plan small took.
    pub shrinking: Shrinking,
    /// The command that plays the plan again, if the campaign wrote it to a file.
    pub replay: Option<String>,
}

/// Another question that goes wrong for the reason of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Symptom {
    /// The signature at the minimum.
    pub signature: String,
    /// The clause that is broken.
    pub clause: String,
    /// The shortest plan that was found to show it.
    pub plan: String,
}

/// A disagreement that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Known {
    /// The known issue's id.
    pub id: String,
    /// Its reason or link.
    pub reason: String,
    /// The signature.
    pub signature: String,
    /// The clause that is broken.
    pub clause: String,
    /// The shortest plan that shows it.
    pub plan: String,
    /// Other questions that go wrong for the same reason.
    pub symptoms: Vec<Symptom>,
    /// How often it showed; 0 if only its own plan shows it.
    pub count: u64,
}

/// How often a clause was exercised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClauseCount {
    /// The clause.
    pub clause: String,
    /// Questions to which it says the answer.
    pub questions: u64,
    /// What the store declares that keeps everybody from asking any, if it does.
    pub declined: Option<String>,
}

/// How many states of a shape were looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShapeCount {
    /// The shape.
    pub shape: String,
    /// States of it.
    pub states: u64,
}

/// What operations of one kind cost the service below the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperationTraffic {
    /// The kind.
    pub operation: String,
    /// How often it was asked.
    pub calls: u64,
    /// Requests for all of them.
    pub requests: u64,
    /// Bytes of values that were sent.
    pub sent: u64,
    /// Bytes of values that were received.
    pub received: u64,
}

/// What depends on the machine and its load; all times are in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Times {
    /// Threads that played cases.
    pub jobs: usize,
    /// For the cases.
    pub cases: f64,
    /// For making failures small.
    pub shrinking: f64,
    /// What takes longest of a slow store.
    pub slowest: Option<Slowest>,
}

/// What takes longest of a slow store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Slowest {
    /// The operation.
    pub operation: String,
    /// How long one call takes on the average, in seconds.
    pub call: f64,
}

/// Text that is not a report of this release.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// It is not JSON, or lacks what a report has.
    #[error("this is not a report: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is a report in another form.
    #[error(
        "the report is of version {found}, and this program reads version {REPORT_VERSION}: make it again"
    )]
    Version {
        /// The version that it has.
        found: u64,
    },
}

impl report::Report {
    /// The report as JSON, with the same bytes for the same seed but for the field `times`.
    ///
    /// # Panics
    ///
    /// Never: every field of a report can be written as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.document().to_json()
    }

    /// The report as plain data.
    #[must_use]
    pub fn document(&self) -> Document {
        Document::of(self)
    }
}

impl Document {
    /// Reads a report that was written as JSON.
    ///
    /// # Errors
    ///
    /// Returns a [`DocumentError`] if the text is no report, or one of another version.
    pub fn read(json: &str) -> Result<Self, DocumentError> {
        let value: serde_json::Value = serde_json::from_str(json)?;
        match value["version"].as_u64() {
            Some(found) if found != u64::from(REPORT_VERSION) => {
                Err(DocumentError::Version { found })
            }
            // From the text, so that a message says where in it something is wrong.
            _ => Ok(serde_json::from_str(json)?),
        }
    }

    /// The document as JSON.
    ///
    /// # Panics
    ///
    /// Never: every field of a report can be written as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("a report is plain data");
        json.push('\n');
        json
    }

    fn of(report: &report::Report) -> Self {
        Self {
            version: report.version,
            made_by: concat!("zarr-conform ", env!("CARGO_PKG_VERSION")).to_owned(),
            adapter: report.adapter.clone(),
            tested: report.tested.iter().map(Tested::of).collect(),
            machine: report.machine.to_owned(),
            status: Outcome::of(&report.status),
            seed: report.seed,
            cases: report.cases,
            planned_cases: report.planned_cases,
            cases_towards_goals: report.cases_towards_goals,
            steps: report.steps,
            operations: report.operations,
            questions: report.questions,
            failures: report.failures.iter().map(Failure::of).collect(),
            known: report.known.iter().map(Known::of).collect(),
            known_not_seen: report.known_not_seen.clone(),
            shrink_allowance: report.shrink_allowance.map(|most| most.as_secs_f64()),
            missed_goals: report.missed_goals.clone(),
            planted_bug: report.planted_bug.clone(),
            assurance: report.assurance,
            rules: report.rules.clone(),
            clauses: report.clauses.iter().map(ClauseCount::of).collect(),
            traffic: report.traffic.iter().map(OperationTraffic::of).collect(),
            shapes: report.shapes.iter().map(ShapeCount::of).collect(),
            notes: report.notes.iter().map(|note| bounded(note)).collect(),
            times: Times::of(&report.times),
        }
    }
}

impl Tested {
    fn of(&(name, version): &(&'static str, &'static str)) -> Self {
        Self { name: name.to_owned(), version: version.to_owned() }
    }
}

impl Outcome {
    fn of(status: &report::Status) -> Self {
        match status.clone() {
            report::Status::Conforms => Self::Conforms,
            report::Status::Disagrees => Self::Disagrees,
            report::Status::Inconclusive(reasons) => {
                Self::Inconclusive(reasons.iter().map(|reason| bounded(reason)).collect())
            }
            report::Status::NothingRan(reason) => Self::NothingRan(bounded(&reason)),
            report::Status::Misconfigured(reason) => Self::Misconfigured(bounded(&reason)),
            report::Status::CannotOpen(reason) => Self::CannotOpen(bounded(&reason)),
        }
    }
}

impl Failure {
    /// The clauses that are broken by it: its own, and those of its symptoms.
    pub fn clauses(&self) -> impl Iterator<Item = &str> {
        clauses(&*self.clause, self.symptoms.iter().map(|symptom| &*symptom.clause))
    }

    fn of(failure: &report::Failure) -> Self {
        Self {
            headline: failure.headline.clone(),
            signature: failure.signature.clone(),
            clause: failure.clause.to_string(),
            plan: text(&failure.plan),
            lines: failure.lines.clone(),
            symptoms: failure.symptoms.iter().map(Symptom::of).collect(),
            diagnosis: failure.diagnosis.as_ref().map(ToString::to_string),
            near_miss: failure.near_miss.clone(),
            count: failure.count,
            first_seen: failure.first_seen.clone(),
            shrinking: failure.shrinking,
            replay: failure.replay.clone(),
        }
    }
}

impl Symptom {
    fn of(symptom: &report::Symptom) -> Self {
        let report::Symptom { signature, clause, plan } = symptom;
        Self { signature: signature.clone(), clause: clause.to_string(), plan: text(plan) }
    }
}

impl Known {
    /// The clauses that are broken by it: its own, and those of its symptoms.
    pub fn clauses(&self) -> impl Iterator<Item = &str> {
        clauses(&*self.clause, self.symptoms.iter().map(|symptom| &*symptom.clause))
    }

    fn of(known: &report::Known) -> Self {
        let report::Known { id, reason, signature, clause, plan, symptoms, count } = known.clone();
        let symptoms = symptoms.iter().map(Symptom::of).collect();
        let (clause, plan) = (clause.to_string(), text(&plan));
        Self { id, reason, signature, clause, plan, symptoms, count }
    }
}

impl ClauseCount {
    fn of(count: &report::ClauseCount) -> Self {
        let report::ClauseCount { clause, questions, declined } = count.clone();
        Self { clause: clause.to_string(), questions, declined }
    }
}

impl ShapeCount {
    fn of(count: &report::ShapeCount) -> Self {
        Self { shape: count.shape.name().to_owned(), states: count.states }
    }
}

impl OperationTraffic {
    fn of(traffic: &report::OperationTraffic) -> Self {
        let report::OperationTraffic { operation, calls, requests, sent, received } = *traffic;
        Self { operation: operation.to_string(), calls, requests, sent, received }
    }
}

impl Times {
    fn of(times: &report::Times) -> Self {
        let slowest = |report::Slowest { operation, call }| Slowest {
            operation: operation.to_string(),
            call: call.as_secs_f64(),
        };
        Self {
            jobs: times.jobs,
            cases: times.cases.as_secs_f64(),
            shrinking: times.shrinking.as_secs_f64(),
            slowest: times.slowest.map(slowest),
        }
    }
}

/// The beginning of words that may be a store's, which may be any number.
fn bounded(words: &str) -> String {
    match words.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}

/// How many characters a reason or a note has at the most. A guess: a screen or two.
const MOST: usize = 4096;

fn text(plan: &Plan) -> String {
    plan.to_string()
}
