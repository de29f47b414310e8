//! The invariants of the hierarchy machine.

use zarr_conform_model::hierarchy_model::{ArrayModel, Node, prefix_of};
use zarr_conform_model::plan::{NodeAction, NodeOperation, ReadDoor};
use zarr_conform_model::{HierarchyModel, Model, Operation, PrefixId};

use crate::checks::policy::Check;

/// The operations that make up a check; see those of the store machine.
pub(crate) fn questions(
    check: Check,
    operation: Option<&Operation>,
    model: &HierarchyModel,
    questions: &mut Vec<Operation>,
) {
    let mut asking = Asking { model, questions };
    match check {
        Check::Nothing => {}
        Check::Touched => asking.touched(operation),
        Check::Contents => asking.contents(),
        Check::Step => asking.step(),
        Check::Everything => asking.everything(),
    }
}

struct Asking<'a> {
    model: &'a HierarchyModel,
    questions: &'a mut Vec<Operation>,
}

impl<'a> Asking<'a> {
    fn ask(&mut self, node: PrefixId, action: NodeAction) {
        self.questions.push(Operation::Node(NodeOperation { node, action: action.into() }));
    }

    fn touched(&mut self, operation: Option<&Operation>) {
        self.questions.push(Operation::List);
        let Some(Operation::Node(NodeOperation { node, action })) = operation else {
            return;
        };
        if !action.kind().is_write() {
            return;
        }
        let elements = matches!(
            **action,
            NodeAction::WriteChunk { .. }
                | NodeAction::WriteRegion { .. }
                | NodeAction::EraseChunk { .. }
        );
        // What was made of a node that is copied or moved is read there.
        let touched = action.target().unwrap_or(*node);
        match self.model.node(touched) {
            Some(Node::Array(array)) => {
                if !elements {
                    self.ask(touched, NodeAction::GetMetadata);
                }
                self.ask(touched, NodeAction::ReadArray { door: ReadDoor::Plain });
                if let Some(chunk) = written_chunk(array, action) {
                    self.ask(touched, NodeAction::GetChunk { chunk });
                }
            }
            Some(Node::Group(_)) => self.ask(touched, NodeAction::GetMetadata),
            None => {}
        }
    }

    /// All keys, all metadata, all elements, both as they are read and as they are stored, and all
    /// objects that belong to no node.
    fn contents(&mut self) {
        self.questions.push(Operation::List);
        let foreign = self.model.live_keys().into_iter();
        let foreign = foreign.filter(|key| self.model.value(*key).is_some());
        self.questions.extend(foreign.map(|key| Operation::Get { key }));
        for (prefix, node) in self.nodes() {
            self.ask(prefix, NodeAction::GetMetadata);
            let Node::Array(array) = node else { continue };
            self.ask(prefix, NodeAction::ReadArray { door: ReadDoor::Plain });
            if array.spec().codecs.is_raw() {
                let chunks: Vec<_> = array.filled_chunks().map(<[u64]>::to_vec).collect();
                for chunk in chunks {
                    self.ask(prefix, NodeAction::GetChunk { chunk });
                }
            }
        }
    }

    fn step(&mut self) {
        self.contents();
        if let Some(root) = self.model.names().find_prefix("") {
            self.ask(root, NodeAction::Walk);
            if self.model.nodes().contains_key("") {
                self.ask(root, NodeAction::ListNodes);
            }
        }
    }

    fn everything(&mut self) {
        if self.model.capabilities().audit {
            self.questions.push(Operation::Audit);
        }
        self.step();
        for (prefix, node) in self.nodes() {
            if matches!(node, Node::Group(_)) {
                self.ask(prefix, NodeAction::ListChildren);
            }
            self.ask(prefix, NodeAction::OpenNode);
        }
    }

    /// The nodes that the plan has names for: not all of those that were made for what is in them.
    fn nodes(&self) -> Vec<(PrefixId, &'a Node)> {
        let model = self.model;
        let names = model.names();
        let with_prefix = |(path, node)| {
            let path: &String = path;
            Some((names.find_prefix(&prefix_of(path))?, node))
        };
        model.nodes().iter().filter_map(with_prefix).collect()
    }
}

/// A chunk that was written, if its bytes are known and there are some: the first of a region.
fn written_chunk(array: &ArrayModel, action: &NodeAction) -> Option<Vec<u64>> {
    let chunk = match action {
        NodeAction::WriteChunk { chunk, .. } => array.chunk_index(chunk),
        NodeAction::WriteRegion { region, .. } => {
            let is_written = |chunk: &&[u64]| {
                array.chunk_region(chunk).is_some_and(|chunk| !chunk.overlap(region).is_empty())
            };
            array.filled_chunks().find(is_written)?.to_vec()
        }
        _ => return None,
    };
    (array.is_filled(&chunk) && array.spec().codecs.is_raw()).then_some(chunk)
}
