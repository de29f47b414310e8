//! What keys are named like: metadata documents and chunks.

use zarr_conform_model::hierarchy_model::ZARR_JSON;
use zarr_conform_model::plan::ChunkKeys;
use zarrs_storage::{StoreKey, StorePrefix};

/// Whether a key is that of a document.
pub(crate) fn is_document(key: &StoreKey) -> bool {
    name_of(key) == ZARR_JSON
}

/// The key of the document right below a prefix.
pub(crate) fn document_in(prefix: &StorePrefix) -> Option<StoreKey> {
    StoreKey::new(format!("{prefix}{ZARR_JSON}")).ok()
}

/// Whether a key is named like that of a chunk: `a/c/0`, `a/c`, `a/c.0.1`, `a/0.1`, `a/0`.
pub(crate) fn is_chunk(key: &StoreKey) -> bool {
    // With slashes, the last name is the last number.
    let name = name_of(key);
    ChunkKeys::V2.is_key(name) || ChunkKeys::DefaultDots.is_key(name)
}

/// The last name of a key.
pub(crate) fn name_of(key: &StoreKey) -> &str {
    key.as_str().rsplit('/').next().unwrap_or_default()
}
