//! The code in README.md and in the guides, as `build.rs` finds it there.

#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::redundant_closure,
    clippy::unwrap_used,
    reason = "it is what a reader writes in a test file of their own"
)]

include!(concat!(env!("OUT_DIR"), "/guides.rs"));
