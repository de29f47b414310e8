//! Deeds: what an operation does to the few keys that are looked at together.

use bytes::Bytes;

use crate::contract::mismatch::{Mismatch, MismatchKind};
use crate::contract::outcome::Outcome;
use crate::plan::names::{KeyId, Names};
use crate::plan::operation::Operation;
use crate::store_model::store_model::StoreModel;
use crate::store_model::world::World;

/// What happens at one moment.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// An operation on these keys, and its answer.
    Ask { operation: Operation, outcome: Outcome },
    /// A write that happened or did not.
    Perhaps { operation: Operation },
    /// A key is erased, if it is there; perhaps not, if that is not sure.
    Gone { key: KeyId, is_sure: bool },
    /// A key is there or is not; the mismatch if that is wrong.
    Lives { key: KeyId, is_live: bool, otherwise: Mismatch },
    /// A key has a value of this length, or none.
    Measures { key: KeyId, length: Option<u64> },
    /// The value of a key is read, to be given later.
    Take { key: KeyId },
    /// What was taken is written, as the operation has it; perhaps, if it was not answered.
    Give { source: KeyId, target: KeyId, operation: Operation, outcome: Option<Outcome> },
    /// The source of a rename is erased, if its value was given; perhaps not, if that is not sure.
    Leave { key: KeyId, is_sure: bool },
}

/// What a call carries from one deed to the next: nothing yet or any more, or a value or none.
pub(super) type Carried = Option<Option<Bytes>>;

impl Deed {
    /// Whether it may change what the store holds.
    pub(super) fn writes(&self) -> bool {
        match self {
            Self::Ask { operation, outcome } => {
                operation.is_write() && !matches!(outcome, Outcome::Truth(false))
            }
            Self::Perhaps { .. } | Self::Gone { .. } | Self::Give { .. } | Self::Leave { .. } => {
                true
            }
            Self::Lives { .. } | Self::Measures { .. } | Self::Take { .. } => false,
        }
    }

    /// Whether the store says that the write is done.
    pub(super) fn is_acknowledged(&self) -> bool {
        match self {
            Self::Ask { outcome, .. } | Self::Give { outcome: Some(outcome), .. } => {
                !matches!(outcome, Outcome::Refused(_))
            }
            Self::Gone { is_sure, .. } => *is_sure,
            _ => false,
        }
    }

    /// What is left of it if its answer is wrong: a write that may have happened, and no read.
    pub(super) fn in_doubt(&self) -> Option<Self> {
        match self {
            Self::Ask { operation, .. } if operation.is_write() => {
                Some(Self::Perhaps { operation: operation.clone() })
            }
            Self::Gone { key, .. } => Some(Self::Gone { key: *key, is_sure: false }),
            Self::Give { source, target, operation, .. } => Some(Self::Give {
                source: *source,
                target: *target,
                operation: operation.clone(),
                outcome: None,
            }),
            Self::Perhaps { .. } | Self::Take { .. } | Self::Leave { .. } => Some(self.clone()),
            Self::Ask { .. } | Self::Lives { .. } | Self::Measures { .. } => None,
        }
    }

    /// Whether the value of its key is known afterwards, whatever was there.
    pub(super) fn settles(&self) -> bool {
        match self {
            Self::Ask { operation, outcome } => {
                matches!(operation, Operation::Set { .. } | Operation::Erase { .. })
                    && *outcome == Outcome::Done
            }
            Self::Gone { is_sure, .. } | Self::Leave { is_sure, .. } => *is_sure,
            _ => false,
        }
    }

    /// Whether the model knows better than to judge it while the value of a key is a guess.
    pub(super) fn looks_inside(&self) -> bool {
        let Self::Ask { operation, .. } = self else { return false };
        matches!(
            operation,
            Operation::GetPartial { .. }
                | Operation::GetPartialMany { .. }
                | Operation::SetPartial { .. }
                | Operation::SetPartialMany { .. }
        )
    }

    /// The keys that it is about.
    pub(super) fn keys(&self) -> Vec<KeyId> {
        match self {
            Self::Ask { operation, .. } | Self::Perhaps { operation } => operation.keys().collect(),
            Self::Gone { key, .. }
            | Self::Lives { key, .. }
            | Self::Measures { key, .. }
            | Self::Take { key }
            | Self::Leave { key, .. } => vec![*key],
            Self::Give { source, target, .. } => vec![*source, *target],
        }
    }

