//! What to ask a Zarr store next: generators of keys, values and ranges, rules, swarms and
//! shrinking.
//!
//! This layer knows the model and no store. A [`Generator`] draws [`Plan`]s that reach the states
//! in which stores break: few and closely related names, values at the boundaries of lengths,
//! ranges at the boundaries of values, long stretches of one kind of operation. It knows which
//! [`Goal`]s a campaign is to have met, and draws plans towards one. [`Exhaustive`] gives every
//! plan of two or three operations over a tiny universe. A [`HierarchyGenerator`] draws plans about
//! groups and arrays, for a library over the store. A [`Shrinker`] turns a plan that fails
//! into the shortest one that does. The machines that play plans are in `zarr-conform-machines`; a
//! fuzzer or a runner of your own needs just this crate.
//!
//! # Examples
//!
//! ```
//! use zarr_conform_model::Dialect;
//! use zarr_conform_rules::{Generator, Rule, store_rules};
//!
//! // The built-in rules without `clear`, in plans of up to 300 operations.
//! let rules: Vec<Rule> = store_rules().into_iter().filter(|rule| rule.name() != "clear").collect();
//! let generator = Generator::new(Dialect::ZARRS).rules(rules).steps(300);
//! let plan = generator.plan(0x5eed, 0);
//! assert!(!plan.is_empty());
//! ```
//!
//! With the feature `proptest`, plans are a proptest strategy, and rules draw from one.
//!
//! [`Plan`]: zarr_conform_model::Plan

#![forbid(unsafe_code)]

pub(crate) mod generate;
pub(crate) mod hierarchy;
pub(crate) mod shrink;
pub(crate) mod store;
#[cfg(feature = "proptest")]
mod strategy;

pub use generate::choices::Choices;
pub use generate::exhaustive::{Exhaustive, TooManyPlans, Universe};
pub use generate::rule::{Draw, Rule, with_frequency};
pub use hierarchy::generator::HierarchyGenerator;
pub use hierarchy::rules::hierarchy_rules;
pub use shrink::shrink::Shrinker;
pub use shrink::slices::slices;
pub use store::generator::Generator;
pub use store::goals::{Goal, Unreachable};
pub use store::rules::store_rules;
pub use store::shapes::{Shape, Shapes};
#[cfg(feature = "proptest")]
pub use strategy::{DrawsPlans, PlanStrategy, PlanTree, plans};
