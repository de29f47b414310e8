//! `StoreModel`: a dict of buffers, and the contract of a store that is consistent at once.

pub(crate) mod aftermath;
pub(crate) mod by_world;
mod listing;
pub(crate) mod semantics;
pub(crate) mod situation;
pub(crate) mod store_model;
pub(crate) mod world;

pub use store_model::StoreModel;
