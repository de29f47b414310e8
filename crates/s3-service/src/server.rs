//! The HTTP layer: a thread that listens, serves connections, and lets requests go wrong.
//!
//! There is one thread, because no request waits for anything but the network.

use std::convert::Infallible;
use std::error::Error;
use std::future::poll_fn;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::select;
use hyper::StatusCode;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::service::{S3Service as Protocol, S3ServiceBuilder};
use s3s::{Body, HttpRequest, HttpResponse, S3Error, S3ErrorCode, StdError};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::buckets::Buckets;
use crate::fault::{Fault, Faults};
use crate::operations::{Gate, Keys, Operations, Requests};

/// In this header of a request stands what goes wrong with it.
pub(crate) const FAULT_HEADER: &str = "x-fault";

/// What the service's user and its thread both look at.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) buckets: Arc<Buckets>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) requests: Arc<Requests>,
}

/// The thread that serves. Dropping it ends all connections, and then the thread.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    /// Dropped to stop the thread.
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(shared: Shared) -> io::Result<Self> {
        // Connections wait in the listener's queue from here on, so there is nothing to wait for.
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        // One thread is enough: no request waits for anything but the network, and none is long.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _context = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let serve = move || {
            let accept = accept(listener, Arc::new(Front::new(shared)));
            runtime.block_on(select(Box::pin(accept), stopped));
            // The runtime goes here, and with it all connections.
        };
        let thread = thread::Builder::new().name("s3-service".to_owned()).spawn(serve)?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // If it panicked, it has said so, and a panic here would hide what the test found.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, front: Arc<Front>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(&front)));
            }
            // There are too many connections, or this one is gone again.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Serves one connection until its client closes it, or a fault does.
async fn serve(stream: TcpStream, front: Arc<Front>) {
    // Without it, answers in two packets would wait for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| {
        let front = Arc::clone(&front);
        async move { front.answer(request).await }.boxed()
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    let ended = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let why = ended.as_ref().err().and_then(Error::source).and_then(|it| it.downcast_ref());
    if matches!(why, Some(NoAnswer::Reset)) {
        // The connection is then reset by closing it.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}

/// What stands between the connections and the S3 protocol: the one place where requests go wrong.
#[derive(Debug)]
struct Front {
    protocol: Protocol,
    faults: Arc<Faults>,
}

/// Why a request gets no answer.
#[derive(Debug)]
enum NoAnswer {
    /// A fault wants the connection reset.
    Reset,
    /// A fault wants the connection closed.
    Lost,
    /// The answer cannot be made, or the request was not all there.
    Broken(StdError),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset => formatter.write_str("the connection is reset on purpose"),
            Self::Lost => formatter.write_str("the connection is closed on purpose"),
            Self::Broken(error) => write!(formatter, "there is no answer: {error}"),
        }
    }
}

impl Error for NoAnswer {}

impl Front {
    fn new(Shared { buckets, faults, requests }: Shared) -> Self {
        let mut builder = S3ServiceBuilder::new(Operations::new(buckets));
        builder.set_auth(Keys);
        builder.set_access(Gate { requests });
        Self { protocol: builder.build(), faults }
    }

    async fn answer(&self, request: HttpRequest<Incoming>) -> Result<HttpResponse, NoAnswer> {
        let request = request.map(Body::from);
        // What its client wants to become of this one request, or its user of the next.
        let own = request.headers().get(FAULT_HEADER).map(HeaderValue::as_bytes);
        let fault = own.and_then(Fault::find).or_else(|| self.faults.next());
        match fault {
            None => self.carry_out(request).await,
            Some(Fault::Unavailable) => refused(request, slow_down()).await,
            Some(Fault::Internal) => {
                let words = "We encountered an internal error. Please try again.";
                refused(request, S3Error::with_message(S3ErrorCode::InternalError, words)).await
            }
            Some(Fault::TooMany) => {
                let mut error = slow_down();
                error.set_status_code(StatusCode::TOO_MANY_REQUESTS);
                refused(request, error).await
            }
            Some(Fault::Reset) => Err(NoAnswer::Reset),
            Some(Fault::LostReply) => {
                self.carry_out(request).await?;
                Err(NoAnswer::Lost)
            }
            Some(Fault::CutBody) => cut(self.carry_out(request).await?).await,
            Some(Fault::CorruptBody) => corrupted(self.carry_out(request).await?).await,
            Some(Fault::Twice) => self.twice(request).await,
        }
    }

