//! `ServiceStore`: each value an object of a server, asked as a careful client asks.
//!
//! What goes wrong is asked again a few times, and is an error then. A body has to be whole. Where no
//! reply came to a creation and somebody has the key by then, it is looked whether that is what was
//! sent. Each bug leaves out one of these.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use zarr_conform_store::optional::{CreatableStorageTraits, Created};
use zarrs_storage::byte_range::ByteRangeIterator;
use zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits, store_set_partial_many,
};

use crate::answers::{below, directory, parts, summed};
use crate::service::bug::ServiceBug;
use crate::service::server::{Failure, Server, checksum};

/// How often a request is made.
const ATTEMPTS: usize = 3;

/// A store on a server, which does it right unless it has a bug.
#[derive(Debug)]
pub(super) struct ServiceStore {
    server: Arc<Server>,
    bug: Option<ServiceBug>,
    /// Values that were written, of a store that keeps some.
    cache: Mutex<BTreeMap<StoreKey, Bytes>>,
    /// Whether it has given up the server.
    has_given_up: AtomicBool,
}

impl ServiceStore {
    pub(super) fn new(server: Arc<Server>, bug: Option<ServiceBug>) -> Self {
        Self { server, bug, cache: Mutex::default(), has_given_up: AtomicBool::new(false) }
    }

    fn has(&self, bug: ServiceBug) -> bool {
        self.bug == Some(bug)
    }

    /// Makes a request until there is a reply, a bounded number of times; says whether one before
    /// it may have been carried out.
    fn ask<T>(
        &self,
        mut request: impl FnMut(&Server) -> Result<T, Failure>,
    ) -> Result<(T, bool), StorageError> {
        if self.has_given_up.load(Ordering::Relaxed) {
            return Err("the server was not there".into());
        }
        let mut is_in_doubt = false;
        let mut attempts = 0;
        loop {
            let failure = match request(&self.server) {
                Ok(reply) => return Ok((reply, is_in_doubt)),
                Err(failure) => failure,
            };
            is_in_doubt |= failure == Failure::NoReply;
            attempts += 1;
            let is_last = attempts >= ATTEMPTS && !self.has(ServiceBug::F27)
                || self.has(ServiceBug::F31) && failure == Failure::TooMany;
            if is_last {
                self.has_given_up.store(self.has(ServiceBug::F36), Ordering::Relaxed);
                return Err(format!("after {attempts} requests: {failure:?}").into());
            }
        }
    }

    fn keys(&self) -> Result<Vec<String>, StorageError> {
        let mut keys: Vec<String> = Vec::new();
        loop {
            let page = |server: &Server| {
                let page = server.page(keys.last().map(String::as_str));
                match page {
                    Err(_) if self.has(ServiceBug::F28) => Ok(Vec::new()),
                    Err(failure) => Err(failure),
                    Ok((names, true)) => Ok(names),
                    Ok((_, false)) => Err(Failure::NoReply),
                }
            };
            let (names, _) = self.ask(page)?;
            if names.is_empty() {
                return Ok(keys);
            }
            keys.extend(names);
        }
    }

    fn delete(&self, key: &StoreKey) -> Result<(), StorageError> {
        let (was_there, is_in_doubt) = self.ask(|server| server.delete(key.as_str()))?;
        if self.has(ServiceBug::F37) && is_in_doubt && !was_there {
            return Err("there is no such object".into());
        }
        Ok(())
    }

    fn write(&self, key: &StoreKey, value: &Bytes) -> Result<(), StorageError> {
        if self.has(ServiceBug::F32) {
            // What is behind the lock is whole at every moment.
            let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
            cache.insert(key.clone(), value.clone());
        }
        if self.has(ServiceBug::F35) && !value.is_empty() {
            let middle = value.len() / 2;
            self.ask(|server| server.put(key.as_str(), &value.slice(..middle)))?;
            self.ask(|server| server.append(key.as_str(), &value.slice(middle..)))?;
            return Ok(());
        }
        self.ask(|server| server.put(key.as_str(), value)).map(|(done, _)| done)
    }
}

impl ReadableStorageTraits for ServiceStore {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        let cached = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        if cached.is_some() {
            return Ok(cached);
        }
        let get = |server: &Server| match server.get(key.as_str()) {
            Err(_) if self.has(ServiceBug::F25) => Ok(None),
            Err(failure) => Err(failure),
            Ok(None) => Ok(None),
            Ok(Some(body)) => {
                let is_sound = checksum(&body.bytes) == body.checksum;
                let believes = if body.is_whole { ServiceBug::F38 } else { ServiceBug::F24 };
                if is_sound || self.has(believes) {
                    Ok(Some(body.bytes))
                } else {
                    Err(Failure::NoReply)
                }
            }
        };
        self.ask(get).map(|(value, _)| value)
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        Ok(parts(self.get(key)?, ranges))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        let size = |server: &Server| match server.size(key.as_str()) {
            Err(_) if self.has(ServiceBug::F34) => Ok(Some(0)),
            other => other,
        };
        self.ask(size).map(|(size, _)| size)
    }

    fn supports_get_partial(&self) -> bool {
        false
    }
}

impl WritableStorageTraits for ServiceStore {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        self.write(key, &value)
    }

    fn set_partial_many(
        &self,
        key: &StoreKey,
        patches: OffsetBytesIterator,
    ) -> Result<(), StorageError> {
        if !self.has(ServiceBug::F33) {
            return store_set_partial_many(self, key, patches);
        }
        for patch in patches {
            store_set_partial_many(self, key, Box::new([patch].into_iter()))?;
        }
        Ok(())
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        self.delete(key)
    }

    fn erase_many(&self, keys: &[StoreKey]) -> Result<(), StorageError> {
        for key in keys {
            match self.erase(key) {
                Err(_) if self.has(ServiceBug::F29) => {}
                other => other?,
            }
        }
        Ok(())
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        for key in self.list_prefix(prefix)? {
            match self.erase(&key) {
                Err(_) if self.has(ServiceBug::F30) => {}
                other => other?,
            }
        }
        Ok(())
    }

    fn supports_set_partial(&self) -> bool {
        false
    }
}

impl ListableStorageTraits for ServiceStore {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        self.keys()?.into_iter().map(|key| Ok(StoreKey::new(key)?)).collect()
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

impl CreatableStorageTraits for ServiceStore {
    fn set_if_absent(&self, key: &StoreKey, value: Bytes) -> Result<Created, StorageError> {
        let (is_new, is_in_doubt) = self.ask(|server| server.create(key.as_str(), &value))?;
        if is_new {
            return Ok(Created::New);
        }
        // A client that shares the server with others would send something that only it knows.
        let is_ours = is_in_doubt && !self.has(ServiceBug::F26) && self.get(key)? == Some(value);
        Ok(if is_ours { Created::New } else { Created::Exists })
    }
}
