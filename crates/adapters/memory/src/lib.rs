#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod accounts;
mod views;

use std::io;
use std::sync::{Arc, Mutex};

use zarr_conform_model::{Capabilities, Dialect};
use zarr_conform_store::{
    Adapter, AsyncStore, CallingThread, Described, Differential, OpenError, StoreUnderTest,
    ZarrsStore,
};
use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncStorageAdapter;
use zarrs_storage::storage_adapter::performance_metrics::PerformanceMetricsStorageAdapter;
use zarrs_storage::storage_adapter::sync_to_async::{
    SyncToAsyncSpawnBlocking, SyncToAsyncStorageAdapter,
};
use zarrs_storage::storage_adapter::usage_log::UsageLogStorageAdapter;
use zarrs_storage::store::{AsyncMemoryStore, MemoryStore};
use zarrs_storage::{
    AsyncListableStorageTraits, AsyncReadableStorageTraits, AsyncWritableStorageTraits,
};

use crate::accounts::{Accounted, Counted, Logged, MARK};
use crate::views::{Below, Listings, Parts, Way};

/// The text of a file of known issues.
macro_rules! known_issues {
    ($file:literal) => {
        include_str!(concat!("../known_issues/", $file, ".toml"))
    };
}

/// Opens in-memory stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryAdapter {
    variant: Variant,
}

/// Defines the variants in one place: their constructors, their names, what they are on the command
/// line and what they are in the documentation.
macro_rules! variants {
    ($($variant:ident $constructor:ident $name:literal $about:literal $doc:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Variant {
            $($variant,)*
        }

        impl MemoryAdapter {
            $(
                #[doc = $doc]
                #[must_use]
                pub const fn $constructor() -> Self {
                    Self { variant: Variant::$variant }
                }
            )*

            /// Every variant.
            #[must_use]
            pub fn all() -> Vec<Self> {
                vec![$(Self::$constructor(),)*]
            }
        }

        impl Variant {
            const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            const fn about(self) -> &'static str {
                match self {
                    $(Self::$variant => $about,)*
                }
            }
        }
    };
}

variants! {
    Synchronous synchronous "memory"
        "zarrs_storage's MemoryStore"
        "[`MemoryStore`].";
    Asynchronous asynchronous "memory:async"
        "zarrs_storage's AsyncMemoryStore, asked through its asynchronous traits"
        "[`AsyncMemoryStore`], asked through its asynchronous traits.";
    AsyncToSync async_to_sync "memory:async-to-sync"
        "AsyncMemoryStore in zarrs_storage's async-to-sync wrapper"
        "[`AsyncMemoryStore`] in [`AsyncToSyncStorageAdapter`].";
    SyncToAsync sync_to_async "memory:sync-to-async"
        "MemoryStore in zarrs_storage's sync-to-async wrapper"
        "[`MemoryStore`] in [`SyncToAsyncStorageAdapter`].";
    UsageLog usage_log "memory:usage-log"
        "MemoryStore in zarrs_storage's usage log"
        "[`MemoryStore`] in [`UsageLogStorageAdapter`].";
    Metrics metrics "memory:metrics"
        "MemoryStore in zarrs_storage's performance metrics"
        "[`MemoryStore`] in [`PerformanceMetricsStorageAdapter`].";
    BesideAsync beside_async "memory:beside-async"
        "MemoryStore side by side with sync-to-async over it"
        "[`MemoryStore`] side by side with [`sync_to_async`](Self::sync_to_async) over it.";
    BesideSync beside_sync "memory:beside-sync"
        "AsyncMemoryStore side by side with async-to-sync over it"
        "[`AsyncMemoryStore`] side by side with [`async_to_sync`](Self::async_to_sync) over it.";
    BesideUsageLog beside_usage_log "memory:beside-usage-log"
        "MemoryStore side by side with the usage log over it"
        "[`MemoryStore`] side by side with [`usage_log`](Self::usage_log) over it.";
    BesideMetrics beside_metrics "memory:beside-metrics"
        "MemoryStore side by side with the performance metrics over it"
        "[`MemoryStore`] side by side with [`metrics`](Self::metrics) over it.";
    Extracted extracted "memory:extracted"
        "the same beside extract_byte_ranges and extract_byte_ranges_concat of whole values"
        "[`asynchronous_store`] side by side with the functions that cut parts out of bytes.";
    ReadSeek read_seek "memory:read-seek"
        "the same beside extract_byte_ranges_read_seek of values in memory"
        "[`asynchronous_store`] side by side with the function that reads parts of a file.";
    ValueIo value_io "memory:value-io"
        "the same beside StorageValueIO, a reader of values in a store"
        "[`asynchronous_store`] side by side with `StorageValueIO` over it.";
    Children children "memory:children"
        "the same beside listings by discover_children, parents and has_prefix"
        "[`asynchronous_store`] side by side with listings that are put together.";
    Stacked stacked "memory:stacked"
        "MemoryStore side by side with four wrappers over it, one over the other"
        "[`MemoryStore`] side by side with the usage log of the metrics of its `sync-to-async`, asked \
         through `async-to-sync`.";
    Counted counted "memory:counted"
        "the same in performance metrics, whose counts are looked at"
        "[`asynchronous_store`] in performance metrics that count what was asked.";
    CountedAsync counted_async "memory:counted-async"
        "the same asked through the asynchronous traits"
        "[`AsyncMemoryStore`] in performance metrics that count what was asked.";
    Logged logged "memory:logged"
        "the same in the usage log, which is read"
        "[`asynchronous_store`] in a usage log that names what was asked.";
    LoggedAsync logged_async "memory:logged-async"
        "the same asked through the asynchronous traits"
        "[`AsyncMemoryStore`] in a usage log that names what was asked.";
}

