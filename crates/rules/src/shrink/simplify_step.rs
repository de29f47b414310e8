//! Simpler forms of one step of a plan: what goes wrong in it, and its operation, by the plan's names.

use std::collections::VecDeque;

use zarr_conform_model::plan::{Json, NodeAction, NodeOperation};
use zarr_conform_model::{Operation, Plan, PrefixId, Step};

use crate::shrink::simplify::simpler;
use crate::shrink::simplify_fault::simpler_faults;

/// In plans of up to this many operations each is tried as a look at its key. A guess.
const LOOKED_AT: usize = 48;

/// Simpler forms of one step of a plan.
pub(super) fn variants_of(plan: &Plan, at: usize) -> VecDeque<Step> {
    let Some(step) = plan.steps().get(at) else {
        return VecDeque::new();
    };
    // What goes wrong in an operation needs that operation.
    let looked = looked_at(plan, &step.operation, at).filter(|_| step.fault.is_none()).into_iter();
    let faults = simpler_faults(step.fault);
    let faults = faults.into_iter().map(|fault| Step { fault, ..step.clone() });
    let operations = simpler_operations(plan, &step.operation, at).into_iter();
    let operations = looked.chain(operations);
    faults.chain(operations.map(|operation| step.with(operation))).collect()
}

/// A look at the same key in place of an operation that is not the last: where it matters only that a
/// key was asked for, plans come to have the same.
fn looked_at(plan: &Plan, operation: &Operation, at: usize) -> Option<Operation> {
    let is_plain = matches!(operation, Operation::Get { .. } | Operation::Node(_));
    let key = operation.key().filter(|_| !is_plain)?;
    (at + 1 < plan.len() && plan.len() <= LOOKED_AT).then_some(Operation::Get { key })
}

/// Simpler forms of one operation of a plan.
fn simpler_operations(plan: &Plan, operation: &Operation, at: usize) -> VecDeque<Operation> {
    let prefix = match operation {
        Operation::Node(operation) => return simpler_nodes(plan, operation, at),
        Operation::ErasePrefix { prefix } => plan.names().prefix(*prefix).as_str(),
        Operation::Clear => "",
        _ => return simpler(operation, at),
    };
    // One key erased in place of all.
    let below = plan.names().below(prefix).map(|position| plan.names().key_at(position));
    below.map(|key| Operation::Erase { key }).collect()
}

/// Simpler forms of what is done to a node, and the same done to a node above it; what is copied or
/// moved is made where it goes to.
fn simpler_nodes(plan: &Plan, operation: &NodeOperation, at: usize) -> VecDeque<Operation> {
    let names = plan.names();
    let own = names.prefix(operation.node).as_str();
    let is_above = |prefix: &PrefixId| {
        let other = names.prefix(*prefix).as_str();
        own.len() > other.len() && own.starts_with(other)
    };
    let above = names.prefixes().filter(is_above);
    let above = above.map(|node| Operation::Node(NodeOperation { node, ..operation.clone() }));
    let made =
        operation.action.target().into_iter().flat_map(|to| made_at(plan, operation.node, to));
    made.chain(above).chain(simpler(&Operation::Node(operation.clone()), at)).collect()
}

/// A group at a node, and the arrays that the plan makes of another one.
fn made_at(plan: &Plan, like: PrefixId, to: PrefixId) -> Vec<Operation> {
    let at =
        |action: NodeAction| Operation::Node(NodeOperation { node: to, action: action.into() });
    let group = at(NodeAction::AddGroup { attributes: Json::object(), overwrite: false });
    let arrays = plan.operations().filter_map(|operation| match operation {
        Operation::Node(NodeOperation { node, action }) if *node == like => match &**action {
            NodeAction::AddArray { spec, .. } => {
                Some(at(NodeAction::AddArray { spec: spec.clone(), overwrite: false }))
            }
            _ => None,
        },
        _ => None,
    });
    [group].into_iter().chain(arrays).collect()
}