    /// Carries a request out twice, and gives the first answer.
    async fn twice(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let (parts, mut body) = request.into_parts();
        let body = body.store_all_limited(usize::MAX).await.map_err(NoAnswer::Broken)?;
        let again = HttpRequest::from_parts(parts.clone(), Body::from(body.clone()));
        let first = self.carry_out(HttpRequest::from_parts(parts, Body::from(body))).await?;
        // The client never sees this one.
        self.carry_out(again).await?;
        Ok(first)
    }

    async fn carry_out(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let answer = self.protocol.call(request).await;
        let mut answer = answer.map_err(|error| NoAnswer::Broken(error.into()))?;
        // The protocol has one status for all heads, and AWS another one for those of a part.
        if answer.status() == StatusCode::OK && answer.headers().contains_key(CONTENT_RANGE) {
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        Ok(keep_carriage_returns(answer))
    }
}

/// Writes carriage returns in names as AWS does: as they are, a reader of XML takes them for
/// newlines.
fn keep_carriage_returns(answer: HttpResponse) -> HttpResponse {
    let is_xml = answer.headers().get(CONTENT_TYPE).is_some_and(|it| it == "application/xml");
    match answer.body().bytes() {
        Some(body) if is_xml && body.contains(&b'\r') => {
            let parts: Vec<&[u8]> = body.split(|byte| *byte == b'\r').collect();
            answer.map(|_| Body::from(parts.join(&b"&#13;"[..])))
        }
        _ => answer,
    }
}

fn slow_down() -> S3Error {
    S3Error::with_message(S3ErrorCode::SlowDown, "Please reduce your request rate.")
}

async fn refused(request: HttpRequest, error: S3Error) -> Result<HttpResponse, NoAnswer> {
    // A client that is still sending would not see the answer.
    request.into_body().store_all_limited(usize::MAX).await.map_err(NoAnswer::Broken)?;
    error.to_http_response().map_err(|error| NoAnswer::Broken(error.into()))
}

async fn cut(response: HttpResponse) -> Result<HttpResponse, NoAnswer> {
    let (mut parts, mut body) = response.into_parts();
    let body = body.store_all_limited(usize::MAX).await.map_err(NoAnswer::Broken)?;
    if body.is_empty() {
        return Err(NoAnswer::Reset);
    }
    parts.headers.insert(CONTENT_LENGTH, body.len().into());
    let half = body.slice(..body.len() / 2);
    let body = CutBody { length: body.len() as u64, state: Cut::Half(half) };
    Ok(HttpResponse::from_parts(parts, Body::http_body(body)))
}

async fn corrupted(response: HttpResponse) -> Result<HttpResponse, NoAnswer> {
    let (parts, mut body) = response.into_parts();
    let body = body.store_all_limited(usize::MAX).await.map_err(NoAnswer::Broken)?;
    let mut body = body.to_vec();
    let middle = body.len() / 2;
    if let Some(byte) = body.get_mut(middle) {
        *byte ^= 1;
    }
    Ok(HttpResponse::from_parts(parts, Body::from(Bytes::from(body))))
}

/// A body that ends before its length.
struct CutBody {
    length: u64,
    state: Cut,
}

enum Cut {
    Half(Bytes),
    /// What is written so far is sent before the connection ends.
    Sent,
    End,
}

impl hyper::body::Body for CutBody {
    type Data = Bytes;
    type Error = NoAnswer;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, NoAnswer>>> {
        match std::mem::replace(&mut self.state, Cut::End) {
            Cut::Half(half) => {
                self.state = Cut::Sent;
                Poll::Ready(Some(Ok(Frame::data(half))))
            }
            Cut::Sent => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Cut::End => {
                Poll::Ready(Some(Err(NoAnswer::Broken("the body is cut on purpose".into()))))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
