//! Operations on the nodes of a hierarchy: groups and arrays.

use std::fmt;
use std::sync::Arc;

use crate::plan::array_spec::{ArraySpec, Json};
use crate::plan::data_type::Elements;
use crate::plan::names::{Names, PrefixId};
use crate::plan::operation_kind::OperationKind;
use crate::plan::read_door::ReadDoor;
use crate::plan::region::Region;
use crate::plan::text;

/// One question to an array library over a store: to a node, something is done.
///
/// A node is named by its prefix in the plan's [`Names`](crate::Names): `a/b` in plans is the
/// prefix `a/b/`, and `/` the root.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NodeOperation {
    /// The node.
    pub node: PrefixId,
    /// What is done to it.
    pub action: Arc<NodeAction>,
}

impl NodeOperation {
    /// The path of the node: `a/b`, and nothing for the root.
    ///
    /// # Panics
    ///
    /// Panics if `names` does not hold the node.
    #[must_use]
    pub fn path<'a>(&self, names: &'a Names) -> &'a str {
        path_of(names, self.node)
    }

    /// Puts other prefixes in the place of those that it names.
    pub(super) fn rename(&mut self, prefix: &impl Fn(PrefixId) -> PrefixId) {
        self.node = prefix(self.node);
        match *self.action {
            NodeAction::CopyNode { to } => {
                self.action = Arc::new(NodeAction::CopyNode { to: prefix(to) });
            }
            NodeAction::MoveNode { to } => {
                self.action = Arc::new(NodeAction::MoveNode { to: prefix(to) });
            }
            _ => {}
        }
    }

    /// The path to which the node is taken, if it is.
    ///
    /// # Panics
    ///
    /// Panics if `names` does not hold it.
    #[must_use]
    pub fn target<'a>(&self, names: &'a Names) -> Option<&'a str> {
        self.action.target().map(|to| path_of(names, to))
    }
}

/// A prefix without the slash at its end.
pub(crate) fn path_of(names: &Names, prefix: PrefixId) -> &str {
    let prefix = names.prefix(prefix).as_str();
    prefix.strip_suffix('/').unwrap_or(prefix)
}

/// What is done to a node.
///
/// Every one may be done to every node in every state. Regions are cut to the array as `NumPy` cuts
/// slices; a chunk index or a shape of other dimensions than the array's is cut or filled up with
/// zeros, or with the lengths that the array has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NodeAction {
    /// `add_group a`: makes a group, and groups above it where there are none.
    AddGroup {
        /// User attributes, a JSON object.
        attributes: Json,
        /// Whether it takes the place of a node that is there.
        overwrite: bool,
    },
    /// `add_array a shape=[5] chunks=[2]`: makes an array, and groups above it where there are none.
    AddArray {
        /// What it is to be.
        spec: ArraySpec,
        /// Whether it takes the place of a node that is there.
        overwrite: bool,
    },
    /// `write_chunk a [0, 1] 7..`: writes one chunk, as far as it is in the array.
    WriteChunk {
        /// Its index.
        chunk: Vec<u64>,
        /// What is written.
        elements: Elements,
    },
    /// `write_region a [0..2, 1..3] 7..`: writes any part.
    WriteRegion {
        /// Where.
        region: Region,
        /// What is written.
        elements: Elements,
    },
    /// `read_chunk a [0, 1]`: reads one chunk, as far as it is in the array.
    ReadChunk {
        /// Its index.
        chunk: Vec<u64>,
        /// In which way.
        door: ReadDoor,
    },
    /// `read_region a [0..2, 1..3] door=chunks`: reads any part.
    ReadRegion {
        /// Where.
        region: Region,
        /// In which way.
        door: ReadDoor,
    },
    /// `read_array a`: reads all.
    ReadArray {
        /// In which way.
        door: ReadDoor,
    },
    /// `get_chunk a [0, 1]`: the bytes that the store has of a chunk.
    GetChunk {
        /// Its index.
        chunk: Vec<u64>,
    },
    /// `erase_chunk a [0, 1]`: removes one chunk; it reads as the fill value from then on.
    EraseChunk {
        /// Its index.
        chunk: Vec<u64>,
    },
    /// `resize a [3, 4]`: changes the shape; what is cut off is gone.
    Resize {
        /// The new length of each dimension.
        shape: Vec<u64>,
    },
    /// `set_attributes a {"x":1}`: replaces the user attributes.
    SetAttributes {
        /// A JSON object.
        attributes: Json,
    },
    /// `open_node a`: reads the metadata.
    OpenNode,
    /// `get_metadata a`: the bytes that the store has of the metadata.
    GetMetadata,
    /// `list_children a`: the nodes directly below a group.
    ListChildren,
    /// `list_nodes a`: all nodes below a group.
    ListNodes,
    /// `walk a`: every key below the node, found by listing one directory after the other.
    Walk,
    /// `delete_node a`: removes the node and everything below it.
    DeleteNode,
    /// `copy_node a b`: copies the node, with everything below it, to where nothing is yet.
    CopyNode {
        /// Where the copy goes.
        to: PrefixId,
    },
    /// `move_node a b`: the same, and then the node is removed.
    MoveNode {
        /// Where the node goes.
        to: PrefixId,
    },
    /// `consolidate a`: writes the metadata of all nodes below a group into that of the group, which
    /// from then on is asked for the nodes below it.
    Consolidate,
}

