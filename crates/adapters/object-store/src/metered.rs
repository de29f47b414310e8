//! How objects become a store under test: their requests are counted, and go wrong as somebody says.

use std::sync::Arc;

use object_store::ObjectStore;
use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{Names, Operation, Outcome};
use zarr_conform_store::{
    AnyRuntime, AsyncStore, Callers, Handle, OnService, Requests, StoreUnderTest,
};
use zarrs_object_store::AsyncObjectStore;

use crate::errors::classify_object_store;
use crate::meter::{Counted, Meter};
use crate::objects::Objects;
use crate::unreliable::Unreliable;

/// A store under test over objects, and what it asks of them.
pub(crate) struct Metered {
    store: AsyncStore<AnyRuntime>,
    meter: Arc<Meter>,
    /// Where callers at the same time ask, if that is elsewhere.
    parallel: Option<AnyRuntime>,
}

impl Metered {
    /// The same store, whose callers at the same time ask there.
    pub(crate) fn shared_on(self, parallel: AnyRuntime) -> Self {
        Self { parallel: Some(parallel), ..self }
    }
}

impl StoreUnderTest for Metered {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.store.answer(names, operation)
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        if self.parallel.is_some() { Some(self) } else { self.store.callers() }
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.meter.traffic())
    }
}

impl Callers for Metered {
    fn share(&mut self) -> Option<Handle> {
        let parallel = self.parallel.clone()?;
        Some(Handle::on_other_threads(self.store.on(parallel)))
    }
}

/// A store under test over objects whose requests are counted, and can go wrong.
pub(crate) fn over(inner: impl ObjectStore, runtime: AnyRuntime) -> OnService<Metered> {
    let (meter, requests) = (Arc::new(Meter::default()), Requests::default());
    let inner = Unreliable { inner, requests: requests.clone() };
    let counted = Counted { inner, meter: Arc::clone(&meter) };
    let counted: Arc<dyn ObjectStore> = Arc::new(counted);
    let objects = Arc::new(Objects(Arc::clone(&counted)));
    let store = AsyncStore::of(Arc::new(AsyncObjectStore::new(counted)), runtime)
        .creatable(objects.clone())
        .copyable(objects.clone())
        .renamable(objects)
        .classify_with(classify_object_store);
    OnService::new(Metered { store, meter, parallel: None }, requests)
}

/// The same for objects in memory, whose futures nobody else wakes.
pub(crate) fn polled_alone(inner: impl ObjectStore, runtime: AnyRuntime) -> OnService<Metered> {
    over(inner, runtime).map(|metered| Metered { store: metered.store.polled_alone(), ..metered })
}
