//! Views: the other ways that `zarrs_storage` has to the parts of a value and to what is below a
//! prefix, as ways to read a store.
//!
//! Each stands beside the plain one, and has to agree with it. So the store below is the one that
//! gets ranges right, and a part that cannot be had is asked for by itself: the functions for many
//! parts give one error for all.

use std::io::{Cursor, Read, Seek};
use std::iter;
use std::sync::Arc;

use zarr_conform_store::CallingThread;
use zarrs_storage::byte_range::{
    ByteRange, ByteRangeIterator, extract_byte_ranges, extract_byte_ranges_concat,
    extract_byte_ranges_read_seek,
};
use zarrs_storage::storage_adapter::async_to_sync::AsyncToSyncStorageAdapter;
use zarrs_storage::store::AsyncMemoryStore;
use zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, ReadableStorageTraits,
    StorageError, StorageValueIO, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    discover_children,
};

/// The store below.
pub(crate) type Below = AsyncToSyncStorageAdapter<AsyncMemoryStore, CallingThread>;

/// A way to a part of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// `extract_byte_ranges` of the whole value, and the value as two parts of itself by
    /// `extract_byte_ranges_concat`.
    Extracted,
    /// `extract_byte_ranges_read_seek` of the whole value in memory.
    ReadSeek,
    /// The same of a `StorageValueIO`, which reads the store.
    ValueIo,
}

/// A store that is read on such a way.
pub(crate) struct Parts {
    pub(crate) store: Arc<Below>,
    pub(crate) way: Way,
}

impl Parts {
    fn part(&self, key: &StoreKey, range: ByteRange) -> Result<Option<Bytes>, StorageError> {
        let range = iter::once(range);
        let Some(value) = self.store.get(key)? else { return Ok(None) };
        let mut parts = match self.way {
            Way::Extracted => extract_byte_ranges(&value, range)?,
            Way::ReadSeek => extract_byte_ranges_read_seek(Cursor::new(value), range)?,
            // It is only made of a value that has bytes.
            Way::ValueIo if value.is_empty() => {
                extract_byte_ranges_read_seek(Cursor::new(value), range)?
            }
            Way::ValueIo => {
                let size = value.len() as u64;
                let value = StorageValueIO::new(Arc::clone(&self.store), key.clone(), size);
                extract_byte_ranges_read_seek(value, range)?
            }
        };
        Ok(parts.pop().map(Bytes::from))
    }
}

impl ReadableStorageTraits for Parts {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        let Some(value) = self.store.get(key)? else { return Ok(None) };
        let size = value.len() as u64;
        let whole = match self.way {
            Way::Extracted => {
                let (half, rest) = (ByteRange::new(..size / 2), ByteRange::new(size / 2..));
                extract_byte_ranges_concat(&value, [half, rest].into_iter())?
            }
            Way::ReadSeek | Way::ValueIo if value.is_empty() => Vec::new(),
            Way::ReadSeek => read(Cursor::new(value), size)?,
            Way::ValueIo => {
                read(StorageValueIO::new(Arc::clone(&self.store), key.clone(), size), size)?
            }
        };
        Ok(Some(whole.into()))
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        byte_ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        if self.store.size_key(key)?.is_none() {
            return Ok(None);
        }
        let key = key.clone();
        let lost = || StorageError::Other("the value is gone".to_owned());
        let part = move |range| self.part(&key, range)?.ok_or_else(lost);
        Ok(Some(Box::new(byte_ranges.map(part))))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        self.store.size_key(key)
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

/// All that a reader has, from behind: the second half first.
fn read(mut value: impl Read + Seek, size: u64) -> Result<Vec<u8>, StorageError> {
    let middle = (size / 2) as usize;
    let mut whole = vec![0; size as usize];
    value.seek(std::io::SeekFrom::Start(size / 2))?;
    value.read_exact(&mut whole[middle..])?;
    value.rewind()?;
    value.read_exact(&mut whole[..middle])?;
    Ok(whole)
}

/// A store whose listings are put together: keys by their parents, prefixes by `discover_children`,
/// and both turned into each other on the way.
pub(crate) struct Listings {
    pub(crate) store: Arc<Below>,
}

impl ListableStorageTraits for Listings {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        self.store.list()
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        let mut keys = self.store.list()?;
        keys.retain(|key| key.has_prefix(prefix));
        Ok(keys)
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        let mut keys = self.store.list_prefix(prefix)?;
        keys.retain(|key| key.parent() == *prefix);
        let children = discover_children(&self.store, prefix)?.into_iter();
        let children = children.filter(|child| child.parent().as_ref() == Some(prefix));
        let prefixes = children.map(|child| StoreKey::from(&child).to_prefix()).collect();
        Ok(StoreKeysPrefixes::new(keys, prefixes))
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        let keys = self.list_prefix(prefix)?;
        keys.iter().map(|key| Ok(self.store.size_key(key)?.unwrap_or(0))).sum()
    }
}
