//! What a correct Zarr store answers: operations, outcomes, plans, reference models, dialects
//! and clauses.
//!
//! This is the lowest layer of zarr-conform. It has no files, no clock, no randomness, no
//! threads, and no way to fail: given a [`Plan`] of [`Operation`]s, a [`StoreModel`] says which
//! [`Outcome`]s the contract and the store's [`Dialect`] allow, one operation after the other.
//! Generators of plans are in `zarr-conform-rules`, the machine that plays them on a store in
//! `zarr-conform-machines`.
//!
//! # Examples
//!
//! A runner of your own needs four calls: read a plan, [`expect`](Model::expect) an outcome,
//! [`judge`](Expected::judge) the observed one, and [`advance`](Model::advance).
//!
//! ```
//! use std::sync::Arc;
//!
//! use zarr_conform_model::{Dialect, Model, Plan, StoreModel, StoreUnderTest, ZarrsStore};
//! use zarrs_storage::store::MemoryStore;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let plan: Plan = r#"
//!     set a/b "x"
//!     erase a/c
//!     list_prefix a/
//! "#.parse()?;
//! let mut store = ZarrsStore::of(Arc::new(MemoryStore::new()));
//! let mut model = StoreModel::new(plan.names().clone(), Dialect::ZARRS);
//! for operation in plan.operations() {
//!     let outcome = store.answer(plan.names(), operation);
//!     let judged = model.expect(operation).judge(&outcome);
//!     assert_eq!(judged, Ok(()), "{}", operation.display(plan.names()));
//!     model.advance(operation, &outcome);
//! }
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod array_model;
mod array_spec;
mod clause;
mod data_type;
mod dialect;
mod doubt;
mod expected;
mod hierarchy_answers;
mod hierarchy_model;
mod listing;
mod metadata;
mod mismatch;
mod model;
mod names;
mod node;
mod node_model;
mod node_path;
mod operation;
mod outcome;
mod parse;
mod parse_node;
mod plan;
mod reference_model;
mod region;
mod side_by_side;
mod signature;
mod situation;
mod store;
mod store_model;
mod text;
mod trace;
mod traffic;
mod translation;
mod value;
mod world;

pub use array_model::ArrayModel;
pub use array_spec::{ArraySpec, ChunkKeys, Codecs, Compressor, Json, ZarrFormat};
pub use clause::{Clause, Level};
pub use data_type::{DataType, Elements, Scalar};
pub use dialect::{Capabilities, Dialect, ListOrder, RangeDialect, RangePosition, Reply, clamp};
pub use doubt::Doubt;
pub use expected::{Expected, Part, Want};
pub use hierarchy_model::HierarchyModel;
pub use metadata::{DOCUMENTS, ZARR_JSON, ZARRAY, ZATTRS};
pub use mismatch::{Mismatch, MismatchKind};
pub use model::Model;
pub use names::{KeyId, Names, PrefixId, climb};
pub use node::{NodeAction, NodeOperation};
pub use node_model::{GroupModel, Node, Snapshot};
pub use node_path::{is_node_path, prefix_of};
pub use operation::{Operation, OperationKind, OperationText, Patch, Range};
pub use outcome::{ErrorClass, ErrorClasses, NodeKind, Outcome, Refusal};
pub use parse::PlanError;
pub use plan::{PLAN_VERSION, Plan};
pub use reference_model::ReferenceModel;
pub use region::{ChunkGrid, Edges, Region, fitted, offset_in};
pub use side_by_side::SideBySide;
pub use signature::{Facts, Signature, Situation};
pub use store::{Adapter, OpenError, STORE_THREAD, Stacked, StoreUnderTest, ZarrsStore};
pub use store_model::StoreModel;
pub use trace::Trace;
pub use traffic::{RequestBudget, Traffic};
pub use translation::{Translation, classify};
pub use value::Value;
