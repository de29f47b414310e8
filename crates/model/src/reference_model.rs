//! `ReferenceModel`: the model that an adapter's stores are held against.

use std::sync::Arc;

use bytes::Bytes;

use crate::contract::clause::Clause;
use crate::contract::dialect::Dialect;
use crate::contract::expected::Expected;
use crate::contract::mismatch::Mismatch;
use crate::contract::outcome::Outcome;
use crate::contract::signature::Situation;
use crate::hierarchy_model::hierarchy_model::HierarchyModel;
use crate::model::Model;
use crate::plan::names::{KeyId, Names};
use crate::plan::operation::Operation;
use crate::store_model::store_model::StoreModel;

/// Which of the two models a dialect asks for: that of a store, or that of an array library over
/// one.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Capabilities, Dialect, Plan, ReferenceModel};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let names = "list".parse::<Plan>()?.names().clone();
/// let model = ReferenceModel::new(names.clone(), Dialect::ZARRS);
/// assert!(matches!(model, ReferenceModel::Store(_)));
///
/// let capabilities = Capabilities { nodes: true, ..Capabilities::ZARRS };
/// let model = ReferenceModel::new(names, Dialect { capabilities, ..Dialect::ZARRS });
/// assert!(matches!(model, ReferenceModel::Hierarchy(_)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub enum ReferenceModel {
    /// Of a store alone.
    Store(StoreModel),
    /// Of an array library over a store.
    Hierarchy(HierarchyModel),
}

/// The same of either model.
macro_rules! either {
    ($self:expr, $model:ident => $answer:expr) => {
        match $self {
            ReferenceModel::Store($model) => $answer,
            ReferenceModel::Hierarchy($model) => $answer,
        }
    };
}

impl ReferenceModel {
    /// The model of an empty store.
    #[must_use]
    pub fn new(names: Arc<Names>, dialect: Dialect) -> Self {
        if dialect.capabilities.nodes {
            Self::Hierarchy(HierarchyModel::new(names, dialect))
        } else {
            Self::Store(StoreModel::new(names, dialect))
        }
    }

    /// What the store declares.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        either!(self, model => model.dialect())
    }

    /// Whether the contract leaves open what the store holds, after what it was asked.
    #[must_use]
    pub fn is_open(&self) -> bool {
        either!(self, model => model.is_open())
    }

    /// How many keys have a value.
    #[must_use]
    pub fn live_count(&self) -> usize {
        either!(self, model => model.live_count())
    }

    /// Moves on as if the first allowed outcome had been observed.
    pub fn predict(&mut self, operation: &Operation) {
        either!(self, model => model.predict(operation));
    }
}

impl Model for ReferenceModel {
    fn names(&self) -> &Arc<Names> {
        either!(self, model => model.names())
    }

    fn expect(&self, operation: &Operation) -> Expected<'_> {
        either!(self, model => model.expect(operation))
    }

    fn settle(&mut self, operation: &Operation, outcome: &Outcome) -> Option<Clause> {
        either!(self, model => model.settle(operation, outcome))
    }

    fn advance(&mut self, operation: &Operation, outcome: &Outcome) {
        either!(self, model => model.advance(operation, outcome));
    }

    fn situation(&self, operation: &Operation, mismatch: &Mismatch) -> Situation {
        either!(self, model => model.situation(operation, mismatch))
    }

    fn live_keys(&self) -> Vec<KeyId> {
        either!(self, model => model.live_keys())
    }

    fn value(&self, key: KeyId) -> Option<&Bytes> {
        either!(self, model => model.value(key))
    }

    fn is_erased(&self, key: KeyId) -> bool {
        either!(self, model => model.is_erased(key))
    }
}
