//! Which server the stores of a variant are on, reached when the first of them is opened.

use std::sync::{Arc, Mutex, PoisonError};

use zarr_conform_model::contract::Overlap;
#[cfg(feature = "s3")]
use zarr_conform_s3_service::S3Service;
use zarr_conform_store::{OpenError, StoreUnderTest, TokioRuntime};

#[cfg(feature = "azure")]
use crate::azure::AzureConfig;
#[cfg(feature = "http")]
use crate::http::HttpConfig;
use crate::remote::{CASE_BYTES, Remote};
#[cfg(feature = "s3")]
use crate::s3::S3Config;

/// The servers that there are.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A service in this process.
    #[cfg(feature = "s3")]
    OwnS3,
    #[cfg(feature = "s3")]
    S3(S3Config),
    #[cfg(feature = "azure")]
    Azure(AzureConfig),
    #[cfg(feature = "http")]
    Http(HttpConfig),
}

impl Place {
    /// Whether it is somebody else's.
    pub(crate) const fn is_users(&self) -> bool {
        match self {
            #[cfg(feature = "s3")]
            Self::OwnS3 => false,
            #[allow(unreachable_patterns, reason = "with one feature there is one kind")]
            _ => true,
        }
    }

    /// Whether what is there is a value or a collection, and not both.
    pub(crate) const fn keeps_files(&self) -> bool {
        match self {
            #[cfg(feature = "http")]
            Self::Http(_) => true,
            #[allow(unreachable_patterns, reason = "with one feature there is one kind")]
            _ => false,
        }
    }

    /// What the server documents of requests that overlap.
    ///
    /// S3: "updates to a single key are atomic", and reads are strongly consistent ("Amazon S3 data
    /// consistency model" in its user guide). Of the others only what every store is held to.
    pub(crate) const fn overlap(&self) -> Overlap {
        match self {
            #[cfg(feature = "s3")]
            Self::OwnS3 | Self::S3(_) => Overlap::Linearizable,
            #[allow(unreachable_patterns, reason = "with one feature there is one kind")]
            _ => Overlap::DistinctKeys,
        }
    }

    /// The longest name that the server documents, of which some is taken by the prefix.
    ///
    /// S3 documents 1,024 bytes ("Naming Amazon S3 objects" in its user guide), Azure 1,024
    /// characters ("Naming and referencing containers, blobs, and metadata"), WebDAV nothing.
    pub(crate) fn longest_key(&self) -> Option<usize> {
        let documented = 1024 - CASE_BYTES;
        match self {
            #[cfg(feature = "s3")]
            Self::OwnS3 => Some(documented),
            #[cfg(feature = "s3")]
            Self::S3(config) => Some(documented - Remote::base_bytes(&config.prefix)),
            #[cfg(feature = "azure")]
            Self::Azure(config) => Some(documented - Remote::base_bytes(&config.prefix)),
            #[cfg(feature = "http")]
            Self::Http(_) => None,
        }
    }
}

/// A server, reached when it is first needed.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) place: Place,
    reached: Mutex<Option<Reached>>,
}

#[derive(Clone, Debug)]
struct Reached {
    // Before the service: what is left is removed from a server that is still there.
    remote: Arc<Remote>,
    #[cfg(feature = "s3")]
    service: Option<Arc<S3Service>>,
}

impl Server {
    pub(crate) fn new(place: Place) -> Arc<Self> {
        Arc::new(Self { place, reached: Mutex::default() })
    }

    /// A fresh store.
    pub(crate) fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let remote = {
            // What is behind the lock is put there whole.
            let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
            if reached.is_none() {
                *reached = Some(self.reach()?);
            }
            reached.as_ref().map(|reached| Arc::clone(&reached.remote))
        };
        let Some(remote) = remote else {
            unreachable!("a server that was reached is kept");
        };
        Ok(Box::new(remote.open()?))
    }

    /// The service in this process, if one was started.
    #[cfg(feature = "s3")]
    pub(crate) fn service(&self) -> Option<Arc<S3Service>> {
        let reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        reached.as_ref().and_then(|reached| reached.service.clone())
    }

    fn reach(&self) -> Result<Reached, OpenError> {
        let runtime = TokioRuntime::new()
            .map_err(|error| OpenError::new(format!("a runtime could not be started: {error}")))?;
        let fresh = |client, prefix: &str| {
            Ok(Reached {
                remote: Arc::new(Remote::fresh(client, prefix)?),
                #[cfg(feature = "s3")]
                service: None,
            })
        };
        match &self.place {
            #[cfg(feature = "s3")]
            Place::OwnS3 => {
                let service = S3Service::start().map_err(|error| {
                    OpenError::new(format!("the S3 service in this process did not start: {error}"))
                })?;
                let config = S3Config {
                    bucket: service.bucket().to_owned(),
                    prefix: String::new(),
                    endpoint: service.endpoint().to_owned(),
                    region: service.region().to_owned(),
                    access_key: service.access_key().to_owned(),
                    secret_key: service.secret_key().to_owned(),
                    session_token: None,
                };
                let remote = Remote::whole(config.own_client(runtime)?);
                Ok(Reached { remote: Arc::new(remote), service: Some(Arc::new(service)) })
            }
            #[cfg(feature = "s3")]
            Place::S3(config) => fresh(config.client(runtime)?, &config.prefix),
            #[cfg(feature = "azure")]
            Place::Azure(config) => fresh(config.client(runtime)?, &config.prefix),
            #[cfg(feature = "http")]
            Place::Http(config) => fresh(config.client(runtime)?, ""),
        }
    }
}
