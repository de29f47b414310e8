//! An S3 service in this process, over real HTTP and signatures, for tests of object stores.
//!
//! [`S3Service::start`] brings a service with one empty bucket, on 127.0.0.1 and a free port. It
//! answers as AWS does, for as much of S3 as object stores ask: objects with ranges and
//! conditions, listings in pages, copies, multipart uploads. What it holds is in memory, and is
//! gone when the [`S3Service`] is dropped.
//!
//! ```
//! use object_store::aws::AmazonS3Builder;
//! use object_store::{ObjectStoreExt, path::Path};
//! use zarr_conform_s3_service::{Fault, S3Service};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let service = S3Service::start()?;
//! let store = AmazonS3Builder::new()
//!     .with_endpoint(service.endpoint())
//!     .with_bucket_name(service.bucket())
//!     .with_region(service.region())
//!     .with_access_key_id(service.access_key())
//!     .with_secret_access_key(service.secret_key())
//!     .with_allow_http(true)
//!     .build()?;
//! let key = Path::from("a/zarr.json");
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! store.put(&key, "{}".into()).await?;
//! // A test can look at what is there, and at what was asked.
//! assert_eq!(service.keys(), ["a/zarr.json"]);
//! assert_eq!(service.requests()["PutObject"], 1);
//!
//! // Requests can be made to go wrong. This client tries again.
//! service.fail_next(2, Fault::Unavailable);
//! assert_eq!(store.get(&key).await?.bytes().await?, "{}");
//! assert_eq!(service.faults_left(), 0);
//!
//! // What is left over shows.
//! store.delete(&key).await?;
//! assert!(service.keys().is_empty());
//! assert_eq!(service.open_uploads(), 0);
//! # Ok::<(), object_store::Error>(())
//! # })?;
//! # Ok(())
//! # }
//! ```
//!
//! The tests of this crate pass the test suite of the crate `object_store` over the socket, and
//! hold the service against moto.
//!
//! # What is left out
//!
//! Versions, access control lists, tags, encryption, and addresses with the bucket in the host's
//! name: the bucket is in the path. Requests about these end with `501 NotImplemented`, or are
//! carried out without them.

#![forbid(unsafe_code)]

mod buckets;
mod conditions;
mod credentials;
mod fault;
mod list_objects;
mod listing;
mod objects;
mod operations;
mod server;
mod service;
mod uploads;

pub use fault::Fault;
pub use service::S3Service;
