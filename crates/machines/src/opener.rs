//! Adapters made of a closure, or of another adapter with other declarations.

use std::sync::Arc;

use zarr_conform_model::{Dialect, Names, ReferenceModel};
use zarr_conform_store::{Adapter, Layered, OpenError, StoreUnderTest};

/// An adapter made of a closure.
pub(crate) struct Opener {
    open: Box<dyn Fn() -> Result<Box<dyn StoreUnderTest>, OpenError> + Send + Sync>,
    dialect: Dialect,
}

impl Opener {
    /// An adapter of what the closure opens.
    pub(crate) fn new<S: StoreUnderTest + 'static>(
        dialect: Dialect,
        open: impl Fn() -> Result<S, OpenError> + Send + Sync + 'static,
    ) -> Self {
        let open = Box::new(move || open().map(|store| Box::new(store) as Box<dyn StoreUnderTest>));
        Self { open, dialect }
    }
}

impl Adapter for Opener {
    fn name(&self) -> &str {
        "the store"
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        (self.open)()
    }
}

/// An adapter with another dialect than it declares.
pub(crate) struct Redeclared {
    adapter: Arc<dyn Adapter>,
    dialect: Dialect,
}

impl Redeclared {
    /// The adapter as if it declared this dialect.
    pub(crate) fn new(adapter: Arc<dyn Adapter>, dialect: Dialect) -> Self {
        Self { adapter, dialect }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl Adapter for Redeclared {
    fn name(&self) -> &str {
        self.adapter.name()
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn model(&self, names: &Arc<Names>) -> Option<ReferenceModel> {
        self.adapter.model(names)
    }

    fn known_issues(&self) -> &str {
        self.adapter.known_issues()
    }

    fn layered(&self) -> Option<&dyn Layered> {
        self.adapter.layered()
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.adapter.open()
    }
}

/// An adapter whose stores are held against another model.
pub(crate) struct HeldAgainst {
    adapter: Arc<dyn Adapter>,
    model: Box<dyn Fn(Arc<Names>) -> ReferenceModel + Send + Sync>,
}

impl HeldAgainst {
    /// The adapter as if its stores were what the model says.
    pub(crate) fn new(
        adapter: Arc<dyn Adapter>,
        model: impl Fn(Arc<Names>) -> ReferenceModel + Send + Sync + 'static,
    ) -> Self {
        Self { adapter, model: Box::new(model) }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl Adapter for HeldAgainst {
    fn name(&self) -> &str {
        self.adapter.name()
    }

    fn dialect(&self) -> Dialect {
        self.adapter.dialect()
    }

    fn model(&self, names: &Arc<Names>) -> Option<ReferenceModel> {
        Some((self.model)(Arc::clone(names)))
    }

    fn known_issues(&self) -> &str {
        self.adapter.known_issues()
    }

    fn layered(&self) -> Option<&dyn Layered> {
        self.adapter.layered()
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.adapter.open()
    }
}
