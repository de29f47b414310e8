//! A small store on files for callers at the same time, and bugs that show when they meet.

mod adapter;
mod bug;
mod paths;
mod store;

pub use adapter::RaceAdapter;
pub use bug::RaceBug;
pub use store::RaceStore;
