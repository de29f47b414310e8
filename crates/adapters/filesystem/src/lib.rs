#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use std::path::Path;
use std::sync::Arc;

use zarr_conform_model::contract::ListOrder;
use zarr_conform_model::{Capabilities, Dialect};
use zarr_conform_store::{
    Adapter, DEPTH, Described, OpenError, Sandboxed, StoreUnderTest, ZarrsStore,
};
use zarrs_filesystem::{FilesystemStore, FilesystemStoreOptions};
use zarrs_storage::storage_adapter::atomic_write::AtomicWriteStorageAdapter;
use zarrs_storage::{Bytes, ReadableStorageTraits, StoreKey, WritableStorageTraits};

/// The text of a file of known issues.
macro_rules! known_issues {
    ($file:literal) => {
        include_str!(concat!("../known_issues/", $file, ".toml"))
    };
}

/// Opens [`FilesystemStore`]s in temporary directories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilesystemAdapter {
    variant: Variant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    Plain,
    Sorted,
    HandleCache,
    DirectIo,
    AtomicWrite,
}

impl FilesystemAdapter {
    /// A store without options.
    #[must_use]
    pub const fn plain() -> Self {
        Self { variant: Variant::Plain }
    }

    /// A store that sorts what it walks.
    #[must_use]
    pub const fn sorted() -> Self {
        Self { variant: Variant::Sorted }
    }

    /// A store that keeps two files open for reading.
    #[must_use]
    pub const fn handle_cache() -> Self {
        Self { variant: Variant::HandleCache }
    }

    /// A store that goes around the page cache.
    #[must_use]
    pub const fn direct_io() -> Self {
        Self { variant: Variant::DirectIo }
    }

    /// A store that writes to a key beside the one that is meant, and renames it.
    #[must_use]
    pub const fn atomic_write() -> Self {
        Self { variant: Variant::AtomicWrite }
    }

    /// Every variant.
    #[must_use]
    pub const fn all() -> [Self; 5] {
        [
            Self::plain(),
            Self::sorted(),
            Self::handle_cache(),
            Self::direct_io(),
            Self::atomic_write(),
        ]
    }

    const fn about(self) -> &'static str {
        match self.variant {
            Variant::Plain => "zarrs_filesystem's FilesystemStore in a temporary directory",
            Variant::Sorted => "the same, sorting directories and files as they are walked",
            Variant::HandleCache => "the same, keeping two files open for reading",
            Variant::DirectIo => "the same, going around the page cache",
            Variant::AtomicWrite => "the same, in zarrs_storage's atomic-write wrapper",
        }
    }

    fn open_at(self, root: &Path) -> Result<ZarrsStore, OpenError> {
        let mut options = FilesystemStoreOptions::default();
        match self.variant {
            // Two handles, so that plans with three keys make the cache let go of one.
            Variant::HandleCache => options.file_handle_cache_size(2),
            Variant::DirectIo => options.direct_io(true),
            Variant::Plain | Variant::Sorted | Variant::AtomicWrite => &mut options,
        };
        let store =
            FilesystemStore::new_with_options(root, options).map_err(OpenError::from_error)?;
        Ok(match self.variant {
            Variant::Sorted => ZarrsStore::of(Arc::new(store.sorted())),
            Variant::AtomicWrite => {
                ZarrsStore::of(Arc::new(AtomicWriteStorageAdapter::new(Arc::new(store))))
            }
            _ => ZarrsStore::of(Arc::new(store)),
        })
    }

    /// Sees whether the file system under the temporary directory has direct I/O.
    fn probe_direct_io(root: &Path) -> Result<(), OpenError> {
        let mut options = FilesystemStoreOptions::default();
        options.direct_io(true);
        let store = FilesystemStore::new_with_options(root.join("probe"), options)
            .map_err(OpenError::from_error)?;
        let key = StoreKey::new("probe").map_err(OpenError::from_error)?;
        let written = store.set(&key, Bytes::from_static(b"probe"));
        let read = written.and_then(|()| store.get(&key)).map(|_| ());
        std::fs::remove_dir_all(root.join("probe")).map_err(OpenError::from_error)?;
        read.map_err(|error| {
            OpenError::new(format!(
                "the file system of {} has no direct I/O ({error}); set TMPDIR to a directory on one that has",
                std::env::temp_dir().display()
            ))
        })
    }
}

