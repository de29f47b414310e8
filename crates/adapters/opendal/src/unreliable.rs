//! `Unreliable`: a layer over a service in this process whose requests go wrong when they are told to.
//!
//! A question, the opening of a value, the first page of a listing, and what makes a write or an erase
//! happen are one request each.

use std::sync::Arc;

use opendal::raw::oio;
use opendal::raw::{
    Layer, OpCopy, OpCreateDir, OpDelete, OpList, OpPresign, OpRead, OpRename, OpStat, OpWrite,
    RpCreateDir, RpPresign, RpRead, RpRename, RpStat, Service, ServiceInfo, Servicer,
};
use opendal::{
    Buffer, BytesRange, Capability, Error, ErrorKind, Metadata, OperationContext, Result,
};
use zarr_conform_model::plan::RequestFault;
use zarr_conform_store::{RequestKind, Requests, corrupted};

/// The layer; what goes wrong is what `requests` says.
#[derive(Debug)]
pub(crate) struct Unreliable(pub(crate) Requests);

impl Layer for Unreliable {
    fn apply_service(&self, inner: Servicer) -> Servicer {
        Arc::new(UnreliableService { inner, requests: self.0.clone() })
    }
}

/// What a client says of a request that went wrong: it may be asked again.
fn error(fault: RequestFault) -> Error {
    Error::new(ErrorKind::Unexpected, fault.name()).set_temporary()
}

#[derive(Debug)]
struct UnreliableService {
    inner: Servicer,
    requests: Requests,
}

impl UnreliableService {
    fn over<T>(&self, inner: T) -> Numbered<T> {
        Numbered { inner, requests: self.requests.clone() }
    }
}

impl Service for UnreliableService {
    type Reader = Numbered<oio::Reader>;
    type Writer = Numbered<oio::Writer>;
    type Lister = Listing;
    type Deleter = Numbered<oio::Deleter>;
    type Copier = oio::Copier;
    type Composer = ();

    fn info(&self) -> ServiceInfo {
        self.inner.info()
    }

    fn capability(&self) -> Capability {
        self.inner.capability()
    }

    async fn create_dir(
        &self,
        context: &OperationContext,
        path: &str,
        args: OpCreateDir,
    ) -> Result<RpCreateDir> {
        self.inner.create_dir(context, path, args).await
    }

    async fn stat(&self, context: &OperationContext, path: &str, args: OpStat) -> Result<RpStat> {
        self.requests.let_others_go().await;
        match self.requests.next(RequestKind::Question) {
            None => self.inner.stat(context, path, args).await,
            Some(fault) => Err(error(fault)),
        }
    }

    fn read(&self, context: &OperationContext, path: &str, args: OpRead) -> Result<Self::Reader> {
        Ok(self.over(self.inner.read(context, path, args)?))
    }

    fn write(&self, context: &OperationContext, path: &str, args: OpWrite) -> Result<Self::Writer> {
        Ok(self.over(self.inner.write(context, path, args)?))
    }

    fn delete(&self, context: &OperationContext) -> Result<Self::Deleter> {
        Ok(self.over(self.inner.delete(context)?))
    }

    fn list(&self, context: &OperationContext, path: &str, args: OpList) -> Result<Self::Lister> {
        let lister = self.over(self.inner.list(context, path, args)?);
        Ok(Listing { lister, state: State::New })
    }

    fn copy(
        &self,
        context: &OperationContext,
        from: &str,
        to: &str,
        args: OpCopy,
    ) -> Result<Self::Copier> {
        self.inner.copy(context, from, to, args)
    }

    async fn rename(
        &self,
        context: &OperationContext,
        from: &str,
        to: &str,
        args: OpRename,
    ) -> Result<RpRename> {
        self.inner.rename(context, from, to, args).await
    }

    async fn presign(
        &self,
        context: &OperationContext,
        path: &str,
        args: OpPresign,
    ) -> Result<RpPresign> {
        self.inner.presign(context, path, args).await
    }
}

/// What makes a request of the service when it comes to it.
struct Numbered<T> {
    inner: T,
    requests: Requests,
}

/// A listing, and how far its request is.
struct Listing {
    lister: Numbered<oio::Lister>,
    state: State,
}

enum State {
    /// No request was made.
    New,
    /// The request went well.
    Made,
    /// The next entry does not come any more.
    Cut,
}

/// Makes something happen, whatever is told of it.
async fn make<A>(requests: Requests, change: impl Future<Output = Result<A>>) -> Result<A> {
    requests.let_others_go().await;
    match requests.next(RequestKind::Change) {
        // What is here holds the same, however often it is written or erased.
        None | Some(RequestFault::Twice) => change.await,
        Some(fault @ RequestFault::LostReply) => {
            change.await?;
            Err(error(fault))
        }
        Some(fault) => Err(error(fault)),
    }
}

impl oio::Read for Numbered<oio::Reader> {
    async fn open(&self, range: BytesRange) -> Result<(RpRead, Box<dyn oio::ReadStreamDyn>)> {
        self.requests.let_others_go().await;
        match self.requests.next(RequestKind::Download) {
            None => self.inner.open(range).await,
            Some(fault @ (RequestFault::CutBody | RequestFault::CorruptBody)) => {
                let (reply, mut whole) = self.inner.open(range).await?;
                let whole = oio::ReadStream::read_all(&mut whole).await?;
                if fault == RequestFault::CorruptBody {
                    return Ok((reply, Box::new(Buffer::from(corrupted(&whole.to_bytes())))));
                }
                let half = whole.slice(..whole.len() / 2);
                Ok((reply, Box::new(CutBody { half: Some(half), fault })))
            }
            Some(fault) => Err(error(fault)),
        }
    }