/// Every variant, for lists of adapters.
#[must_use]
pub fn adapters() -> Vec<Described> {
    let described = |adapter: MemoryAdapter| Described::new(adapter, adapter.variant.about());
    MemoryAdapter::all().into_iter().map(described).collect()
}

impl Variant {
    const fn is_differential(self) -> bool {
        !matches!(
            self,
            Self::Synchronous
                | Self::Asynchronous
                | Self::AsyncToSync
                | Self::SyncToAsync
                | Self::UsageLog
                | Self::Metrics
        )
    }

    /// Whether the store at the bottom is the synchronous one.
    const fn is_over_synchronous(self) -> bool {
        matches!(
            self,
            Self::Synchronous
                | Self::SyncToAsync
                | Self::UsageLog
                | Self::Metrics
                | Self::BesideAsync
                | Self::BesideUsageLog
                | Self::BesideMetrics
                | Self::Stacked
        )
    }
}

impl Adapter for MemoryAdapter {
    fn name(&self) -> &str {
        self.variant.name()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { differential: self.variant.is_differential(), ..Capabilities::ZARRS }
    }

    /// Both stores document nothing beyond the traits, and have no paths to climb; the wrappers
    /// document that they pass everything on.
    fn dialect(&self) -> Dialect {
        Dialect { climb: usize::MAX, ..Dialect::ZARRS }
    }

    fn tested(&self) -> &[(&'static str, &'static str)] {
        &[("zarrs_storage", "0.4.5")]
    }

