//! `OnService`: a store under test, and the requests that it makes to the service below.

use std::path::Path;

use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{Names, Operation, Outcome};

use crate::port::{Callers, Handle, OpenError, StoreUnderTest, Way};
use crate::requests::Requests;
use crate::turns::{Chooser, TurnsEnd};

/// A store whose client asks [`Requests`] before each request, so that they can be made to go wrong.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use zarr_conform_store::{OnService, Requests, ZarrsStore};
/// use zarrs_storage::store::MemoryStore;
///
/// let requests = Requests::default();
/// // Your own store, whose client has a clone of `requests`.
/// let store = ZarrsStore::of(Arc::new(MemoryStore::new()));
/// let store = OnService::new(store, requests);
/// ```
#[derive(Debug)]
pub struct OnService<S> {
    store: S,
    requests: Requests,
}

impl<S> OnService<S> {
    /// A store, and what its client asks.
    pub const fn new(store: S, requests: Requests) -> Self {
        Self { store, requests }
    }

    /// Another store in place of this one.
    pub fn map<T>(self, change: impl FnOnce(S) -> T) -> OnService<T> {
        OnService { store: change(self.store), requests: self.requests }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl<S: StoreUnderTest> StoreUnderTest for OnService<S> {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.store.answer(names, operation)
    }

    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        self.requests.on_way(way, || self.store.answer(names, operation))
    }

    fn place(&self) -> Option<&Path> {
        self.store.place()
    }

    fn close(self: Box<Self>) -> Outcome {
        Box::new(self.store).close()
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        Some(self)
    }

    fn traffic(&self) -> Option<Traffic> {
        self.store.traffic()
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl<S: StoreUnderTest> Callers for OnService<S> {
    fn share(&mut self) -> Option<Handle> {
        self.store.callers()?.share()
    }

    fn open_second(&mut self) -> Result<Option<Box<dyn StoreUnderTest>>, OpenError> {
        self.store.callers().map_or(Ok(None), Callers::open_second)
    }

    fn answer_in_turns(
        &mut self,
        names: &Names,
        callers: &[Vec<Operation>],
        chooser: &mut dyn Chooser,
    ) -> Option<TurnsEnd> {
        let requests = self.requests.clone();
        let store = self.store.callers()?;
        requests.in_turns(|| store.answer_in_turns(names, callers, chooser))
    }
}
