//! The contract: clauses, what a store declares, and how an answer is held against both.

pub(crate) mod aftermath;
pub(crate) mod capabilities;
pub(crate) mod clause;
pub(crate) mod death;
pub(crate) mod declaration;
pub(crate) mod dialect;
pub(crate) mod document;
pub(crate) mod expected;
pub(crate) mod knob;
pub(crate) mod mismatch;
pub(crate) mod name_hazard;
pub(crate) mod outcome;
pub(crate) mod overlap;
pub(crate) mod parts;
pub(crate) mod ranges;
pub(crate) mod refusal;
pub(crate) mod reply;
pub(crate) mod signature;
pub(crate) mod traffic;

pub use capabilities::Capabilities;
pub use clause::{Clause, Level};
pub use death::Death;
pub use declaration::Declaration;
pub use dialect::{Dialect, Durable, ListOrder};
pub use expected::{Expected, Part, Want};
pub use knob::Knob;
pub use mismatch::{Mismatch, MismatchKind};
pub use name_hazard::NameHazard;
pub use outcome::Outcome;
pub use overlap::{Overlap, PartialWrites, SecondHandle};
pub use ranges::{RangeDialect, RangePosition, clamp};
pub use refusal::{ErrorClass, ErrorClasses, Refusal};
pub use reply::Reply;
pub use signature::{Facts, Signature, Situation};
pub use traffic::{RequestBudget, Traffic};
