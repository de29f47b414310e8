#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adapter;
mod arrays;
mod doors;
mod elements;
mod library;
mod moves;
mod nodes;
mod refusal;
mod spec;
mod stored;

pub use adapter::Hierarchy;
pub use library::{ArrayLibrary, Zarrs};
