//! `RaceStore`: each value in a file of its own, and one lock around everything that is done to them.
//!
//! Many may read at a time, and one may write. So each operation happens at one moment, whoever asks
//! beside it. Each bug lets go of the lock too early, takes it too late, or takes it twice; or it keeps
//! what it knows though there are other handles. Of stores that may have some, the lock is a file's.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use zarr_conform_store::optional::{CreatableStorageTraits, Created};
use zarrs_storage::byte_range::ByteRangeIterator;
use zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits,
};

use crate::answers::{directory, parts, patched};
use crate::races::bug::RaceBug;
use crate::races::paths::{self, found};

/// A store that keeps each value in a file, for callers at the same time; right unless it has a bug.
#[derive(Debug)]
pub struct RaceStore {
    /// Where the values are, once there was one.
    values: PathBuf,
    /// The keys that there are, for the bug that has them.
    index: PathBuf,
    bug: Option<RaceBug>,
    lock: RwLock<()>,
    /// The lock of each key, for the bug that has them.
    of_keys: Mutex<BTreeMap<StoreKey, Arc<Mutex<()>>>>,
    cache: Mutex<BTreeMap<StoreKey, Bytes>>,
    /// How many temporary files there were.
    count: AtomicUsize,
    /// The file whose lock all handles on the place share, if there may be several.
    shared: Option<PathBuf>,
    /// The files that were read, for the bug that keeps them open.
    opened: Mutex<BTreeMap<StoreKey, File>>,
    /// The keys that there were when it was opened and those written since, for the bug that keeps them.
    known: Mutex<Vec<StoreKey>>,
}

/// The lock, while it is held.
enum Guard<'a> {
    Reads {
        _lock: RwLockReadGuard<'a, ()>,
    },
    Writes {
        _lock: RwLockWriteGuard<'a, ()>,
    },
    /// It is let go when the file is closed.
    Shared {
        _file: File,
    },
}

