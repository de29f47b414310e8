//! What each call of a history is for each key, and what is to be said of it as a whole.

use crate::contract::mismatch::{Mismatch, MismatchKind};
use crate::contract::outcome::Outcome;
use crate::contract::overlap::PartialWrites;
use crate::history::deed::Deed;
use crate::model::Model;
use crate::plan::names::{KeyId, PrefixId};
use crate::plan::operation::Operation;
use crate::plan::operation_kind::Effect;
use crate::store_model::store_model::StoreModel;

/// What one call is, key by key.
#[derive(Debug, Default)]
pub(super) struct Projection {
    /// What happened, each deed after those before it if they are of one key or carry a value.
    pub(super) deeds: Vec<Deed>,
    /// Whether a deed comes after the one before it.
    pub(super) in_order: bool,
    /// Of each of these, one at least must be so.
    pub(super) choices: Vec<Choice>,
    /// The keys whose lengths sum up to this.
    pub(super) sum: Option<(Vec<KeyId>, u64)>,
    /// What is wrong whatever the keys held: the mismatch, and what was wanted.
    pub(super) wrong: Option<(Mismatch, String)>,
}

/// Deeds of which one must have happened.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) options: Vec<Deed>,
    pub(super) otherwise: Mismatch,
}

impl Projection {
    /// The keys of which something is asked, more than once perhaps.
    pub(super) fn keys(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.deeds.iter().flat_map(Deed::keys).chain(self.asked_together())
    }

    /// The keys of which something is asked together with others.
    pub(super) fn asked_together(&self) -> impl Iterator<Item = KeyId> + '_ {
        let options = self.choices.iter().flat_map(|choice| &choice.options);
        let summed = self.sum.iter().flat_map(|(keys, _)| keys.iter().copied());
        options.flat_map(Deed::keys).chain(summed)
    }
}

/// Projects calls of one history.
#[derive(Clone, Copy)]
pub(super) struct Projector<'a> {
    pub(super) model: &'a StoreModel,
    pub(super) partial_writes: PartialWrites,
}

