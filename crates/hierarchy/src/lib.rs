//! An array library over any store under test: groups and arrays, asked through the keys of a store.
//!
//! A store can answer every question about its keys and still be unfit for an array library. And a
//! library that gets its keys from a correct store can still lose an element. [`Hierarchy`] makes
//! an adapter of both: questions to nodes go to an [`ArrayLibrary`], which reads and writes through
//! the [`Shim`](zarr_conform_store::Shim), and everything else goes to the store itself. The answers can be held against a
//! [`HierarchyModel`](zarr_conform_model::HierarchyModel).
//!
//! [`Zarrs`] is the library that is asked unless [`Hierarchy::with_library`] names another.
//!
//! # Examples
//!
//! ```
//! use std::sync::Arc;
//!
//! use zarr_conform_hierarchy::Hierarchy;
//! use zarr_conform_memory::MemoryAdapter;
//! use zarr_conform_store::Adapter;
//! use zarr_conform_model::{HierarchyModel, Model, Plan};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let plan: Plan = "
//!     add_array a/b shape=[3] chunks=[2] dtype=i16 codecs=[zstd]
//!     write_region a/b [1..3] 7..
//!     read_array a/b
//!     list
//! ".parse()?;
//! let hierarchy = Hierarchy::over(Arc::new(MemoryAdapter::synchronous()));
//! let mut store = hierarchy.open()?;
//! let mut model = HierarchyModel::new(plan.names().clone(), hierarchy.dialect());
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

mod adapter;
mod arrays;
mod elements;
mod library;
mod moves;
mod nodes;
mod refusal;
mod spec;
mod stored;

pub use adapter::Hierarchy;
pub use library::{ArrayLibrary, Zarrs};
