//! A small store on a service in this process that does everything right, and bugs that show when a
//! request goes wrong.

mod adapter;
mod bug;
mod server;
mod store;

pub use adapter::ServiceAdapter;
pub use bug::ServiceBug;
