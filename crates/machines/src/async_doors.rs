//! The front doors for stores with `zarrs_storage`'s asynchronous traits.

use std::sync::Arc;

use zarr_conform_model::Capabilities;
use zarr_conform_store::{AsyncStore, AsyncToSyncBlockOn, CallingThread, Contents, Requests};
use zarrs_storage::{
    AsyncListableStorageTraits, AsyncReadableStorageTraits, AsyncWritableStorageTraits,
};

use crate::machine::Machine;
use crate::opener::{Opener, OpenerOver, capabilities_of};

/// A machine for stores with all of `zarrs_storage`'s asynchronous readable, writable and listable
/// traits, and no others.
///
/// `open` gives a fresh, empty store every time it is called; many are opened at the same time.
/// The store's futures are polled on the thread that asks, where there are no timers and no
/// sockets; for those, give a runtime to [`async_store_machine_on`].
///
/// # Examples
///
/// ```
/// use zarr_conform_machines::async_store_machine;
/// use zarrs_storage::store::AsyncMemoryStore;
///
/// async_store_machine(|| AsyncMemoryStore::new()).cases(64).run().assert_conforms();
/// ```
#[must_use]
pub fn async_store_machine<S>(open: impl Fn() -> S + Send + Sync + 'static) -> Machine
where
    S: AsyncReadableStorageTraits
        + AsyncWritableStorageTraits
        + AsyncListableStorageTraits
        + 'static,
{
    Machine::of(Opener::new(Capabilities::ZARRS, move || {
        // Without timers, sockets and threads, nobody else wakes its futures.
        Ok(AsyncStore::of(Arc::new(open()), CallingThread).polled_alone())
    }))
}

/// [`async_store_machine`] on a runtime of your choice, such as tokio's: the feature `tokio` has a
/// ready one, `store::TokioRuntime`.
///
/// Stores are opened on the runtime too.
#[must_use]
pub fn async_store_machine_on<B, S>(
    runtime: B,
    open: impl Fn() -> S + Send + Sync + 'static,
) -> Machine
where
    B: AsyncToSyncBlockOn + Clone + Send + Sync + 'static,
    S: AsyncReadableStorageTraits
        + AsyncWritableStorageTraits
        + AsyncListableStorageTraits
        + 'static,
{
    Machine::of(Opener::new(Capabilities::ZARRS, move || {
        let store = runtime.block_on(async { open() });
        Ok(AsyncStore::of(Arc::new(store), runtime.clone()))
    }))
}

/// [`read_only_store_machine`](crate::read_only_store_machine) for stores with the asynchronous
/// traits.
///
/// The store's futures are polled on the thread that asks.
#[must_use]
pub fn read_only_async_store_machine<S>(
    open: impl Fn(Contents) -> S + Send + Sync + 'static,
) -> Machine
where
    S: AsyncReadableStorageTraits + AsyncListableStorageTraits + 'static,
{
    let capabilities = Capabilities { read: true, list: true, ..Capabilities::NONE };
    Machine::over_contents(OpenerOver::new(capabilities, move |contents| {
        let store = Arc::new(open(contents));
        AsyncStore::new(CallingThread).readable(store.clone()).listable(store)
    }))
}

/// [`service_store_machine`](crate::service_store_machine) for stores with the asynchronous traits, on
/// a runtime.
#[must_use]
pub fn async_service_store_machine_on<B, S>(
    runtime: B,
    open: impl Fn(Requests) -> S + Send + Sync + 'static,
) -> Machine
where
    B: AsyncToSyncBlockOn + Clone + Send + Sync + 'static,
    S: AsyncReadableStorageTraits
        + AsyncWritableStorageTraits
        + AsyncListableStorageTraits
        + 'static,
{
    let open = move |requests| {
        let store = runtime.block_on(async { open(requests) });
        AsyncStore::of(Arc::new(store), runtime.clone())
    };
    Machine::of(Opener::on_services(Capabilities::ZARRS, open))
}

/// [`async_store_machine`] for stores with some of the traits: what a store cannot be asked is left
/// out, and the report says so.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use zarr_conform_machines::store::{AsyncStore, CallingThread};
/// use zarrs_storage::store::AsyncMemoryStore;
///
/// let machine = zarr_conform_machines::partial_async_store_machine(|| {
///     let store = Arc::new(AsyncMemoryStore::new());
///     AsyncStore::new(CallingThread).readable(store.clone()).writable(store)
/// });
/// let report = machine.cases(10).run();
/// assert!(report.rules.iter().any(|rule| rule.rule == "list" && rule.left_out.is_some()));
/// ```
#[must_use]
pub fn partial_async_store_machine<B>(
    open: impl Fn() -> AsyncStore<B> + Send + Sync + 'static,
) -> Machine
where
    B: AsyncToSyncBlockOn + Send + 'static,
{
    let open = Arc::new(open);
    let first = Arc::clone(&open);
    let capabilities = capabilities_of(move || first().capabilities());
    Machine::of(Opener::new(capabilities, move || Ok(open())))
}
