//! The adapter of a store with a planted bug.

use std::sync::Arc;

use zarr_conform_model::{Capabilities, Dialect, Names, ReferenceModel};
use zarr_conform_store::{Adapter, OpenError, StoreUnderTest};

use crate::mutant::Mutant;

/// An adapter whose stores have a planted bug: named `memory+M14` over `memory`, and else alike.
///
/// If the stores are a library over others, the bug is in those, unless it is one of libraries.
pub struct Planted {
    adapter: Arc<dyn Adapter>,
    mutant: Mutant,
    name: String,
}

impl Planted {
    /// Plants a bug in the stores of an adapter.
    #[must_use]
    pub fn new(adapter: Arc<dyn Adapter>, mutant: Mutant) -> Self {
        let name = format!("{}+{}", adapter.name(), mutant.id());
        Self { adapter, mutant, name }
    }
}

impl Adapter for Planted {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        self.adapter.capabilities()
    }

    /// That of the stores without the bug, with transient errors if the bug is one of injected
    /// errors.
    fn dialect(&self) -> Dialect {
        let dialect = self.adapter.dialect();
        let injected = self.mutant.injects_errors();
        Dialect { transient_errors: dialect.transient_errors || injected, ..dialect }
    }

    fn model(&self, names: &Arc<Names>) -> Option<ReferenceModel> {
        self.adapter.model(names)
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        match self.adapter.layered().filter(|_| !self.mutant.is_in_library()) {
            Some(layered) => {
                let below = Self::new(Arc::clone(layered.below()), self.mutant);
                layered.over(Arc::new(below)).open()
            }
            None => self.adapter.open().map(|store| self.mutant.plant(store)),
        }
    }
}
