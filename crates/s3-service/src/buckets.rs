//! What the service holds: buckets, by name, and in each its objects and open uploads, by key.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use md5::{Digest, Md5};
use s3s::dto::{ETag, Metadata, StorageClass, Timestamp};
use s3s::{S3Result, s3_error};

/// All buckets. Each request looks at them once, or changes them once, so it is atomic.
#[derive(Debug)]
pub(crate) struct Buckets(Mutex<BTreeMap<String, Bucket>>);

#[derive(Debug, Default)]
pub(crate) struct Bucket {
    /// In the order of listings, that of the bytes of their names in UTF-8.
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) uploads: BTreeMap<String, Upload>,
    /// How many uploads there were so far.
    pub(crate) opened: u64,
}

/// A value with what is known of it. To copy it copies no bytes.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) value: Bytes,
    pub(crate) e_tag: ETag,
    /// In whole seconds, as headers have it.
    pub(crate) modified: Timestamp,
    pub(crate) attributes: Attributes,
}

/// What a client says of an object, and gets back with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) storage_class: Option<StorageClass>,
}

/// The attributes in a request to write. What operations are given has no type in common.
macro_rules! attributes {
    ($input:ident) => {
        $crate::buckets::Attributes {
            cache_control: $input.cache_control,
            content_disposition: $input.content_disposition,
            content_encoding: $input.content_encoding,
            content_language: $input.content_language,
            content_type: $input.content_type,
            expires: $input.expires,
            metadata: $input.metadata,
            storage_class: $input.storage_class,
        }
    };
}

pub(crate) use attributes;

/// A multipart upload that is neither completed nor aborted.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) key: String,
    pub(crate) attributes: Attributes,
    pub(crate) parts: BTreeMap<i32, Object>,
}

impl Buckets {
    /// One bucket, with nothing in it.
    pub(crate) fn with(bucket: &str) -> Self {
        Self(Mutex::new(BTreeMap::from([(bucket.to_owned(), Bucket::default())])))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        // Nothing panics half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `look` with the bucket of this name, alone, and gives what it gives.
    ///
    /// # Errors
    ///
    /// Returns the error of `look`, or `NoSuchBucket` if there is none.
    pub(crate) fn on<T>(
        &self,
        bucket: &str,
        look: impl FnOnce(&mut Bucket) -> S3Result<T>,
    ) -> S3Result<T> {
        match self.lock().get_mut(bucket) {
            Some(bucket) => look(bucket),
            None => Err(s3_error!(NoSuchBucket, "The specified bucket does not exist")),
        }
    }

    pub(crate) fn keys(&self, bucket: &str) -> Vec<String> {
        let buckets = self.lock();
        buckets.get(bucket).map_or_else(Vec::new, |it| it.objects.keys().cloned().collect())
    }

    pub(crate) fn open_uploads(&self, bucket: &str) -> usize {
        self.lock().get(bucket).map_or(0, |it| it.uploads.len())
    }
}

impl Bucket {
    /// The object of this key.
    ///
    /// # Errors
    ///
    /// Returns `NoSuchKey` if there is none.
    pub(crate) fn object(&self, key: &str) -> S3Result<&Object> {
        let missing = || s3_error!(NoSuchKey, "The specified key does not exist.");
        self.objects.get(key).ok_or_else(missing)
    }
}

impl Object {
    pub(crate) fn new(value: Bytes, attributes: Attributes) -> Self {
        let e_tag = ETag::Strong(hex(&Md5::digest(&value)));
        Self { value, e_tag, modified: now(), attributes }
    }

    pub(crate) fn size(&self) -> i64 {
        // A value in memory is shorter than that.
        i64::try_from(self.value.len()).unwrap_or(i64::MAX)
    }
}

/// This moment, in whole seconds.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from(UNIX_EPOCH + Duration::from_secs(since.as_secs()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
