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
use zarr_conform_store::{RequestKind, Requests};

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
    fn over<T>(&self, inner: T) -> Way<T> {
        Way { inner, requests: self.requests.clone(), state: State::New }
    }
}

impl Service for UnreliableService {
    type Reader = Way<oio::Reader>;
    type Writer = Way<oio::Writer>;
    type Lister = Way<oio::Lister>;
    type Deleter = Way<oio::Deleter>;
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
        Ok(self.over(self.inner.list(context, path, args)?))
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

/// What goes on with the service, piece by piece, and how far its request is.
struct Way<T> {
    inner: T,
    requests: Requests,
    state: State,
}

enum State {
    /// No request was made.
    New,
    /// The request went well.
    Made,
    /// The next piece does not come any more.
    Cut,
}

/// Makes something happen, whatever is told of it.
async fn make<A>(requests: Requests, change: impl Future<Output = Result<A>>) -> Result<A> {
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

impl oio::Read for Way<oio::Reader> {
    async fn open(&self, range: BytesRange) -> Result<(RpRead, Box<dyn oio::ReadStreamDyn>)> {
        match self.requests.next(RequestKind::Download) {
            None => self.inner.open(range).await,
            Some(fault @ (RequestFault::CutBody | RequestFault::CorruptBody)) => {
                let (reply, mut whole) = self.inner.open(range).await?;
                let whole = oio::ReadStream::read_all(&mut whole).await?;
                if fault == RequestFault::CorruptBody {
                    return Ok((reply, Box::new(corrupted(&whole))));
                }
                let half = whole.slice(..whole.len() / 2);
                Ok((reply, Box::new(CutBody { half: Some(half), fault })))
            }
            Some(fault) => Err(error(fault)),
        }
    }

    async fn read(&self, range: BytesRange) -> Result<(RpRead, Buffer)> {
        match self.requests.next(RequestKind::Download) {
            None => self.inner.read(range).await,
            Some(RequestFault::CorruptBody) => {
                let (reply, whole) = self.inner.read(range).await?;
                Ok((reply, corrupted(&whole)))
            }
            Some(fault) => Err(error(fault)),
        }
    }
}

/// The same bytes, but for one bit in the middle.
fn corrupted(whole: &Buffer) -> Buffer {
    let mut bytes = whole.to_vec();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    bytes.into()
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

impl oio::Write for Way<oio::Writer> {
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

impl oio::Delete for Way<oio::Deleter> {
    async fn delete(&mut self, path: &str, args: OpDelete) -> Result<()> {
        self.inner.delete(path, args).await
    }

    async fn close(&mut self) -> Result<()> {
        make(self.requests.clone(), self.inner.close()).await
    }
}

impl oio::List for Way<oio::Lister> {
    async fn next(&mut self) -> Result<Option<oio::Entry>> {
        match self.state {
            State::New => {}
            State::Made => return self.inner.next().await,
            State::Cut => return Err(error(RequestFault::CutBody)),
        }
        match self.requests.next(RequestKind::Download) {
            // A listing has no bytes to change here.
            None | Some(RequestFault::CorruptBody) => {
                self.state = State::Made;
                self.inner.next().await
            }
            Some(fault @ RequestFault::CutBody) => {
                self.state = State::Cut;
                self.inner.next().await?.map_or(Err(error(fault)), |entry| Ok(Some(entry)))
            }
            Some(fault) => Err(error(fault)),
        }
    }
}
