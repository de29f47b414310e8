//! `HierarchyModel`: groups and arrays over a store, and the keys that must be there of them.

pub(crate) mod answers;
pub(crate) mod array;
pub(crate) mod changes;
pub(crate) mod clauses;
pub(crate) mod doubt;
pub(crate) mod hierarchy_model;
pub(crate) mod in_doubt;
pub(crate) mod metadata;
pub(crate) mod node;
pub(crate) mod path;
pub(crate) mod snapshot;

pub use array::ArrayModel;
pub use hierarchy_model::HierarchyModel;
pub use metadata::{DOCUMENTS, ZARR_JSON, ZARRAY, ZATTRS};
pub use node::{GroupModel, Node};
pub use path::{is_node_path, prefix_of};
pub use snapshot::Snapshot;
