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
use zarr_conform_store::{RequestKind, Requests, corrupted};
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
        self.requests.let_others_go().await;
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

    /// The pieces of a reply, before which others may go first.
    fn after_others<A: Send + 'static>(
        &self,
        pieces: BoxStream<'static, A>,
    ) -> BoxStream<'static, A> {
        let requests = self.requests.clone();
        let wait = stream::once(async move { requests.let_others_go().await });
        wait.filter_map(|()| async { None }).chain(pieces).boxed()
    }

    /// What is to be erased, each after others may have gone first.
    fn each_after_others<A: Send + 'static>(
        &self,
        pieces: BoxStream<'static, A>,
    ) -> BoxStream<'static, A> {
        let requests = self.requests.clone();
        let wait = move |piece| {
            let requests = requests.clone();
            async move {
                requests.let_others_go().await;
                piece
            }
        };
        pieces.then(wait).boxed()
    }

    /// Makes a request whose reply comes piece by piece.
    fn ask_for_many<A: Send + 'static>(
        &self,
        request: impl FnOnce() -> BoxStream<'static, Result<A>>,
    ) -> BoxStream<'static, Result<A>> {
        match self.requests.next(RequestKind::Download) {
            None | Some(RequestFault::CorruptBody) => self.after_others(request()),
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
        self.requests.let_others_go().await;
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
                    vec![Ok(corrupted(&bytes).into())]
                };
                let payload = GetResultPayload::Stream(stream::iter(pieces).boxed());
                Ok(GetResult { payload, meta, range, attributes, extensions })
            }
            Some(fault) => Err(error(fault)),
        }
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.requests.let_others_go().await;
        match self.requests.next(RequestKind::Download) {
            None => self.inner.get_ranges(location, ranges).await,
            Some(RequestFault::CorruptBody) => {
                let parts = self.inner.get_ranges(location, ranges).await?;
                Ok(parts.iter().map(|part| corrupted(part).into()).collect())
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
            None | Some(RequestFault::Twice) => {
                self.inner.delete_stream(self.each_after_others(locations))
            }
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

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;
    use futures::executor::block_on;
    use object_store::memory::InMemory;
    use object_store::{ObjectStoreExt, PutMode};
    use zarr_conform_model::{Outcome, Plan};
    use zarr_conform_store::Way;

    use super::*;

    fn store() -> Unreliable<InMemory> {
        let store = Unreliable { inner: InMemory::new(), requests: Requests::default() };
        for (name, value) in [("a", "value"), ("b", "")] {
            block_on(store.put(&name.into(), value.into())).unwrap();
        }
        store
    }

    /// What comes of the first request of `ask` if this happens to it.
    fn when<T>(
        store: &Unreliable<InMemory>,
        fault: RequestFault,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let plan: Plan = format!("request#1 {fault}: list").parse().unwrap();
        let mut way = Way { fault: plan.steps()[0].fault, ..Way::default() };
        let mut answer = None;
        store.requests.on_way(&mut way, || {
            answer = Some(block_on(ask));
            Outcome::Done
        });
        assert!(way.struck, "{fault}");
        answer.unwrap()
    }

    fn read(store: &Unreliable<InMemory>, name: &str) -> Option<Bytes> {
        let get = async { store.get(&name.into()).await?.bytes().await };
        block_on(get).ok()
    }

    #[test]
    fn a_change_that_is_refused_does_not_happen_and_one_without_a_reply_does() {
        for fault in [RequestFault::Unavailable, RequestFault::Reset, RequestFault::TooMany] {
            let store = store();
            when(&store, fault, store.put(&"c".into(), "new".into())).unwrap_err();
            when(&store, fault, store.delete(&"a".into())).unwrap_err();
            assert_eq!((read(&store, "c"), read(&store, "a")), (None, Some("value".into())));
        }
        let store = store();
        when(&store, RequestFault::LostReply, store.put(&"c".into(), "new".into())).unwrap_err();
        when(&store, RequestFault::LostReply, store.delete(&"a".into())).unwrap_err();
        assert_eq!((read(&store, "c"), read(&store, "a")), (Some("new".into()), None));
    }

    #[test]
    fn what_arrives_twice_has_the_first_reply() {
        let (store, path) = (store(), Path::from("c"));
        let create = store.put_opts(&path, "new".into(), PutMode::Create.into());
        when(&store, RequestFault::Twice, create).unwrap();
        let again = store.put_opts(&path, "new".into(), PutMode::Create.into());
        assert!(matches!(block_on(again), Err(Error::AlreadyExists { .. })));
    }

    #[test]
    fn a_body_is_cut_or_changed() {
        let (store, path) = (store(), Path::from("a"));
        let get = async { store.get(&path).await?.into_stream().try_collect::<Vec<_>>().await };
        when(&store, RequestFault::CutBody, get).unwrap_err();
        let first = async { store.get(&path).await?.into_stream().try_next().await };
        assert_eq!(when(&store, RequestFault::CutBody, first).unwrap(), Some("va".into()));
        let get = async { store.get(&path).await?.bytes().await };
        assert_eq!(when(&store, RequestFault::CorruptBody, get).unwrap(), "vamue");
        let parts = store.get_ranges(&path, &[0..3, 2..5]);
        assert_eq!(when(&store, RequestFault::CorruptBody, parts).unwrap(), ["v`l", "lte"]);
        let parts = store.get_ranges(&path, &[0..3, 0..1]);
        when(&store, RequestFault::CutBody, parts).unwrap_err();
    }

    #[test]
    fn a_listing_fails_as_a_whole_or_after_its_first_entry() {
        let store = store();
        let list = async { store.list(None).try_collect::<Vec<_>>().await };
        when(&store, RequestFault::Internal, list).unwrap_err();
        let mut seen = 0;
        let list = async {
            let mut entries = store.list(None);
            while entries.try_next().await?.is_some() {
                seen += 1;
            }
            Ok(())
        };
        when(&store, RequestFault::CutBody, list).unwrap_err();
        assert_eq!(seen, 1);
    }
}
