//! A client that does not say all that it asks of its service.

use zarr_conform_machines::model::{Dialect, ErrorClass, Names, Operation, Outcome, Refusal};
use zarr_conform_machines::mutants::ReferenceAdapter;
use zarr_conform_machines::store::{
    Adapter, OnService, OpenError, RequestKind, Requests, StoreUnderTest,
};

/// Stores on a service, whose client says its reads, and not its writes.
pub(crate) struct HalfSaid;

struct SaysReads(Box<dyn StoreUnderTest>, Requests);

impl Adapter for HalfSaid {
    fn name(&self) -> &str {
        "half said"
    }

    fn dialect(&self) -> Dialect {
        Dialect { climb: usize::MAX, ..Dialect::ZARRS }
    }

    fn injects(&self) -> bool {
        true
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = ReferenceAdapter::new(self.dialect()).open()?;
        let requests = Requests::default();
        Ok(Box::new(OnService::new(SaysReads(store, requests.clone()), requests)))
    }
}

impl StoreUnderTest for SaysReads {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        if !operation.is_write() && self.1.next(RequestKind::Question).is_some() {
            return Outcome::Refused(Refusal::new(ErrorClass::Other, "no reply"));
        }
        self.0.answer(names, operation)
    }
}
