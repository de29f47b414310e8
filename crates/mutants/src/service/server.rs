//! `Server`: objects by their names, asked by requests that can go wrong.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

use zarr_conform_model::plan::RequestFault;
use zarr_conform_store::{RequestKind, Requests, corrupted};
use zarrs_storage::Bytes;

/// How many names are in a page of a listing: few, so that listings have several.
const PAGE: usize = 2;

/// Objects, and the requests for them.
#[derive(Debug, Default)]
pub(super) struct Server {
    objects: Mutex<BTreeMap<String, Bytes>>,
    pub(super) requests: Requests,
}

/// Why there is no reply, or half of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The server says to ask again, and has done nothing.
    AskAgain,
    /// The same, since there were too many requests.
    TooMany,
    /// The connection ended, and nobody knows what was done.
    NoReply,
}

/// A body as it came, or the beginning of one.
pub(super) struct Body {
    pub(super) bytes: Bytes,
    pub(super) is_whole: bool,
    /// That of what was sent.
    pub(super) checksum: u64,
}

/// How a reply came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Whole,
    Cut,
    Corrupt,
}

/// What is nearly never the same of other bytes.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

impl Server {
    fn ask<T>(
        &self,
        kind: RequestKind,
        mut carry_out: impl FnMut(&mut BTreeMap<String, Bytes>) -> T,
    ) -> Result<(T, Came), Failure> {
        let fault = self.requests.next(kind);
        // It is whole at every moment.
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            None => Ok((carry_out(&mut objects), Came::Whole)),
            Some(RequestFault::Twice) => {
                let first = carry_out(&mut objects);
                carry_out(&mut objects);
                Ok((first, Came::Whole))
            }
            Some(RequestFault::CutBody) => Ok((carry_out(&mut objects), Came::Cut)),
            Some(RequestFault::CorruptBody) => Ok((carry_out(&mut objects), Came::Corrupt)),
            Some(RequestFault::LostReply) => {
                carry_out(&mut objects);
                Err(Failure::NoReply)
            }
            Some(RequestFault::Reset) => Err(Failure::NoReply),
            Some(RequestFault::TooMany) => Err(Failure::TooMany),
            Some(RequestFault::Unavailable | RequestFault::Internal) => Err(Failure::AskAgain),
        }
    }

    pub(super) fn put(&self, key: &str, value: &Bytes) -> Result<(), Failure> {
        let put =
            |objects: &mut BTreeMap<_, _>| drop(objects.insert(key.to_owned(), value.clone()));
        self.ask(RequestKind::Change, put).map(|(done, _)| done)
    }

    /// Whether there was no such object.
    pub(super) fn create(&self, key: &str, value: &Bytes) -> Result<bool, Failure> {
        let create = |objects: &mut BTreeMap<_, _>| {
            let is_new = !objects.contains_key(key);
            if is_new {
                objects.insert(key.to_owned(), value.clone());
            }
            is_new
        };
        self.ask(RequestKind::Change, create).map(|(is_new, _)| is_new)
    }

    pub(super) fn append(&self, key: &str, more: &Bytes) -> Result<(), Failure> {
        let append = |objects: &mut BTreeMap<String, Bytes>| {
            let object = objects.entry(key.to_owned()).or_default();
            *object = [&object[..], more].concat().into();
        };
        self.ask(RequestKind::Change, append).map(|(done, _)| done)
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Body>, Failure> {
        let (object, came) =
            self.ask(RequestKind::Download, |objects| objects.get(key).cloned())?;
        Ok(object.map(|sent| {
            let bytes = match came {
                Came::Whole => sent.clone(),
                Came::Cut => sent.slice(..sent.len() / 2),
                Came::Corrupt => corrupted(&sent).into(),
            };
            Body { bytes, is_whole: came != Came::Cut, checksum: checksum(&sent) }
        }))
    }

    pub(super) fn size(&self, key: &str) -> Result<Option<u64>, Failure> {
        let size = |objects: &mut BTreeMap<String, Bytes>| objects.get(key).map(Bytes::len);
        self.ask(RequestKind::Question, size).map(|(size, _)| size.map(|size| size as u64))
    }

    /// Whether there was such an object.
    pub(super) fn delete(&self, key: &str) -> Result<bool, Failure> {
        let delete = |objects: &mut BTreeMap<_, _>| objects.remove(key).is_some();
        self.ask(RequestKind::Change, delete).map(|(was_there, _)| was_there)
    }

    /// The names after one, as many as are in a page, and whether the page is whole.
    pub(super) fn page(&self, after: Option<&str>) -> Result<(Vec<String>, bool), Failure> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let names = |objects: &mut BTreeMap<String, Bytes>| {
            let rest = objects.range::<str, _>((after, Bound::Unbounded));
            rest.map(|(name, _)| name.clone()).take(PAGE).collect::<Vec<_>>()
        };
        let (mut names, came) = self.ask(RequestKind::Download, names)?;
        if came != Came::Whole {
            // What is left is no document.
            names.truncate(names.len() / 2);
        }
        Ok((names, came == Came::Whole))
    }
}
