//! What a correct Zarr store answers: operations, outcomes, plans, reference models, dialects
//! and clauses.
//!
//! This is the lowest layer of zarr-conform. It has no files, no clock, no randomness, no
//! threads, and no way to fail: given a [`Plan`] of [`Operation`]s, a [`StoreModel`] says which
//! [`Outcome`]s the contract and the store's [`Dialect`] allow, one operation after the other.
//! How a store is asked is in `zarr-conform-store`, generators of plans in `zarr-conform-rules`, the
//! machine that plays them in `zarr-conform-machines`.
//!
//! # Examples
//!
//! A runner of your own needs four calls: read a plan, [`expect`](Model::expect) an outcome,
//! [`judge`](Expected::judge) the observed one, and [`advance`](Model::advance). Here the store is
//! a map; `zarr-conform-store` asks real ones.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use zarr_conform_model::{Dialect, Model, Operation, Outcome, Plan, StoreModel};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let plan: Plan = r#"
//!     set a/b "x"
//!     get a/b
//!     get a/c
//! "#.parse()?;
//! let mut store = BTreeMap::new();
//! let mut model = StoreModel::new(plan.names().clone(), Dialect::ZARRS);
//! for operation in plan.operations() {
//!     let outcome = match operation {
//!         Operation::Set { key, value } => {
//!             store.insert(*key, value.to_bytes());
//!             Outcome::Done
//!         }
//!         Operation::Get { key } => store.get(key).cloned().map_or(Outcome::Absent, Outcome::Value),
//!         _ => unreachable!("the plan asks nothing else"),
//!     };
//!     let judged = model.expect(operation).judge(&outcome);
//!     assert_eq!(judged, Ok(()), "{}", operation.display(plan.names()));
//!     model.advance(operation, &outcome);
//! }
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

pub mod contract;
pub mod hierarchy_model;
mod model;
pub mod plan;
mod reference_model;
mod store_model;

pub use contract::{
    Capabilities, Clause, Dialect, ErrorClass, Expected, Mismatch, Outcome, Refusal, Reply,
    Signature, Want,
};
pub use hierarchy_model::HierarchyModel;
pub use model::Model;
pub use plan::{
    KeyId, Names, Operation, OperationKind, Patch, Plan, PlanError, PrefixId, Range, Value,
};
pub use reference_model::{OtherModel, ReferenceModel};
pub use store_model::StoreModel;
