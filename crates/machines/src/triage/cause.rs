//! What failures have in common if one mistake made them all.
//!
//! Minima with one cause are one failure. The cause is the smallest plan itself, or the kind of
//! name that is easily lost: a store that takes `..` for the directory above gets listings, sizes,
//! reads and erases wrong, each with smallest plans of its own, and all of that is mended at one
//! place. Panics, hangs and audits are left out of this, since what a store does to its process or
//! to what is around it is worth a failure of its own.
//!
//! Names and lists are like that, too. Shrinking gives a plan plain short names, and asks in one call
//! what it takes: a capital letter, an escape such as `%41` or a long name that is left in a smallest
//! plan is what the store gets wrong, and so are several parts in one call that are right each alone.
//!
//! Arrays have many smallest plans that show one bug, since no step leads from one shape to
//! another. What does not matter to a failure is not in its smallest plan; so if two features of an
//! array are left in it, they are the cause, together with the harm. With one feature or none,
//! plans are compared as before.

use std::collections::BTreeSet;
use std::fmt;

use zarr_conform_model::contract::{MismatchKind, NameHazard};
use zarr_conform_model::plan::{Fault, NodeAction, PowerPolicy};
use zarr_conform_model::{Clause, Dialect, Names, Operation, OperationKind, Plan, Signature};

use crate::finding::finding::Finding;
use crate::finding::likeness::{Harm, family, is_violent, may_come_of_contents};

/// What makes two failures one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// Their smallest plans are the same.
    Plan(String),
    /// Their smallest plans need a name that the store need not hold, or that is often lost. There is
    /// no end to what goes wrong with a name that a store neither refuses nor keeps apart from others.
    NameHazard(NameHazard),
    /// They take a fault of this kind on the way of operations of this kind, and what is wrong then is
    /// of one family. A store that tears values does so at every call at which it can be interrupted,
    /// and one that passes over errors as it lists does so in every listing.
    Fault(FaultFamily, Struck, MismatchKind),
    /// Their smallest plans are long, and do the same harm: it takes a number of operations or of
    /// keys, and there is no one smallest plan of so many.
    Many(Harm),
    /// Their smallest plans need names that are not plain ones.
    Names(OddNames),
    /// Their smallest plans need a call with several parts, and give too few or too many answers or
    /// wrong ones.
    Together(OperationKind, bool),
    /// Their smallest plans need arrays with these features, two at the least, in any shape, and do
    /// the same harm. What does not matter to a failure is not in its smallest plan, so what takes
    /// the same few things together has one reason.
    Features(Vec<String>, Harm),
    /// Their plans could not be made as small as they get, and they do the same harm: nothing else
    /// can be told of them.
    Unfinished(Harm),
}

impl Cause {
    /// The signature of its failure, and the clause that is broken.
    pub(crate) fn signature(&self, smallest: Signature, clause: Clause) -> (String, Clause) {
        match self {
            Self::NameHazard(hazard) => (format!("{hazard}: {}", hazard.failing()), Clause::W9),
            Self::Names(names) => (format!("{names}: not held like others"), clause),
            Self::Fault(family, struck, mismatch) => {
                let how = match mismatch {
                    MismatchKind::WrongShape => "not what is there",
                    other => other.name(),
                };
                (format!("{struck} {family}: {how}"), clause)
            }
            Self::Features(features, harm) => {
                let features = features.join(" and ");
                (format!("arrays with {features}: {}", harm.text()), Clause::H5)
            }
            Self::Plan(_) | Self::Many(_) | Self::Together(..) | Self::Unfinished(_) => {
                (smallest.to_string(), clause)
            }
        }
    }

    pub(crate) fn of(smallest: &Finding, dialect: &Dialect) -> Self {
        let Finding { plan, signature, .. } = smallest;
        // What a store does to itself, or to what is around it, is worth a failure of its own.
        let violent = is_violent(signature.mismatch) || signature.operation == OperationKind::Audit;
        let names = plan.names();
        let keys = names.keys().map(|key| names.key(key).as_str());
        let prefixes = names.prefixes().map(|prefix| names.prefix(prefix).as_str());
        // The root is a name without hazards.
        let directories = prefixes.filter_map(|prefix| prefix.strip_suffix('/'));
        let hazard = keys.chain(directories).filter_map(|name| dialect.hazard(name)).min();
        let features = features(plan);
        let struck = plan.steps().iter().find_map(|step| Some((step.fault?, &step.operation)));
        if let Some((fault, operation)) = struck {
            let (of, struck) = (FaultFamily::of(fault), Struck::of(operation));
            return match of {
                // What a power cut leaves is the same after any operation.
                FaultFamily::PowerCut => Self::Fault(of, Struck::Any, family(signature.mismatch)),
                _ => Self::Fault(of, struck, struck.harm(signature.mismatch)),
            };
        }
        if violent {
            return Self::Plan(plan.to_string());
        }
        if let Some(hazard) = hazard {
            return Self::NameHazard(hazard);
        }
        if features.len() > 1 {
            return Self::Features(features, Harm::of(signature.mismatch));
        }
        if plan.len() >= MANY {
            return Self::Many(Harm::of(signature.mismatch));
        }
        if let Some(names) = OddNames::of(plan.names()) {
            return Self::Names(names);
        }
        if let Some(kind) = together(plan) {
            return Self::Together(kind, signature.mismatch == MismatchKind::PartCount);
        }
        Self::Plan(plan.to_string())
    }

