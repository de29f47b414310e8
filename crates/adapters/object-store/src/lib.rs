#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "azure")]
mod azure;
mod errors;
#[cfg(feature = "http")]
mod http;
mod meter;
mod metered;
mod numberless;
mod objects;
#[cfg(feature = "_remote")]
mod place;
mod prefixed;
#[cfg(feature = "_remote")]
mod remote;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "_remote")]
mod server;
#[cfg(feature = "s3")]
mod tagged;
mod unreliable;

use std::io;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "azure")]
pub use azure::AzureConfig;
pub use errors::classify_object_store;
#[cfg(feature = "http")]
pub use http::HttpConfig;
use object_store::limit::LimitStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::throttle::{ThrottleConfig, ThrottledStore};
#[cfg(feature = "_remote")]
pub use place::PlaceError;
#[cfg(feature = "s3")]
pub use s3::S3Config;
use zarr_conform_model::{Capabilities, Dialect};
use zarr_conform_store::{
    Adapter, AnyRuntime, DEPTH, Described, LazyTokio, OpenError, Sandboxed, StoreUnderTest,
    TokioRuntime,
};
#[cfg(feature = "_remote")]
use zarr_conform_store::{AddressError, ServerAddress};

use crate::metered::{over, polled_alone};
use crate::numberless::Numberless;
use crate::prefixed::Prefixed;
#[cfg(feature = "_remote")]
use crate::server::{Place, Server};

/// The text of a file of known issues.
macro_rules! known_issues {
    ($file:literal) => {
        include_str!(concat!("../known_issues/", $file, ".toml"))
    };
}

/// Opens [`AsyncObjectStore`](zarrs_object_store::AsyncObjectStore)s.
#[derive(Clone, Debug)]
pub struct ObjectStoreAdapter {
    variant: Variant,
    tokio: LazyTokio,
    #[cfg(feature = "_remote")]
    server: Option<Arc<Server>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    Memory,
    Local,
    Prefix,
    Throttled,
    Limited,
    #[cfg(feature = "s3")]
    S3,
    #[cfg(feature = "azure")]
    Azure,
    #[cfg(feature = "http")]
    Http,
}

impl ObjectStoreAdapter {
    /// Objects in memory.
    #[must_use]
    pub fn memory() -> Self {
        Self::of(Variant::Memory)
    }

    /// Objects in files.
    #[must_use]
    pub fn local() -> Self {
        Self::of(Variant::Local)
    }

    /// Objects in memory below a prefix, beside objects of somebody else.
    #[must_use]
    pub fn prefix() -> Self {
        Self::of(Variant::Prefix)
    }

    /// Objects in memory, slowed down.
    #[must_use]
    pub fn throttled() -> Self {
        Self::of(Variant::Throttled)
    }

    /// Objects in memory, with few requests at the same time.
    #[must_use]
    pub fn limited() -> Self {
        Self::of(Variant::Limited)
    }

    /// Every variant that needs no server.
    #[must_use]
    pub fn all() -> [Self; 5] {
        [Self::memory(), Self::local(), Self::prefix(), Self::throttled(), Self::limited()]
    }

