#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod contract;
pub mod hierarchy_model;
pub mod history;
mod model;
pub mod plan;
mod reference_model;
mod store_model;

pub use contract::{
    Capabilities, Clause, Declaration, Dialect, ErrorClass, Expected, Mismatch, Outcome, Refusal,
    Reply, Signature, Want,
};
pub use hierarchy_model::HierarchyModel;
pub use model::Model;
pub use plan::{
    KeyId, Names, Operation, OperationKind, Patch, Plan, PlanError, PrefixId, Range, Step, Value,
};
pub use reference_model::{OtherModel, ReferenceModel};
pub use store_model::StoreModel;
