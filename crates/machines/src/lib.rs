#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "async")]
mod async_doors;
mod calibration;
pub(crate) mod campaign;
pub(crate) mod checks;
mod doors;
mod finding;
mod machine;
mod opener;
pub(crate) mod play;
mod proptest_door;
pub(crate) mod report;
mod run;
mod settings;
pub(crate) mod triage;

#[cfg(feature = "async")]
pub use async_doors::{async_store_machine, async_store_machine_on, partial_async_store_machine};
pub use calibration::{Calibrated, Sighting};
pub use campaign::campaign::Progress;
pub use checks::policy::Invariants;
pub use checks::store::checks_of;
pub use doors::{partial_store_machine, store_machine, try_store_machine};
pub use finding::{FirstSeen, ShrinkEnd, Shrinking};
pub use machine::Machine;
pub use play::clock::{Clock, SimulatedClock, SystemClock};
pub use play::replay::{PlayedLine, Replay};
pub use proptest_door::{ReferenceState, Running, StateMachineAdapter, Step, StoreStateMachine};
pub use report::known_issue::{KnownIssue, KnownIssuesError};
pub use report::report::{
    Assurance, ClauseCount, Failure, Known, MissedGoal, OperationTraffic, PlantedBug,
    REPORT_VERSION, Report, RuleCount, ShapeCount, Slowest, Status, Symptom, Times,
};
pub use settings::ShrinkBudget;
pub use zarr_conform_model as model;
pub use zarr_conform_mutants as mutants;
pub use zarr_conform_rules as rules;
pub use zarr_conform_store as store;
