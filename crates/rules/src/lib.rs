#![doc = include_str!("../README.md")]
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
