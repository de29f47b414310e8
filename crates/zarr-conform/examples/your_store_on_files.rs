//! A store of your own that keeps files, tested in a sandbox that is audited.
//!
//! A store that makes paths of keys can write outside its directory: `../a` is a key that somebody
//! may ask for. So names that climb are asked only of a store whose root lies deep in a [`Sandbox`]
//! (which [`Sandboxed`] makes), and whose adapter says how deep: `Dialect::climb`.
//!
//! `cargo run --example your_store_on_files` plays a campaign on it; with `-- --bug` the store has
//! a bug, and the campaign shows it.
//!
//! [`Sandbox`]: zarr_conform::Sandbox

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::{fs, io};

use zarr_conform::store::DEPTH;
use zarr_conform::zarrs_storage::byte_range::{
    ByteRange, ByteRangeIterator, InvalidByteRangeError,
};
use zarr_conform::zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits, store_set_partial_many,
};
use zarr_conform::{
    Adapter, Capabilities, Dialect, Machine, OpenError, Report, Sandboxed, StoreUnderTest,
    ZarrsStore,
};

/// A file has 255 bytes of name: one says what it is, and three may be needed for a byte.
const LONGEST_NAME: usize = 84;

/// A value is a file `=name` in directories `+name`, so that a key and a key below it can both be
/// there; what is odd in a name is written in hexadecimal digits.
struct YourStore {
    root: PathBuf,
    /// The planted bug: a file that says who writes is left beside the directory, and not in it.
    locks_beside: bool,
}

impl YourStore {
    fn file(&self, key: &StoreKey) -> Result<PathBuf, StorageError> {
        let mut path = self.root.clone();
        let mut names = key.as_str().split('/').peekable();
        while let Some(name) = names.next() {
            if name.len() > LONGEST_NAME {
                return Err("a name is too long".into());
            }
            let kind = if names.peek().is_some() { '+' } else { '=' };
            path.push(format!("{kind}{}", encode(name)));
        }
        Ok(path)
    }

    fn walk(folder: &Path, above: &str, keys: &mut StoreKeys) -> Result<(), StorageError> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let file = entry.file_name();
            let file = file.to_string_lossy();
            match (file.strip_prefix('+'), file.strip_prefix('=')) {
                (Some(name), _) => {
                    Self::walk(&entry.path(), &format!("{above}{}/", decode(name)?), keys)?;
                }
                (_, Some(name)) => keys.push(StoreKey::new(format!("{above}{}", decode(name)?))?),
                _ => {}
            }
        }
        Ok(())
    }
}

fn encode(name: &str) -> String {
    name.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                encoded.push(char::from(byte));
            }
            _ => drop(write!(encoded, "%{byte:02x}")),
        }
        encoded
    })
}

fn decode(name: &str) -> Result<String, StorageError> {
    let mut parts = name.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or("a file has no name of ours")?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|error| error.to_string())?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|error| StorageError::Other(error.to_string()))
}

/// What is there, if it is.
fn found<T>(result: io::Result<T>) -> Result<Option<T>, StorageError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl ReadableStorageTraits for YourStore {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        Ok(found(fs::read(self.file(key)?))?.map(Bytes::from))
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let Some(value) = self.get(key)? else {
            return Ok(None);
        };
        Ok(Some(Box::new(ranges.map(move |range| part(&value, range)))))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        Ok(found(fs::metadata(self.file(key)?))?.map(|metadata| metadata.len()))
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

impl WritableStorageTraits for YourStore {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        let file = self.file(key)?;
        if self.locks_beside {
            fs::write(self.root.with_extension("lock"), std::process::id().to_string())?;
        }
        fs::create_dir_all(file.parent().unwrap_or(&self.root))?;
        Ok(fs::write(file, value)?)
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        patches: OffsetBytesIterator,
    ) -> Result<(), StorageError> {
        store_set_partial_many(self, key, patches)
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        found(fs::remove_file(self.file(key)?)).map(drop)
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        self.erase_many(&self.list_prefix(prefix)?)
    }

    fn supports_set_partial(&self) -> bool {
        false
    }
}

impl ListableStorageTraits for YourStore {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        let mut keys = Vec::new();
        Self::walk(&self.root, "", &mut keys)?;
        Ok(keys)
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        let mut keys = self.list()?;
        keys.retain(|key| key.has_prefix(prefix));
        Ok(keys)
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        let (mut keys, mut prefixes) = (Vec::new(), BTreeSet::new());
        for key in self.list_prefix(prefix)? {
            match key.as_str()[prefix.as_str().len()..].split_once('/') {
                None => keys.push(key),
                Some((child, _)) => {
                    prefixes.insert(StorePrefix::new(format!("{}{child}/", prefix.as_str()))?);
                }
            }
        }
        Ok(StoreKeysPrefixes::new(keys, prefixes.into_iter().collect()))
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        let keys = self.list_prefix(prefix)?;
        keys.iter().map(|key| Ok(self.size_key(key)?.unwrap_or(0))).sum()
    }
}

/// How the store is opened, and what it promises.
#[derive(Clone, Copy)]
struct YourAdapter {
    locks_beside: bool,
}

impl Adapter for YourAdapter {
    fn name(&self) -> &str {
        "your store on files"
    }

    fn capabilities(&self) -> Capabilities {
        // `Sandboxed` answers both.
        Capabilities { reopen: true, audit: true, ..Capabilities::ZARRS }
    }

    fn dialect(&self) -> Dialect {
        Dialect {
            // The file systems of macOS and Windows fold case by default.
            case_sensitive: cfg!(target_os = "linux"),
            max_name_bytes: Some(LONGEST_NAME),
            climb: DEPTH,
            ..Dialect::ZARRS
        }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let locks_beside = self.locks_beside;
        Ok(Box::new(Sandboxed::open(move |root| {
            let root = root.to_owned();
            Ok(ZarrsStore::of(Arc::new(YourStore { root, locks_beside })))
        })?))
    }
}

fn campaign(locks_beside: bool) -> Report {
    // Writing a crowd of some thousand files takes a while.
    Machine::of(YourAdapter { locks_beside }).cases(32).crowds(false).run()
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
    fn your_store_conforms() {
        campaign(false).assert_conforms();
    }

    #[test]
    fn its_bug_is_found() {
        let report = campaign(true);
        assert_eq!(report.failures.len(), 1, "{report}");
        let plan = report.failures[0].plan.to_string();
        assert!(plan.ends_with("set a \"\"\naudit\n"), "{plan}");
    }
}
