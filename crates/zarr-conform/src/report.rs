//! What a report is made of: failures, what is known, what was counted, and what that proves.

pub use zarr_conform_machines::{
    Assurance, ClauseCount, Failure, FirstSeen, Known, MissedGoal, OperationTraffic, PlantedBug,
    REPORT_VERSION, Report, RuleCount, ShapeCount, ShrinkEnd, Shrinking, Slowest, Status, Symptom,
    Times,
};
