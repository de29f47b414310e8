//! Reports as JSON: the serialisable twins of what a report is made of.
//!
//! What a report looks like in memory may change without this form, whose fields and their order
//! readers go by.

use serde::Serialize;
use zarr_conform_model::Plan;

use crate::finding::finding::{FirstSeen, Shrinking};
use crate::play::replay::PlayedLine;
use crate::report::report;
use crate::report::report::{Assurance, MissedGoal, PlantedBug, RuleCount};

/// The version of the JSON form, in its field `version`.
pub const REPORT_VERSION: u32 = 3;

impl report::Report {
    /// The report as JSON, with the same bytes for the same seed but for the field `times`.
    ///
    /// # Panics
    ///
    /// Never: every field of a report can be written as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let twin = Report::of(self);
        let mut json = serde_json::to_string_pretty(&twin).expect("a report is plain data");
        json.push('\n');
        json
    }
}

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    adapter: &'a str,
    status: Status<'a>,
    seed: u64,
    cases: u64,
    planned_cases: u64,
    cases_towards_goals: u64,
    steps: usize,
    operations: u64,
    questions: u64,
    failures: Vec<Failure<'a>>,
    known: Vec<Known<'a>>,
    known_not_seen: &'a [String],
    /// In seconds.
    shrink_allowance: Option<f64>,
    missed_goals: &'a [MissedGoal],
    planted_bug: &'a Option<PlantedBug>,
    assurance: &'a Option<Assurance>,
    rules: &'a [RuleCount],
    clauses: Vec<ClauseCount>,
    traffic: Vec<OperationTraffic>,
    shapes: Vec<ShapeCount>,
    notes: &'a [String],
    times: Times,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "reason")]
enum Status<'a> {
    Conforms,
    Disagrees,
    Inconclusive(&'a [String]),
    NothingRan(&'a str),
    Misconfigured(&'a str),
    CannotOpen(&'a str),
}

#[derive(Serialize)]
struct Failure<'a> {
    headline: &'a str,
    signature: &'a str,
    clause: &'static str,
    plan: String,
    lines: &'a [PlayedLine],
    symptoms: Vec<Symptom<'a>>,
    diagnosis: Option<String>,
    near_miss: &'a Option<String>,
    count: u64,
    first_seen: &'a FirstSeen,
    shrinking: Shrinking,
    replay: &'a Option<String>,
}

#[derive(Serialize)]
struct Symptom<'a> {
    signature: &'a str,
    clause: &'static str,
    plan: String,
}

#[derive(Serialize)]
struct Known<'a> {
    id: &'a str,
    reason: &'a str,
    signature: &'a str,
    clause: &'static str,
    plan: String,
    symptoms: Vec<Symptom<'a>>,
    count: u64,
}

#[derive(Serialize)]
struct ClauseCount {
    clause: &'static str,
    questions: u64,
}

#[derive(Serialize)]
struct ShapeCount {
    shape: &'static str,
    states: u64,
}

#[derive(Serialize)]
struct OperationTraffic {
    operation: &'static str,
    calls: u64,
    requests: u64,
    sent: u64,
    received: u64,
}

#[derive(Serialize)]
struct Times {
    jobs: usize,
    /// In seconds, like all times.
    cases: f64,
    shrinking: f64,
    slowest: Option<Slowest>,
}

#[derive(Serialize)]
struct Slowest {
    operation: &'static str,
    call: f64,
}

impl<'a> Report<'a> {
    fn of(report: &'a report::Report) -> Self {
        Self {
            version: report.version,
            adapter: &report.adapter,
            status: Status::of(&report.status),
            seed: report.seed,
            cases: report.cases,
            planned_cases: report.planned_cases,
            cases_towards_goals: report.cases_towards_goals,
            steps: report.steps,
            operations: report.operations,
            questions: report.questions,
            failures: report.failures.iter().map(Failure::of).collect(),
            known: report.known.iter().map(Known::of).collect(),
            known_not_seen: &report.known_not_seen,
            shrink_allowance: report.shrink_allowance.map(|most| most.as_secs_f64()),
            missed_goals: &report.missed_goals,
            planted_bug: &report.planted_bug,
            assurance: &report.assurance,
            rules: &report.rules,
            clauses: report.clauses.iter().map(ClauseCount::of).collect(),
            traffic: report.traffic.iter().map(OperationTraffic::of).collect(),
            shapes: report.shapes.iter().map(ShapeCount::of).collect(),
            notes: &report.notes,
            times: Times::of(&report.times),
        }
    }
}

impl<'a> Status<'a> {
    fn of(status: &'a report::Status) -> Self {
        match status {
            report::Status::Conforms => Self::Conforms,
            report::Status::Disagrees => Self::Disagrees,
            report::Status::Inconclusive(reasons) => Self::Inconclusive(reasons),
            report::Status::NothingRan(reason) => Self::NothingRan(reason),
            report::Status::Misconfigured(reason) => Self::Misconfigured(reason),
            report::Status::CannotOpen(reason) => Self::CannotOpen(reason),
        }
    }
}

impl<'a> Failure<'a> {
    fn of(failure: &'a report::Failure) -> Self {
        Self {
            headline: &failure.headline,
            signature: &failure.signature,
            clause: failure.clause.id(),
            plan: text(&failure.plan),
            lines: &failure.lines,
            symptoms: failure.symptoms.iter().map(Symptom::of).collect(),
            diagnosis: failure.diagnosis.as_ref().map(ToString::to_string),
            near_miss: &failure.near_miss,
            count: failure.count,
            first_seen: &failure.first_seen,
            shrinking: failure.shrinking,
            replay: &failure.replay,
        }
    }
}

impl<'a> Symptom<'a> {
    fn of(symptom: &'a report::Symptom) -> Self {
        let report::Symptom { signature, clause, plan } = symptom;
        Self { signature, clause: clause.id(), plan: text(plan) }
    }
}

impl<'a> Known<'a> {
    fn of(known: &'a report::Known) -> Self {
        let report::Known { id, reason, signature, clause, plan, symptoms, count } = known;
        let symptoms = symptoms.iter().map(Symptom::of).collect();
        Self {
            id,
            reason,
            signature,
            clause: clause.id(),
            plan: text(plan),
            symptoms,
            count: *count,
        }
    }
}

impl ClauseCount {
    fn of(count: &report::ClauseCount) -> Self {
        Self { clause: count.clause.id(), questions: count.questions }
    }
}

impl ShapeCount {
    fn of(count: &report::ShapeCount) -> Self {
        Self { shape: count.shape.name(), states: count.states }
    }
}

impl OperationTraffic {
    fn of(traffic: &report::OperationTraffic) -> Self {
        let report::OperationTraffic { operation, calls, requests, sent, received } = *traffic;
        Self { operation: operation.name(), calls, requests, sent, received }
    }
}

impl Times {
    fn of(times: &report::Times) -> Self {
        let slowest = |report::Slowest { operation, call }| Slowest {
            operation: operation.name(),
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

fn text(plan: &Plan) -> String {
    plan.to_string()
}
