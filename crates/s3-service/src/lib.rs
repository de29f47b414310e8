//! An S3 service in this process, over real HTTP and signatures, for tests of object stores.
//!
//! [`S3Service::start`] brings a service with one empty bucket, on 127.0.0.1 and a free port. It
//! answers as AWS does, for as much of S3 as object stores ask: objects with ranges and
//! conditions, listings in pages, copies, multipart uploads. What it holds is in memory, and is
//! gone when the [`S3Service`] is dropped.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use zarr_conform_s3_service::{Fault, S3Service};
//!
//! # fn main() -> std::io::Result<()> {
//! let service = S3Service::start()?;
//!
//! // What a client of S3 has to be told.
//! assert!(service.endpoint().starts_with("http://127.0.0.1:"));
//! assert_eq!(service.bucket(), "zarr-conform");
//! assert_eq!(service.region(), "us-east-1");
//! let _credentials = (service.access_key(), service.secret_key());
//!
//! // Whoever does not sign is refused.
//! let ask = || -> std::io::Result<String> {
//!     let mut stream = TcpStream::connect(service.address())?;
//!     write!(stream, "GET /zarr-conform/key HTTP/1.1\r\nhost: s3\r\nconnection: close\r\n\r\n")?;
//!     let mut answer = String::new();
//!     stream.read_to_string(&mut answer)?;
//!     Ok(answer)
//! };
//! assert!(ask()?.starts_with("HTTP/1.1 403 Forbidden"));
//!
//! // Requests can be made to go wrong.
//! service.fail_next(1, Fault::Unavailable);
//! assert!(ask()?.starts_with("HTTP/1.1 503 Service Unavailable"));
//!
//! // A test can look at what is left, and at what was asked.
//! assert!(service.keys().is_empty());
//! assert_eq!(service.open_uploads(), 0);
//! assert!(service.requests().is_empty());
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