    /// Objects of an S3 service in this process, started when the first store is opened.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3() -> Self {
        Self::on(Variant::S3, Place::OwnS3)
    }

    /// Objects in a bucket of the user's, all below a fresh prefix; they are removed with the
    /// stores, and what is left with the adapter.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3_at(config: S3Config) -> Self {
        Self::on(Variant::S3, Place::S3(config))
    }

    /// Objects in a container of the user's, as [`s3_at`](Self::s3_at) keeps them.
    #[cfg(feature = "azure")]
    #[must_use]
    pub fn azure_at(config: AzureConfig) -> Self {
        Self::on(Variant::Azure, Place::Azure(config))
    }

    /// Objects below a directory of the user's, as [`s3_at`](Self::s3_at) keeps them.
    #[cfg(feature = "http")]
    #[must_use]
    pub fn http_at(config: HttpConfig) -> Self {
        Self::on(Variant::Http, Place::Http(config))
    }

    /// The service that [`s3`](Self::s3) started, if a store was opened.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3_service(&self) -> Option<Arc<zarr_conform_s3_service::S3Service>> {
        self.server.as_ref().and_then(|server| server.service())
    }

    const fn about(&self) -> &'static str {
        self.variant.about()
    }

    #[cfg(feature = "s3")]
    fn at_s3(address: &ServerAddress) -> Result<Self, AddressError> {
        let endpoint = address.endpoint.as_deref();
        Ok(Self::s3_at(S3Config::from_url(&address.url, endpoint, variable)?))
    }

    #[cfg(feature = "azure")]
    fn at_azure(address: &ServerAddress) -> Result<Self, AddressError> {
        let endpoint = address.endpoint.as_deref();
        Ok(Self::azure_at(AzureConfig::from_url(&address.url, endpoint, variable)?))
    }

    #[cfg(feature = "http")]
    fn at_http(address: &ServerAddress) -> Result<Self, AddressError> {
        Ok(Self::http_at(HttpConfig::from_url(&address.url)?))
    }

    #[cfg(feature = "s3")]
    fn is_on_own_service(&self) -> bool {
        self.server.as_ref().is_some_and(|server| !server.place.is_users())
    }

    fn of(variant: Variant) -> Self {
        Self {
            variant,
            tokio: LazyTokio::default(),
            #[cfg(feature = "_remote")]
            server: None,
        }
    }

    #[cfg(feature = "_remote")]
    fn on(variant: Variant, place: Place) -> Self {
        Self { server: Some(Server::new(place)), ..Self::of(variant) }
    }

    /// Whether a store needs tokio: for its timers, or for the pool that files are read on, which is
    /// how users run it.
    const fn needs_tokio(&self) -> bool {
        matches!(self.variant, Variant::Local | Variant::Throttled)
    }

    fn runtime(&self) -> Result<AnyRuntime, OpenError> {
        if !self.needs_tokio() {
            return Ok(AnyRuntime::CallingThread);
        }
        self.tokio.get().map(AnyRuntime::Tokio).map_err(not_started)
    }

    fn parallel(&self) -> Result<TokioRuntime, OpenError> {
        self.tokio.parallel().map_err(not_started)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what an error is mapped with")]
fn not_started(error: io::Error) -> OpenError {
    OpenError::new(format!("a runtime could not be started: {error}"))
}

/// A variable of the environment, in which the user gives credentials.
#[cfg(any(feature = "s3", feature = "azure"))]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Every variant, for lists of adapters; those that are on a server of the user's come last.
#[must_use]
pub fn adapters() -> Vec<Described> {
    let described = |adapter: ObjectStoreAdapter| {
        let about = adapter.about();
        Described::new(adapter, about)
    };
    [
        Vec::from(ObjectStoreAdapter::all().map(described)),
        #[cfg(feature = "s3")]
        vec![
            described(ObjectStoreAdapter::s3())
                .or_on_server("s3://BUCKET/PREFIX", ObjectStoreAdapter::at_s3),
        ],
        #[cfg(feature = "azure")]
        vec![Described::on_server(
            Variant::Azure.name(),
            Variant::Azure.about(),
            "az://CONTAINER/PREFIX",
            ObjectStoreAdapter::at_azure,
        )],
        #[cfg(feature = "http")]
        vec![Described::on_server(
            Variant::Http.name(),
            Variant::Http.about(),
            "http://HOST:PORT/PATH",
            ObjectStoreAdapter::at_http,
        )],
    ]
    .concat()
}

impl Variant {
    const fn name(self) -> &'static str {
        match self {
            Self::Memory => "object-store:memory",
            Self::Local => "object-store:local",
            Self::Prefix => "object-store:prefix",
            Self::Throttled => "object-store:throttled",
            Self::Limited => "object-store:limited",
            #[cfg(feature = "s3")]
            Self::S3 => "object-store:s3",
            #[cfg(feature = "azure")]
            Self::Azure => "object-store:azure",
            #[cfg(feature = "http")]
            Self::Http => "object-store:http",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Memory => "zarrs_object_store over object_store's InMemory",
            Self::Local => "the same over LocalFileSystem, in a temporary directory",
            Self::Prefix => "the same over PrefixStore, beside other objects",
            Self::Throttled => "the same over ThrottledStore",
            Self::Limited => "the same over LimitStore",
            #[cfg(feature = "s3")]
            Self::S3 => "the same over AmazonS3: a service in this process, or --url",
            #[cfg(feature = "azure")]
            Self::Azure => "the same over MicrosoftAzure",
            #[cfg(feature = "http")]
            Self::Http => "the same over HttpStore (WebDAV)",
        }
    }
}

