//! The doors: a machine for a store of any kind, in one call.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use zarr_conform_model::{Capabilities, Dialect};
use zarr_conform_store::{DEPTH, OpenError, Sandboxed, ZarrsStore};
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

/// [`store_machine`] for stores that keep files: `open` gives the store at a directory, which is empty
/// the first time, and holds what the store left there when it is opened again.
///
/// The directory is deep in a [`Sandbox`](zarr_conform_store::Sandbox), so that names with `..` are
/// asked for, too, and what is written outside of the directory is seen. Say with
/// [`dialect`](Machine::dialect) what files cannot do: long names, a key below a key.
///
/// # Examples
///
/// ```no_run
/// use zarr_conform_machines::file_store_machine;
/// use zarr_conform_machines::model::Dialect;
/// use zarr_conform_machines::mutants::FileStore;
///
/// // Your own store, opened at a directory.
/// let machine = file_store_machine(|root| FileStore::open(root, None));
/// let machine = machine.dialect(Dialect { max_key_bytes: Some(84), ..Dialect::ZARRS });
/// machine.run().assert_conforms();
/// ```
#[must_use]
pub fn file_store_machine<S, E>(
    open: impl Fn(&Path) -> Result<S, E> + Send + Sync + 'static,
) -> Machine
where
    S: ReadableStorageTraits + WritableStorageTraits + ListableStorageTraits + 'static,
    E: Error + Send + Sync + 'static,
{
    let open = Arc::new(open);
    let capabilities = Capabilities { reopen: true, audit: true, ..Capabilities::ZARRS };
    let machine = Machine::of(Opener::new(capabilities, move || {
        let open = Arc::clone(&open);
        Sandboxed::open(move |root| {
            let store = open(root).map_err(OpenError::from_error)?;
            Ok(ZarrsStore::of(Arc::new(store)))
        })
    }));
    machine.dialect(Dialect { climb: DEPTH, ..Dialect::ZARRS })
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