    fn known_issues(&self) -> &str {
        match self.variant {
            Variant::BesideUsageLog | Variant::Stacked => {
                concat!(known_issues!("bare"), known_issues!("beside_usage_log"))
            }
            Variant::Extracted => known_issues!("extracted"),
            Variant::ReadSeek => known_issues!("read_seek"),
            Variant::ValueIo => concat!(known_issues!("read_seek"), known_issues!("value_io")),
            Variant::Children => known_issues!("children"),
            Variant::CountedAsync => known_issues!("counted_async"),
            Variant::Logged => concat!(known_issues!("logged"), known_issues!("logged_sync")),
            Variant::LoggedAsync => known_issues!("logged"),
            variant if variant.is_over_synchronous() => known_issues!("bare"),
            _ => "",
        }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let bare = Arc::new(MemoryStore::new());
        let bare_async = Arc::new(AsyncMemoryStore::new());
        Ok(match self.variant {
            Variant::Synchronous => Box::new(ZarrsStore::of(bare)),
            Variant::Asynchronous => Box::new(AsyncStore::of(bare_async, CallingThread)),
            Variant::AsyncToSync => Box::new(to_sync(bare_async)),
            Variant::SyncToAsync => Box::new(to_async(bare)),
            Variant::UsageLog => Box::new(logged(bare)),
            Variant::Metrics => Box::new(measured(bare)),
            Variant::BesideAsync => beside(ZarrsStore::of(bare.clone()), to_async(bare)),
            Variant::BesideSync => {
                let direct = AsyncStore::of(bare_async.clone(), CallingThread);
                beside(direct, to_sync(bare_async))
            }
            Variant::BesideUsageLog => beside(ZarrsStore::of(bare.clone()), logged(bare)),
            Variant::BesideMetrics => beside(ZarrsStore::of(bare.clone()), measured(bare)),
            Variant::Extracted => read_by(below(bare_async), Way::Extracted),
            Variant::ReadSeek => read_by(below(bare_async), Way::ReadSeek),
            Variant::ValueIo => read_by(below(bare_async), Way::ValueIo),
            Variant::Children => {
                let store = below(bare_async);
                let listings = Arc::new(Listings { store: store.clone() });
                let plain = ZarrsStore::of(store.clone());
                beside(plain, ZarrsStore::of(store).listable(listings))
            }
            Variant::Stacked => {
                let to_async = SyncToAsyncStorageAdapter::new(bare.clone(), AtOnce);
                let metrics = PerformanceMetricsStorageAdapter::new(Arc::new(to_async));
                let log = Arc::new(Mutex::new(io::sink()));
                let log = UsageLogStorageAdapter::new(Arc::new(metrics), log, String::new);
                beside(ZarrsStore::of(bare), to_sync(Arc::new(log)))
            }
            Variant::Counted => {
                let metrics = Arc::new(PerformanceMetricsStorageAdapter::new(below(bare_async)));
                let store = ZarrsStore::of(metrics.clone());
                Box::new(Accounted { store, account: Counted::by(metrics) })
            }
            Variant::CountedAsync => {
                let metrics = Arc::new(PerformanceMetricsStorageAdapter::new(bare_async));
                let store = AsyncStore::of(metrics.clone(), CallingThread);
                Box::new(Accounted { store, account: Counted::by(metrics) })
            }
            Variant::Logged => {
                let log = Arc::new(Mutex::new(Vec::new()));
                let store = UsageLogStorageAdapter::new(below(bare_async), log.clone(), mark);
                let store = ZarrsStore::of(Arc::new(store));
                Box::new(Accounted { store, account: Logged(log) })
            }
            Variant::LoggedAsync => {
                let log = Arc::new(Mutex::new(Vec::new()));
                let store = UsageLogStorageAdapter::new(bare_async, log.clone(), mark);
                let store = AsyncStore::of(Arc::new(store), CallingThread);
                Box::new(Accounted { store, account: Logged(log) })
            }
        })
    }
}

fn mark() -> String {
    MARK.to_owned()
}

fn below(store: Arc<AsyncMemoryStore>) -> Arc<Below> {
    Arc::new(AsyncToSyncStorageAdapter::new(store, CallingThread))
}

/// A store beside another way to the parts of its values.
fn read_by(store: Arc<Below>, way: Way) -> Box<dyn StoreUnderTest> {
    let parts = Arc::new(Parts { store: store.clone(), way });
    beside(ZarrsStore::of(store.clone()), ZarrsStore::of(store).readable(parts))
}

fn beside(
    first: impl StoreUnderTest + 'static,
    second: impl StoreUnderTest + 'static,
) -> Box<dyn StoreUnderTest> {
    Box::new(Differential::of(first, second))
}

fn to_sync<S>(store: Arc<S>) -> ZarrsStore
where
    S: AsyncReadableStorageTraits
        + AsyncWritableStorageTraits
        + AsyncListableStorageTraits
        + 'static,
{
    ZarrsStore::of(Arc::new(AsyncToSyncStorageAdapter::new(store, CallingThread)))
}

fn to_async(store: Arc<MemoryStore>) -> AsyncStore<CallingThread> {
    AsyncStore::of(Arc::new(SyncToAsyncStorageAdapter::new(store, AtOnce)), CallingThread)
}

fn logged(store: Arc<MemoryStore>) -> ZarrsStore {
    let log = Arc::new(Mutex::new(io::sink()));
    ZarrsStore::of(Arc::new(UsageLogStorageAdapter::new(store, log, String::new)))
}

fn measured(store: Arc<MemoryStore>) -> ZarrsStore {
    ZarrsStore::of(Arc::new(PerformanceMetricsStorageAdapter::new(store)))
}

/// Does what blocks at once, on the thread that polls: memory blocks nobody.
struct AtOnce;

impl SyncToAsyncSpawnBlocking for AtOnce {
    async fn spawn_blocking<F, R>(&self, work: F) -> R
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        work()
    }
}

/// An empty [`AsyncMemoryStore`] behind synchronous traits.
#[must_use]
pub fn asynchronous_store() -> AsyncToSyncStorageAdapter<AsyncMemoryStore, CallingThread> {
    AsyncToSyncStorageAdapter::new(Arc::new(AsyncMemoryStore::new()), CallingThread)
}
