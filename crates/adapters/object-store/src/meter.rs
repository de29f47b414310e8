//! The meter: a layer that counts what is asked of a service, and may know what was written to it.
//!
//! A store on a server knows what it wrote, so that removing it takes one request a case and no
//! listing. What abandoned stores leave is below the run's prefix, and is removed at the end.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use zarr_conform_model::contract::Traffic;
use zarrs_storage::Bytes;

/// Counts what is asked of a service.
///
/// One request here may be several over HTTP, such as the pages of a listing. Bytes that are received
/// are those that were promised.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    requests: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
    /// What was written and, as far as is known, not deleted since; `None`, if nobody asks.
    written: Option<Mutex<BTreeSet<Path>>>,
}

impl Meter {
    /// A meter that knows what was written.
    #[cfg(any(test, feature = "_remote"))]
    pub(crate) fn knowing_what_was_written() -> Self {
        Self { written: Some(Mutex::default()), ..Self::default() }
    }

    /// What was asked so far.
    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            requests: self.requests.load(Ordering::Relaxed),
            sent: self.sent.load(Ordering::Relaxed),
            received: self.received.load(Ordering::Relaxed),
        }
    }

    /// What was written and, as far as is known, not deleted since.
    #[cfg(any(test, feature = "_remote"))]
    pub(crate) fn left(&self) -> Vec<Path> {
        self.written().map(|written| written.iter().cloned().collect()).unwrap_or_default()
    }

    fn written(&self) -> Option<MutexGuard<'_, BTreeSet<Path>>> {
        // A set of paths is consistent at every moment.
        self.written.as_ref().map(|written| written.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    fn write(&self, path: &Path, bytes: usize) {
        self.count();
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
        // Before it is written: a write that fails may have happened.
        if let Some(mut written) = self.written() {
            written.insert(path.clone());
        }
    }
}

/// A service whose traffic is counted.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    pub(crate) inner: T,
    pub(crate) meter: Arc<Meter>,
}

impl<T: ObjectStore> fmt::Display for Counted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inner)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: ObjectStore> ObjectStore for Counted<T> {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.meter.write(location, payload.content_length());
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.meter.write(location, 0);
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.meter.count();
        let is_head = options.head;
        let result = self.inner.get_opts(location, options).await?;
        if !is_head {
            let promised = result.range.end.saturating_sub(result.range.start);
            self.meter.received.fetch_add(promised, Ordering::Relaxed);
        }
        Ok(result)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.meter.count();
        let parts = self.inner.get_ranges(location, ranges).await?;
        let bytes: usize = parts.iter().map(Bytes::len).sum();
        self.meter.received.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(parts)
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.meter.count();
        let meter = Arc::clone(&self.meter);
        let deleted = self.inner.delete_stream(locations);
        let forget = move |path: &Result<Path>| {
            if let (Ok(path), Some(mut written)) = (path, meter.written()) {
                written.remove(path);
            }
        };
        deleted.inspect(forget).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.meter.count();
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.meter.count();
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.meter.count();
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.meter.write(to, 0);
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(
        &self,
        from: &Path,
        to: &Path,
        options: object_store::RenameOptions,
    ) -> Result<()> {
        self.meter.write(to, 0);
        self.inner.rename_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt;
    use object_store::memory::InMemory;

    use super::*;

    #[test]
    fn requests_and_bytes_are_counted_and_what_was_written_is_known() {
        let meter = Arc::new(Meter::knowing_what_was_written());
        let store = Counted { inner: InMemory::new(), meter: Arc::clone(&meter) };
        let (a, b) = (Path::from("a"), Path::from("b/c"));
        futures::executor::block_on(async {
            store.put(&a, "xyz".into()).await.unwrap();
            store.put(&b, "".into()).await.unwrap();
            store.get(&a).await.unwrap().bytes().await.unwrap();
            store.get_ranges(&a, &[0..1, 1..3]).await.unwrap();
            store.head(&a).await.unwrap();
            store.list_with_delimiter(None).await.unwrap();
        });
        assert_eq!(meter.traffic(), Traffic { requests: 6, sent: 3, received: 6 });
        assert_eq!(meter.left(), [a.clone(), b.clone()]);
        futures::executor::block_on(store.delete(&a)).unwrap();
        assert_eq!(meter.left(), [b]);
    }
}
