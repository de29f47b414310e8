//! S3: a service in this process, or a bucket of the user's.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStore;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpConnector, ReqwestConnector};
use zarr_conform_store::{OpenError, Requests, TokioRuntime};

use crate::place::PlaceError;
use crate::remote::{BACKOFF, Client, Own, client_options, retry};
use crate::tagged::tagged;

/// A bucket, and how it is reached: always at an explicit endpoint, and with credentials that are
/// given.
///
/// # Examples
///
/// ```
/// use zarr_conform_object_store::S3Config;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let environment = |name: &str| match name {
///     "AWS_ACCESS_KEY_ID" => Some("key".to_owned()),
///     "AWS_SECRET_ACCESS_KEY" => Some("secret".to_owned()),
///     _ => None,
/// };
/// let endpoint = Some("http://127.0.0.1:5001");
/// let config = S3Config::from_url("s3://bucket/a/prefix", endpoint, environment)?;
/// assert_eq!((config.bucket.as_str(), config.prefix.as_str()), ("bucket", "a/prefix"));
///
/// let error = S3Config::from_url("s3://bucket", endpoint, |_| None).unwrap_err();
/// assert!(error.to_string().starts_with("AWS_ACCESS_KEY_ID is not set"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct S3Config {
    /// The bucket.
    pub bucket: String,
    /// What all keys are below; may be empty.
    pub prefix: String,
    /// The server, as `http://127.0.0.1:5001`.
    pub endpoint: String,
    /// The region that signatures name.
    pub region: String,
    /// The access key.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
    /// The token of a session, if the keys are those of one.
    pub session_token: Option<String>,
}

impl fmt::Debug for S3Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("S3Config");
        text.field("bucket", &self.bucket).field("prefix", &self.prefix);
        text.field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl S3Config {
    /// A bucket by its URL, at an endpoint that is given or in `AWS_ENDPOINT_URL`, with the
    /// credentials in `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, and the
    /// region in `AWS_REGION` or `AWS_DEFAULT_REGION`; `variable` looks these up. Nothing else is
    /// looked at, and nobody is asked.
    ///
    /// # Errors
    ///
    /// Returns a [`PlaceError`] that says what is missing.
    pub fn from_url(
        url: &str,
        endpoint: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, PlaceError> {
        let wrong = || PlaceError::Url { url: url.to_owned(), wanted: "s3://BUCKET/PREFIX" };
        let place = url.strip_prefix("s3://").ok_or_else(wrong)?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            return Err(wrong());
        }
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let endpoint = endpoint.map(str::to_owned).or_else(|| given("AWS_ENDPOINT_URL"));
        let endpoint = endpoint.ok_or(PlaceError::Endpoint { variable: "AWS_ENDPOINT_URL" })?;
        let credential = |variable| {
            let endpoint = endpoint.clone();
            given(variable).ok_or(PlaceError::Credentials { variable, endpoint })
        };
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            region: given("AWS_REGION")
                .or_else(|| given("AWS_DEFAULT_REGION"))
                .unwrap_or_else(|| "us-east-1".to_owned()),
            access_key: credential("AWS_ACCESS_KEY_ID")?,
            secret_key: credential("AWS_SECRET_ACCESS_KEY")?,
            session_token: given("AWS_SESSION_TOKEN"),
            endpoint,
        })
    }

    /// A client with these credentials and no others.
    fn build(&self) -> object_store::Result<AmazonS3> {
        self.builder().with_retry(retry(BACKOFF)).build()
    }

    fn builder(&self) -> AmazonS3Builder {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.bucket)
            .with_endpoint(&self.endpoint)
            .with_region(&self.region)
            .with_access_key_id(&self.access_key)
            .with_secret_access_key(&self.secret_key)
            .with_client_options(client_options());
        if let Some(token) = &self.session_token {
            builder = builder.with_token(token);
        }
        builder
    }

    pub(crate) fn client(&self, runtime: TokioRuntime) -> Result<Client, OpenError> {
        let Self { bucket, endpoint, .. } = self;
        Ok(Client {
            objects: Arc::new(self.build().map_err(OpenError::from_error)?),
            own: None,
            can_create: true,
            runtime,
            endpoint: endpoint.clone(),
            place: format!("the bucket `{bucket}` at {endpoint}"),
        })
    }

    /// A client of the service in this process, which knows what to do with requests that are to go
    /// wrong.
    pub(crate) fn own_client(&self, runtime: TokioRuntime) -> Result<Client, OpenError> {
        let http = ReqwestConnector::default().connect(&client_options());
        let (http, config) = (http.map_err(OpenError::from_error)?, self.clone());
        let own = move |requests: &Requests| -> object_store::Result<Arc<dyn ObjectStore>> {
            // It is asked again in a moment: nobody else asks the service.
            let builder = config.builder().with_retry(retry(Duration::from_millis(1)));
            Ok(Arc::new(tagged(builder, &http, requests).build()?))
        };
        Ok(Client { own: Some(Own(Arc::new(own))), ..self.client(runtime)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        let value = match name {
            "AWS_ACCESS_KEY_ID" => "key",
            "AWS_SECRET_ACCESS_KEY" => "secret",
            "AWS_ENDPOINT_URL" => "http://127.0.0.1:1",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn credentials_are_those_that_were_given_and_nobody_is_asked_for_others() {
        let config = S3Config::from_url("s3://bucket", None, environment).unwrap();
        let store = config.build().unwrap();
        // There is no runtime here, so what asked an address would panic.
        let credential = futures::executor::block_on(store.credentials().get_credential());
        let credential = credential.unwrap();
        assert_eq!((&*credential.key_id, &*credential.secret_key), ("key", "secret"));
    }

    #[test]
    fn what_is_missing_is_said_before_anybody_is_asked() {
        let check = |url: &str, without: &str, words: &str| {
            let variable = |name: &str| environment(name).filter(|_| name != without);
            let error = S3Config::from_url(url, None, variable).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        };
        check("s3://bucket", "AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID is not set");
        check("s3://bucket", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY is not set");
        check("s3://bucket", "AWS_ENDPOINT_URL", "give --endpoint");
        check("http://bucket", "", "give --url s3://BUCKET/PREFIX");
        check("s3:///prefix", "", "give --url s3://BUCKET/PREFIX");
    }

    #[test]
    fn secrets_do_not_show() {
        let config = S3Config::from_url("s3://bucket", None, environment).unwrap();
        assert!(!format!("{config:?}").contains("secret\""), "{config:?}");
    }
}
