//! Adapters made of a closure, or of another adapter with other declarations.

use std::sync::Arc;

use zarr_conform_model::{Capabilities, Declaration, Dialect, Names, ReferenceModel};
use zarr_conform_store::{
    Adapter, Contents, Layered, OnService, OpenError, Requests, StoreUnderTest,
};

use crate::play::panics;
use crate::play::watch::{Limits, guarded};
use crate::settings::{DEADLINE, MAX_ANSWER};

/// The capabilities of the first store that is opened; of one that does not open, those of most
/// stores, since the campaign says what became of it.
pub(crate) fn capabilities_of(
    open: impl FnOnce() -> Capabilities + Send + 'static,
) -> Capabilities {
    let opened = guarded(&Limits::new(DEADLINE, MAX_ANSWER), |_| {
        panics::hush();
        panics::catch(open).unwrap_or(Capabilities::ZARRS)
    });
    opened.unwrap_or(Capabilities::ZARRS)
}

/// An adapter made of a closure.
pub(crate) struct Opener {
    open: Box<dyn Fn() -> Result<Box<dyn StoreUnderTest>, OpenError> + Send + Sync>,
    capabilities: Capabilities,
    injects: bool,
}

impl Opener {
    /// An adapter of what the closure opens.
    pub(crate) fn new<S: StoreUnderTest + 'static>(
        capabilities: Capabilities,
        open: impl Fn() -> Result<S, OpenError> + Send + Sync + 'static,
    ) -> Self {
        let open = Box::new(move || open().map(|store| Box::new(store) as Box<dyn StoreUnderTest>));
        Self { open, capabilities, injects: false }
    }

    /// An adapter of stores that make requests go wrong.
    pub(crate) fn on_services<S: StoreUnderTest + 'static>(
        capabilities: Capabilities,
        open: impl Fn(Requests) -> S + Send + Sync + 'static,
    ) -> Self {
        let opener = Self::new(capabilities, move || {
            let requests = Requests::default();
            Ok(OnService::new(open(requests.clone()), requests))
        });
        Self { injects: true, ..opener }
    }
}

impl Adapter for Opener {
    fn name(&self) -> &str {
        "the store"
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn dialect(&self) -> Dialect {
        Dialect::ZARRS
    }

    fn injects(&self) -> bool {
        self.injects
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        (self.open)()
    }
}

/// An adapter made of a closure that opens stores over contents.
pub(crate) struct OpenerOver {
    open: Box<dyn Fn(Contents) -> Box<dyn StoreUnderTest> + Send + Sync>,
    capabilities: Capabilities,
}

impl OpenerOver {
    /// An adapter of what the closure opens.
    pub(crate) fn new<S: StoreUnderTest + 'static>(
        capabilities: Capabilities,
        open: impl Fn(Contents) -> S + Send + Sync + 'static,
    ) -> Self {
        Self { open: Box::new(move |contents| Box::new(open(contents))), capabilities }
    }
}

impl Adapter for OpenerOver {
    fn name(&self) -> &str {
        "the store"
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.open_over(Contents::new())
    }

    fn open_over(&self, contents: Contents) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok((self.open)(contents))
    }
}

/// An adapter as if it declared something else, or were held against another model.
pub(crate) struct Redeclared {
    adapter: Arc<dyn Adapter>,
    /// What it declares, if that is something else.
    declared: Option<Declaration>,
    /// The model that its stores are held against, if that is another one.
    model: Option<Box<EmptyModel>>,
}

/// The model of an empty store over a table of names.
type EmptyModel = dyn Fn(Arc<Names>) -> ReferenceModel + Send + Sync;

impl Redeclared {
    /// The adapter as if it declared this.
    pub(crate) fn new(adapter: Arc<dyn Adapter>, declared: Declaration) -> Self {
        Self { adapter, declared: Some(declared), model: None }
    }

    /// The adapter as if its stores were what the model says.
    pub(crate) fn held_against(
        adapter: Arc<dyn Adapter>,
        model: impl Fn(Arc<Names>) -> ReferenceModel + Send + Sync + 'static,
    ) -> Self {
        Self { adapter, declared: None, model: Some(Box::new(model)) }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl Adapter for Redeclared {
    fn name(&self) -> &str {
        self.adapter.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.declared.map_or_else(|| self.adapter.capabilities(), |other| other.capabilities)
    }

    fn dialect(&self) -> Dialect {
        self.declared.map_or_else(|| self.adapter.dialect(), |other| other.dialect)
    }

    fn declared(&self) -> Declaration {
        self.declared.unwrap_or_else(|| self.adapter.declared())
    }

    fn model(&self, names: &Arc<Names>) -> Option<ReferenceModel> {
        match &self.model {
            Some(model) => Some(model(Arc::clone(names))),
            None => self.adapter.model(names),
        }
    }

    fn tested(&self) -> &[(&'static str, &'static str)] {
        self.adapter.tested()
    }

    fn known_issues(&self) -> &str {
        self.adapter.known_issues()
    }

    fn injects(&self) -> bool {
        self.adapter.injects()
    }

    fn known_fault_issues(&self) -> &str {
        self.adapter.known_fault_issues()
    }

    fn known_concurrent_issues(&self) -> &str {
        self.adapter.known_concurrent_issues()
    }

    fn layered(&self) -> Option<&dyn Layered> {
        self.adapter.layered()
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.adapter.open()
    }

    fn open_over(&self, contents: Contents) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.adapter.open_over(contents)
    }
}
