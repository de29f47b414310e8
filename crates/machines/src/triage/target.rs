//! Targets: which disagreements count as the failure that is being made small.
//!
//! How like each other two signatures are is `finding/likeness`; here is how like they have to be.

use zarr_conform_model::contract::{Facts, MismatchKind};
use zarr_conform_model::{OperationKind, Signature};

use crate::finding::disagreement::Disagreement;
use crate::finding::finding::Finding;
use crate::finding::likeness::{group, is_like, is_wrong_value, stands_for};
use crate::triage::cause::overlap;

/// Which disagreements count as the failure that is being made small.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) signature: Signature,
    pub(crate) panic_site: Option<String>,
    pub(crate) likeness: Likeness,
    /// Whether a plan may have writes that go wrong in other ways before: those are failures of
    /// their own, after which no answer says anything of this one.
    pub(crate) after_others: bool,
    /// Whether a plan may leave open what the store holds: a later answer decides it then, and if
    /// that one is wrong, so is what the model goes by.
    pub(crate) may_be_open: bool,
    /// Whether it was seen while several callers asked at the same time.
    pub(crate) takes_callers: bool,
    /// How many switches between callers it may take, if several ask at the same time.
    #[cfg_attr(not(feature = "faults"), expect(dead_code, reason = "callers take the gate"))]
    pub(crate) switches: usize,
}

/// How like the failure a disagreement has to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Likeness {
    /// The same signature.
    Same,
    /// The same question and family of mismatch.
    SameQuestion,
    /// A question of the same kind beside others, with the same family of mismatch.
    SameOverlap,
    /// This question in place of the other, with the same family of mismatch; or with an answer
    /// that shows that the store holds something else than it should.
    StandIn(OperationKind),
    /// A value, with an answer that shows that the store holds another one than it should.
    WrongValue,
    /// This question, wrong in any way.
    Asked(OperationKind),
    /// A panic, whatever was asked.
    Panic,
}

impl Target {
    /// The failure itself, with the same signature.
    pub(crate) fn same_as(found: &Finding) -> Self {
        Self {
            signature: found.signature,
            panic_site: found.panic_site.clone(),
            likeness: Likeness::Same,
            after_others: true,
            may_be_open: true,
            takes_callers: found.plan.together().is_some(),
            switches: found.plan.turns().map_or(0, |turns| turns.switches.len()),
        }
    }

    /// Whether both are filed under one group of signatures.
    pub(crate) fn is_of_one_group(&self, other: &Self) -> bool {
        group(self.signature) == group(other.signature) && self.panic_site == other.panic_site
    }

    pub(crate) fn with(&self, likeness: Likeness) -> Self {
        Self { likeness, ..self.clone() }
    }

    /// Without other failures before it, nor anything that the contract leaves open.
    pub(super) fn alone(&self) -> Self {
        Self { after_others: false, may_be_open: false, ..self.clone() }
    }

    pub(super) fn with_signature(&self, signature: Signature) -> Self {
        Self { signature, ..self.clone() }
    }

    /// What another failure shows, in place of this one.
    pub(super) fn of(&self, found: &Finding) -> Self {
        Self {
            signature: found.signature,
            panic_site: found.panic_site.clone(),
            ..self.with(Likeness::Same)
        }
    }

    /// The same without faults, if it takes one.
    pub(super) fn in_peace(&self) -> Option<Self> {
        let mut signature = self.signature;
        if !signature.situation.facts.intersects(Facts::FAULTS) {
            return None;
        }
        signature.situation.facts -= Facts::FAULTS;
        let asked = Likeness::Asked(signature.operation);
        Some(Self { signature, ..self.with(asked) })
    }

    pub(super) fn counts(&self, other: &Disagreement) -> bool {
        let same_panic = || self.panic_site.is_some() && self.panic_site == other.panic_site();
        let panicked = other.panic_site().is_some();
        // What takes a fault is not what shows without one.
        let takes_fault =
            |signature: Signature| signature.situation.facts.intersects(Facts::FAULTS);
        if takes_fault(self.signature) && !takes_fault(other.signature) {
            return false;
        }
        match self.likeness {
            Likeness::Same => self.signature == other.signature && (!panicked || same_panic()),
            Likeness::SameQuestion if panicked => {
                self.signature.operation == other.signature.operation && same_panic()
            }
            Likeness::SameOverlap if panicked => same_panic(),
            Likeness::SameQuestion => is_like(other.signature, self.signature),
            // What was asked beside may be something else in a smaller plan.
            Likeness::SameOverlap => {
                let ((asked, _, harm), (like, _, same)) =
                    (overlap(other.signature), overlap(self.signature));
                (asked, harm) == (like, same)
            }
            Likeness::WrongValue => is_wrong_value(other.signature),
            Likeness::Asked(kind) => other.signature.operation == kind,
            Likeness::Panic => other.signature.mismatch == MismatchKind::Panicked,
            Likeness::StandIn(kind) => {
                let misses = stands_for(other.signature, self.signature);
                other.signature.operation == kind
                    && (other.is_divergence()
                        || is_wrong_value(other.signature)
                        || misses && (!panicked || same_panic()))
            }
        }
    }
}