    async fn read(&self, range: BytesRange) -> Result<(RpRead, Buffer)> {
        self.requests.let_others_go().await;
        match self.requests.next(RequestKind::Download) {
            None => self.inner.read(range).await,
            Some(RequestFault::CorruptBody) => {
                let (reply, whole) = self.inner.read(range).await?;
                Ok((reply, corrupted(&whole.to_bytes()).into()))
            }
            Some(fault) => Err(error(fault)),
        }
    }
}

/// A value that ends in the middle.
struct CutBody {
    half: Option<Buffer>,
    fault: RequestFault,
}

impl oio::ReadStream for CutBody {
    async fn read(&mut self) -> Result<Buffer> {
        match self.half.take() {
            // An empty piece would be the end.
            Some(half) if !half.is_empty() => Ok(half),
            _ => Err(error(self.fault)),
        }
    }
}

impl oio::Write for Numbered<oio::Writer> {
    async fn write(&mut self, bytes: Buffer) -> Result<()> {
        self.inner.write(bytes).await
    }

    async fn close(&mut self) -> Result<Metadata> {
        make(self.requests.clone(), self.inner.close()).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}

impl oio::Delete for Numbered<oio::Deleter> {
    /// In memory an entry is gone with this, and nothing is left for the end.
    async fn delete(&mut self, path: &str, args: OpDelete) -> Result<()> {
        make(self.requests.clone(), self.inner.delete(path, args)).await
    }

    async fn close(&mut self) -> Result<()> {
        self.inner.close().await
    }
}

impl oio::List for Listing {
    async fn next(&mut self) -> Result<Option<oio::Entry>> {
        match self.state {
            State::New => {}
            State::Made => return self.lister.inner.next().await,
            State::Cut => return Err(error(RequestFault::CutBody)),
        }
        self.lister.requests.let_others_go().await;
        match self.lister.requests.next(RequestKind::Download) {
            // A listing has no bytes to change here.
            None | Some(RequestFault::CorruptBody) => {
                self.state = State::Made;
                self.lister.inner.next().await
            }
            Some(fault @ RequestFault::CutBody) => {
                self.state = State::Cut;
                self.lister.inner.next().await?.map_or(Err(error(fault)), |entry| Ok(Some(entry)))
            }
            Some(fault) => Err(error(fault)),
        }
    }
}

#[cfg(test)]
mod tests {
    use opendal::Operator;
    use opendal::services::Memory;
    use zarr_conform_model::{Outcome, Plan};
    use zarr_conform_store::{AsyncToSyncBlockOn, CallingThread, Way};

    use super::*;

    fn service() -> (Operator, Requests) {
        let requests = Requests::default();
        let service = Operator::new(Memory::default()).unwrap();
        let service = service.layer(Unreliable(requests.clone()));
        for (name, value) in [("a", "value"), ("b", "")] {
            CallingThread.block_on(service.write(name, value)).unwrap();
        }
        (service, requests)
    }

    /// What comes of the first request of `ask` if this happens to it.
    fn when<T>(
        requests: &Requests,
        fault: RequestFault,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let plan: Plan = format!("request#1 {fault}: list").parse().unwrap();
        let mut way = Way { fault: plan.steps()[0].fault, ..Way::default() };
        let mut answer = None;
        requests.on_way(&mut way, || {
            answer = Some(CallingThread.block_on(ask));
            Outcome::Done
        });
        assert!(way.struck, "{fault}");
        answer.unwrap()
    }

    fn read(service: &Operator, name: &str) -> Option<Vec<u8>> {
        CallingThread.block_on(service.read(name)).ok().map(|value| value.to_vec())
    }

    #[test]
    fn a_change_that_is_refused_does_not_happen_and_one_without_a_reply_does() {
        let (service, requests) = service();
        when(&requests, RequestFault::Unavailable, service.write("c", "new")).unwrap_err();
        when(&requests, RequestFault::Reset, service.delete("a")).unwrap_err();
        assert_eq!((read(&service, "c"), read(&service, "a")), (None, Some(b"value".to_vec())));
        when(&requests, RequestFault::LostReply, service.write("c", "new")).unwrap_err();
        when(&requests, RequestFault::LostReply, service.delete("a")).unwrap_err();
        assert_eq!((read(&service, "c"), read(&service, "a")), (Some(b"new".to_vec()), None));
    }

    #[test]
    fn a_body_is_cut_or_changed() {
        let (service, requests) = service();
        when(&requests, RequestFault::CutBody, service.read("a")).unwrap_err();
        let changed = when(&requests, RequestFault::CorruptBody, service.read("a")).unwrap();
        assert_eq!(changed.to_vec(), b"vamue");
        when(&requests, RequestFault::Internal, service.stat("a")).unwrap_err();
    }

    #[test]
    fn a_listing_fails_as_a_whole_or_after_its_first_entry() {
        use futures::TryStreamExt;

        let (service, requests) = service();
        when(&requests, RequestFault::TooMany, service.list("/")).unwrap_err();
        let mut seen = 0;
        let list = async {
            let mut entries = service.lister("/").await?;
            while entries.try_next().await?.is_some() {
                seen += 1;
            }
            Ok(())
        };
        when(&requests, RequestFault::CutBody, list).unwrap_err();
        assert_eq!(seen, 1);
    }
}