impl RaceStore {
    /// Opens the store in a directory.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system.
    pub fn open(root: &Path, bug: Option<RaceBug>) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        let store = Self {
            values: root.join("values"),
            index: root.join("index"),
            bug,
            lock: RwLock::new(()),
            of_keys: Mutex::default(),
            cache: Mutex::default(),
            count: AtomicUsize::new(0),
            shared: None,
            opened: Mutex::default(),
            known: Mutex::default(),
        };
        if store.has(RaceBug::C20) {
            *store.known() = store.indexed().map_err(io::Error::other)?;
        }
        Ok(store)
    }

    /// The same store, which may be opened by others at the same place.
    #[must_use]
    pub fn with_handles(self) -> Self {
        let shared = self.index.with_file_name("lock");
        Self { shared: Some(shared), ..self }
    }

    fn has(&self, bug: RaceBug) -> bool {
        self.bug == Some(bug)
    }

    fn reads(&self) -> io::Result<Guard<'_>> {
        let Some(shared) = &self.shared else {
            let lock = self.lock.read().unwrap_or_else(PoisonError::into_inner);
            return Ok(Guard::Reads { _lock: lock });
        };
        let file = File::create(shared)?;
        file.lock_shared()?;
        Ok(Guard::Shared { _file: file })
    }

    fn writes(&self) -> io::Result<Guard<'_>> {
        let Some(shared) = &self.shared else {
            let lock = self.lock.write().unwrap_or_else(PoisonError::into_inner);
            return Ok(Guard::Writes { _lock: lock });
        };
        let file = File::create(shared)?;
        file.lock()?;
        Ok(Guard::Shared { _file: file })
    }

    /// The lock for writers, unless a bug does without.
    fn writes_unless(&self, bug: RaceBug) -> io::Result<Option<Guard<'_>>> {
        if self.has(bug) { Ok(None) } else { self.writes().map(Some) }
    }

    /// The lock for readers, unless a bug does without.
    fn reads_unless(&self, bugs: &[RaceBug]) -> io::Result<Option<Guard<'_>>> {
        if bugs.iter().any(|bug| self.has(*bug)) { Ok(None) } else { self.reads().map(Some) }
    }

    fn known(&self) -> MutexGuard<'_, Vec<StoreKey>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self) -> MutexGuard<'_, BTreeMap<StoreKey, File>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, key: &StoreKey) -> Result<PathBuf, StorageError> {
        paths::file(&self.values, key)
    }

    /// Makes the directory, if it is not there.
    fn make_directory(&self) -> io::Result<()> {
        if !self.has(RaceBug::C09) {
            return fs::create_dir_all(&self.values);
        }
        if self.values.exists() { Ok(()) } else { fs::create_dir(&self.values) }
    }

    /// Writes a value, with the lock held by whoever calls.
    fn write(&self, key: &StoreKey, value: &[u8]) -> Result<(), StorageError> {
        let file = self.file(key)?;
        fs::create_dir_all(&self.values)?;
        if self.has(RaceBug::C02) {
            found(fs::remove_file(&file))?;
        }
        if self.has(RaceBug::C01) {
            let mut handle = File::create(&file)?;
            let (first, second) = value.split_at(value.len() / 2);
            handle.write_all(first)?;
            return Ok(handle.write_all(second)?);
        }
        let temporary = self.write_beside(&file, value)?;
        fs::rename(temporary, file)?;
        // It may have been opened again to be patched.
        self.opened().remove(key);
        Ok(())
    }

    /// Writes a value to a temporary file.
    fn write_beside(&self, file: &Path, value: &[u8]) -> io::Result<PathBuf> {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let number = if self.has(RaceBug::C16) { 0 } else { count };
        let temporary = paths::temporary(file, number);
        fs::write(&temporary, value)?;
        Ok(temporary)
    }

    /// Notes in the index that a key is there, or is not.
    fn note(&self, key: &StoreKey, is_there: bool) -> Result<(), StorageError> {
        let mut keys = match self.bug {
            Some(RaceBug::C10) => self.indexed()?,
            Some(RaceBug::C20) => self.known().clone(),
            _ => return Ok(()),
        };
        keys.retain(|other| other != key);
        keys.extend(is_there.then(|| key.clone()));
        keys.sort_unstable();
        self.known().clone_from(&keys);
        let lines: Vec<&str> = keys.iter().map(StoreKey::as_str).collect();
        Ok(fs::write(&self.index, lines.join("\n"))?)
    }

    fn indexed(&self) -> Result<Vec<StoreKey>, StorageError> {
        let lines = found(fs::read_to_string(&self.index))?.unwrap_or_default();
        let keys = lines.split('\n').filter(|line| !line.is_empty());
        Ok(keys.map(StoreKey::new).collect::<Result<_, _>>()?)
    }

    /// Whether there was a value, with the lock held by whoever calls.
    fn remove(&self, key: &StoreKey) -> Result<bool, StorageError> {
        let file = self.file(key)?;
        let was_there = if self.has(RaceBug::C17) {
            file.exists() && fs::remove_file(&file).map(|()| true)?
        } else {
            found(fs::remove_file(&file))?.is_some()
        };
        self.forget(key);
        Ok(was_there)
    }

    fn read(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        let file = self.file(key)?;
        if self.has(RaceBug::C03) {
            let Some(metadata) = found(fs::metadata(&file))? else { return Ok(None) };
            let Some(mut handle) = found(File::open(&file))? else { return Ok(None) };
            let mut value = vec![0; metadata.len() as usize];
            handle.read_exact(&mut value)?;
            return Ok(Some(value.into()));
        }
        if self.has(RaceBug::C20) && !self.known().contains(key) {
            return Ok(None);
        }
        if self.has(RaceBug::C19) {
            return self.read_open(key, &file);
        }
        Ok(found(fs::read(file))?.map(Bytes::from))
    }

    /// Reads a file that was opened before, whatever became of its name.
    fn read_open(&self, key: &StoreKey, file: &Path) -> Result<MaybeBytes, StorageError> {
        let mut opened = self.opened();
        if !opened.contains_key(key) {
            let Some(handle) = found(File::open(file))? else { return Ok(None) };
            opened.insert(key.clone(), handle);
        }
        let Some(mut handle) = opened.get(key) else { return Ok(None) };
        let mut value = Vec::new();
        handle.rewind()?;
        handle.read_to_end(&mut value)?;
        Ok(Some(value.into()))
    }

    fn size(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        Ok(found(fs::metadata(self.file(key)?))?.map(|metadata| metadata.len()))
    }

    /// The values that were read, for the bug that keeps them.
    fn cached(&self) -> MutexGuard<'_, BTreeMap<StoreKey, Bytes>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, key: &StoreKey) {
        self.opened().remove(key);
        self.cached().remove(key);
    }

    fn lock_of(&self, key: &StoreKey) -> Arc<Mutex<()>> {
        let mut locks = self.of_keys.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(key.clone()).or_default())
    }

    /// The keys that there are, with the lock held by whoever calls.
    fn keys(&self) -> Result<StoreKeys, StorageError> {
        let look = || paths::keys(&self.values, self.has(RaceBug::C06));
        match self.bug {
            Some(RaceBug::C04) => {
                let mut listed = Vec::new();
                // A page is one key.
                while let Some(key) = look()?.get(listed.len()) {
                    listed.push(key.clone());
                }
                Ok(listed)
            }
            Some(RaceBug::C05) => {
                let (mut first, second) = (look()?, look()?);
                if second.len() > first.len() {
                    first.extend(second);
                }
                Ok(first)
            }
            Some(RaceBug::C10) => self.indexed(),
            Some(RaceBug::C20) => Ok(self.known().clone()),
            _ => look(),
        }
    }

    fn below(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        let mut keys = self.keys()?;
        keys.retain(|key| key.has_prefix(prefix));
        Ok(keys)
    }

    /// The lock of a listing, unless a bug does without.
    fn lists(&self) -> io::Result<Option<Guard<'_>>> {
        self.reads_unless(&[RaceBug::C04, RaceBug::C05, RaceBug::C06, RaceBug::C10])
    }
}

