//! What failures have in common if one mistake made them all.
//!
//! Minima with one cause are one failure. The cause is the smallest plan itself, or the kind of
//! name that is easily lost: a store that takes `..` for the directory above gets listings, sizes,
//! reads and erases wrong, each with smallest plans of its own, and all of that is mended at one
//! place. Panics, hangs and audits are left out of this, since what a store does to its process or
//! to what is around it is worth a failure of its own.
//!
//! Arrays have many smallest plans that show one bug, since no step leads from one shape to
//! another. What does not matter to a failure is not in its smallest plan; so if two features of an
//! array are left in it, they are the cause, together with the harm. With one feature or none,
//! plans are compared as before.

use std::collections::BTreeSet;

use zarr_conform_model::contract::{MismatchKind, NameHazard};
use zarr_conform_model::plan::NodeAction;
use zarr_conform_model::{Clause, Dialect, Operation, OperationKind, Plan, Signature};

use crate::finding::finding::Finding;
use crate::finding::likeness::Harm;

/// What makes two failures one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// Their smallest plans are the same.
    Plan(String),
    /// Their smallest plans need a name that the store need not hold, or that is often lost. There is
    /// no end to what goes wrong with a name that a store neither refuses nor keeps apart from others.
    NameHazard(NameHazard),
    /// Their smallest plans need arrays with these features, two at the least, in any shape, and do
    /// the same harm. What does not matter to a failure is not in its smallest plan, so what takes
    /// the same few things together has one reason.
    Features(Vec<String>, Harm),
    /// Their signatures are of one group, and their plans could not be made as small as they get.
    Unfinished(Signature),
}

impl Cause {
    /// The signature of its failure, and the clause that is broken.
    pub(crate) fn signature(&self, smallest: Signature, clause: Clause) -> (String, Clause) {
        match self {
            Self::NameHazard(hazard) => (format!("{hazard}: {}", hazard.failing()), Clause::W9),
            Self::Features(features, harm) => {
                let features = features.join(" and ");
                (format!("arrays with {features}: {}", harm.text()), Clause::H5)
            }
            Self::Plan(_) | Self::Unfinished(_) => (smallest.to_string(), clause),
        }
    }

    pub(crate) fn of(smallest: &Finding, dialect: &Dialect) -> Self {
        let Finding { plan, signature, .. } = smallest;
        // What a store does to itself, or to what is around it, is worth a failure of its own.
        let violent = matches!(signature.mismatch, MismatchKind::Panicked | MismatchKind::TimedOut)
            || signature.operation == OperationKind::Audit;
        let names = plan.names();
        let keys = names.keys().map(|key| names.key(key).as_str());
        let prefixes = names.prefixes().map(|prefix| names.prefix(prefix).as_str());
        // The root is a name without hazards.
        let directories = prefixes.filter_map(|prefix| prefix.strip_suffix('/'));
        let hazard = keys.chain(directories).filter_map(|name| dialect.hazard(name)).min();
        let features = features(plan);
        match hazard.filter(|_| !violent) {
            Some(hazard) => Self::NameHazard(hazard),
            None if features.len() > 1 && !violent => {
                Self::Features(features, Harm::of(signature.mismatch))
            }
            None => Self::Plan(plan.to_string()),
        }
    }

    /// Whether there is no one smallest plan of it.
    pub(super) const fn has_many_plans(&self) -> bool {
        matches!(self, Self::NameHazard(_) | Self::Features(..))
    }
}

/// What is special about the arrays of a plan.
fn features(plan: &Plan) -> Vec<String> {
    let actions = plan.operations().filter_map(|operation| match operation {
        Operation::Node(operation) => Some(&*operation.action),
        _ => None,
    });
    let features = actions.flat_map(|action| match action {
        NodeAction::AddArray { spec, .. } => spec.features(),
        _ => Vec::new(),
    });
    let features: BTreeSet<String> = features.collect();
    features.into_iter().collect()
}
