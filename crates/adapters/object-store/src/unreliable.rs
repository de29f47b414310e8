//! `Unreliable`: a service in this process whose requests go wrong when they are told to.
//!
//! One call of the trait is one request. Over HTTP it may be several, which `tagged` sees.

use std::fmt;
use std::ops::Range;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions,
    Result,
};
use zarr_conform_model::plan::RequestFault;
use zarr_conform_store::{RequestKind, Requests};
use zarrs_storage::Bytes;

/// A service whose requests go wrong as `requests` says.
#[derive(Debug)]
pub(crate) struct Unreliable<T> {
    pub(crate) inner: T,
    pub(crate) requests: Requests,
}

impl<T> Unreliable<T> {
    /// Makes a request whose reply is all or nothing.
    async fn ask<A, F>(&self, kind: RequestKind, mut request: impl FnMut() -> F) -> Result<A>
    where
        F: Future<Output = Result<A>>,
    {
        match self.requests.next(kind) {
            // A listing has no bytes to change here.
            None | Some(RequestFault::CorruptBody) => request().await,
            Some(RequestFault::Twice) => {
                let first = request().await;
                // The client never sees this one.
                drop(request().await);
                first
            }
            Some(fault @ (RequestFault::LostReply | RequestFault::CutBody)) => {
                request().await?;
                Err(error(fault))
            }
            Some(fault) => Err(error(fault)),
        }
    }

    /// Makes a request whose reply comes piece by piece.
    fn ask_for_many<A: Send + 'static>(
        &self,
        request: impl FnOnce() -> BoxStream<'static, Result<A>>,
    ) -> BoxStream<'static, Result<A>> {
        match self.requests.next(RequestKind::Download) {
            None | Some(RequestFault::CorruptBody) => request(),
            Some(fault @ RequestFault::CutBody) => {
                request().take(1).chain(stream::iter([Err(error(fault))])).boxed()
            }
            Some(fault) => stream::iter([Err(error(fault))]).boxed(),
        }
    }
}

/// What a client says of a request that went wrong.
fn error(fault: RequestFault) -> Error {
    Error::Generic { store: "Unreliable", source: fault.name().into() }
}

/// The same bytes, but for one bit in the middle.
fn corrupted(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    bytes.into()
}

impl<T: ObjectStore> fmt::Display for Unreliable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inner)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: ObjectStore> ObjectStore for Unreliable<T> {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let put = || self.inner.put_opts(location, payload.clone(), options.clone());
        self.ask(RequestKind::Change, put).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let begin = || self.inner.put_multipart_opts(location, options.clone());
        self.ask(RequestKind::Change, begin).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if options.head {
            let head = || self.inner.get_opts(location, options.clone());
            return self.ask(RequestKind::Question, head).await;
        }
        match self.requests.next(RequestKind::Download) {
            None => self.inner.get_opts(location, options).await,
            Some(fault @ (RequestFault::CutBody | RequestFault::CorruptBody)) => {
                let whole = self.inner.get_opts(location, options).await?;
                let (meta, range) = (whole.meta.clone(), whole.range.clone());
                let (attributes, extensions) = (whole.attributes.clone(), whole.extensions.clone());
                let bytes = whole.bytes().await?;
                let half = bytes.slice(..bytes.len() / 2);
                let pieces = if fault == RequestFault::CutBody {
                    vec![Ok(half), Err(error(fault))]
                } else {
                    vec![Ok(corrupted(&bytes))]
                };
                let payload = GetResultPayload::Stream(stream::iter(pieces).boxed());
                Ok(GetResult { payload, meta, range, attributes, extensions })
            }
            Some(fault) => Err(error(fault)),
        }
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        match self.requests.next(RequestKind::Download) {
            None => self.inner.get_ranges(location, ranges).await,
            Some(RequestFault::CorruptBody) => {
                let parts = self.inner.get_ranges(location, ranges).await?;
                Ok(parts.iter().map(corrupted).collect())
            }
            Some(fault) => Err(error(fault)),
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        match self.requests.next(RequestKind::Change) {
            // What is erased is gone, however often it is erased.
            None | Some(RequestFault::Twice) => self.inner.delete_stream(locations),
            Some(fault @ RequestFault::LostReply) => {
                let deleted = self.inner.delete_stream(locations);
                deleted.map(move |path| path.and_then(|_| Err(error(fault)))).boxed()
            }
            Some(fault) => stream::iter([Err(error(fault))]).boxed(),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.ask_for_many(|| self.inner.list(prefix))
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.ask_for_many(|| self.inner.list_with_offset(prefix, offset))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let list = || self.inner.list_with_delimiter(prefix);
        self.ask(RequestKind::Download, list).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let copy = || self.inner.copy_opts(from, to, options.clone());
        self.ask(RequestKind::Change, copy).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        let rename = || self.inner.rename_opts(from, to, options.clone());
        self.ask(RequestKind::Change, rename).await
    }
}
