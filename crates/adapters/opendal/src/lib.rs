#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod errors;
mod operator;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "s3")]
mod tagged;
mod unreliable;

pub use errors::classify_opendal;
use std::io;

use opendal::Operator;
use opendal::services::{Fs, Memory};
use zarr_conform_model::{Capabilities, Dialect, ErrorClass, Names, Operation, Outcome, Refusal};
use zarr_conform_store::{
    Adapter, AsyncStore, Callers, CallingThread, Described, Handle, LazyTokio, OnService,
    OpenError, Requests, Sandboxed, StoreUnderTest, TokioRuntime,
};

use crate::operator::over;
use crate::unreliable::Unreliable;

/// The text of a file of known issues.
macro_rules! known_issues {
    ($file:literal) => {
        include_str!(concat!("../known_issues/", $file, ".toml"))
    };
}

/// Opens [`AsyncOpendalStore`](zarrs_opendal::AsyncOpendalStore)s.
#[derive(Clone, Debug)]
pub struct OpendalAdapter {
    variant: Variant,
    tokio: LazyTokio,
    #[cfg(feature = "s3")]
    s3: s3::OwnS3,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    Memory,
    Files,
    #[cfg(feature = "s3")]
    S3,
}

impl OpendalAdapter {
    /// Entries in memory.
    #[must_use]
    pub fn memory() -> Self {
        Self::of(Variant::Memory)
    }

    /// Entries in files.
    #[must_use]
    pub fn files() -> Self {
        Self::of(Variant::Files)
    }

