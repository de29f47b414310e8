//! Small stores on files for callers at the same time, and bugs that show when they meet.

mod adapter;
mod bug;
mod by_key;
mod paths;
mod store;

pub use adapter::RaceAdapter;
pub use bug::RaceBug;
pub use by_key::ByKeyAdapter;
pub use store::RaceStore;
