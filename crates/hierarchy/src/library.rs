//! `ArrayLibrary`: what can be asked of an array library, and `Zarrs`, which asks `zarrs`.

use std::sync::Arc;

use zarr_conform_model::plan::{NodeAction, NodeOperation};
use zarr_conform_model::{Names, Outcome, Refusal};
use zarr_conform_store::Shim;
use zarrs::array::CodecOptions;

use crate::arrays::Opened;
use crate::{moves, nodes, stored};

/// An array library, asked one action at a time.
///
/// It keeps nothing from one call to the next: whatever it knows of a node, it read through the
/// store. A faulty library, to see whether its fault is found, is one that wraps [`Zarrs`] and
/// changes what is asked or what is answered.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use zarr_conform_hierarchy::{ArrayLibrary, Zarrs};
/// use zarr_conform_model::{Names, Outcome, Refusal};
/// use zarr_conform_model::plan::{NodeAction, NodeOperation};
/// use zarr_conform_store::Shim;
///
/// /// Forgets to erase chunks.
/// struct Forgetful(Zarrs);
///
/// impl ArrayLibrary for Forgetful {
///     fn act(
///         &self,
///         store: &Arc<Shim>,
///         names: &Names,
///         operation: &NodeOperation,
///     ) -> Result<Outcome, Refusal> {
///         match &*operation.action {
///             NodeAction::EraseChunk { .. } => Ok(Outcome::Done),
///             _ => self.0.act(store, names, operation),
///         }
///     }
/// }
/// ```
pub trait ArrayLibrary: Send + Sync {
    /// Does something to a node, which `names` gives the name of.
    ///
    /// # Errors
    ///
    /// Returns a [`Refusal`] in the words of the library, and in the class of the store's error if
    /// there is one behind it.
    fn act(
        &self,
        store: &Arc<Shim>,
        names: &Names,
        operation: &NodeOperation,
    ) -> Result<Outcome, Refusal>;

    /// Whether it may keep chunks that hold nothing but the fill value; see
    /// [`Dialect::empty_chunks`](zarr_conform_model::Dialect::empty_chunks).
    fn keeps_empty_chunks(&self) -> bool {
        false
    }
}

/// `zarrs`, used with care.
///
/// It works on one thread at a time, so that the store is asked the same questions in the same
/// order every time. An array is opened again for every action on it.
#[derive(Clone, Copy, Debug)]
pub struct Zarrs {
    options: CodecOptions,
}

impl Default for Zarrs {
    fn default() -> Self {
        Self::new()
    }
}

impl Zarrs {
    /// The library as it is without options.
    #[must_use]
    pub fn new() -> Self {
        let options = CodecOptions::default();
        let options = options.with_concurrent_target(1).with_chunk_concurrent_minimum(1);
        Self { options }
    }

    /// Writes parts of chunks as parts of values, where codecs and store allow it, in place of
    /// reading, changing and writing them whole.
    #[must_use]
    pub fn with_partial_encoding(self) -> Self {
        Self { options: self.options.with_experimental_partial_encoding(true) }
    }
}

impl ArrayLibrary for Zarrs {
    fn act(
        &self,
        store: &Arc<Shim>,
        names: &Names,
        operation: &NodeOperation,
    ) -> Result<Outcome, Refusal> {
        let path = format!("/{}", operation.path(names));
        let target = || format!("/{}", operation.target(names).unwrap_or_default());
        let open = || Opened::open(store, &path, self.options);
        match &*operation.action {
            NodeAction::AddGroup { attributes, overwrite } => {
                nodes::add_group(store, &path, attributes, *overwrite)
            }
            NodeAction::AddArray { spec, overwrite } => {
                nodes::add_array(store, &path, spec, *overwrite)
            }
            NodeAction::SetAttributes { attributes } => {
                nodes::set_attributes(store, &path, attributes)
            }
            NodeAction::OpenNode => nodes::open(store, &path),
            NodeAction::ListChildren => nodes::list(store, &path, false),
            NodeAction::ListNodes => nodes::list(store, &path, true),
            NodeAction::GetMetadata => stored::metadata(store, &path),
            NodeAction::Walk => stored::walk(store, &path),
            NodeAction::DeleteNode => nodes::delete(store, &path),
            NodeAction::CopyNode { .. } => moves::copy(store, &path, &target()),
            NodeAction::MoveNode { .. } => moves::shift(store, &path, &target()),
            NodeAction::Consolidate => nodes::consolidate(store, &path),
            NodeAction::WriteChunk { chunk, elements } => open()?.write_chunk(chunk, *elements),
            NodeAction::WriteRegion { region, elements } => open()?.write_region(region, *elements),
            NodeAction::ReadChunk { chunk, door } => open()?.read_chunk(*door, chunk),
            NodeAction::ReadRegion { region, door } => open()?.read_region(*door, region),
            NodeAction::ReadArray { door } => open()?.read_all(*door),
            NodeAction::GetChunk { chunk } => open()?.stored_chunk(chunk),
            NodeAction::EraseChunk { chunk } => open()?.erase_chunk(chunk),
            NodeAction::Resize { shape } => open()?.resize(shape),
        }
    }

    /// Its documentation says that it does not, but for those that are written in parts.
    fn keeps_empty_chunks(&self) -> bool {
        self.options.experimental_partial_encoding()
    }
}
