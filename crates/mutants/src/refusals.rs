//! Bugs of refusing: what should be done is an error, or what is one is done.

use std::sync::Arc;

use zarr_conform_model::plan::{NodeAction, NodeOperation};
use zarr_conform_model::{ErrorClass, KeyId, Operation, Outcome, PrefixId, Refusal};

use crate::host::{Bug, Host, creates};
use crate::listings::is_direct;
use crate::nodes::Nodes;

fn refused() -> Outcome {
    Outcome::Refused(Refusal::new(ErrorClass::Other, "that cannot be done"))
}

/// What is right is refused where `is_refused` says so.
fn refuses(is_refused: fn(&mut Host<'_>, &Operation) -> bool) -> Bug {
    Box::new(
        move |host, operation| {
            if is_refused(host, operation) { refused() } else { host.ask(operation) }
        },
    )
}

pub(crate) fn set_after_clear_refused() -> Bug {
    let mut is_cleared = false;
    Box::new(move |host, operation| {
        // The directory is made again by the first key, which finds none.
        if is_cleared && matches!(operation, Operation::Set { .. }) {
            is_cleared = false;
            return refused();
        }
        is_cleared = match operation {
            Operation::Clear => true,
            _ => is_cleared && !creates(operation),
        };
        host.ask(operation)
    })
}

pub(crate) fn same_value_refused() -> Bug {
    refuses(|host, operation| match operation {
        Operation::Set { key, value } => {
            host.value(*key).is_some_and(|old| old[..] == value.to_bytes()[..])
        }
        _ => false,
    })
}

pub(crate) fn no_patches_refused() -> Bug {
    refuses(
        |_, operation| matches!(operation, Operation::SetPartialMany { patches, .. } if patches.is_empty()),
    )
}

pub(crate) fn clear_of_nothing_refused() -> Bug {
    refuses(|host, operation| {
        matches!(operation, Operation::Clear) && host.doomed(operation).is_empty()
    })
}

pub(crate) fn copy_onto_refused() -> Bug {
    let is_onto = |host: &mut Host<'_>, [from, to]: [KeyId; 2]| {
        from != to && host.is_live(from) && host.is_live(to)
    };
    Box::new(move |host, operation| match operation {
        Operation::Copy { keys } if is_onto(host, *keys) => refused(),
        _ => host.ask(operation),
    })
}

pub(crate) fn empty_if_nothing_is_directly_below() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::IsEmpty { prefix } => {
            let keys = host.listed(&Operation::ListPrefix { prefix: *prefix });
            let prefix = host.names.prefix(*prefix);
            Outcome::Truth(!keys.iter().any(|key| is_direct(key, prefix)))
        }
        _ => host.ask(operation),
    })
}

pub(crate) fn bad_part_is_empty() -> Bug {
    Box::new(|host, operation| match operation {
        Operation::GetPartialMany { key, ranges } if host.is_live(*key) => {
            let parts = ranges.iter().map(|range| {
                match host.ask(&Operation::GetPartial { key: *key, range: *range }) {
                    Outcome::Value(part) => Ok(Some(part)),
                    _ => Ok(Some(zarrs_storage::Bytes::new())),
                }
            });
            Outcome::Values(parts.collect())
        }
        _ => host.ask(operation),
    })
}

/// What is right of a node is refused where `is_refused` says so, of the nodes that there are.
fn refuses_nodes(is_refused: fn(&Nodes, &mut Host<'_>, PrefixId, &NodeAction) -> bool) -> Bug {
    let mut nodes = Nodes::default();
    Box::new(move |host, operation| {
        if let Operation::Node(NodeOperation { node, action }) = operation
            && is_refused(&nodes, host, *node, action)
        {
            return refused();
        }
        let outcome = host.ask(operation);
        nodes.note(host.names, operation, &outcome);
        outcome
    })
}

fn is_array(nodes: &Nodes, host: &Host<'_>, node: PrefixId) -> bool {
    nodes.array(host.names, node).is_some()
}

pub(crate) fn deep_groups_refused() -> Bug {
    refuses_nodes(|_, host, node, action| {
        let path = host.names.prefix(node).as_str();
        matches!(action, NodeAction::AddGroup { .. }) && path.matches('/').count() == 4
    })
}

pub(crate) fn empty_arrays_refused() -> Bug {
    refuses_nodes(
        |_, _, _, action| matches!(action, NodeAction::AddArray { spec, .. } if spec.shape.contains(&0)),
    )
}

pub(crate) fn groups_made_over_nodes() -> Bug {
    Box::new(|host, operation| {
        if let Operation::Node(NodeOperation { node, action }) = operation
            && let NodeAction::AddGroup { attributes, overwrite: false } = &**action
        {
            let attributes = attributes.clone();
            let action = Arc::new(NodeAction::AddGroup { attributes, overwrite: true });
            return host.ask(&Operation::Node(NodeOperation { node: *node, action }));
        }
        host.ask(operation)
    })
}

pub(crate) fn reserved_nodes_made() -> Bug {
    Box::new(|host, operation| match (operation, host.ask(operation)) {
        (Operation::Node(NodeOperation { node, action }), Outcome::Refused(refusal)) => {
            let path = host.names.prefix(*node).as_str().trim_end_matches('/');
            let name = path.rsplit('/').next().unwrap_or_default();
            let is_made = matches!(**action, NodeAction::AddGroup { .. });
            if is_made && name.starts_with("__") {
                Outcome::Done
            } else {
                Outcome::Refused(refusal)
            }
        }
        (_, outcome) => outcome,
    })
}

pub(crate) fn missing_chunk_refused() -> Bug {
    refuses_nodes(|nodes, host, node, action| {
        let NodeAction::EraseChunk { chunk } = action else { return false };
        let action = Arc::new(NodeAction::GetChunk { chunk: chunk.clone() });
        is_array(nodes, host, node)
            && host.ask(&Operation::Node(NodeOperation { node, action })) == Outcome::Absent
    })
}

pub(crate) fn arrays_stay() -> Bug {
    refuses_nodes(|nodes, host, node, action| {
        matches!(action, NodeAction::DeleteNode) && is_array(nodes, host, node)
    })
}

pub(crate) fn arrays_not_copied() -> Bug {
    refuses_nodes(|nodes, host, node, action| {
        matches!(action, NodeAction::CopyNode { .. }) && is_array(nodes, host, node)
    })
}

pub(crate) fn array_attributes_refused() -> Bug {
    refuses_nodes(|nodes, host, node, action| {
        matches!(action, NodeAction::SetAttributes { .. }) && is_array(nodes, host, node)
    })
}

pub(crate) fn lone_group_not_consolidated() -> Bug {
    refuses_nodes(|_, host, node, action| {
        let prefix = host.names.prefix(node).clone();
        matches!(action, NodeAction::Consolidate) && host.below(&prefix).len() == 1
    })
}