    /// The same deed over another table.
    pub(super) fn moved(&self, from: &Names, to: &Names) -> Self {
        let moved = |key: &KeyId| {
            let found = to.find_key(from.key(*key).as_str());
            found.expect("the table holds every key that is looked at")
        };
        let mut deed = self.clone();
        match &mut deed {
            Self::Ask { operation, .. } | Self::Perhaps { operation } => {
                *operation = operation.moved(from, to);
            }
            Self::Gone { key, .. }
            | Self::Lives { key, .. }
            | Self::Measures { key, .. }
            | Self::Take { key }
            | Self::Leave { key, .. } => *key = moved(key),
            Self::Give { source, target, operation, .. } => {
                (*source, *target) = (moved(source), moved(target));
                *operation = operation.moved(from, to);
            }
        }
        deed
    }

    /// What a store that holds `world` may hold after it, and what its call carries then.
    ///
    /// # Errors
    ///
    /// Returns how it misses what is allowed in that world.
    pub(super) fn done(
        &self,
        model: &StoreModel,
        world: &World,
        carried: &Carried,
    ) -> Result<Vec<(World, Carried)>, Mismatch> {
        let with = |worlds: Vec<World>, carried: &Carried| {
            worlds.into_iter().map(|world| (world, carried.clone())).collect()
        };
        match self {
            Self::Take { key } => Ok(vec![(world.clone(), Some(world.value(*key).cloned()))]),
            Self::Give { source, target, operation, outcome } => {
                let Some(value) = carried else { return Ok(vec![(world.clone(), None)]) };
                let mut then = world.clone();
                then.put(*source, value.clone());
                let given = |then: World| {
                    let mut world = world.clone();
                    world.put(*target, then.value(*target).cloned());
                    (world, carried.clone())
                };
                let Some(outcome) = outcome else {
                    let mut ways = model.perhaps_after(&then, operation);
                    ways.retain(|way| *way != then);
                    let not_given = (world.clone(), None);
                    return Ok(std::iter::once(not_given)
                        .chain(ways.into_iter().map(given))
                        .collect());
                };
                let ways = model.worlds_after(&then, operation, outcome)?;
                Ok(ways.into_iter().map(given).collect())
            }
            Self::Leave { key, is_sure } => {
                let stays = || (world.clone(), None);
                if carried.is_none() {
                    return Ok(vec![stays()]);
                }
                let mut left = world.clone();
                left.erase(*key);
                let left = std::iter::once((left, None));
                Ok(left.chain((!is_sure).then(stays)).collect())
            }
            _ => Ok(with(self.at_once(model, world)?, carried)),
        }
    }

    /// What a store that holds `world` may hold if all of the operation happens at once.
    ///
    /// # Errors
    ///
    /// Returns how it misses what is allowed in that world.
    pub(super) fn at_once(
        &self,
        model: &StoreModel,
        world: &World,
    ) -> Result<Vec<World>, Mismatch> {
        let holds = |right: bool, otherwise: &Mismatch| {
            if right { Ok(vec![world.clone()]) } else { Err(otherwise.clone()) }
        };
        match self {
            Self::Ask { operation, outcome } => model.worlds_after(world, operation, outcome),
            Self::Perhaps { operation } => Ok(model.perhaps_after(world, operation)),
            Self::Gone { key, is_sure } | Self::Leave { key, is_sure } => {
                let mut gone = world.clone();
                gone.erase(*key);
                Ok(if *is_sure { vec![gone] } else { vec![world.clone(), gone] })
            }
            Self::Lives { key, is_live, otherwise } => {
                holds(world.value(*key).is_some() == *is_live, otherwise)
            }
            Self::Measures { key, length } => {
                let right = world.value(*key).map(|value| value.len() as u64) == *length;
                holds(right, &Mismatch { kind: MismatchKind::SizeTooSmall, offender: None })
            }
            Self::Give { operation, outcome: Some(outcome), .. } => {
                model.worlds_after(world, operation, outcome)
            }
            Self::Give { operation, outcome: None, .. } => {
                Ok(model.perhaps_after(world, operation))
            }
            Self::Take { .. } => Ok(Vec::new()),
        }
    }
}
