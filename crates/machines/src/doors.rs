//! The doors: a machine for a store of any kind, in one call.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use zarr_conform_model::{Capabilities, Dialect};
use zarr_conform_store::{Contents, DEPTH, OpenError, Requests, Sandboxed, ZarrsStore};
use zarrs_storage::{ListableStorageTraits, ReadableStorageTraits, WritableStorageTraits};

use crate::machine::Machine;
use crate::opener::{Opener, OpenerOver, capabilities_of};

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

/// [`store_machine`] for stores whose opening may fail, with any [`Error`]; for words alone, there is
/// [`io::Error::other`](std::io::Error::other).
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

/// [`store_machine`] for stores on a service, such as one that is asked over HTTP: the client asks the
/// [`Requests`] that `open` is given before each request, and is told if that is to go wrong.
///
/// So [`faults`](Machine::faults) can refuse requests, lose replies and cut bodies. Say with
/// [`dialect`](Machine::dialect) whether the store `retries`.
///
/// # Examples
///
/// ```
/// use zarr_conform_machines::service_store_machine;
/// use zarr_conform_machines::store::{RequestKind, Requests};
/// # use std::sync::{Arc, Mutex};
/// # use zarrs_storage::store::MemoryStore;
///
/// // What your client does before each request.
/// fn send(requests: &Requests, is_get: bool) -> Result<(), String> {
///     let kind = if is_get { RequestKind::Download } else { RequestKind::Change };
///     match requests.next(kind) {
///         // Send it.
///         None => Ok(()),
///         // Do to it what the word says: `503`, `reset`, `lost reply`, …
///         Some(fault) => Err(fault.to_string()),
///     }
/// }
///
/// // Here no request is made at all, so nothing can go wrong, and nothing is proved.
/// let machine = service_store_machine(|_requests| MemoryStore::new());
/// # #[cfg(feature = "faults")]
/// assert!(!machine.faults().cases(4).run().conforms());
/// # let _ = send;
/// ```
#[must_use]
pub fn service_store_machine<S>(open: impl Fn(Requests) -> S + Send + Sync + 'static) -> Machine
where
    S: ReadableStorageTraits + WritableStorageTraits + ListableStorageTraits + 'static,
{
    let open = move |requests| ZarrsStore::of(Arc::new(open(requests)));
    Machine::of(Opener::on_services(Capabilities::ZARRS, open))
}

/// [`store_machine`] for stores that only read and list: an archive, a packed file, files that
/// somebody else wrote.
///
/// Plans write into contents that the machine holds. Whenever a read follows a write, `open` gives a
/// store over what they are by then, and the one before is dropped.
///
/// # Examples
///
/// ```
/// use zarr_conform_store::Contents;
/// # use zarrs_storage::byte_range::{ByteRangeIterator, extract_byte_ranges};
/// # use zarrs_storage::{
/// #     Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, ReadableStorageTraits,
/// #     StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
/// # };
/// # struct Archive(Contents);
/// # impl Archive {
/// #     fn over(contents: Contents) -> Self {
/// #         Self(contents)
/// #     }
/// # }
/// # impl ReadableStorageTraits for Archive {
/// #     fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
/// #         Ok(self.0.get(key).cloned())
/// #     }
/// #     fn get_partial_many<'a>(
/// #         &'a self,
/// #         key: &StoreKey,
/// #         ranges: ByteRangeIterator<'a>,
/// #     ) -> Result<MaybeBytesIterator<'a>, StorageError> {
/// #         let Some(value) = self.0.get(key) else { return Ok(None) };
/// #         let ranges: Vec<_> = ranges.collect();
/// #         let parts = extract_byte_ranges(value, &mut ranges.into_iter())?;
/// #         Ok(Some(Box::new(parts.into_iter().map(|part| Ok(Bytes::from(part))))))
/// #     }
/// #     fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
/// #         Ok(self.0.get(key).map(|value| value.len() as u64))
/// #     }
/// #     fn supports_get_partial(&self) -> bool {
/// #         true
/// #     }
/// # }
/// # impl ListableStorageTraits for Archive {
/// #     fn list(&self) -> Result<StoreKeys, StorageError> {
/// #         Ok(self.0.keys().cloned().collect())
/// #     }
/// #     fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
/// #         Ok(self.0.keys().filter(|key| key.has_prefix(prefix)).cloned().collect())
/// #     }
/// #     fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
/// #         Err(StorageError::Unsupported(prefix.to_string()))
/// #     }
/// #     fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
/// #         Ok(self.list_prefix(prefix)?.iter().map(|key| self.0[key].len() as u64).sum())
/// #     }
/// # }
/// let machine = zarr_conform_machines::read_only_store_machine(|contents: Contents| Archive::over(contents));
/// let report = machine.cases(10).run();
/// // This one cannot list directories.
/// assert!(report.failures.iter().any(|failure| failure.signature.starts_with("list_dir: error")));
/// ```
#[must_use]
pub fn read_only_store_machine<S>(open: impl Fn(Contents) -> S + Send + Sync + 'static) -> Machine
where
    S: ReadableStorageTraits + ListableStorageTraits + 'static,
{
    let capabilities = Capabilities { read: true, list: true, ..Capabilities::NONE };
    Machine::over_contents(OpenerOver::new(capabilities, move |contents| {
        let store = Arc::new(open(contents));
        ZarrsStore::new().readable(store.clone()).listable(store)
    }))
}

/// A machine for stores that are opened over contents, with any of the traits.
///
/// What only reads is filled as by [`read_only_store_machine`]. A store that can be written as well
/// takes the writes of a plan itself once it was asked something else.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use zarr_conform_store::{Contents, ZarrsStore};
/// use zarrs_storage::WritableStorageTraits;
/// use zarrs_storage::store::MemoryStore;
///
/// let machine = zarr_conform_machines::filled_store_machine(|contents: Contents| {
///     let filled = Arc::new(MemoryStore::new());
///     for (key, value) in contents {
///         filled.set(&key, value).unwrap();
///     }
///     // It cannot list, as a server of files over HTTP cannot.
///     ZarrsStore::new().readable(filled)
/// });
/// let report = machine.cases(10).run();
/// assert!(report.rules.iter().any(|rule| rule.rule == "list" && rule.left_out.is_some()));
/// ```
#[must_use]
pub fn filled_store_machine(
    open: impl Fn(Contents) -> ZarrsStore + Send + Sync + 'static,
) -> Machine {
    let open = Arc::new(open);
    let first = Arc::clone(&open);
    let capabilities = capabilities_of(move || first(Contents::new()).capabilities());
    Machine::over_contents(OpenerOver::new(capabilities, move |contents| open(contents)))
}

/// [`store_machine`] for stores with some of the traits: what a store cannot be asked is left out,
/// and the report says so. A store that nobody can write through is one for
/// [`read_only_store_machine`].
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
    let open = Arc::new(open);
    let first = Arc::clone(&open);
    let capabilities = capabilities_of(move || first().capabilities());
    Machine::of(Opener::new(capabilities, move || Ok(open())))
}
