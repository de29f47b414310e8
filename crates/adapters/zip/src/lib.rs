#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod archive;

use std::sync::Arc;

use zarr_conform_model::{Capabilities, Dialect};
use zarr_conform_store::{
    Adapter, AsyncStore, CallingThread, Contents, Described, OpenError, StoreUnderTest, ZarrsStore,
};
use zarrs_storage::store::{AsyncMemoryStore, MemoryStore};
use zarrs_storage::{AsyncWritableStorageTraits, StoreKey, WritableStorageTraits};
use zarrs_zip::ZipStorageAdapter;
use zip::CompressionMethod;

use crate::archive::Archive;

/// The text of a file of known issues.
macro_rules! known_issues {
    ($file:literal) => {
        include_str!(concat!("../known_issues/", $file, ".toml"))
    };
}

/// Opens [`ZipStorageAdapter`]s over archives in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZipAdapter {
    variant: Variant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    Stored,
    Deflated,
    Below,
    Asynchronous,
}

impl ZipAdapter {
    /// Values as they are.
    #[must_use]
    pub const fn stored() -> Self {
        Self { variant: Variant::Stored }
    }

    /// Compressed values, and entries for directories.
    #[must_use]
    pub const fn deflated() -> Self {
        Self { variant: Variant::Deflated }
    }

    /// Values below a path, beside entries of somebody else.
    #[must_use]
    pub const fn below() -> Self {
        Self { variant: Variant::Below }
    }

    /// Values as they are, read through the asynchronous traits.
    #[must_use]
    pub const fn asynchronous() -> Self {
        Self { variant: Variant::Asynchronous }
    }

    /// Every variant.
    #[must_use]
    pub const fn all() -> [Self; 4] {
        [Self::stored(), Self::deflated(), Self::below(), Self::asynchronous()]
    }
}

/// Every variant, for lists of adapters; they are opened over contents alone.
#[must_use]
pub fn adapters() -> Vec<Described> {
    let described = |adapter: ZipAdapter| Described::new(adapter, adapter.variant.about());
    ZipAdapter::all().map(described).into()
}

/// The path of `zip:below`, with the slash that `zarrs_zip` does not add.
const BELOW: &str = "some/path/";

/// What is beside it, with names that a careless comparison takes for names below it.
const BESIDE: &[&str] = &["a", "some/path-2/a", "some/pati", "some/patg/a"];

impl Variant {
    const fn name(self) -> &'static str {
        match self {
            Self::Stored => "zip",
            Self::Deflated => "zip:deflated",
            Self::Below => "zip:below",
            Self::Asynchronous => "zip:async",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Stored => "zarrs_zip over an archive in memory, read-only",
            Self::Deflated => "the same with compressed values and entries for directories",
            Self::Below => "the same below a path of the archive, beside other entries",
            Self::Asynchronous => "the same, asked through its asynchronous traits",
        }
    }

    const fn archive(self) -> Archive {
        let plain = Archive {
            method: CompressionMethod::Stored,
            has_directories: false,
            below: "",
            beside: &[],
        };
        match self {
            Self::Stored | Self::Asynchronous => plain,
            Self::Deflated => {
                Archive { method: CompressionMethod::Deflated, has_directories: true, ..plain }
            }
            Self::Below => Archive { below: BELOW, beside: BESIDE, ..plain },
        }
    }
}

impl Adapter for ZipAdapter {
    fn name(&self) -> &str {
        self.variant.name()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { read: true, list: true, ..Capabilities::NONE }
    }

    /// `zarrs_zip` documents nothing beyond the traits, and an archive has no paths to climb.
    fn dialect(&self) -> Dialect {
        Dialect { climb: usize::MAX, ..Dialect::ZARRS }
    }

    fn tested(&self) -> &[(&'static str, &'static str)] {
        &[("zarrs_storage", "0.4.5"), ("zarrs_zip", "0.5.2")]
    }

    fn known_issues(&self) -> &str {
        match self.variant {
            Variant::Deflated => concat!(known_issues!("common"), known_issues!("deflated")),
            _ => concat!(known_issues!("common"), known_issues!("stored")),
        }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.open_over(Contents::new())
    }

    fn open_over(&self, contents: Contents) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let archive = self.variant.archive();
        let bytes = archive.of(&contents).map_err(OpenError::from_error)?;
        let key = StoreKey::new("a.zip").map_err(OpenError::from_error)?;
        if self.variant == Variant::Asynchronous {
            return over_async(key, bytes);
        }
        let memory = Arc::new(MemoryStore::new());
        memory.set(&key, bytes.into()).map_err(OpenError::from_error)?;
        let store = ZipStorageAdapter::new_with_path(memory, key, archive.below);
        let store = Arc::new(store.map_err(OpenError::from_error)?);
        Ok(Box::new(ZarrsStore::new().readable(store.clone()).listable(store)))
    }
}

fn over_async(key: StoreKey, bytes: Vec<u8>) -> Result<Box<dyn StoreUnderTest>, OpenError> {
    let memory = Arc::new(AsyncMemoryStore::new());
    futures::executor::block_on(async {
        memory.set(&key, bytes.into()).await.map_err(OpenError::from_error)?;
        let store = ZipStorageAdapter::new_async(memory, key).await;
        let store = Arc::new(store.map_err(OpenError::from_error)?);
        let store = AsyncStore::new(CallingThread).readable(store.clone()).listable(store);
        Ok(Box::new(store) as Box<dyn StoreUnderTest>)
    })
}
