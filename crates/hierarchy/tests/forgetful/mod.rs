//! A library with a fault.

use std::sync::Arc;

use zarr_conform_hierarchy::{ArrayLibrary, Zarrs};
use zarr_conform_model::plan::{NodeAction, NodeOperation};
use zarr_conform_model::{Names, Outcome, Refusal};
use zarr_conform_store::Shim;

/// Erases nothing, and says that it did.
pub(crate) struct Forgetful(pub(crate) Zarrs);

impl ArrayLibrary for Forgetful {
    fn act(
        &self,
        store: &Arc<Shim>,
        names: &Names,
        operation: &NodeOperation,
    ) -> Result<Outcome, Refusal> {
        match &*operation.action {
            NodeAction::EraseChunk { .. } => Ok(Outcome::Done),
            _ => self.0.act(store, names, operation),
        }
    }
}
