//! How a rule about a node is made: where it suits, and what it draws.

use std::sync::Arc;

use zarr_conform_model::hierarchy_model::Node;
use zarr_conform_model::plan::{NodeAction, NodeOperation};
use zarr_conform_model::{HierarchyModel, KeyId, Model, Operation, OperationKind, PrefixId};

use crate::generate::rule::{Draw, Rule};

/// A rule of the hierarchy machine.
pub(super) type NodeRule = Rule<HierarchyModel>;

/// What such a rule draws from.
pub(super) type NodeDraw<'a> = Draw<'a, HierarchyModel>;

/// Whether a node, by its prefix, is one that a rule is for.
pub(super) type Suits = fn(&HierarchyModel, PrefixId) -> bool;

/// A rule about a node that suits, with what is done to it.
pub(super) fn on_node(
    name: &'static str,
    asks: OperationKind,
    suits: Suits,
    draw: impl Fn(&mut NodeDraw<'_>, PrefixId) -> NodeAction + Send + Sync + 'static,
) -> NodeRule {
    Rule::over(name, asks, move |from: &mut NodeDraw<'_>| {
        let node = from.prefix_where(suits);
        let action = Arc::new(draw(from, node));
        Operation::Node(NodeOperation { node, action })
    })
    .precondition(move |model| model.names().prefixes().any(|prefix| suits(model, prefix)))
}

/// A rule about a key that suits.
pub(super) fn on_key(
    name: &'static str,
    asks: OperationKind,
    suits: fn(&HierarchyModel, KeyId) -> bool,
    draw: impl Fn(&mut NodeDraw<'_>, KeyId) -> Operation + Send + Sync + 'static,
) -> NodeRule {
    Rule::over(name, asks, move |from: &mut NodeDraw<'_>| {
        let key = from.key_where(suits).expect("the precondition holds");
        draw(from, key)
    })
    .precondition(move |model| model.names().keys().any(|key| suits(model, key)))
}

/// A rule about a prefix that suits.
pub(super) fn on_prefix(
    name: &'static str,
    asks: OperationKind,
    suits: Suits,
    operation: fn(PrefixId) -> Operation,
) -> NodeRule {
    Rule::over(name, asks, move |from: &mut NodeDraw<'_>| operation(from.prefix_where(suits)))
        .precondition(move |model| model.names().prefixes().any(|prefix| suits(model, prefix)))
}

pub(super) fn is_array(model: &HierarchyModel, prefix: PrefixId) -> bool {
    model.array(prefix).is_some()
}

pub(super) fn is_node(model: &HierarchyModel, prefix: PrefixId) -> bool {
    model.node(prefix).is_some()
}

pub(super) fn is_group(model: &HierarchyModel, prefix: PrefixId) -> bool {
    matches!(model.node(prefix), Some(Node::Group(_)))
}

pub(super) fn is_root(model: &HierarchyModel, prefix: PrefixId) -> bool {
    model.path(prefix).is_empty()
}

pub(super) fn is_free(model: &HierarchyModel, prefix: PrefixId) -> bool {
    model.is_free(model.path(prefix))
}
