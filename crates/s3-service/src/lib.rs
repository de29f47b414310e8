#![doc = include_str!("../README.md")]
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
