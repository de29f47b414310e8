#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "async")]
mod async_doors;
#[cfg(feature = "faults")]
pub(crate) mod boundary;
pub mod calibration;
pub(crate) mod campaign;
pub(crate) mod checks;
pub mod clock;
mod doors;
mod environment;
pub(crate) mod finding;
mod fuzz_door;
mod isolation;
mod machine;
mod opener;
mod options;
mod over_contents;
pub mod passport;
mod passport_door;
#[cfg(test)]
mod passport_tests;
mod planted;
pub(crate) mod play;
#[cfg(feature = "proptest")]
mod proptest_door;
#[cfg(unix)]
mod recovery;
pub mod report;
mod run;
mod settings;
pub mod shards;
pub(crate) mod together;
pub(crate) mod triage;

#[cfg(feature = "async")]
pub use async_doors::{
    async_service_store_machine_on, async_store_machine, async_store_machine_on,
    partial_async_store_machine, read_only_async_store_machine,
};
pub use campaign::campaign::Progress;
pub use checks::policy::Invariants;
pub use checks::store::checks_of;
pub use doors::{
    file_store_machine, filled_store_machine, partial_store_machine, read_only_store_machine,
    service_store_machine, store_machine, try_store_machine,
};
pub use environment::EnvironmentError;
pub use fuzz_door::Played;
pub use isolation::IsolationError;
pub use machine::{Machine, ReplayError};
pub use over_contents::OverContents;
pub use passport::Passport;
pub use passport_door::passport;
pub use play::admission::RefusedPlan;
pub use play::midst::exit;
pub use play::replay::Replay;
pub use report::known_issue::KnownIssue;
pub use report::report::Report;
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