/// Every variant, for lists of adapters.
#[must_use]
pub fn adapters() -> Vec<Described> {
    FilesystemAdapter::all().map(|adapter| Described::new(adapter, adapter.about())).into()
}

impl Adapter for FilesystemAdapter {
    fn name(&self) -> &str {
        match self.variant {
            Variant::Plain => "fs",
            Variant::Sorted => "fs:sorted",
            Variant::HandleCache => "fs:handle-cache",
            Variant::DirectIo => "fs:direct-io",
            Variant::AtomicWrite => "fs:atomic-write",
        }
    }

    fn capabilities(&self) -> Capabilities {
        // A cached handle has the length of before, and the bytes that another one wrote in place.
        let second_handle = self.variant != Variant::HandleCache;
        Capabilities { reopen: true, second_handle, audit: true, ..Capabilities::ZARRS }
    }

    /// What `zarrs_filesystem` documents: nothing beyond the traits but, for
    /// [`sorted`](Self::sorted), that directories and files are sorted as they are walked. What
    /// no store of this kind can do is declared too: a path is a file or a directory, and names
    /// have 255 bytes at the most.
    fn dialect(&self) -> Dialect {
        let order = match self.variant {
            Variant::Sorted => ListOrder::Segments,
            _ => ListOrder::Unordered,
        };
        Dialect {
            order,
            key_below_key: false,
            // The file systems of macOS and Windows fold case by default.
            case_sensitive: cfg!(target_os = "linux"),
            max_name_bytes: Some(255),
            climb: DEPTH,
            ..Dialect::ZARRS
        }
    }

    fn tested(&self) -> &[(&'static str, &'static str)] {
        &[("zarrs_storage", "0.4.5"), ("zarrs_filesystem", "0.3.14")]
    }

    fn known_issues(&self) -> &str {
        match self.variant {
            Variant::Plain | Variant::HandleCache => {
                concat!(known_issues!("common"), known_issues!("buffered"))
            }
            Variant::Sorted => {
                concat!(known_issues!("common"), known_issues!("buffered"), known_issues!("sorted"))
            }
            Variant::DirectIo => concat!(known_issues!("common"), known_issues!("direct_io")),
            Variant::AtomicWrite => concat!(
                known_issues!("common"),
                known_issues!("buffered"),
                known_issues!("atomic_write")
            ),
        }
    }

    fn known_fault_issues(&self) -> &str {
        match self.variant {
            Variant::Plain | Variant::HandleCache | Variant::Sorted => concat!(
                known_issues!("faults_common"),
                known_issues!("faults_in_place"),
                known_issues!("faults_power")
            ),
            Variant::DirectIo => concat!(
                known_issues!("faults_common"),
                known_issues!("faults_in_place"),
                known_issues!("faults_direct_io")
            ),
            Variant::AtomicWrite => {
                concat!(known_issues!("faults_common"), known_issues!("faults_atomic_write"))
            }
        }
    }

    fn known_concurrent_issues(&self) -> &str {
        match self.variant {
            Variant::AtomicWrite => {
                concat!(
                    known_issues!("concurrent_common"),
                    known_issues!("concurrent_atomic_write")
                )
            }
            Variant::Plain | Variant::HandleCache | Variant::Sorted | Variant::DirectIo => {
                concat!(known_issues!("concurrent_common"), known_issues!("concurrent_in_place"))
            }
        }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let adapter = *self;
        Ok(match adapter.variant {
            Variant::DirectIo => Box::new(Sandboxed::open(move |root| {
                Self::probe_direct_io(root)?;
                adapter.open_at(root)
            })?),
            _ => Box::new(Sandboxed::open(move |root| adapter.open_at(root))?),
        })
    }
}
