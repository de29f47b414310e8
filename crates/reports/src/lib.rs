#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod export;
pub mod format;
mod html;
mod junit;
mod markdown;
pub mod matrix;
mod text;
mod verdict;

pub use export::{Language, export};
pub use format::{Format, UnknownFormat};
pub use html::{html, html_with_passport, passport_page};
pub use junit::junit;
pub use markdown::{issue, markdown};
pub use matrix::{Column, matrix};
pub use zarr_conform_machines::report::{Document, DocumentError};

/// The schema of reports as JSON, a JSON schema of draft 2020-12.
///
/// Its version is that of the report's field `version`.
pub const SCHEMA: &str = include_str!("../report.schema.json");