impl Projector<'_> {
    /// What a call is; of one that never returned, there is no outcome.
    #[deny(clippy::wildcard_enum_match_arm, reason = "a new operation has to be thought of")]
    pub(super) fn project(self, operation: &Operation, outcome: Option<&Outcome>) -> Projection {
        let mut projection = Projection::default();
        let outcome = match outcome {
            Some(failure) if is_failure(failure) => {
                projection.wrong = wrong(self.model, operation, failure);
                None
            }
            outcome => outcome,
        };
        match operation {
            Operation::Get { .. }
            | Operation::GetPartial { .. }
            | Operation::GetPartialMany { .. }
            | Operation::SizeKey { .. }
            | Operation::Exists { .. }
            | Operation::Set { .. }
            | Operation::SetIfAbsent { .. }
            | Operation::Erase { .. } => projection.deeds.extend(alone(operation, outcome)),
            Operation::SetPartial { key, .. } | Operation::SetPartialMany { key, .. } => {
                if self.partial_writes == PartialWrites::Kept {
                    projection.deeds.extend(alone(operation, outcome));
                } else {
                    self.carry(operation, [*key, *key], outcome, &mut projection);
                }
            }
            Operation::Copy { keys } | Operation::Rename { keys } => {
                self.carry(operation, *keys, outcome, &mut projection);
            }
            Operation::GetMany { .. } => self.read_many(operation, outcome, &mut projection),
            Operation::EraseMany { .. } | Operation::ErasePrefix { .. } | Operation::Clear => {
                self.erase_many(operation, outcome, &mut projection);
            }
            Operation::List
            | Operation::ListPrefix { .. }
            | Operation::ListDir { .. }
            | Operation::IsEmpty { .. }
            | Operation::SizePrefix { .. }
            | Operation::Size => self.list(operation, outcome, &mut projection),
            Operation::Reopen | Operation::Audit | Operation::Close | Operation::Node(_) => {
                if let Some(outcome) = outcome {
                    projection.wrong = wrong(self.model, operation, outcome);
                }
            }
        }
        projection
    }

    /// A write of what was read before: of a copy, and of a partial write that is none.
    fn carry(
        self,
        operation: &Operation,
        [source, target]: [KeyId; 2],
        outcome: Option<&Outcome>,
        projection: &mut Projection,
    ) {
        // An error that leaves open what happened says no more than no answer.
        let outcome = outcome.filter(|outcome| !self.model.leaves_open(operation, outcome));
        let is_done = outcome.is_none_or(|outcome| *outcome == Outcome::Done);
        let is_itself = operation.kind().effect() == Effect::Copies && source == target;
        if !is_done || is_itself {
            projection.deeds.extend(alone(operation, outcome));
            return;
        }
        projection.in_order = true;
        let is_sure = outcome.is_some();
        let (operation, outcome) = (operation.clone(), outcome.cloned());
        let leave = matches!(operation, Operation::Rename { .. });
        projection.deeds.push(Deed::Take { key: source });
        projection.deeds.push(Deed::Give { source, target, operation, outcome });
        projection.deeds.extend(leave.then_some(Deed::Leave { key: source, is_sure }));
    }

    fn read_many(
        self,
        operation: &Operation,
        outcome: Option<&Outcome>,
        projection: &mut Projection,
    ) {
        let Operation::GetMany { parts } = operation else { return };
        let read = |part, outcome| Deed::Ask { operation: Operation::of_part(part), outcome };
        match outcome {
            None => {}
            Some(Outcome::Values(values)) if values.len() == parts.len() => {
                let outcomes = values.iter().map(|value| match value {
                    Ok(Some(value)) => Outcome::Value(value.clone()),
                    Ok(None) => Outcome::Absent,
                    Err(refusal) => Outcome::Refused(refusal.clone()),
                });
                projection
                    .deeds
                    .extend(parts.iter().zip(outcomes).map(|(part, outcome)| read(part, outcome)));
            }
            Some(outcome @ Outcome::Refused(_)) if !parts.is_empty() => {
                let options = parts.iter().map(|part| read(part, outcome.clone())).collect();
                projection.choices.push(Choice { options, otherwise: error() });
            }
            Some(outcome) => projection.wrong = wrong(self.model, operation, outcome),
        }
    }

    fn erase_many(
        self,
        operation: &Operation,
        outcome: Option<&Outcome>,
        projection: &mut Projection,
    ) {
        let keys = self.keys_of(operation);
        let gone = |is_sure| keys.iter().map(move |key| Deed::Gone { key: *key, is_sure });
        let Some(outcome) = outcome else {
            projection.deeds.extend(gone(false));
            return;
        };
        if matches!(outcome, Outcome::Refused(_)) {
            let wrong = self.wrong_of_all(operation, outcome);
            if wrong.is_some() && !self.is_right_of_nothing(operation, outcome, projection) {
                projection.wrong = wrong;
            }
            if projection.wrong.is_some() || self.model.leaves_open(operation, outcome) {
                projection.deeds.extend(gone(false));
            }
            return;
        }
        let is_done = *outcome == Outcome::Done;
        projection.wrong = self.wrong_of_all(operation, outcome);
        projection.deeds.extend(gone(is_done && projection.wrong.is_none()));
    }

    /// The keys that an operation is about that may be about many, each once and in byte order.
    pub(super) fn keys_of(self, operation: &Operation) -> Vec<KeyId> {
        let names = self.model.names();
        let below = |prefix: PrefixId| names.below_prefix(prefix).map(|at| names.key_at(at));
        match operation.prefix() {
            Some(prefix) => below(prefix).collect(),
            None if operation.keys().next().is_none()
                && !matches!(operation, Operation::EraseMany { .. }) =>
            {
                names.keys().collect()
            }
            None => {
                let mut keys: Vec<KeyId> = operation.keys().collect();
                keys.sort_unstable();
                keys.dedup();
                keys
            }
        }
    }

    /// How an outcome misses what is right of a store that holds every key.
    pub(super) fn wrong_of_all(
        self,
        operation: &Operation,
        outcome: &Outcome,
    ) -> Option<(Mismatch, String)> {
        wrong(&self.model.holding(self.model.names().keys()), operation, outcome)
    }

    /// Whether an error is right if nothing is there, and that it then must have been so.
    pub(super) fn is_right_of_nothing(
        self,
        operation: &Operation,
        outcome: &Outcome,
        projection: &mut Projection,
    ) -> bool {
        if self.wrong_of_all(operation, outcome).is_none()
            || wrong(&self.model.holding([]), operation, outcome).is_some()
        {
            return false;
        }
        let absent = self.keys_of(operation).into_iter().map(|key| Deed::Lives {
            key,
            is_live: false,
            otherwise: error(),
        });
        if matches!(operation, Operation::EraseMany { .. }) {
            projection.choices.push(Choice { options: absent.collect(), otherwise: error() });
        } else {
            projection.deeds.extend(absent);
        }
        true
    }
}

const fn error() -> Mismatch {
    Mismatch { kind: MismatchKind::ErrorForAnswer, offender: None }
}

/// Whether it is no answer at all, whatever was asked.
pub(super) const fn is_failure(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Panicked(_)
        | Outcome::TimedOut
        | Outcome::Died(_)
        | Outcome::LeftBehind(_)
        | Outcome::Overlong { .. }
        | Outcome::StillAsking(_)
        | Outcome::Diverged(_) => true,
        Outcome::Done
        | Outcome::Absent
        | Outcome::Value(_)
        | Outcome::Values(_)
        | Outcome::Keys(_)
        | Outcome::Directory { .. }
        | Outcome::Size(_)
        | Outcome::Truth(_)
        | Outcome::Elements(_)
        | Outcome::Nodes(_)
        | Outcome::Document(_)
        | Outcome::Refused(_) => false,
    }
}

/// An operation on one key: with its answer, or as one that may have happened.
fn alone(operation: &Operation, outcome: Option<&Outcome>) -> Option<Deed> {
    let operation = operation.clone();
    match outcome {
        Some(outcome) => Some(Deed::Ask { operation, outcome: outcome.clone() }),
        None => operation.is_write().then_some(Deed::Perhaps { operation }),
    }
}

/// How the outcome misses what this model expects.
pub(super) fn wrong(
    model: &StoreModel,
    operation: &Operation,
    outcome: &Outcome,
) -> Option<(Mismatch, String)> {
    let expected = model.expect(operation);
    let mismatch = expected.judge(outcome).err()?;
    Some((mismatch, expected.to_string()))
}