    /// Entries of an S3 service in this process, started when the first store is opened.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3() -> Self {
        Self::of(Variant::S3)
    }

    /// Every variant that needs no server.
    #[must_use]
    pub fn all() -> [Self; 2] {
        [Self::memory(), Self::files()]
    }

    const fn about(&self) -> &'static str {
        match self.variant {
            Variant::Memory => "zarrs_opendal over opendal's memory service",
            Variant::Files => "the same over its fs service, in a temporary directory",
            #[cfg(feature = "s3")]
            Variant::S3 => "the same over its S3 service: a service in this process",
        }
    }

    fn of(variant: Variant) -> Self {
        Self {
            variant,
            tokio: LazyTokio::default(),
            #[cfg(feature = "s3")]
            s3: s3::OwnS3::default(),
        }
    }

    fn runtime(&self) -> Result<TokioRuntime, OpenError> {
        self.tokio.get().map_err(not_started)
    }

    fn parallel(&self) -> Result<TokioRuntime, OpenError> {
        self.tokio.parallel().map_err(not_started)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what an error is mapped with")]
fn not_started(error: io::Error) -> OpenError {
    OpenError::new(format!("a runtime could not be started: {error}"))
}

/// Every variant, for lists of adapters.
#[must_use]
pub fn adapters() -> Vec<Described> {
    let adapters = Vec::from(OpendalAdapter::all());
    #[cfg(feature = "s3")]
    let adapters = [adapters, vec![OpendalAdapter::s3()]].concat();
    let described = |adapter: OpendalAdapter| {
        let about = adapter.about();
        Described::new(adapter, about)
    };
    adapters.into_iter().map(described).collect()
}

impl Adapter for OpendalAdapter {
    fn name(&self) -> &str {
        match self.variant {
            Variant::Memory => "opendal:memory",
            Variant::Files => "opendal:fs",
            #[cfg(feature = "s3")]
            Variant::S3 => "opendal:s3",
        }
    }

    fn capabilities(&self) -> Capabilities {
        match self.variant {
            Variant::Memory => Capabilities::ZARRS,
            Variant::Files => Capabilities {
                reopen: true,
                second_handle: true,
                audit: true,
                ..Capabilities::ZARRS
            },
            #[cfg(feature = "s3")]
            Variant::S3 => Capabilities { reopen: true, ..Capabilities::ZARRS },
        }
    }

    /// What is documented for the traits, since `zarrs_opendal` 0.14 documents nothing of its own.
    ///
    /// For files it is what files are: a path is a file or a directory, and names have 255 bytes
    /// at the most. In memory there are no paths to climb. With files there are, and names that
    /// climb are left out all the same: listing `../` never ends, and keeps a thread busy for good.
    ///
    /// On S3, names have the 1,024 bytes that its documentation gives them ("Naming Amazon S3
    /// objects" in its user guide), less what the prefix takes.
    fn dialect(&self) -> Dialect {
        match self.variant {
            Variant::Memory => Dialect { climb: usize::MAX, ..Dialect::ZARRS },
            Variant::Files => Dialect {
                key_below_key: false,
                // The file systems of macOS and Windows fold case by default.
                case_sensitive: cfg!(target_os = "linux"),
                max_name_bytes: Some(255),
                ..Dialect::ZARRS
            },
            #[cfg(feature = "s3")]
            Variant::S3 => Dialect {
                climb: usize::MAX,
                max_key_bytes: Some(1024 - s3::PREFIX_BYTES),
                ..Dialect::ZARRS
            },
        }
    }

    /// The calls of a store on files are seen by whoever plays; the requests of others are known here.
    fn injects(&self) -> bool {
        match self.variant {
            Variant::Files => false,
            Variant::Memory => true,
            #[cfg(feature = "s3")]
            Variant::S3 => true,
        }
    }

    fn known_fault_issues(&self) -> &str {
        match self.variant {
            Variant::Files => known_issues!("faults_fs"),
            _ => "",
        }
    }

    fn known_concurrent_issues(&self) -> &str {
        match self.variant {
            Variant::Files => {
                concat!(known_issues!("concurrent_common"), known_issues!("concurrent_fs"))
            }
            _ => known_issues!("concurrent_common"),
        }
    }

    fn tested(&self) -> &[(&'static str, &'static str)] {
        &[("zarrs_storage", "0.4.5"), ("zarrs_opendal", "0.14.0"), ("opendal", "0.59.5")]
    }

    fn known_issues(&self) -> &str {
        match self.variant {
            Variant::Memory => concat!(known_issues!("common"), known_issues!("memory")),
            Variant::Files => concat!(known_issues!("common"), known_issues!("fs")),
            #[cfg(feature = "s3")]
            Variant::S3 => concat!(known_issues!("common"), known_issues!("s3")),
        }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(match self.variant {
            Variant::Memory => {
                let service = Operator::new(Memory::default()).map_err(OpenError::from_error)?;
                let requests = Requests::default();
                let service = service.layer(Unreliable(requests.clone()));
                Box::new(OnService::new(over(service, CallingThread).polled_alone(), requests))
            }
            Variant::Files => {
                let (runtime, parallel) = (self.runtime()?, self.parallel()?);
                Box::new(Sandboxed::open(move |root| {
                    let service = Fs::default().root(&root.display().to_string());
                    let service = Operator::new(service).map_err(OpenError::from_error)?;
                    Ok(Files {
                        store: over(service.clone(), runtime.clone()),
                        in_turns: over(service, runtime.in_turns()),
                        parallel: parallel.clone(),
                    })
                })?)
            }
            #[cfg(feature = "s3")]
            Variant::S3 => Box::new(self.s3.open(self.runtime()?)?),
        })
    }
}

/// A store of files, asked so that its answers can be had again.
///
/// It is not asked for names with the segment `..`: a listing of one never ends, not even of one
/// that stays inside the root (`list_prefix a/../`), and its thread is busy for good. What never
/// ends has no place in a campaign, whose other cases it takes the time of. It is a failure of the
/// store all the same; see `known_issues/fs.toml`.
struct Files {
    store: AsyncStore<TokioRuntime>,
    /// The same store, for `erase_many`, which starts all erases at once: they race each other.
    in_turns: AsyncStore<TokioRuntime>,
    /// Where callers at the same time ask.
    parallel: TokioRuntime,
}

impl StoreUnderTest for Files {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let keys = operation.keys().map(|key| names.key(key).as_str());
        let prefix = operation.prefix().map(|prefix| names.prefix(prefix).as_str());
        if keys.chain(prefix).any(|name| name.split('/').any(|segment| segment == "..")) {
            let words = "the adapter does not ask for `..`: a listing of it never ends";
            return Outcome::Refused(Refusal::new(ErrorClass::InvalidKey, words));
        }
        match operation {
            Operation::EraseMany { .. } => self.in_turns.answer(names, operation),
            _ => self.store.answer(names, operation),
        }
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        Some(self)
    }
}

impl Callers for Files {
    fn share(&mut self) -> Option<Handle> {
        let store = self.store.on(self.parallel.clone());
        let (in_turns, parallel) = (store.clone(), self.parallel.clone());
        Some(Handle::on_other_threads(Self { store, in_turns, parallel }))
    }
}
