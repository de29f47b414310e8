//! `ReferenceModel`: the model that an adapter's stores are held against.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::contract::capabilities::Capabilities;
use crate::contract::clause::Clause;
use crate::contract::declaration::Declaration;
use crate::contract::dialect::Dialect;
use crate::contract::expected::Expected;
use crate::contract::mismatch::Mismatch;
use crate::contract::outcome::Outcome;
use crate::contract::signature::Situation;
use crate::hierarchy_model::hierarchy_model::HierarchyModel;
use crate::model::Model;
use crate::plan::fault::Fault;
use crate::plan::names::{KeyId, Names};
use crate::plan::operation::Operation;
use crate::store_model::store_model::StoreModel;

/// The model that a store is held against: that of a store, that of an array library over one, or
/// somebody's own.
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
/// let model = ReferenceModel::new(names, capabilities);
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
    /// Somebody's own; see [`other`](Self::other).
    Other(OtherModel),
}

/// The same of any model.
macro_rules! any {
    ($self:expr, $model:ident => $answer:expr) => {
        match $self {
            ReferenceModel::Store($model) => $answer,
            ReferenceModel::Hierarchy($model) => $answer,
            ReferenceModel::Other(OtherModel($model)) => $answer,
        }
    };
}

impl ReferenceModel {
    /// The model of an empty store.
    #[must_use]
    pub fn new(names: Arc<Names>, declared: impl Into<Declaration>) -> Self {
        let declared = declared.into();
        if declared.capabilities.nodes {
            Self::Hierarchy(HierarchyModel::new(names, declared))
        } else {
            Self::Store(StoreModel::new(names, declared))
        }
    }

    /// A model of your own.
    #[must_use]
    pub fn other(model: impl Model + Clone + fmt::Debug + Send + Sync + 'static) -> Self {
        Self::Other(OtherModel(Box::new(model)))
    }
}

/// A model that is neither of the two, in a [`ReferenceModel`].
#[derive(Clone, Debug)]
pub struct OtherModel(Box<dyn Whole>);

/// What a model has to be, behind a pointer.
trait Whole: Model + fmt::Debug + Send + Sync {
    fn cloned(&self) -> Box<dyn Whole>;
}

impl<M: Model + Clone + fmt::Debug + Send + Sync + 'static> Whole for M {
    fn cloned(&self) -> Box<dyn Whole> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Whole> {
    fn clone(&self) -> Self {
        (**self).cloned()
    }
}

impl Model for ReferenceModel {
    fn names(&self) -> &Arc<Names> {
        any!(self, model => model.names())
    }

    fn capabilities(&self) -> &Capabilities {
        any!(self, model => model.capabilities())
    }

    fn dialect(&self) -> &Dialect {
        any!(self, model => model.dialect())
    }

    fn expect(&self, operation: &Operation) -> Expected<'_> {
        any!(self, model => model.expect(operation))
    }

    fn settle(&mut self, operation: &Operation, outcome: &Outcome) -> Option<Clause> {
        any!(self, model => model.settle(operation, outcome))
    }

    fn advance(&mut self, operation: &Operation, outcome: &Outcome) {
        any!(self, model => model.advance(operation, outcome));
    }

    fn expect_during(&self, operation: &Operation, fault: Fault) -> Expected<'_> {
        any!(self, model => model.expect_during(operation, fault))
    }

    fn advance_after(
        &mut self,
        operation: &Operation,
        fault: Fault,
        outcome: &Outcome,
        earlier: &mut dyn Iterator<Item = &Operation>,
    ) {
        any!(self, model => model.advance_after(operation, fault, outcome, earlier));
    }

    fn predict(&mut self, operation: &Operation) {
        any!(self, model => model.predict(operation));
    }

    fn possibilities(&self) -> usize {
        any!(self, model => model.possibilities())
    }

    fn is_open(&self) -> bool {
        any!(self, model => model.is_open())
    }

    fn situation(&self, operation: &Operation, mismatch: &Mismatch) -> Situation {
        any!(self, model => model.situation(operation, mismatch))
    }

    fn live_keys(&self) -> Vec<KeyId> {
        any!(self, model => model.live_keys())
    }

    fn live_count(&self) -> usize {
        any!(self, model => model.live_count())
    }

    fn value(&self, key: KeyId) -> Option<&Bytes> {
        any!(self, model => model.value(key))
    }

    fn is_erased(&self, key: KeyId) -> bool {
        any!(self, model => model.is_erased(key))
    }
}
