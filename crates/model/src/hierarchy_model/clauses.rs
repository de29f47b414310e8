//! The clause that what is done to a node is held against.

use crate::contract::clause::Clause;
use crate::hierarchy_model::hierarchy_model::HierarchyModel;
use crate::hierarchy_model::path::is_node_path;
use crate::plan::node::NodeAction;

impl HierarchyModel {
    /// The clause that an operation on nodes exercises.
    pub(super) fn clause_of(&self, path: &str, action: &NodeAction) -> Clause {
        match action {
            NodeAction::AddGroup { .. } | NodeAction::AddArray { .. } if !is_node_path(path) => {
                Clause::H4
            }
            NodeAction::AddGroup { .. } | NodeAction::AddArray { .. } if self.is_occupied(path) => {
                Clause::H3
            }
            NodeAction::AddGroup { .. } => Clause::H1,
            NodeAction::AddArray { .. } => Clause::H2,
            NodeAction::WriteChunk { .. }
            | NodeAction::WriteRegion { .. }
            | NodeAction::ReadChunk { .. }
            | NodeAction::ReadRegion { .. }
            | NodeAction::ReadArray { .. }
            | NodeAction::GetChunk { .. } => {
                let resized = self.array_at(path).is_some_and(|array| array.resized);
                if resized && !action.kind().is_write() { Clause::H8 } else { Clause::H5 }
            }
            NodeAction::EraseChunk { .. } => Clause::H7,
            NodeAction::Resize { .. } => Clause::H8,
            NodeAction::DeleteNode => Clause::H10,
            NodeAction::CopyNode { .. } | NodeAction::MoveNode { .. } => Clause::H11,
            NodeAction::Consolidate => Clause::H14,
            NodeAction::ListChildren | NodeAction::ListNodes
                if self.group_at(path).is_some_and(|group| group.snapshot.is_some()) =>
            {
                Clause::H14
            }
            NodeAction::OpenNode
            | NodeAction::GetMetadata
            | NodeAction::ListChildren
            | NodeAction::ListNodes => Clause::H12,
            NodeAction::Walk => Clause::L4,
            NodeAction::SetAttributes { .. } => Clause::H13,
        }
    }
}
