//! A service as its user sees it.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::buckets::Buckets;
use crate::credentials::{ACCESS_KEY, BUCKET, REGION, SECRET_KEY};
use crate::fault::Fault;
use crate::server::{FAULT_HEADER, Server, Shared};

/// An S3 service that runs until this is dropped.
///
/// It has a thread of its own, which answers all requests one after the other, and needs no
/// runtime of its user's. Any number of them can run at the same time; they share nothing.
///
/// Dropping it closes all connections, waits for the thread, and frees the port.
#[derive(Debug)]
pub struct S3Service {
    endpoint: String,
    server: Server,
    shared: Shared,
}

impl S3Service {
    /// The name of the header by which a client says what is to become of its request, as
    /// [`Fault::word`] has it, so that other requests do not go wrong in its place. It is not
    /// signed.
    pub const FAULT_HEADER: &str = FAULT_HEADER;

    /// Starts a service with one empty bucket. It can be asked as soon as this returns.
    ///
    /// ```
    /// # use zarr_conform_s3_service::S3Service;
    /// let service = S3Service::start()?;
    /// assert!(service.keys().is_empty());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if there is no free port on 127.0.0.1, or the thread cannot be started.
    pub fn start() -> io::Result<Self> {
        let shared = Shared {
            buckets: Arc::new(Buckets::with(BUCKET)),
            faults: Arc::default(),
            requests: Arc::default(),
        };
        let server = Server::start(shared.clone())?;
        let endpoint = format!("http://{}", server.address());
        Ok(Self { endpoint, server, shared })
    }

    /// Where the service is, as clients of S3 want it: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The address that [`endpoint`](Self::endpoint) names.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The bucket that is there from the start.
    #[must_use]
    pub fn bucket(&self) -> &str {
        BUCKET
    }

    /// The region that clients name in their signatures. Others are taken, too.
    #[must_use]
    pub fn region(&self) -> &str {
        REGION
    }

    /// The access key that clients sign with. Any other is an `InvalidAccessKeyId`.
    #[must_use]
    pub fn access_key(&self) -> &str {
        ACCESS_KEY
    }

    /// The secret key that clients sign with. Any other is a `SignatureDoesNotMatch`.
    ///
    /// It is the same for every service, and opens nothing else.
    #[must_use]
    pub fn secret_key(&self) -> &str {
        SECRET_KEY
    }

    /// The keys of all objects in [`bucket`](Self::bucket), in byte order, without a request.
    ///
    /// It is empty if there are none, and if a client removed the bucket.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.shared.buckets.keys(BUCKET)
    }

    /// How many multipart uploads to [`bucket`](Self::bucket) were neither completed nor aborted.
    ///
    /// No listing of objects shows them, and on a real service they cost money.
    #[must_use]
    pub fn open_uploads(&self) -> usize {
        self.shared.buckets.open_uploads(BUCKET)
    }

    /// How many requests were carried out or refused so far, by S3's name of the operation:
    /// `GetObject`, `ListObjectsV2` and so on.
    ///
    /// Requests with a wrong signature are not among them, nor those that a [`Fault`] kept from
    /// being carried out.
    #[must_use]
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.shared.requests.counts()
    }

    /// Lets the next `n` requests go wrong, whatever they ask.
    ///
    /// They are counted as they come in, over all connections. Faults that were ordered before and
    /// have not all been met come first. A client that tries again uses up one more each time.
    ///
    /// ```
    /// # use zarr_conform_s3_service::{Fault, S3Service};
    /// let service = S3Service::start()?;
    /// service.fail_next(2, Fault::Unavailable);
    /// service.fail_next(1, Fault::Reset);
    /// assert_eq!(service.faults_left(), 3);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn fail_next(&self, n: u64, fault: Fault) {
        self.shared.faults.add(n, fault);
    }

    /// How many requests are still going to go wrong.
    ///
    /// A test that ordered faults can see that all of them were met: then it is zero.
    #[must_use]
    pub fn faults_left(&self) -> u64 {
        self.shared.faults.left()
    }
}
