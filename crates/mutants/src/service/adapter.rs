//! The adapter of the small store on a service.

use std::sync::Arc;

use zarr_conform_model::{Capabilities, Dialect, Names, Operation, Outcome};
use zarr_conform_store::{Adapter, OnService, OpenError, StoreUnderTest, ZarrsStore};

use crate::service::bug::ServiceBug;
use crate::service::server::Server;
use crate::service::store::ServiceStore;

/// Opens stores on a service in this process, each with its own, with a bug or without.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServiceAdapter {
    bug: Option<ServiceBug>,
}

impl ServiceAdapter {
    /// Stores that do everything right.
    #[must_use]
    pub const fn careful() -> Self {
        Self { bug: None }
    }

    /// Stores with a bug.
    #[must_use]
    pub const fn with(bug: ServiceBug) -> Self {
        Self { bug: Some(bug) }
    }
}

impl Adapter for ServiceAdapter {
    fn name(&self) -> &str {
        self.bug.map_or("careful client", ServiceBug::name)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { create: true, reopen: true, ..Capabilities::ZARRS }
    }

    fn dialect(&self) -> Dialect {
        Dialect { climb: usize::MAX, retries: true, checksums: true, ..Dialect::ZARRS }
    }

    fn injects(&self) -> bool {
        true
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let server = Arc::new(Server::default());
        let requests = server.requests.clone();
        let store = OnServer { store: connect(&server, self.bug), server, bug: self.bug };
        Ok(Box::new(OnService::new(store, requests)))
    }
}

fn connect(server: &Arc<Server>, bug: Option<ServiceBug>) -> ZarrsStore {
    let store = Arc::new(ServiceStore::new(Arc::clone(server), bug));
    ZarrsStore::of(Arc::clone(&store)).creatable(store)
}

/// A store, and the server that it asks.
struct OnServer {
    store: ZarrsStore,
    server: Arc<Server>,
    bug: Option<ServiceBug>,
}

impl StoreUnderTest for OnServer {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        if *operation == Operation::Reopen {
            self.store = connect(&self.server, self.bug);
            return Outcome::Done;
        }
        self.store.answer(names, operation)
    }
}
