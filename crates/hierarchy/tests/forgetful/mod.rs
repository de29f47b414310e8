//! A library with a fault.

use std::sync::Arc;

use zarr_conform_hierarchy::{ArrayLibrary, Bridge, Zarrs};
use zarr_conform_model::{Names, NodeAction, NodeOperation, Outcome, Refusal};

/// Erases nothing, and says that it did.
pub(crate) struct Forgetful(pub(crate) Zarrs);

impl ArrayLibrary for Forgetful {
    fn act(
        &self,
        store: &Arc<Bridge>,
        names: &Names,
        operation: &NodeOperation,
    ) -> Result<Outcome, Refusal> {
        match &*operation.action {
            NodeAction::EraseChunk { .. } => Ok(Outcome::Done),
            _ => self.0.act(store, names, operation),
        }
    }
}
