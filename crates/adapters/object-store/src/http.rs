//! HTTP: a directory of a WebDAV server of the user's.

use std::sync::Arc;

use object_store::http::{HttpBuilder, HttpStore};
use zarr_conform_store::{OpenError, TokioRuntime};

use crate::place::PlaceError;
use crate::remote::{BACKOFF, Client, client_options, retry};

/// A directory of a WebDAV server, which asks for no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpConfig {
    /// The directory, as `http://127.0.0.1:8080/a/directory`.
    pub url: String,
}

impl HttpConfig {
    /// A directory by its URL.
    ///
    /// # Errors
    ///
    /// Returns a [`PlaceError`] if it is not one of `http` or `https`.
    pub fn from_url(url: &str) -> Result<Self, PlaceError> {
        if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(PlaceError::Url { url: url.to_owned(), wanted: "http://HOST:PORT/PATH" });
        }
        Ok(Self { url: url.to_owned() })
    }

    /// A client without credentials.
    pub(crate) fn build(&self) -> object_store::Result<HttpStore> {
        HttpBuilder::new()
            .with_url(&self.url)
            .with_client_options(client_options())
            .with_retry(retry(BACKOFF))
            .build()
    }

    pub(crate) fn client(&self, runtime: TokioRuntime) -> Result<Client, OpenError> {
        let Self { url } = self;
        Ok(Client {
            objects: Arc::new(self.build().map_err(OpenError::from_error)?),
            own: None,
            can_create: false,
            runtime,
            endpoint: url.trim_end_matches('/').to_owned(),
            place: format!("the server at {url}"),
        })
    }
}
