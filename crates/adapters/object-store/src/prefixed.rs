//! A store below a prefix, beside objects of somebody else, which are to stay as they are.

use std::path::Path;
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};
use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{ErrorClass, Names, Operation, Outcome, Refusal};
use zarr_conform_store::{AnyRuntime, Callers, OnService, OpenError, StoreUnderTest, Way};

use crate::metered::{Metered, polled_alone};

/// What is beside the prefix of `object-store:prefix`, with names that a careless comparison takes
/// for names below it.
const FOREIGN: [&str; 4] = ["a", "some/prefix-2/a", "some/prefiy", "some/prefix"];

/// The prefix of `object-store:prefix`.
const PREFIX: &str = "some/prefix";

/// A store below a prefix, and the objects around it.
pub(crate) struct Prefixed {
    store: OnService<Metered>,
    objects: Arc<InMemory>,
}

impl Prefixed {
    /// Opens one in which nothing is below the prefix.
    ///
    /// # Errors
    ///
    /// Returns an error if somebody else's objects cannot be put there.
    pub(crate) fn open(runtime: AnyRuntime) -> Result<Self, OpenError> {
        let objects = inhabited()?;
        let store = polled_alone(PrefixStore::new(Arc::clone(&objects), PREFIX), runtime);
        Ok(Self { store, objects })
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl StoreUnderTest for Prefixed {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        match operation {
            Operation::Audit => audited(audit(&self.objects)),
            _ => self.store.answer(names, operation),
        }
    }

    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        match operation {
            Operation::Audit => self.answer(names, operation),
            _ => self.store.answer_on_way(names, operation, way),
        }
    }

    fn place(&self) -> Option<&Path> {
        self.store.place()
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        self.store.callers()
    }

    fn close(self: Box<Self>) -> Outcome {
        Box::new(self.store).close()
    }

    fn traffic(&self) -> Option<Traffic> {
        self.store.traffic()
    }
}

/// An object store with somebody else's objects in it, and what is to be left of them.
fn inhabited() -> Result<Arc<InMemory>, OpenError> {
    let objects = Arc::new(InMemory::new());
    for name in FOREIGN {
        let path = name.into();
        let put = objects.put(&path, name.into());
        futures::executor::block_on(put).map_err(OpenError::from_error)?;
    }
    Ok(objects)
}

/// Whether somebody else's objects are as they were.
fn audit(objects: &InMemory) -> Result<(), String> {
    let below = format!("{PREFIX}/");
    futures::executor::block_on(async {
        let listed = objects.list(None).map_ok(|meta| meta.location.to_string());
        let listed: Vec<String> = listed.try_collect().await.map_err(|error| error.to_string())?;
        for name in FOREIGN {
            let Ok(object) = objects.get(&name.into()).await else {
                return Err(format!("removed outside the prefix: {name}"));
            };
            if object.bytes().await.ok().as_deref() != Some(name.as_bytes()) {
                return Err(format!("changed outside the prefix: {name}"));
            }
        }
        let is_stranger =
            |name: &&String| !name.starts_with(&below) && !FOREIGN.contains(&&***name);
        let stranger = listed.iter().find(is_stranger);
        stranger.map_or(Ok(()), |name| Err(format!("created outside the prefix: {name}")))
    })
}

fn audited(audit: Result<(), String>) -> Outcome {
    audit.map_or_else(other, |()| Outcome::Done)
}

fn other(message: String) -> Outcome {
    Outcome::Refused(Refusal::new(ErrorClass::Other, message))
}
