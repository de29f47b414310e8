//! Servers of the user's: where the objects of an adapter are to be kept.

use std::sync::Arc;

use zarr_conform_store::Adapter;

use crate::adapters::AdapterError;

/// Options about a server of yours, for adapters that keep objects on one.
///
/// All is written below a fresh prefix, and removed at the end.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Server {
    /// Where to keep objects, below a fresh prefix: `s3://BUCKET/PREFIX`, `az://CONTAINER/PREFIX` or
    /// `http://HOST:PORT/PATH`; credentials are taken from the environment, by their usual variables
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The server of a bucket or container [default: that of `AWS_ENDPOINT_URL`]
    #[arg(long, value_name = "URL", requires = "url")]
    endpoint: Option<String>,
}

impl Server {
    /// The adapter that keeps its objects where the user said, if that was said.
    ///
    /// # Errors
    ///
    /// Returns an [`AdapterError`] if the adapter is on no server, or if it cannot be told how the
    /// server is reached.
    pub(crate) fn adapter(&self, name: &str) -> Result<Option<Arc<dyn Adapter>>, AdapterError> {
        let Some(url) = self.url.as_deref() else {
            return Ok(None);
        };
        self.at(name, url)?.map_or_else(
            || Err(AdapterError::NoServer { name: name.to_owned() }),
            |adapter| Ok(Some(adapter)),
        )
    }

    #[allow(
        unused_variables,
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "without their features there are no adapters on servers"
    )]
    fn at(&self, name: &str, url: &str) -> Result<Option<Arc<dyn Adapter>>, AdapterError> {
        let endpoint = self.endpoint.as_deref();
        let variable = |name: &str| std::env::var(name).ok();
        Ok(match name {
            #[cfg(feature = "object-store-s3")]
            "object-store:s3" => {
                use zarr_conform_object_store::{ObjectStoreAdapter, S3Config};
                let config = S3Config::from_url(url, endpoint, variable)
                    .map_err(|error| AdapterError::Server(error.to_string()))?;
                Some(Arc::new(ObjectStoreAdapter::s3_at(config)))
            }
            #[cfg(feature = "object-store-azure")]
            "object-store:azure" => {
                use zarr_conform_object_store::{AzureConfig, ObjectStoreAdapter};
                let config = AzureConfig::from_url(url, endpoint, variable)
                    .map_err(|error| AdapterError::Server(error.to_string()))?;
                Some(Arc::new(ObjectStoreAdapter::azure_at(config)))
            }
            #[cfg(feature = "object-store-http")]
            "object-store:http" => {
                use zarr_conform_object_store::{HttpConfig, ObjectStoreAdapter};
                let config = HttpConfig::from_url(url)
                    .map_err(|error| AdapterError::Server(error.to_string()))?;
                Some(Arc::new(ObjectStoreAdapter::http_at(config)))
            }
            _ => None,
        })
    }

    /// The options as words of a command.
    pub(crate) fn words(&self) -> String {
        let word = |name: &str, value: &Option<String>| {
            value.as_ref().map_or(String::new(), |value| format!(" --{name} {value}"))
        };
        word("url", &self.url) + &word("endpoint", &self.endpoint)
    }
}
