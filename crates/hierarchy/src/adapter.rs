//! `Hierarchy`: an adapter whose stores answer questions about groups and arrays as well.
//!
//! A library is an adapter over an adapter: it answers operations on nodes, and passes the others
//! on to the store below. So campaigns, shrinking, known issues, replays and calibration are the
//! same code for both machines. A bug can be planted below the library or in it, and the library
//! sits on any store under test, asynchronous and faulty ones too. What is asked and what is right
//! follow from the dialect's capability `nodes` alone.

use std::path::Path;
use std::sync::Arc;

use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{Capabilities, Dialect, Names, Operation, Outcome};
use zarr_conform_store::{Adapter, Callers, Layered, OpenError, Shim, StoreUnderTest, Trace, Way};

use crate::library::{ArrayLibrary, Zarrs};

/// Opens the stores of another adapter, with an array library over each.
///
/// It has the name of the other adapter, and its dialect with
/// [`Capabilities::nodes`](zarr_conform_model::Capabilities::nodes).
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use zarr_conform_hierarchy::Hierarchy;
/// use zarr_conform_memory::MemoryAdapter;
/// use zarr_conform_store::Adapter;
///
/// let hierarchy = Hierarchy::over(Arc::new(MemoryAdapter::asynchronous()));
/// assert_eq!(hierarchy.name(), "memory:async");
/// assert!(hierarchy.capabilities().nodes);
/// ```
#[derive(Clone)]
pub struct Hierarchy {
    adapter: Arc<dyn Adapter>,
    library: Arc<dyn ArrayLibrary>,
    known_issues: String,
}

impl Hierarchy {
    /// [`Zarrs`] over the stores of `adapter`, with what is known to be wrong with it on any store.
    #[must_use]
    pub fn over(adapter: Arc<dyn Adapter>) -> Self {
        let known_issues = include_str!("../known_issues.toml").to_owned();
        Self::with_library(adapter, Arc::new(Zarrs::new())).with_known_issues(known_issues)
    }

    /// Any library over the stores of `adapter`.
    #[must_use]
    pub fn with_library(adapter: Arc<dyn Adapter>, library: Arc<dyn ArrayLibrary>) -> Self {
        let known_issues = adapter.known_issues().to_owned();
        Self { adapter, library, known_issues }
    }

    /// The disagreements of the library that are known, in the TOML form of
    /// [`Adapter::known_issues`]; those of the other adapter are known in any case, since they show
    /// through the library.
    #[must_use]
    pub fn with_known_issues(mut self, known_issues: String) -> Self {
        self.known_issues = format!("{known_issues}\n{}", self.adapter.known_issues());
        self
    }

    fn open_over(&self, shim: Shim) -> Box<dyn StoreUnderTest> {
        Box::new(Open { shim: Arc::new(shim), library: Arc::clone(&self.library) })
    }

    fn shim(&self) -> Result<Shim, OpenError> {
        Ok(Shim::new(self.adapter.open()?, &self.capabilities()))
    }
}

impl Adapter for Hierarchy {
    fn name(&self) -> &str {
        self.adapter.name()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { nodes: true, ..self.adapter.capabilities() }
    }

    fn dialect(&self) -> Dialect {
        Dialect { empty_chunks: self.library.keeps_empty_chunks(), ..self.adapter.dialect() }
    }

    fn tested(&self) -> &[(&'static str, &'static str)] {
        self.adapter.tested()
    }

    fn known_issues(&self) -> &str {
        &self.known_issues
    }

    fn layered(&self) -> Option<&dyn Layered> {
        Some(self)
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(self.open_over(self.shim()?))
    }
}

impl Layered for Hierarchy {
    fn below(&self) -> &Arc<dyn Adapter> {
        &self.adapter
    }

    fn over(&self, below: Arc<dyn Adapter>) -> Arc<dyn Adapter> {
        Arc::new(Self::with_library(below, Arc::clone(&self.library)))
    }

    fn open_traced(&self, trace: Arc<Trace>) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(self.open_over(self.shim()?.traced(trace)))
    }
}

/// One store, and the library over it.
struct Open {
    shim: Arc<Shim>,
    library: Arc<dyn ArrayLibrary>,
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl StoreUnderTest for Open {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let Operation::Node(operation) = operation else {
            return self.shim.answer(names, operation);
        };
        let answer = self.library.act(&self.shim, names, operation);
        answer.unwrap_or_else(Outcome::Refused)
    }

    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        let _ = way;
        self.answer(names, operation)
    }

    fn place(&self) -> Option<&Path> {
        None
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        // The library is asked by one caller at a time.
        None
    }

    fn close(self: Box<Self>) -> Outcome {
        drop(self);
        Outcome::Done
    }

    fn traffic(&self) -> Option<Traffic> {
        self.shim.traffic()
    }
}
