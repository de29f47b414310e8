//! A store of your own that only reads: values one behind the other in a file, with an index.
//!
//! Who can only be read holds nothing unless it is made of something. So the machine holds the
//! contents, plans write into them, and `YourArchive::over` packs them whenever a read follows a write.
//! To the machine that is one store that is written and read.
//!
//! `cargo run --example your_read_only_store` plays a campaign on it; with `-- --bug` the store has
//! a bug, and the campaign shows it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::process::ExitCode;

use zarr_conform::zarrs_storage::byte_range::{
    ByteRange, ByteRangeIterator, InvalidByteRangeError,
};
use zarr_conform::zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, ReadableStorageTraits,
    StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
};
use zarr_conform::{Contents, Report, read_only_store_machine};

/// Values in one sequence of bytes, and where each is.
struct YourArchive {
    packed: Bytes,
    index: BTreeMap<StoreKey, Range<usize>>,
}

impl YourArchive {
    /// Packs the contents. The planted bug: values of no bytes are not put into the index.
    fn over(contents: Contents, forgets_empty: bool) -> Self {
        let (mut packed, mut index) = (Vec::new(), BTreeMap::new());
        for (key, value) in contents {
            let start = packed.len();
            packed.extend_from_slice(&value);
            if !(forgets_empty && value.is_empty()) {
                index.insert(key, start..packed.len());
            }
        }
        Self { packed: packed.into(), index }
    }

    fn value(&self, key: &StoreKey) -> Option<Bytes> {
        self.index.get(key).map(|place| self.packed.slice(place.clone()))
    }

    fn below<'a>(&'a self, prefix: &'a StorePrefix) -> impl Iterator<Item = &'a StoreKey> {
        self.index.keys().filter(move |key| key.as_str().starts_with(prefix.as_str()))
    }
}

impl ReadableStorageTraits for YourArchive {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        Ok(self.value(key))
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        Ok(Some(Box::new(ranges.map(move |range| part(&value, range)))))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        Ok(self.index.get(key).map(|place| place.len() as u64))
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

/// The bytes of a range, which has to be inside the value.
fn part(value: &Bytes, range: ByteRange) -> Result<Bytes, StorageError> {
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

impl ListableStorageTraits for YourArchive {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        Ok(self.index.keys().cloned().collect())
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        Ok(self.below(prefix).cloned().collect())
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        let (mut keys, mut prefixes) = (Vec::new(), Vec::new());
        for key in self.below(prefix) {
            let rest = &key.as_str()[prefix.as_str().len()..];
            match rest.find('/') {
                None => keys.push(key.clone()),
                Some(slash) => {
                    let end = prefix.as_str().len() + slash + 1;
                    prefixes.push(StorePrefix::new(&key.as_str()[..end])?);
                }
            }
        }
        prefixes.dedup();
        Ok(StoreKeysPrefixes::new(keys, prefixes))
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        Ok(self.below(prefix).map(|key| self.index[key].len() as u64).sum())
    }
}

fn campaign(forgets_empty: bool) -> Report {
    read_only_store_machine(move |contents| YourArchive::over(contents, forgets_empty)).run()
}

fn main() -> ExitCode {
    let report = campaign(std::env::args().any(|argument| argument == "--bug"));
    println!("{report}");
    if report.conforms() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use zarr_conform::{ZarrsStore, partial_store_machine};

    use super::*;

    #[test]
    fn your_archive_conforms() {
        campaign(false).assert_conforms();
    }

    #[test]
    fn its_bug_is_found() {
        let report = campaign(true);
        let [failure] = &report.failures[..] else { panic!("{report}") };
        assert!(failure.plan.to_string().ends_with("\nset a \"\"\nget a\n"), "{report}");
    }

    #[test]
    fn an_archive_that_nobody_fills_does_not_conform() {
        let machine = partial_store_machine(|| {
            let archive = Arc::new(YourArchive::over(Contents::new(), false));
            ZarrsStore::new().readable(archive.clone()).listable(archive)
        });
        let report = machine.cases(16).run();
        assert!(!report.conforms() && report.failures.is_empty(), "{report}");
        assert!(report.to_string().contains("with `read_only_store_machine`"), "{report}");
    }
}
