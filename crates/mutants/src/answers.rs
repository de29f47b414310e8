//! Answers that follow from values and from keys, for small stores.

use std::collections::BTreeSet;

use zarrs_storage::byte_range::{ByteRange, InvalidByteRangeError};
use zarrs_storage::{Bytes, StorageError, StoreKey, StoreKeysPrefixes, StorePrefix};

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
