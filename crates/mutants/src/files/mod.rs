//! A small store on files that does everything right, and bugs that show when something goes wrong.

mod adapter;
mod bug;
mod store;

pub use adapter::FileAdapter;
pub use bug::FileBug;
pub use store::FileStore;