impl Adapter for ObjectStoreAdapter {
    fn name(&self) -> &str {
        self.variant.name()
    }

    fn capabilities(&self) -> Capabilities {
        match self.variant {
            // `rename` of a name that is a directory moves all that is below it, copies are hard links
            // that `rename` does not tell apart, and each shows in a dozen ways: not declared until
            // such failures are told as one.
            Variant::Local => Capabilities {
                create: true,
                reopen: true,
                second_handle: true,
                audit: true,
                ..COUNTED
            },
            Variant::Prefix => Capabilities { audit: true, ..WITH_OBJECTS },
            Variant::Memory | Variant::Throttled | Variant::Limited => WITH_OBJECTS,
            #[cfg(feature = "s3")]
            Variant::S3 => Capabilities { create: true, reopen: true, ..COUNTED },
            #[cfg(any(feature = "azure", feature = "http"))]
            _ => Capabilities { reopen: true, ..COUNTED },
        }
    }

    /// What is documented for the traits, since `zarrs_object_store` 0.7 documents nothing of its
    /// own; it tells ranges from the size of the value itself (`get_partial_many`), so what
    /// `object_store` documents for `GetRange` is not what its users see.
    ///
    /// `object_store::path::Path` documents that names are encoded when it is made of a string, so
    /// that `..` is a name like any other, and no limit of length. For files it is what files are: a
    /// path is a file or a directory, and names have 255 bytes at the most.
    ///
    /// A resource of WebDAV is a collection or none (RFC 4918, section 5), like a directory.
    ///
    /// On servers, names have the length that the service documents, less what the prefix takes. A
    /// server of the user's may give errors that are transient; the one in this process may not.
    fn dialect(&self) -> Dialect {
        #[cfg(feature = "_remote")]
        if let Some(server) = &self.server {
            return Dialect {
                climb: usize::MAX,
                max_key_bytes: server.place.longest_key(),
                key_below_key: !server.place.keeps_files(),
                transient_errors: server.place.is_users(),
                // `RetryConfig` documents which errors are asked again.
                retries: true,
                overlap: server.place.overlap(),
                ..Dialect::ZARRS
            };
        }
        match self.variant {
            Variant::Local => Dialect {
                key_below_key: false,
                // The file systems of macOS and Windows fold case by default.
                case_sensitive: cfg!(target_os = "linux"),
                max_name_bytes: Some(255),
                climb: DEPTH,
                ..Dialect::ZARRS
            },
            Variant::Prefix | Variant::Memory | Variant::Throttled | Variant::Limited => {
                Dialect { climb: usize::MAX, ..Dialect::ZARRS }
            }
            #[cfg(feature = "_remote")]
            _ => unreachable!("variants on servers have one"),
        }
    }

    /// The calls of a store on files are seen by whoever plays; the requests of others are known here.
    /// A server of the user's is not told what to do.
    fn injects(&self) -> bool {
        match self.variant {
            Variant::Local => false,
            Variant::Memory | Variant::Prefix | Variant::Throttled | Variant::Limited => true,
            #[cfg(feature = "s3")]
            Variant::S3 => self.is_on_own_service(),
            #[cfg(any(feature = "azure", feature = "http"))]
            _ => false,
        }
    }

