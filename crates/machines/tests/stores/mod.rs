//! Stores for the tests of the machine: one that is right, and wrappers with one planted bug each.

#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "every test file has a copy of this module, and none uses all of it"
)]

pub mod odd;

use std::collections::BTreeMap;
use std::sync::Mutex;

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
    /// Overwriting with a shorter value keeps the old value's tail.
    OverwriteKeepsTail,
    /// `list_prefix("a/")` also lists keys that merely start with `a`.
    ListPrefixByString,
    /// `erase_prefix("a/")` also erases keys that merely start with `a`.
    ErasePrefixByString,
    /// `list` gives 16 keys at the most.
    PageOf16,
    /// A key that was read keeps its value after an overwrite.
    StaleReads,
    /// Erasing a key that has no value is an error.
    EraseMissingErrors,
    /// A key that is set again after its erase has its old value.
    Resurrects,
    /// `size_key` gives the size of the first value.
    StaleSize,
    /// Keys that differ in case are one key.
    FoldsCase,
    /// `get_partial_many` gives its parts sorted by their start.
    SortsRanges,
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
    /// What bugs remember: values that were read, erased, or set first.
    memory: Mutex<BTreeMap<String, Bytes>>,
}

impl MapStore {
    pub fn new(bug: Bug) -> Self {
        Self { bug, values: Mutex::default(), memory: Mutex::default() }
    }

    fn name(&self, key: &StoreKey) -> String {
        match self.bug {
            Bug::FoldsCase => key.as_str().to_lowercase(),
            _ => key.as_str().to_owned(),
        }
    }

    fn keys_below(&self, prefix: &str) -> StoreKeys {
        let values = self.values.lock().unwrap();
        let below = values.keys().filter(|key| key.starts_with(prefix));
        below.map(|key| StoreKey::new(key.as_str()).unwrap()).collect()
    }
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
        let value = self.values.lock().unwrap().get(&self.name(key)).cloned();
        match self.bug {
            Bug::Panics => panic!("no reads today"),
            Bug::Hangs if value.as_ref().is_some_and(Bytes::is_empty) => loop {
                std::thread::sleep(std::time::Duration::from_mins(1));
            },
            Bug::StaleReads => {
                let Some(value) = value else { return Ok(None) };
                let mut read = self.memory.lock().unwrap();
                Ok(Some(read.entry(self.name(key)).or_insert(value).clone()))
            }
            _ => Ok(value),
        }
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        byte_ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let Some(value) = self.values.lock().unwrap().get(&self.name(key)).cloned() else {
            return Ok(None);
        };
        let mut ranges: Vec<_> = byte_ranges.collect();
        if self.bug == Bug::SortsRanges {
            ranges.sort();
        }
        if self.bug == Bug::PanicsAtRanges {
            let wrong = ranges.iter().find(|range| part(&value, **range).is_err());
            assert!(wrong.is_none(), "{wrong:?} of {} bytes", value.len());
        }
        Ok(Some(Box::new(ranges.into_iter().map(move |range| part(&value, range)))))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        let name = self.name(key);
        let size = self.values.lock().unwrap().get(&name).map(|value| value.len() as u64);
        if self.bug == Bug::StaleSize && size.is_some() {
            let first = self.memory.lock().unwrap();
            return Ok(first.get(&name).map(|value| value.len() as u64));
        }
        Ok(size)
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl WritableStorageTraits for MapStore {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        let name = self.name(key);
        let mut values = self.values.lock().unwrap();
        let mut memory = self.memory.lock().unwrap();
        if self.bug == Bug::RefusalErases {
            refuse_nesting(&mut values, &name)?;
        }
        let value = match (self.bug, values.get(&name)) {
            (Bug::OverwriteKeepsTail, Some(old)) if old.len() > value.len() => {
                [&value[..], &old[value.len()..]].concat().into()
            }
            (Bug::Resurrects, None) => memory.remove(&name).unwrap_or(value),
            _ => value,
        };
        if self.bug == Bug::StaleSize {
            memory.entry(name.clone()).or_insert_with(|| value.clone());
        }
        values.insert(name, value);
        Ok(())
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        offset_values: OffsetBytesIterator,
    ) -> Result<(), StorageError> {
        let mut values = self.values.lock().unwrap();
        let name = self.name(key);
        if self.bug == Bug::RefusalErases {
            refuse_nesting(&mut values, &name)?;
        }
        let mut value = values.get(&name).map(|value| value.to_vec());
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
            values.insert(name, value.into());
        }
        Ok(())
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        let name = self.name(key);
        match (self.bug, self.values.lock().unwrap().remove(&name)) {
            (Bug::EraseMissingErrors, None) => Err(StorageError::Other("no such key".to_owned())),
            (Bug::Resurrects, Some(value)) => {
                self.memory.lock().unwrap().insert(name, value);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        let prefix = match self.bug {
            Bug::ErasePrefixByString => prefix.as_str().trim_end_matches('/'),
            _ => prefix.as_str(),
        };
        self.values.lock().unwrap().retain(|key, _| !key.starts_with(prefix));
        Ok(())
    }

    fn supports_set_partial(&self) -> bool {
        true
    }
}

impl ListableStorageTraits for MapStore {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        let mut keys = self.keys_below("");
        match self.bug {
            Bug::PageOf16 => keys.truncate(16),
            Bug::TenMillionKeys if !keys.is_empty() => {
                keys = vec![StoreKey::new("many").unwrap(); 10_000_000];
            }
            _ => {}
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
