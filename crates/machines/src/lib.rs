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
//! A store with the asynchronous traits goes through the door beside it, with no shim of your own;
//! see `async_store_machine`.
//!
//! [`report`] has the parts of a report, the feature `proptest` a module of that name. [`model`],
//! [`store`] and [`rules`] are the layers below; [`mutants`] are bugs to plant in a store.

#![forbid(unsafe_code)]

#[cfg(feature = "async")]
mod async_doors;
mod calibration;
pub(crate) mod campaign;
pub(crate) mod checks;
mod doors;
pub(crate) mod finding;
mod machine;
mod opener;
mod options;
mod planted;
pub(crate) mod play;
#[cfg(feature = "proptest")]
mod proptest_door;
pub mod report;
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
pub use finding::finding::{ShrinkEnd, Shrinking};
pub use machine::{Machine, ReplayError};
pub use play::admission::RefusedPlan;
pub use play::clock::{Clock, SimulatedClock, SystemClock};
pub use play::replay::Replay;
pub use report::known_issue::{KnownIssue, KnownIssuesError};
pub use report::plan_files::PlanFileError;
pub use report::report::{Failure, Known, Report, Status};
pub use settings::ShrinkBudget;
pub use zarr_conform_model as model;
pub use zarr_conform_mutants as mutants;
pub use zarr_conform_rules as rules;
pub use zarr_conform_store as store;

/// The open doors to proptest: plans as a strategy, and the machines as a `prop_state_machine!`.
#[cfg(feature = "proptest")]
pub mod proptest {
    pub use zarr_conform_rules::{DrawsPlans, PlanStrategy, PlanTree, plans};

    pub use crate::proptest_door::{
        ReferenceState, Running, StateMachineAdapter, Step, StoreStateMachine,
    };
}
