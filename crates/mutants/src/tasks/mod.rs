//! A small store in memory with futures, for callers at the same time, and bugs that show when they
//! meet.

mod adapter;
mod bug;
mod lock;
mod store;

pub use adapter::TaskAdapter;
pub use bug::TaskBug;
pub use store::TaskStore;