/// Bugs that read values without the lock.
const READS_ALONE: [RaceBug; 4] = [RaceBug::C01, RaceBug::C02, RaceBug::C03, RaceBug::C14];

impl ReadableStorageTraits for RaceStore {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        let _guard = self.reads_unless(&READS_ALONE)?;
        if !self.has(RaceBug::C14) {
            return self.read(key);
        }
        if let Some(value) = self.cached().get(key) {
            return Ok(Some(value.clone()));
        }
        let Some(mut handle) = found(File::open(self.file(key)?))? else { return Ok(None) };
        let mut value = Vec::new();
        handle.read_to_end(&mut value)?;
        let value = Bytes::from(value);
        self.cached().insert(key.clone(), value.clone());
        Ok(Some(value))
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        Ok(parts(self.get(key)?, ranges))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        let _guard = self.reads_unless(&READS_ALONE)?;
        self.size(key)
    }

    fn supports_get_partial(&self) -> bool {
        false
    }
}

impl WritableStorageTraits for RaceStore {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        if self.has(RaceBug::C06) || self.has(RaceBug::C16) {
            fs::create_dir_all(&self.values)?;
            let file = self.file(key)?;
            let temporary = self.write_beside(&file, &value)?;
            let _guard = self.writes()?;
            return Ok(fs::rename(temporary, file)?);
        }
        if self.has(RaceBug::C09) {
            self.make_directory()?;
        }
        let is_locked = !self.has(RaceBug::C01) && !self.has(RaceBug::C02);
        let guard = if is_locked { Some(self.writes()?) } else { None };
        self.forget(key);
        self.write(key, &value)?;
        if self.has(RaceBug::C10) {
            drop(guard);
        }
        self.note(key, true)
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        patches: OffsetBytesIterator,
    ) -> Result<(), StorageError> {
        let _guard = self.writes_unless(RaceBug::C13)?;
        self.forget(key);
        let value = self.read(key)?.map(|value| value.to_vec()).unwrap_or_default();
        self.write(key, &patched(value, patches))?;
        self.note(key, true)
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        let guard = self.writes_unless(RaceBug::C17)?;
        self.remove(key)?;
        if self.has(RaceBug::C10) {
            drop(guard);
        }
        self.note(key, false)
    }

    fn erase_many(&self, keys: &[StoreKey]) -> Result<(), StorageError> {
        if self.has(RaceBug::C07) {
            let locks: Vec<_> = keys.iter().map(|key| self.lock_of(key)).collect();
            let mut held = Vec::new();
            for (key, lock) in keys.iter().zip(&locks) {
                // A key that is given twice is locked once.
                if locks.iter().filter(|other| Arc::ptr_eq(other, lock)).count() == 1 {
                    held.push(lock.lock().unwrap_or_else(PoisonError::into_inner));
                }
                // The lock around all is not the bug.
                let _guard = self.writes()?;
                self.remove(key)?;
            }
            return Ok(());
        }
        let guard = self.writes_unless(RaceBug::C11)?;
        for key in keys {
            let was_there = self.file(key)?.exists();
            if !self.remove(key)? && was_there && self.has(RaceBug::C11) {
                break;
            }
        }
        if self.has(RaceBug::C10) {
            drop(guard);
        }
        keys.iter().try_for_each(|key| self.note(key, false))
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        let _guard = self.writes_unless(RaceBug::C18)?;
        let keys = self.below(prefix)?;
        for key in &keys {
            self.remove(key)?;
        }
        if self.has(RaceBug::C18) && prefix.as_str().is_empty() && self.values.exists() {
            fs::remove_dir_all(&self.values)?;
        }
        keys.iter().try_for_each(|key| self.note(key, false))
    }

    fn supports_set_partial(&self) -> bool {
        false
    }
}

impl CreatableStorageTraits for RaceStore {
    fn set_if_absent(&self, key: &StoreKey, value: Bytes) -> Result<Created, StorageError> {
        let _guard = self.writes_unless(RaceBug::C15)?;
        if self.file(key)?.exists() {
            return Ok(Created::Exists);
        }
        self.forget(key);
        self.write(key, &value)?;
        self.note(key, true)?;
        Ok(Created::New)
    }
}

impl ListableStorageTraits for RaceStore {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        let _guard = self.lists()?;
        self.keys()
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        let _guard = self.lists()?;
        self.below(prefix)
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        let _guard = self.lists()?;
        directory(self.below(prefix)?, prefix)
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        let _guard = if self.has(RaceBug::C12) { None } else { self.lists()? };
        let keys = self.below(prefix)?;
        let _again = if self.has(RaceBug::C08) { Some(self.reads()?) } else { None };
        let size = |key: &StoreKey| {
            let size = self.size(key)?;
            assert!(size.is_some() || !self.has(RaceBug::C12), "the listing had the key");
            Ok(size.unwrap_or_default())
        };
        keys.iter().map(size).sum()
    }
}
