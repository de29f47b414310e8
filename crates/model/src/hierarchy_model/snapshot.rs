//! What consolidated metadata remembers.

use std::collections::BTreeMap;

use serde_json::Value as JsonValue;

use crate::plan::node_kind::NodeKind;

/// Nodes by their paths below a group, each with the metadata that it had.
pub type Snapshot = BTreeMap<String, (NodeKind, JsonValue)>;