    fn known_fault_issues(&self) -> &str {
        match self.variant {
            Variant::Local => known_issues!("faults_local"),
            #[cfg(feature = "s3")]
            Variant::S3 => known_issues!("faults_s3"),
            _ => "",
        }
    }

    fn known_concurrent_issues(&self) -> &str {
        match self.variant {
            Variant::Limited => known_issues!("concurrent_limited"),
            _ => "",
        }
    }

    fn tested(&self) -> &[(&'static str, &'static str)] {
        &[("zarrs_storage", "0.4.5"), ("zarrs_object_store", "0.7.0"), ("object_store", "0.14.2")]
    }

    fn known_issues(&self) -> &str {
        match self.variant {
            Variant::Memory | Variant::Limited => concat!(
                known_issues!("common"),
                known_issues!("memory"),
                known_issues!("overflow"),
                known_issues!("rename")
            ),
            Variant::Prefix => concat!(
                known_issues!("common"),
                known_issues!("memory"),
                known_issues!("overflow"),
                known_issues!("rename"),
                known_issues!("prefix")
            ),
            Variant::Throttled => concat!(
                known_issues!("common"),
                known_issues!("memory"),
                known_issues!("overflow"),
                known_issues!("rename"),
                known_issues!("throttled")
            ),
            Variant::Local => {
                concat!(known_issues!("common"), known_issues!("overflow"), known_issues!("local"))
            }
            #[cfg(feature = "s3")]
            Variant::S3 if self.is_on_own_service() => concat!(
                known_issues!("common"),
                known_issues!("memory"),
                known_issues!("overflow"),
                known_issues!("coalesced"),
                known_issues!("own_s3")
            ),
            #[cfg(feature = "s3")]
            Variant::S3 => concat!(
                known_issues!("common"),
                known_issues!("memory"),
                known_issues!("overflow"),
                known_issues!("coalesced")
            ),
            #[cfg(feature = "azure")]
            Variant::Azure => concat!(
                known_issues!("common"),
                known_issues!("memory"),
                known_issues!("overflow"),
                known_issues!("coalesced"),
                known_issues!("azure")
            ),
            #[cfg(feature = "http")]
            Variant::Http => concat!(
                known_issues!("common"),
                known_issues!("memory"),
                known_issues!("overflow"),
                known_issues!("coalesced"),
                known_issues!("http")
            ),
        }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        #[cfg(feature = "_remote")]
        if let Some(server) = &self.server {
            return server.open();
        }
        let runtime = self.runtime()?;
        Ok(match self.variant {
            Variant::Memory => Box::new(polled_alone(InMemory::new(), runtime)),
            Variant::Limited => {
                Box::new(polled_alone(LimitStore::new(InMemory::new(), 2), runtime))
            }
            Variant::Throttled => Box::new(over(throttled(), runtime)),
            Variant::Prefix => Box::new(Prefixed::open(runtime)?),
            Variant::Local => {
                let parallel = AnyRuntime::Tokio(self.parallel()?);
                Box::new(Sandboxed::open(move |root| {
                    let files =
                        LocalFileSystem::new_with_prefix(root).map_err(OpenError::from_error)?;
                    let store = over(files, runtime.clone());
                    Ok(Numberless(store.map(|metered| metered.shared_on(parallel.clone()))))
                })?)
            }
            #[cfg(feature = "_remote")]
            _ => unreachable!("variants on servers have one"),
        })
    }
}

/// What a store can be asked whose requests are counted.
const COUNTED: Capabilities = Capabilities { traffic: true, ..Capabilities::ZARRS };

/// What a store can be asked besides whose objects are asked directly, too.
const WITH_OBJECTS: Capabilities =
    Capabilities { create: true, copy: true, rename: true, ..COUNTED };

/// Slow where it is asked least often: every wait of tokio's is a millisecond at the least.
fn throttled() -> ThrottledStore<InMemory> {
    let wait = Duration::from_millis(1);
    let config =
        ThrottleConfig { wait_list_with_delimiter_per_call: wait, ..ThrottleConfig::default() };
    ThrottledStore::new(InMemory::new(), config)
}
