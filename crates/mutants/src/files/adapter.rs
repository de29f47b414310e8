//! The adapter of the small store on files.

use std::sync::Arc;

use zarr_conform_model::contract::Durable;
use zarr_conform_model::{Capabilities, Dialect};
use zarr_conform_store::{Adapter, DEPTH, OpenError, Sandboxed, StoreUnderTest, ZarrsStore};

use crate::files::bug::FileBug;
use crate::files::store::{FileStore, LONGEST_KEY};

/// Opens [`FileStore`]s in sandboxes, with a bug or without.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileAdapter {
    bug: Option<FileBug>,
}

impl FileAdapter {
    /// Stores that do everything right.
    #[must_use]
    pub const fn careful() -> Self {
        Self { bug: None }
    }

    /// Stores with a bug.
    #[must_use]
    pub const fn with(bug: FileBug) -> Self {
        Self { bug: Some(bug) }
    }
}

impl Adapter for FileAdapter {
    fn name(&self) -> &str {
        self.bug.map_or("careful", FileBug::name)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { reopen: true, audit: true, ..Capabilities::ZARRS }
    }

    fn dialect(&self) -> Dialect {
        Dialect {
            // The file systems of macOS and Windows fold case by default.
            case_sensitive: cfg!(target_os = "linux"),
            max_key_bytes: Some(LONGEST_KEY),
            climb: DEPTH,
            durable: Durable::OnReturn,
            ..Dialect::ZARRS
        }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let bug = self.bug;
        Ok(Box::new(Sandboxed::open(move |root| {
            let store = FileStore::open(root, bug).map_err(OpenError::from_error)?;
            Ok(ZarrsStore::of(Arc::new(store)))
        })?))
    }
}
