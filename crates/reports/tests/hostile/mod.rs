//! A store whose errors and panics are hostile to whoever shows them.

use zarr_conform_machines::report::Document;
use zarr_conform_machines::store_machine;
use zarrs_storage::byte_range::ByteRangeIterator;
use zarrs_storage::store::MemoryStore;
use zarrs_storage::{
    ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits,
};

/// What its errors say.
pub(crate) const WORDS: &str = "</code></pre><script>document.title='taken'</script>]]><!-- \u{0} \u{1b}[2J \u{202e} ``` \"quoted\" & 'so' {}";

/// Fails every read of a value with a hostile error, and panics where a size is asked for.
#[derive(Debug, Default)]
struct Hostile(MemoryStore);

fn error() -> StorageError {
    StorageError::Other(WORDS.repeat(1000))
}

impl ReadableStorageTraits for Hostile {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        if self.0.get(key)?.is_some() { Err(error()) } else { Ok(None) }
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        self.0.get_partial_many(key, ranges)
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        match self.0.size_key(key)? {
            Some(_) => panic!("{}", WORDS.repeat(1000)),
            None => Ok(None),
        }
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl WritableStorageTraits for Hostile {
    fn set(&self, key: &StoreKey, value: bytes::Bytes) -> Result<(), StorageError> {
        self.0.set(key, value)
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        parts: OffsetBytesIterator<'_>,
    ) -> Result<(), StorageError> {
        self.0.set_partial_many(key, parts)
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.0.erase(key)
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        self.0.erase_prefix(prefix)
    }

    fn supports_set_partial(&self) -> bool {
        self.0.supports_set_partial()
    }
}

impl ListableStorageTraits for Hostile {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        self.0.list()
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        self.0.list_prefix(prefix)
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        self.0.list_dir(prefix)
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        self.0.size_prefix(prefix)
    }
}

/// What a campaign on it comes to, with hostile words wherever a report has text of others, and far
/// too many of them.
pub(crate) fn report() -> Document {
    let mut report = store_machine(Hostile::default).cases(8).run().document();
    assert!(!report.failures.is_empty(), "the store is wrong");
    assert!(report.to_json().len() < 100_000, "what a store says is cut");
    let many = WORDS.repeat(300);
    WORDS.clone_into(&mut report.adapter);
    report.notes.push(many.clone());
    report.failures[0].diagnosis = Some(many.clone());
    for line in report.failures.iter_mut().flat_map(|failure| &mut failure.lines) {
        if !line.agrees {
            line.got.push_str(WORDS);
        }
    }
    report.failures[0].lines[0].got = many;
    report.failures[0].replay = Some(WORDS.to_owned());
    report.known_not_seen.push(WORDS.to_owned());
    report
}
