//! Plays generated plans of operations on a Zarr store and on a reference model, compares every
//! answer, and reports each distinct disagreement with the shortest plan that shows it.
//!
//! # Examples
//!
//! A store author's whole test; `MyStore` has the readable, writable and listable traits of
//! `zarrs_storage`:
//!
//! ```
//! # use zarr_conform_memory::asynchronous_store;
//! # struct MyStore;
//! # impl MyStore {
//! #     fn new() -> impl zarrs_storage::ReadableWritableListableStorageTraits {
//! #         asynchronous_store()
//! #     }
//! # }
//! // Under `#[test]` in a test of yours.
//! fn my_store_conforms() {
//!     zarr_conform_machines::store_machine(|| MyStore::new()).cases(256).run().assert_conforms();
//! }
//! # my_store_conforms();
//! ```
//!
//! The report can be inspected as data. `MemoryStore` panics on ranges that start behind the end
//! of a value:
//!
//! ```
//! use zarrs_storage::store::MemoryStore;
//!
//! let report = zarr_conform_machines::store_machine(|| MemoryStore::new())
//!     .seed(0x5eed)
//!     .cases(20)
//!     .run();
//! let plans = report.failures.iter().map(|failure| failure.plan.to_string());
//! assert!(plans.into_iter().any(|plan| plan.ends_with("set a \"\"\nget_partial a 1..\n")));
//! ```
//!
//! A store with the asynchronous traits goes through the door beside it, with no bridge of your own;
//! see `async_store_machine`.
//!
//! [`model`] and [`rules`] are the layers below; [`mutants`] are bugs to plant in a store.

#![forbid(unsafe_code)]

#[cfg(feature = "async")]
mod async_machine;
mod blame;
mod calibration;
mod campaign;
mod case;
mod checks;
mod clock;
mod costs;
mod filing;
mod folders;
mod hierarchy_checks;
mod known_issue;
mod machine;
mod minimise;
mod origin;
mod panics;
mod player;
mod replay;
mod report;
mod report_text;
mod run;
mod source;
mod stand_ins;
mod state_machine;
mod target;
mod verdict;
mod watch;

#[cfg(feature = "async")]
pub use zarr_conform_async as asynchronous;
pub use zarr_conform_model as model;
pub use zarr_conform_mutants as mutants;
pub use zarr_conform_rules as rules;

#[cfg(feature = "async")]
pub use async_machine::{async_store_machine, async_store_machine_on, partial_async_store_machine};
pub use calibration::{Calibrated, Sighting};
pub use campaign::Progress;
pub use checks::{Invariants, checks_of};
pub use clock::{Clock, SimulatedClock, SystemClock};
pub use known_issue::{KnownIssue, KnownIssuesError};
pub use machine::{Machine, partial_store_machine, store_machine, try_store_machine};
pub use minimise::{ShrinkBudget, ShrinkEnd};
pub use replay::{PlayedLine, Replay};
pub use report::{
    Assurance, ClauseCount, Face, Failure, FirstSeen, Known, MissedGoal, OperationTraffic,
    PlantedBug, REPORT_VERSION, Report, RuleCount, ShapeCount, Shrinking, Slowest, Status, Times,
};
pub use state_machine::{ReferenceState, Running, StateMachineAdapter, Step, StoreStateMachine};
