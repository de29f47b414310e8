//! Clients of S3 services: `object_store`, and requests one by one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test has a copy of its own, and uses a part of it")]

use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use hyper::{HeaderMap, Method, Request};
use object_store::aws::{
    AmazonS3, AmazonS3Builder, AwsAuthorizer, AwsCredential, S3ConditionalPut, S3CopyIfNotExists,
};
use object_store::client::{
    HttpClient, HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector,
};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use zarr_conform_s3_service::S3Service;

/// Where a service is, and who may ask it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) endpoint: String,
    pub(crate) bucket: String,
    pub(crate) region: String,
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    /// Belongs to the runtime that it is first used on, as its connections do.
    http: HttpClient,
}

/// What came back from a request of [`Place::ask`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Place {
    pub(crate) fn of(service: &S3Service) -> Self {
        Self {
            endpoint: service.endpoint().to_owned(),
            bucket: service.bucket().to_owned(),
            region: service.region().to_owned(),
            access_key: service.access_key().to_owned(),
            secret_key: service.secret_key().to_owned(),
            http: http(),
        }
    }

    /// The service that environment variables name, as `servers/serve.py` sets them.
    ///
    /// It panics if one is missing, and says how to have them.
    pub(crate) fn from_environment() -> Self {
        let variable = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| {
                panic!("{name} is not set: run this with servers/serve.py moto --then COMMAND")
            })
        };
        let url = variable("ZARR_CONFORM_URL");
        let bucket = url.strip_prefix("s3://");
        Self {
            endpoint: variable("AWS_ENDPOINT_URL"),
            bucket: bucket.unwrap_or_else(|| panic!("{url} is no bucket: s3://…")).to_owned(),
            region: variable("AWS_REGION"),
            access_key: variable("AWS_ACCESS_KEY_ID"),
            secret_key: variable("AWS_SECRET_ACCESS_KEY"),
            http: http(),
        }
    }

    /// A client, up to what the test has to say of it.
    ///
    /// It looks nowhere else for credentials, and does not try again.
    pub(crate) fn builder(&self) -> AmazonS3Builder {
        let retry = RetryConfig { max_retries: 0, ..RetryConfig::default() };
        AmazonS3Builder::new()
            .with_endpoint(&self.endpoint)
            .with_bucket_name(&self.bucket)
            .with_region(&self.region)
            .with_access_key_id(&self.access_key)
            .with_secret_access_key(&self.secret_key)
            .with_allow_http(true)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_copy_if_not_exists(S3CopyIfNotExists::Multipart)
            .with_retry(retry)
    }

    pub(crate) fn client(&self) -> AmazonS3 {
        self.builder().build().unwrap()
    }

    /// Sends a request with `hash` as what its body hashes to, and another body.
    pub(crate) async fn ask_with_hash(
        &self,
        method: &str,
        rest: &str,
        hash: &str,
        body: &str,
    ) -> Answer {
        self.send(self.request(method, rest, &[], body), Some(hash)).await
    }

    /// Signs one request for `/BUCKET` and `rest`, a path and a query, and sends it.
    pub(crate) async fn ask(
        &self,
        method: &str,
        rest: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> Answer {
        self.send(self.request(method, rest, headers, body), None).await
    }

    fn request(
        &self,
        method: &str,
        rest: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> HttpRequest {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(format!("{}/{}{rest}", self.endpoint, self.bucket));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(HttpRequestBody::from(Bytes::from(body.to_owned()))).unwrap()
    }

    async fn send(&self, mut request: HttpRequest, hash: Option<&str>) -> Answer {
        let credential = AwsCredential {
            key_id: self.access_key.clone(),
            secret_key: self.secret_key.clone(),
            token: None,
        };
        let digest = hash.map(|hash| {
            let pairs = hash.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
            pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect::<Vec<u8>>()
        });
        AwsAuthorizer::new(&credential, "s3", &self.region)
            .try_authorize(&mut request, digest.as_deref())
            .unwrap();
        let (parts, body) = self.http.execute(request).await.unwrap().into_parts();
        let body = body.bytes().await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

impl Answer {
    /// The texts of all elements of this name, with entities as they stand there.
    pub(crate) fn all(&self, element: &str) -> Vec<&str> {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let texts = self.body.split(open.as_str()).skip(1);
        texts.filter_map(|rest| Some(rest.split_once(close.as_str())?.0)).collect()
    }

    /// The text of the first element of this name; empty if there is none.
    pub(crate) fn text(&self, element: &str) -> &str {
        self.all(element).first().copied().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

fn http() -> HttpClient {
    let options = ClientOptions::new().with_allow_http(true);
    ReqwestConnector::default().connect(&options).unwrap()
}

/// Runs a test's future to its end, on a runtime of its own.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    run_within(Duration::from_mins(2), future)
}

/// Runs a test's future to its end, which has to come before the deadline.
pub(crate) fn run_within<F: Future>(deadline: Duration, future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ended = runtime.block_on(async { tokio::time::timeout(deadline, future).await });
    ended.expect("the test hangs")
}

/// Runs `test` with a client of a fresh service.
pub(crate) fn with_client<F: Future>(test: impl FnOnce(AmazonS3) -> F) {
    let service = S3Service::start().unwrap();
    run(test(Place::of(&service).client()));
}

/// Runs `test` with the place of a fresh service.
pub(crate) fn with_place<F: Future>(test: impl FnOnce(Place) -> F) {
    let service = S3Service::start().unwrap();
    run(test(Place::of(&service)));
}

/// The keys that `store` lists.
pub(crate) async fn list(store: &dyn ObjectStore, prefix: Option<&str>) -> Vec<String> {
    let prefix = prefix.map(|prefix| Path::parse(prefix).unwrap());
    let listed = store.list(prefix.as_ref()).map_ok(|meta| meta.location.to_string());
    listed.try_collect().await.unwrap()
}

pub(crate) async fn put(store: &dyn ObjectStore, key: &str, value: impl Into<Bytes>) {
    let value: Bytes = value.into();
    store.put(&Path::parse(key).unwrap(), value.into()).await.unwrap();
}
