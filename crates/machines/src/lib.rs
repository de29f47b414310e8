//! Plays generated plans of operations on a Zarr store and on a reference model, compares every
//! answer, and reports each distinct disagreement with the shortest plan that shows it.
//!
//! # Examples
//!
//! A store author's whole test:
//!
//! ```
//! # use zarrs_storage::store::MemoryStore as MyStore;
//! # /*
//! #[test]
//! # */
//! fn my_store_conforms() {
//!     zarr_conform_machines::store_machine(|| MyStore::new()).cases(256).run().assert_conforms();
//! }
//! # assert!(std::panic::catch_unwind(my_store_conforms).is_err());
//! ```
//!
//! The report can be inspected as data:
//!
//! ```
//! # use zarrs_storage::store::MemoryStore as MyStore;
//! let report = zarr_conform_machines::store_machine(|| MyStore::new())
//!     .seed(0x5eed)
//!     .cases(20)
//!     .run();
//! for failure in &report.failures {
//!     println!("{}: {}", failure.clause, failure.plan);
//! }
//! # assert!(!report.failures.is_empty());
//! ```

mod campaign;
mod case;
mod checks;
mod folders;
mod known_issue;
mod machine;
mod minimise;
mod panics;
mod player;
mod replay;
mod report;
mod state_machine;
mod watch;

pub use campaign::Progress;
pub use checks::{Invariants, checks_of};
pub use known_issue::KnownIssue;
pub use machine::{StoreMachine, partial_store_machine, store_machine, try_store_machine};
pub use minimise::{ShrinkBudget, ShrinkEnd};
pub use replay::{PlayedLine, Replay};
pub use report::{
    ClauseCount, Failure, FirstSeen, Known, REPORT_VERSION, Report, RuleCount, Shrinking, Status,
    Times,
};
pub use state_machine::{ReferenceState, Running, StateMachineAdapter, Step, StoreStateMachine};
