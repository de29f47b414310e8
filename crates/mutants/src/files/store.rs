//! `FileStore`: each value in a file of its own, in one directory.
//!
//! A value is written to a temporary file, synced, renamed, and the directory is synced. What fails is
//! cleaned up, and told. So whatever goes wrong leaves the old value or the new one, and what was
//! acknowledged survives a power cut. Each bug leaves out one of these.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use zarrs_storage::byte_range::ByteRangeIterator;
use zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits, store_set_partial_many,
};

use crate::answers::{below, directory, parts, summed};
use crate::files::bug::FileBug;

/// The longest key in bytes: each takes three in the name of its file at the most, of 255, and a
/// temporary file one more.
pub(super) const LONGEST_KEY: usize = 84;

/// What the name of a temporary file begins with; that of no value does.
const TEMPORARY: char = '~';

/// A store that keeps each value in a file, and does it right unless it has a bug.
#[derive(Debug)]
pub struct FileStore {
    root: PathBuf,
    bug: Option<FileBug>,
    /// How many temporary files there were.
    count: AtomicUsize,
}

impl FileStore {
    /// Opens the store in a directory, and removes what an earlier one did not finish.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system.
    pub fn open(root: &Path, bug: Option<FileBug>) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        let store = Self { root: root.to_owned(), bug, count: AtomicUsize::new(0) };
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            if !entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                continue;
            }
            if store.has(FileBug::F22) {
                return Err(io::Error::other("an unfinished write is in the way"));
            }
            if !store.has(FileBug::F04) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(store)
    }

    fn has(&self, bug: FileBug) -> bool {
        self.bug == Some(bug)
    }

    fn file(&self, key: &StoreKey) -> Result<PathBuf, StorageError> {
        if key.as_str().len() > LONGEST_KEY {
            return Err(format!("a key has {LONGEST_KEY} bytes at the most").into());
        }
        // An empty name is that of the directory.
        Ok(self.root.join(format!("={}", encode(key.as_str()))))
    }

    fn temporary(&self, file: &Path) -> PathBuf {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let number = if self.has(FileBug::F17) { count.to_string() } else { String::new() };
        self.root.join(format!("{TEMPORARY}{number}{name}"))
    }

    fn write(&self, file: &Path, value: &[u8]) -> io::Result<()> {
        if self.has(FileBug::F02) {
            fs::write(file, value)?;
            return self.sync_directory();
        }
        if self.has(FileBug::F11) {
            File::create(file)?;
        }
        let temporary = self.temporary(file);
        let written = self.write_beside(&temporary, file, value);
        let keeps = [FileBug::F03, FileBug::F04, FileBug::F05, FileBug::F17];
        if written.is_err() && !keeps.iter().any(|bug| self.has(*bug)) {
            match fs::remove_file(&temporary) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        written
    }

    fn write_beside(&self, temporary: &Path, file: &Path, value: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true);
        if self.has(FileBug::F05) {
            options.create_new(true);
        } else if self.has(FileBug::F03) {
            options.append(true);
        } else {
            options.truncate(true);
        }
        let mut handle = options.open(temporary)?;
        if self.has(FileBug::F15) {
            handle.set_len(value.len() as u64)?;
            fs::rename(temporary, file)?;
        }
        if self.has(FileBug::F14) {
            handle.sync_all()?;
        }
        let written = self.write_bytes(&mut handle, value);
        if self.has(FileBug::F16) && written.is_err() {
            std::mem::forget(handle);
            return written;
        }
        written?;
        if self.has(FileBug::F15) {
            return self.sync_directory();
        }
        fs::rename(temporary, file)?;
        self.sync_directory()
    }

    fn write_bytes(&self, handle: &mut File, value: &[u8]) -> io::Result<()> {
        let written = if self.has(FileBug::F20) {
            handle.write(value).map(drop)
        } else {
            handle.write_all(value)
        };
        match written {
            Err(error) if self.has(FileBug::F21) && error.kind() == ErrorKind::StorageFull => {}
            other => other?,
        }
        if self.has(FileBug::F12) || self.has(FileBug::F14) { Ok(()) } else { handle.sync_all() }
    }

    fn sync_directory(&self) -> io::Result<()> {
        if self.has(FileBug::F13) {
            return Ok(());
        }
        match File::open(&self.root).and_then(|root| root.sync_all()) {
            Err(error) if self.has(FileBug::F39) => panic!("a directory is synced: {error}"),
            synced => synced,
        }
    }

    /// Whether there was such a file.
    fn remove(&self, key: &StoreKey) -> Result<bool, StorageError> {
        Ok(found(fs::remove_file(self.file(key)?))?.is_some())
    }

    fn sync_erased(&self) -> Result<(), StorageError> {
        if self.has(FileBug::F23) { Ok(()) } else { Ok(self.sync_directory()?) }
    }

    fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>, StorageError> {
        let file = self.file(key)?;
        let read = if self.has(FileBug::F19) { read_at_once(&file) } else { fs::read(&file) };
        if self.has(FileBug::F08) { Ok(read.ok()) } else { found(read) }
    }
}