impl NodeAction {
    /// Which question this is.
    #[must_use]
    pub const fn kind(&self) -> OperationKind {
        match self {
            Self::AddGroup { .. } => OperationKind::AddGroup,
            Self::AddArray { .. } => OperationKind::AddArray,
            Self::WriteChunk { .. } => OperationKind::WriteChunk,
            Self::WriteRegion { .. } => OperationKind::WriteRegion,
            Self::ReadChunk { .. } => OperationKind::ReadChunk,
            Self::ReadRegion { .. } => OperationKind::ReadRegion,
            Self::ReadArray { .. } => OperationKind::ReadArray,
            Self::GetChunk { .. } => OperationKind::GetChunk,
            Self::EraseChunk { .. } => OperationKind::EraseChunk,
            Self::Resize { .. } => OperationKind::Resize,
            Self::SetAttributes { .. } => OperationKind::SetAttributes,
            Self::OpenNode => OperationKind::OpenNode,
            Self::GetMetadata => OperationKind::GetMetadata,
            Self::ListChildren => OperationKind::ListChildren,
            Self::ListNodes => OperationKind::ListNodes,
            Self::Walk => OperationKind::Walk,
            Self::DeleteNode => OperationKind::DeleteNode,
            Self::CopyNode { .. } => OperationKind::CopyNode,
            Self::MoveNode { .. } => OperationKind::MoveNode,
            Self::Consolidate => OperationKind::Consolidate,
        }
    }

    /// The door through which it reads elements; the plain one, if it does not read any.
    #[must_use]
    pub const fn door(&self) -> ReadDoor {
        match self {
            Self::ReadChunk { door, .. }
            | Self::ReadRegion { door, .. }
            | Self::ReadArray { door } => *door,
            _ => ReadDoor::Plain,
        }
    }

    /// The same through another door, if it reads elements.
    #[must_use]
    pub fn through(&self, door: ReadDoor) -> Option<Self> {
        match self {
            Self::ReadChunk { chunk, .. } => Some(Self::ReadChunk { chunk: chunk.clone(), door }),
            Self::ReadRegion { region, .. } => {
                Some(Self::ReadRegion { region: region.clone(), door })
            }
            Self::ReadArray { .. } => Some(Self::ReadArray { door }),
            _ => None,
        }
    }

    /// Where it takes the node to, if it does.
    #[must_use]
    pub const fn target(&self) -> Option<PrefixId> {
        match self {
            Self::CopyNode { to } | Self::MoveNode { to } => Some(*to),
            _ => None,
        }
    }
}

/// The operands, as they stand behind the node in a plan.
impl fmt::Display for NodeAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = |f: &mut fmt::Formatter<'_>, numbers: &[u64]| {
            f.write_str(" ")?;
            text::write_list(f, numbers.iter())
        };
        let through = |f: &mut fmt::Formatter<'_>, door: ReadDoor| match door {
            ReadDoor::Plain => Ok(()),
            other => write!(f, " door={other}"),
        };
        let overwritten = |f: &mut fmt::Formatter<'_>, overwrite: bool| {
            f.write_str(if overwrite { " overwrite" } else { "" })
        };
        match self {
            Self::AddGroup { attributes, overwrite } => {
                overwritten(f, *overwrite)?;
                if attributes.is_empty() { Ok(()) } else { write!(f, " attributes={attributes}") }
            }
            Self::AddArray { spec, overwrite } => {
                overwritten(f, *overwrite)?;
                write!(f, " {spec}")
            }
            Self::WriteChunk { chunk, elements } => {
                index(f, chunk)?;
                write!(f, " {elements}")
            }
            Self::WriteRegion { region, elements } => write!(f, " {region} {elements}"),
            Self::ReadChunk { chunk, door } => {
                index(f, chunk)?;
                through(f, *door)
            }
            Self::ReadRegion { region, door } => {
                write!(f, " {region}")?;
                through(f, *door)
            }
            Self::ReadArray { door } => through(f, *door),
            Self::GetChunk { chunk } | Self::EraseChunk { chunk } => index(f, chunk),
            Self::Resize { shape } => index(f, shape),
            Self::SetAttributes { attributes } => write!(f, " {attributes}"),
            Self::OpenNode
            | Self::GetMetadata
            | Self::ListChildren
            | Self::ListNodes
            | Self::Walk
            | Self::DeleteNode
            | Self::Consolidate
            // Written by whoever has the names.
            | Self::CopyNode { .. }
            | Self::MoveNode { .. } => Ok(()),
        }
    }
}
