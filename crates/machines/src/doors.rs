//! The doors: a machine for a store of any kind, in one call.

use std::error::Error;
use std::sync::Arc;

use zarr_conform_model::Capabilities;
use zarr_conform_store::{OpenError, ZarrsStore};
use zarrs_storage::{ListableStorageTraits, ReadableStorageTraits, WritableStorageTraits};

use crate::machine::Machine;
use crate::opener::Opener;

/// A machine for stores with all of `zarrs_storage`'s readable, writable and listable traits.
///
/// `open` gives a fresh, empty store every time it is called; many are opened at the same time.
///
/// # Examples
///
/// ```
/// use zarrs_storage::store::AsyncMemoryStore;
/// # use zarrs_storage::store::MemoryStore;
///
/// let report = zarr_conform_machines::store_machine(|| MemoryStore::new()).cases(20).run();
/// // `MemoryStore` panics on ranges that start behind the end of a value.
/// assert!(!report.conforms());
/// assert!(report.failures.iter().any(|failure| failure.signature.contains("panic")));
/// ```
#[must_use]
pub fn store_machine<S>(open: impl Fn() -> S + Send + Sync + 'static) -> Machine
where
    S: ReadableStorageTraits + WritableStorageTraits + ListableStorageTraits + 'static,
{
    Machine::of(Opener::new(Capabilities::ZARRS, move || Ok(ZarrsStore::of(Arc::new(open())))))
}

/// [`store_machine`] for stores whose opening may fail.
#[must_use]
pub fn try_store_machine<S, E>(open: impl Fn() -> Result<S, E> + Send + Sync + 'static) -> Machine
where
    S: ReadableStorageTraits + WritableStorageTraits + ListableStorageTraits + 'static,
    E: Error + Send + Sync + 'static,
{
    Machine::of(Opener::new(Capabilities::ZARRS, move || {
        let store = open().map_err(OpenError::from_error)?;
        Ok(ZarrsStore::of(Arc::new(store)))
    }))
}

/// [`store_machine`] for stores with some of the traits: what a store cannot be asked is left out,
/// and the report says so.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use zarr_conform_store::ZarrsStore;
/// use zarrs_storage::store::MemoryStore;
///
/// let machine = zarr_conform_machines::partial_store_machine(|| {
///     let store = Arc::new(MemoryStore::new());
///     ZarrsStore::new().readable(store.clone()).writable(store)
/// });
/// let report = machine.cases(10).run();
/// assert!(report.rules.iter().any(|rule| rule.rule == "list" && rule.left_out.is_some()));
/// ```
#[must_use]
pub fn partial_store_machine(open: impl Fn() -> ZarrsStore + Send + Sync + 'static) -> Machine {
    let capabilities = open().capabilities();
    Machine::of(Opener::new(capabilities, move || Ok(open())))
}
