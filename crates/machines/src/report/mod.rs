//! What a campaign came to, as data, text and files.

pub(crate) mod known_issue;
pub(crate) mod plan_files;
pub(crate) mod report;
pub(crate) mod text;

pub use report::{
    Assurance, ClauseCount, Failure, Known, MissedGoal, OperationTraffic, PlantedBug,
    REPORT_VERSION, Report, RuleCount, ShapeCount, Slowest, Status, Symptom, Times,
};

pub use crate::finding::finding::{FirstSeen, ShrinkEnd, Shrinking};
pub use crate::play::replay::PlayedLine;
