//! What a campaign came to, as data, text and files.

pub(crate) mod counted;
pub mod document;
mod issue_block;
pub(crate) mod known_issue;
mod pasting;
pub(crate) mod plan_files;
pub(crate) mod report;
pub(crate) mod text;

pub use counted::{counted, grouped};
pub use document::{Document, DocumentError, REPORT_VERSION};
pub use known_issue::KnownIssuesError;
pub use plan_files::PlanFileError;
pub use report::{
    Assurance, ClauseCount, Failure, Known, MissedGoal, OperationTraffic, PlantedBug, Report,
    RuleCount, ShapeCount, Slowest, Status, Symptom, Times,
};

pub use crate::finding::diagnosis::Diagnosis;
pub use crate::finding::finding::{FirstSeen, Rate, ShrinkEnd, Shrinking};
pub use crate::play::replay::PlayedLine;