/// A value as one call reads it.
fn read_at_once(file: &Path) -> io::Result<Vec<u8>> {
    let mut handle = File::open(file)?;
    let mut value = vec![0; usize::try_from(handle.metadata()?.len()).unwrap_or(usize::MAX)];
    let read = handle.read(&mut value)?;
    value.truncate(read);
    Ok(value)
}

/// What is there, if it is.
fn found<T>(result: io::Result<T>) -> Result<Option<T>, StorageError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn encode(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let code = |byte: u8| {
        if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") }
    };
    key.bytes().map(code).collect()
}

fn decode(name: &str) -> Option<String> {
    let mut parts = name.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

impl ReadableStorageTraits for FileStore {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        Ok(self.read(key)?.map(Bytes::from))
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        Ok(parts(self.get(key)?, ranges))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        let metadata = fs::metadata(self.file(key)?);
        let metadata = if self.has(FileBug::F07) { metadata.ok() } else { found(metadata)? };
        Ok(metadata.map(|metadata| metadata.len()))
    }

    fn supports_get_partial(&self) -> bool {
        false
    }
}

impl WritableStorageTraits for FileStore {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        Ok(self.write(&self.file(key)?, &value)?)
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        patches: OffsetBytesIterator,
    ) -> Result<(), StorageError> {
        if !self.has(FileBug::F18) {
            return store_set_partial_many(self, key, patches);
        }
        let file = self.file(key)?;
        let mut options = OpenOptions::new();
        let mut handle = options.write(true).create(true).truncate(false).open(file)?;
        for (offset, bytes) in patches {
            handle.seek(SeekFrom::Start(offset))?;
            handle.write_all(&bytes)?;
        }
        handle.sync_all()?;
        Ok(self.sync_directory()?)
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.remove(key)?;
        self.sync_erased()
    }

    fn erase_many(&self, keys: &[StoreKey]) -> Result<(), StorageError> {
        for key in keys {
            match self.remove(key) {
                Err(_) if self.has(FileBug::F10) => break,
                other => other?,
            };
        }
        self.sync_erased()
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        for key in self.list_prefix(prefix)? {
            match self.remove(&key) {
                Err(_) if self.has(FileBug::F09) => {}
                other => drop(other?),
            }
        }
        self.sync_erased()
    }

    fn supports_set_partial(&self) -> bool {
        false
    }
}

impl ListableStorageTraits for FileStore {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        let mut keys = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = match entry {
                Err(_) if self.has(FileBug::F06) => break,
                other => other?,
            };
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let value = if self.has(FileBug::F04) {
                name.trim_start_matches(TEMPORARY).strip_prefix('=')
            } else {
                name.strip_prefix('=')
            };
            if let Some(key) = value.and_then(decode) {
                keys.push(StoreKey::new(key)?);
            }
        }
        keys.sort_unstable();
        Ok(keys)
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        Ok(below(self.list()?, prefix))
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        directory(self.list_prefix(prefix)?, prefix)
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        summed(self, &self.list_prefix(prefix)?)
    }
}
