//! Zarr stores with one planted bug each, to see what a tester catches.
//!
//! A [`Mutant`] is a bug: a sentence that says what goes wrong, and the shortest plan that shows
//! it. It can be planted in any store under test. [`Planted`] does so for all stores of an
//! adapter, [`ReferenceStore`] is a correct store for bugs to be planted in, and [`Faulty`] the
//! control for the bug that only shows when errors are injected.
//!
//! Some bugs take an array library over the store to show: [`Mutant::needs_library`]. Most of them
//! are in the store all the same, and the others in the library.
//!
//! # Examples
//!
//! A bug shows in the last answer of its shortest plan:
//!
//! ```
//! use zarr_conform_store::Adapter;
//! use zarr_conform_model::{Dialect, Model, Plan, StoreModel};
//! use zarr_conform_mutants::{Mutant, ReferenceAdapter};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mutant = Mutant::find("list_prefix_string").ok_or("no such mutant")?;
//! assert_eq!(mutant, Mutant::M14);
//! assert_eq!(mutant.minimum(), "set a \"\"\nlist_prefix a/\n");
//!
//! let plan: Plan = mutant.minimum().parse()?;
//! let [set, list] = plan.operations() else { unreachable!() };
//! let mut store = mutant.plant(ReferenceAdapter::new(Dialect::ZARRS).open()?);
//! let mut model = StoreModel::new(plan.names().clone(), Dialect::ZARRS);
//!
//! let outcome = store.answer(plan.names(), set);
//! assert!(model.expect(set).judge(&outcome).is_ok());
//! model.advance(set, &outcome);
//!
//! let outcome = store.answer(plan.names(), list);
//! assert_eq!(outcome.to_string(), "[a]");
//! assert!(model.expect(list).judge(&outcome).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! An adapter with a bug takes the place of the one without:
//!
//! ```
//! use std::sync::Arc;
//!
//! use zarr_conform_store::Adapter;
//! use zarr_conform_model::Dialect;
//! use zarr_conform_mutants::{Mutant, Planted, ReferenceAdapter};
//!
//! let adapter = Planted::new(Arc::new(ReferenceAdapter::new(Dialect::ZARRS)), Mutant::M14);
//! assert_eq!(adapter.name(), "reference+M14");
//! ```

#![forbid(unsafe_code)]

mod aliases;
mod chunks;
mod directories;
mod documents;
mod erases;
mod faults;
mod host;
mod library;
mod listings;
mod mutant;
mod nodes;
mod planted;
mod ranges;
mod reads;
mod reference;
mod sizes;
mod writes;
mod zarr_names;

pub use faults::Faulty;
pub use mutant::Mutant;
pub use planted::Planted;
pub use reference::{ReferenceAdapter, ReferenceStore};
