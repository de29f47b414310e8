//! `OverContents`: an adapter whose stores are opened over what a plan wrote.
//!
//! Who can only be read is asked nothing of interest unless it holds something. So the writes of a
//! plan go into a store of our own, which is right in the same dialect, and a read that follows one is
//! asked of a store that was opened over what there is by then. To the machine, both are one store
//! that is written and read: rules, goals, shrinking and plans are the same.

use std::sync::Arc;

use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{
    Capabilities, Dialect, ErrorClass, Names, Operation, Outcome, ReferenceModel, Refusal,
};
use zarr_conform_mutants::ReferenceStore;
use zarr_conform_store::{Adapter, Contents, OpenError, StoreUnderTest};

/// Opens the stores of another adapter over the contents that a plan wrote, with
/// [`Adapter::open_over`].
///
/// It has the name and the dialect of the other adapter. A store that can be written itself, by its
/// [capabilities](Adapter::capabilities), takes the writes of a plan once it was asked something
/// else; so what it was filled with and what it is told come together.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use zarr_conform_machines::store::{Adapter, Contents, OpenError, StoreUnderTest, ZarrsStore};
/// use zarr_conform_machines::{Machine, OverContents};
/// use zarr_conform_model::Capabilities;
/// use zarrs_storage::WritableStorageTraits;
/// use zarrs_storage::store::MemoryStore;
///
/// struct Published;
///
/// impl Adapter for Published {
///     fn name(&self) -> &str {
///         "published"
///     }
///
///     fn capabilities(&self) -> Capabilities {
///         Capabilities { read: true, list: true, ..Capabilities::NONE }
///     }
///
///     fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
///         self.open_over(Contents::new())
///     }
///
///     fn open_over(&self, contents: Contents) -> Result<Box<dyn StoreUnderTest>, OpenError> {
///         let store = Arc::new(MemoryStore::new());
///         for (key, value) in contents {
///             store.set(&key, value).map_err(OpenError::from_error)?;
///         }
///         Ok(Box::new(ZarrsStore::new().readable(store.clone()).listable(store)))
///     }
/// }
///
/// let adapter = OverContents::of(Arc::new(Published));
/// assert!(adapter.capabilities().write);
/// let report = Machine::of(adapter).cases(20).run();
/// assert!(report.failures.iter().all(|failure| failure.signature.contains("panic")), "{report}");
/// ```
pub struct OverContents {
    adapter: Arc<dyn Adapter>,
}

impl OverContents {
    /// The stores of an adapter, over contents.
    #[must_use]
    pub fn of(adapter: Arc<dyn Adapter>) -> Self {
        Self { adapter }
    }
}

impl Adapter for OverContents {
    fn name(&self) -> &str {
        self.adapter.name()
    }

    /// What the store can be asked, and to be written and opened again.
    fn capabilities(&self) -> Capabilities {
        let own = self.adapter.capabilities();
        if own.write {
            return own;
        }
        Capabilities { write: true, erase: true, write_partial: true, reopen: true, ..own }
    }

    fn dialect(&self) -> Dialect {
        self.adapter.dialect()
    }

    fn model(&self, names: &Arc<Names>) -> Option<ReferenceModel> {
        self.adapter.model(names)
    }

    fn tested(&self) -> &[(&'static str, &'static str)] {
        self.adapter.tested()
    }

    fn known_issues(&self) -> &str {
        self.adapter.known_issues()
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = self.adapter.open_over(Contents::new())?;
        Ok(Box::new(Filled {
            adapter: Arc::clone(&self.adapter),
            takes_writes: self.adapter.capabilities().write,
            written: ReferenceStore::new(self.declared()),
            store: Some(store),
            is_stale: false,
            was_asked: false,
            spent: Traffic::default(),
        }))
    }
}

/// A store, and what it is to hold.
struct Filled {
    adapter: Arc<dyn Adapter>,
    /// Whether the store can be written itself.
    takes_writes: bool,
    written: ReferenceStore,
    /// There is none if the last one could not be opened.
    store: Option<Box<dyn StoreUnderTest>>,
    /// Whether there were writes since the store was opened.
    is_stale: bool,
    /// Whether a store that takes writes is on its own from now on.
    was_asked: bool,
    /// What the stores before this one cost.
    spent: Traffic,
}

impl Filled {
    /// Opens a store over what was written.
    fn open(&mut self) -> Result<(), OpenError> {
        // The one before goes here and not at the write, so that a write is never its victim.
        if let Some(store) = self.store.take() {
            self.spent += store.traffic().unwrap_or_default();
        }
        self.store = Some(self.adapter.open_over(self.written.contents())?);
        self.is_stale = false;
        Ok(())
    }

    fn ask(&mut self, names: &Names, operation: &Operation) -> Result<Outcome, OpenError> {
        let is_reopening = *operation == Operation::Reopen && !self.takes_writes;
        if self.is_stale || self.store.is_none() || is_reopening {
            self.open()?;
        }
        self.was_asked = true;
        if is_reopening {
            return Ok(Outcome::Done);
        }
        let store = self.store.as_mut();
        Ok(store.map_or(Outcome::Done, |store| store.answer(names, operation)))
    }
}

impl StoreUnderTest for Filled {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        if operation.is_write() && !(self.takes_writes && self.was_asked) {
            self.is_stale = true;
            return self.written.answer(names, operation);
        }
        self.ask(names, operation).unwrap_or_else(|error| {
            let message = format!("over what was written, {error}");
            Outcome::Refused(Refusal::new(ErrorClass::Other, message))
        })
    }

    fn close(self: Box<Self>) -> Outcome {
        self.store.map_or(Outcome::Done, StoreUnderTest::close)
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.spent + self.store.as_ref()?.traffic()?)
    }
}
