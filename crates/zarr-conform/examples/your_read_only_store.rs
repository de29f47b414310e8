//! A store of your own that only reads, tested over contents that somebody else writes.
//!
//! What can only be read holds nothing unless it is written past it: so give the machine your view
//! to read and to list through, and whatever is below it to write through. The view has to see
//! each write at once.
//!
//! That is all that this door can do at present. Contents that are frozen before the store is
//! opened, such as a published data set, cannot be given to a machine. Without a way to write, every
//! key is absent, and the run proves little: the report says so, and `assert_conforms` fails.
//!
//! `cargo run --example your_read_only_store` plays a campaign on it; with `-- --bug` the store has
//! a bug, and the campaign shows it.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use zarr_conform::zarrs_storage::byte_range::{
    ByteRange, ByteRangeIterator, InvalidByteRangeError,
};
use zarr_conform::zarrs_storage::store::MemoryStore;
use zarr_conform::zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, ReadableStorageTraits,
    StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
};
use zarr_conform::{Report, ZarrsStore, partial_store_machine};

/// Reads what is in another store.
struct YourView {
    below: Arc<MemoryStore>,
    /// The planted bug: a value that was read as a whole is never read again.
    remembers: bool,
    remembered: Mutex<BTreeMap<StoreKey, Bytes>>,
}

impl YourView {
    fn over(below: Arc<MemoryStore>, remembers: bool) -> Self {
        Self { below, remembers, remembered: Mutex::default() }
    }
}

impl ReadableStorageTraits for YourView {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        if !self.remembers {
            return self.below.get(key);
        }
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = remembered.get(key) {
            return Ok(Some(value.clone()));
        }
        let value = self.below.get(key)?;
        remembered.extend(value.clone().map(|value| (key.clone(), value)));
        Ok(value)
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let Some(value) = self.below.get(key)? else {
            return Ok(None);
        };
        Ok(Some(Box::new(ranges.map(move |range| part(&value, range)))))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        self.below.size_key(key)
    }

    fn supports_get_partial(&self) -> bool {
        false
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

impl ListableStorageTraits for YourView {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        self.below.list()
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        self.below.list_prefix(prefix)
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        self.below.list_dir(prefix)
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        self.below.size_prefix(prefix)
    }
}

fn campaign(remembers: bool) -> Report {
    let machine = partial_store_machine(move || {
        let below = Arc::new(MemoryStore::new());
        let view = Arc::new(YourView::over(below.clone(), remembers));
        ZarrsStore::new().readable(view.clone()).listable(view).writable(below)
    });
    machine.run()
}

fn main() -> ExitCode {
    let report = campaign(std::env::args().any(|argument| argument == "--bug"));
    println!("{report}");
    if report.conforms() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn your_view_conforms() {
        campaign(false).assert_conforms();
    }

    #[test]
    fn its_bug_is_found() {
        let report = campaign(true);
        let plans = report.failures.iter().map(|failure| failure.plan.to_string());
        let stale = "set a \"\"\nget a\nset a \"a\"\nget a\n";
        assert!(plans.clone().any(|plan| plan.ends_with(stale)), "{report}");
        let gone = "set a \"\"\nget a\nerase a\nget a\n";
        assert!(plans.clone().any(|plan| plan.ends_with(gone)), "{report}");
        assert_eq!(plans.count(), 2, "{report}");
    }

    #[test]
    fn a_view_below_which_nobody_writes_does_not_conform() {
        let machine = partial_store_machine(|| {
            let view = Arc::new(YourView::over(Arc::new(MemoryStore::new()), false));
            ZarrsStore::new().readable(view.clone()).listable(view)
        });
        let report = machine.cases(16).run();
        assert!(!report.conforms() && report.failures.is_empty(), "{report}");
        assert!(report.to_string().contains("no value was ever read"), "{report}");
    }
}
