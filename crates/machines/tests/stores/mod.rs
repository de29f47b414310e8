//! Stores for the tests of the machine: one that is right, with one bug of many, or with a mutant.
//!
//! A mutant is planted where a store is asked. What is a bug here shows where mutants cannot be: in
//! stores that panic, hang or refuse, and behind a door for stores that only read.

#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "every test file has a copy of this module, and none uses all of it"
)]

pub mod odd;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use zarr_conform_machines::mutants::{Mutant, Planted};
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest, ZarrsStore};
use zarrs_storage::byte_range::{ByteRange, ByteRangeIterator, InvalidByteRangeError};
use zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits,
};

/// A bug that a [`MapStore`] can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    None,
    /// `list_prefix("a/")` also lists keys that merely start with `a`.
    ListPrefixByString,
    /// `list_dir` lists a child prefix once for each key below it.
    RepeatsPrefixes,
    /// Cannot hold a key below a key, and erases the upper one when it refuses the lower.
    RefusalErases,
    /// Every read panics.
    Panics,
    /// Reading an empty value takes for ever.
    Hangs,
    /// A listing has ten million keys.
    TenMillionKeys,
    /// The size of what is empty panics while the store is locked.
    Poisons,
    /// Reads of parts that are not there panic, with the numbers in the message.
    PanicsAtRanges,
}

/// A store over a map, right but for its bug.
#[derive(Debug)]
pub struct MapStore {
    bug: Bug,
    values: Mutex<BTreeMap<String, Bytes>>,
}

impl MapStore {
    pub fn new(bug: Bug) -> Self {
        Self { bug, values: Mutex::default() }
    }

    fn keys_below(&self, prefix: &str) -> StoreKeys {
        let values = self.values.lock().unwrap();
        let below = values.keys().filter(|key| key.starts_with(prefix));
        below.map(|key| StoreKey::new(key.as_str()).unwrap()).collect()
    }
}

/// Opens [`MapStore`]s that are right.
pub struct MapAdapter;

impl Adapter for MapAdapter {
    fn name(&self) -> &str {
        "map"
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(Box::new(ZarrsStore::of(Arc::new(MapStore::new(Bug::None)))))
    }
}

/// Opens [`MapStore`]s that are right but for a mutant.
pub fn planted(mutant: Mutant) -> Planted {
    Planted::new(Arc::new(MapAdapter), mutant)
}

fn part(value: &Bytes, range: ByteRange) -> Result<Bytes, StorageError> {
    let length = value.len() as u64;
    let refused = || InvalidByteRangeError::new(range, length).into();
    let (start, end) = match range {
        ByteRange::FromStart(start, count) => {
            (Some(start), count.map_or(Some(length), |count| start.checked_add(count)))
        }
        ByteRange::Suffix(count) => (length.checked_sub(count), Some(length)),
    };
    match (start, end) {
        (Some(start), Some(end)) if start <= end && end <= length => {
            Ok(value.slice(start as usize..end as usize))
        }
        _ => Err(refused()),
    }
}

/// Refuses a key above or below another one, and takes the upper one with it.
fn refuse_nesting(values: &mut BTreeMap<String, Bytes>, name: &str) -> Result<(), StorageError> {
    let above = name.match_indices('/').find(|(slash, _)| values.contains_key(&name[..*slash]));
    if let Some((slash, _)) = above {
        values.remove(&name[..slash]);
        return Err(StorageError::Other("a key is in the way".to_owned()));
    }
    if values.keys().any(|key| key.starts_with(&format!("{name}/"))) {
        return Err(StorageError::Other("keys are below".to_owned()));
    }
    Ok(())
}

impl ReadableStorageTraits for MapStore {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        let value = self.values.lock().unwrap().get(key.as_str()).cloned();
        match self.bug {
            Bug::Panics => panic!("no reads today"),
            Bug::Hangs if value.as_ref().is_some_and(Bytes::is_empty) => loop {
                std::thread::sleep(std::time::Duration::from_mins(1));
            },
            _ => Ok(value),
        }
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        byte_ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let Some(value) = self.values.lock().unwrap().get(key.as_str()).cloned() else {
            return Ok(None);
        };
        let ranges: Vec<_> = byte_ranges.collect();
        if self.bug == Bug::PanicsAtRanges {
            let wrong = ranges.iter().find(|range| part(&value, **range).is_err());
            assert!(wrong.is_none(), "{wrong:?} of {} bytes", value.len());
        }
        Ok(Some(Box::new(ranges.into_iter().map(move |range| part(&value, range)))))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        Ok(self.values.lock().unwrap().get(key.as_str()).map(|value| value.len() as u64))
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl WritableStorageTraits for MapStore {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        let mut values = self.values.lock().unwrap();
        if self.bug == Bug::RefusalErases {
            refuse_nesting(&mut values, key.as_str())?;
        }
        values.insert(key.as_str().to_owned(), value);
        Ok(())
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        offset_values: OffsetBytesIterator,
    ) -> Result<(), StorageError> {
        let mut values = self.values.lock().unwrap();
        let name = key.as_str();
        if self.bug == Bug::RefusalErases {
            refuse_nesting(&mut values, name)?;
        }
        let mut value = values.get(name).map(|value| value.to_vec());
        for (offset, bytes) in offset_values {
            let value = value.get_or_insert_default();
            let offset = usize::try_from(offset).map_err(|error| error.to_string())?;
            let end = offset.checked_add(bytes.len()).filter(|end| *end < 1 << 28);
            let end = end.ok_or("the value would be too long")?;
            if value.len() < end {
                value.resize(end, 0);
            }
            value[offset..end].copy_from_slice(&bytes);
        }
        if let Some(value) = value {
            values.insert(name.to_owned(), value.into());
        }
        Ok(())
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.values.lock().unwrap().remove(key.as_str());
        Ok(())
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        self.values.lock().unwrap().retain(|key, _| !key.starts_with(prefix.as_str()));
        Ok(())
    }

    fn supports_set_partial(&self) -> bool {
        true
    }
}

impl ListableStorageTraits for MapStore {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        let mut keys = self.keys_below("");
        if self.bug == Bug::TenMillionKeys && !keys.is_empty() {
            keys = vec![StoreKey::new("many").unwrap(); 10_000_000];
        }
        Ok(keys)
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        Ok(match self.bug {
            Bug::ListPrefixByString => self.keys_below(prefix.as_str().trim_end_matches('/')),
            _ => self.keys_below(prefix.as_str()),
        })
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        let (mut keys, mut prefixes) = (Vec::new(), Vec::new());
        for key in self.keys_below(prefix.as_str()) {
            match key.as_str()[prefix.as_str().len()..].split_once('/') {
                None => keys.push(key),
                Some((child, _)) => {
                    prefixes.push(StorePrefix::new(format!("{prefix}{child}/")).unwrap());
                }
            }
        }
        if self.bug != Bug::RepeatsPrefixes {
            prefixes.dedup();
        }
        Ok(StoreKeysPrefixes::new(keys, prefixes))
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        let values = self.values.lock().unwrap();
        assert!(self.bug != Bug::Poisons || !values.is_empty(), "nothing has no size");
        let below = values.iter().filter(|(key, _)| key.starts_with(prefix.as_str()));
        Ok(below.map(|(_, value)| value.len() as u64).sum())
    }
}
