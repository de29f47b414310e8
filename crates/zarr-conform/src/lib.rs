#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod adapters;

#[cfg(feature = "hierarchy")]
pub use zarr_conform_hierarchy as hierarchy;
#[cfg(feature = "hierarchy")]
pub use zarr_conform_hierarchy::Hierarchy;
pub use zarr_conform_machines as machines;
#[cfg(feature = "proptest")]
pub use zarr_conform_machines::proptest;
pub use zarr_conform_machines::report;
pub use zarr_conform_machines::{
    Invariants, KnownIssue, Machine, Report, file_store_machine, filled_store_machine,
    partial_store_machine, passport, read_only_store_machine, service_store_machine, store_machine,
    try_store_machine,
};
#[cfg(feature = "async")]
pub use zarr_conform_machines::{
    async_service_store_machine_on, async_store_machine, async_store_machine_on,
    partial_async_store_machine, read_only_async_store_machine,
};
pub use zarr_conform_model as model;
pub use zarr_conform_model::{Capabilities, Dialect, Plan};
pub use zarr_conform_mutants as mutants;
#[cfg(feature = "reports")]
pub use zarr_conform_reports as reports;
pub use zarr_conform_rules as rules;
pub use zarr_conform_store as store;
#[cfg(feature = "async")]
pub use zarr_conform_store::AsyncStore;
pub use zarr_conform_store::{
    Adapter, Contents, OpenError, Sandbox, Sandboxed, StoreUnderTest, ZarrsStore,
};
pub use zarrs_storage;