    /// What can be told from a plan that is not as small as it gets.
    pub(super) fn of_unfinished(smallest: &Finding) -> Self {
        let Finding { plan, signature, .. } = smallest;
        let is_violent = is_violent(signature.mismatch);
        if plan.len() >= MANY && !is_violent {
            return Self::Many(Harm::of(signature.mismatch));
        }
        Self::Unfinished(Harm::of(signature.mismatch))
    }

    /// Whether there is no one smallest plan of it.
    pub(super) const fn has_many_plans(&self) -> bool {
        matches!(
            self,
            Self::NameHazard(_)
                | Self::Fault(..)
                | Self::Many(_)
                | Self::Names(_)
                | Self::Features(..)
        )
    }
}

/// Kinds of faults after which one mistake shows in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FaultFamily {
    /// An error, or the end of the process.
    Interrupted,
    /// A power cut.
    PowerCut,
    /// A request to a service.
    Request,
}

impl FaultFamily {
    const fn of(fault: Fault) -> Self {
        match fault {
            Fault::PowerCut {
                policy: PowerPolicy::Strict | PowerPolicy::MetadataFirst, ..
            } => Self::PowerCut,
            Fault::Fail { .. }
            | Fault::Short { .. }
            | Fault::Crash { .. }
            | Fault::PowerCut { policy: PowerPolicy::Kill, .. } => Self::Interrupted,
            Fault::Request { .. } => Self::Request,
        }
    }
}

/// Kinds of operations that are interrupted at the same calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Struck {
    /// Questions about a key.
    Reads,
    /// Questions about many keys.
    Listings,
    /// Writes of values.
    Writes,
    /// Erases.
    Erases,
    /// Whatever was asked.
    Any,
}

impl Struck {
    fn of(operation: &Operation) -> Self {
        match () {
            () if operation.is_erase() => Self::Erases,
            () if operation.is_write() => Self::Writes,
            () if operation.keys().next().is_some() => Self::Reads,
            () => Self::Listings,
        }
    }

    /// What stands for all that is wrong alike: of a question, that the answer is not what is there.
    fn harm(self, mismatch: MismatchKind) -> MismatchKind {
        let is_question = matches!(self, Self::Reads | Self::Listings);
        if is_question && may_come_of_contents(mismatch) {
            MismatchKind::WrongShape
        } else {
            family(mismatch)
        }
    }
}

impl fmt::Display for Struck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reads => "reads",
            Self::Listings => "listings",
            Self::Writes => "writes",
            Self::Erases => "erases",
            Self::Any => "all",
        })
    }
}

impl fmt::Display for FaultFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupted => "interrupted",
            Self::PowerCut => "after a power cut",
            Self::Request => "with a failing request",
        })
    }
}

/// What is not plain about names that every store has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OddNames {
    /// One has a capital letter.
    Case,
    /// One has what looks like an escape, `%` and two hex digits.
    Percent,
    /// One is long.
    Long,
}

/// So many operations in a smallest plan are many. A guess: a bug with a page of sixteen keys has
/// one smallest plan.
const MANY: usize = 48;

/// A segment of so many bytes is a long one. A guess: shrinking tries ones of one letter and halves.
const LONG: usize = 32;

impl OddNames {
    fn of(names: &Names) -> Option<Self> {
        let keys = names.keys().map(|key| names.key(key).as_str());
        let prefixes = names.prefixes().map(|prefix| names.prefix(prefix).as_str());
        keys.chain(prefixes).filter_map(Self::of_name).min()
    }

    fn of_name(name: &str) -> Option<Self> {
        let is_escape = |rest: &str| {
            rest.get(..2).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        match () {
            () if name.bytes().any(|byte| byte.is_ascii_uppercase()) && !name.contains('%') => {
                Some(Self::Case)
            }
            () if name.split('%').skip(1).any(is_escape) => Some(Self::Percent),
            () if name.split('/').any(|segment| segment.len() >= LONG) => Some(Self::Long),
            () => None,
        }
    }
}

impl fmt::Display for OddNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Case => "names with capital letters",
            Self::Percent => "names with escapes such as `%41`",
            Self::Long => "long names",
        })
    }
}

/// The kind of call that a plan makes with several parts, if it makes one: shrinking asks for single
/// ones in its place, and stand-ins do.
fn together(plan: &Plan) -> Option<OperationKind> {
    let has_several = |operation: &&Operation| match operation {
        Operation::GetPartialMany { ranges, .. } => ranges.len() > 1,
        Operation::GetMany { parts } => parts.len() > 1,
        Operation::SetPartialMany { patches, .. } => patches.len() > 1,
        Operation::EraseMany { keys } => keys.len() > 1,
        _ => false,
    };
    plan.operations().rfind(has_several).map(Operation::kind)
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
