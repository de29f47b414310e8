//! Answers that follow from values and from keys, for small stores.

use std::collections::BTreeSet;

use zarrs_storage::byte_range::{ByteRange, ByteRangeIterator, InvalidByteRangeError};
use zarrs_storage::{
    Bytes, MaybeBytes, MaybeBytesIterator, ReadableStorageTraits, StorageError, StoreKey,
    StoreKeysPrefixes, StorePrefix,
};

/// The bytes of a range, which has to be inside the value.
pub(crate) fn part(value: &Bytes, range: ByteRange) -> Result<Bytes, StorageError> {
    let length = value.len() as u64;
    let bounds = match range {
        ByteRange::FromStart(start, None) => Some((start, length)),
        ByteRange::FromStart(start, Some(count)) => {
            start.checked_add(count).map(|end| (start, end))
        }
        ByteRange::Suffix(count) => length.checked_sub(count).map(|start| (start, length)),
    };
    match bounds {
        Some((start, end)) if start <= end && end <= length => {
            Ok(value.slice(start as usize..end as usize))
        }
        _ => Err(InvalidByteRangeError::new(range, length).into()),
    }
}

/// The parts of a value, each by itself.
pub(crate) fn parts<'a>(
    value: MaybeBytes,
    ranges: ByteRangeIterator<'a>,
) -> MaybeBytesIterator<'a> {
    let value = value?;
    Some(Box::new(ranges.map(move |range| part(&value, range))))
}

/// The keys below a prefix.
pub(crate) fn below(mut keys: Vec<StoreKey>, prefix: &StorePrefix) -> Vec<StoreKey> {
    keys.retain(|key| key.has_prefix(prefix));
    keys
}

/// The sizes of some keys together.
pub(crate) fn summed(
    store: &impl ReadableStorageTraits,
    keys: &[StoreKey],
) -> Result<u64, StorageError> {
    keys.iter().map(|key| Ok(store.size_key(key)?.unwrap_or(0))).sum()
}

/// The directory of a prefix, of all keys below it.
pub(crate) fn directory(
    below: Vec<StoreKey>,
    prefix: &StorePrefix,
) -> Result<StoreKeysPrefixes, StorageError> {
    let (mut keys, mut prefixes) = (Vec::new(), BTreeSet::new());
    for key in below {
        match key.as_str()[prefix.as_str().len()..].split_once('/') {
            None => keys.push(key),
            Some((child, _)) => {
                prefixes.insert(StorePrefix::new(format!("{}{child}/", prefix.as_str()))?);
            }
        }
    }
    Ok(StoreKeysPrefixes::new(keys, prefixes.into_iter().collect()))
}

/// A value with patches over it, zeros where there was nothing.
pub(crate) fn patched(
    mut value: Vec<u8>,
    patches: impl IntoIterator<Item = (u64, Bytes)>,
) -> Vec<u8> {
    for (offset, bytes) in patches {
        let start = offset as usize;
        let end = start + bytes.len();
        value.resize(value.len().max(end), 0);
        value[start..end].copy_from_slice(&bytes);
    }
    value
}
