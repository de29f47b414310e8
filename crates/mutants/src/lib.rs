#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod aliases;
mod answers;
mod caches;
mod chunks;
mod directories;
mod documents;
mod erases;
mod fault_bugs;
mod faults;
mod files;
mod host;
mod library;
mod listings;
mod mutant;
mod nodes;
mod planted;
mod races;
mod ranges;
mod read_doors;
mod reads;
mod reference;
mod refusals;
mod service;
mod sizes;
#[cfg(feature = "async")]
mod tasks;
mod writes;
mod zarr_names;

pub use fault_bugs::FaultBug;
pub use faults::Faulty;
pub use files::{FileAdapter, FileBug, FileStore};
pub use mutant::Mutant;
pub use planted::Planted;
pub use races::{ByKeyAdapter, RaceAdapter, RaceBug, RaceStore};
pub use reference::{ReferenceAdapter, ReferenceStore};
pub use service::{ServiceAdapter, ServiceBug};
#[cfg(feature = "async")]
pub use tasks::{TaskAdapter, TaskBug, TaskStore};
