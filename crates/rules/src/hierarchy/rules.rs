//! The built-in rules of the hierarchy machine: clauses H1 to H4 and H10 to H14, and what is done past them.

use zarr_conform_model::hierarchy_model::{DOCUMENTS, Node, ZATTRS, is_node_path};
use zarr_conform_model::plan::{ArraySpec, Json, NodeAction, ZarrFormat};
use zarr_conform_model::{
    Clause, HierarchyModel, KeyId, Model, Operation, OperationKind, PrefixId, Value,
};

use crate::generate::rule::{Role, Rule, with_frequency};
use crate::hierarchy::array_rules::array_rules;
use crate::hierarchy::array_specs;
use crate::hierarchy::node_rule::{
    NodeDraw, NodeRule, is_free, is_group, is_node, is_root, on_key, on_node, on_prefix,
};

/// The rules of the hierarchy machine, with the clauses that each exercises.
///
/// More than half of what they ask is about arrays and their chunks; zarr-python's machine spends
/// two fifths on making groups.
///
/// # Examples
///
/// ```
/// use zarr_conform_rules::hierarchy_rules;
///
/// let rules = hierarchy_rules();
/// assert!(rules.iter().any(|rule| rule.name() == "write_region_end"));
/// ```
#[must_use]
pub fn hierarchy_rules() -> Vec<Rule<HierarchyModel>> {
    let mut rules = makes();
    rules.extend(array_rules());
    rules.extend(moves());
    rules.extend(changes());
    rules.extend(looks());
    rules.extend(keys());
    rules
}

fn is_invalid(model: &HierarchyModel, prefix: PrefixId) -> bool {
    !is_node_path(model.path(prefix))
}

/// The directory of a path, and its last name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether a node can be made here and the one above it is there.
fn is_free_in_group(model: &HierarchyModel, prefix: PrefixId) -> bool {
    let (above, _) = split(model.path(prefix));
    let is_there = above.is_empty() || model.nodes().contains_key(above);
    is_there && !is_root(model, prefix) && is_free(model, prefix)
}

fn is_free_in_nothing(model: &HierarchyModel, prefix: PrefixId) -> bool {
    let (above, _) = split(model.path(prefix));
    !above.is_empty() && !model.nodes().contains_key(above) && is_free(model, prefix)
}

fn add_array(spec: ArraySpec, overwrite: bool) -> NodeAction {
    NodeAction::AddArray { spec, overwrite }
}

/// An array that can be made of a node.
fn some_array(draw: &mut NodeDraw<'_>, node: PrefixId) -> ArraySpec {
    let spec = array_specs::draw(draw.choices());
    // In Zarr v2 a foreign `.zattrs` would be the attributes of the array.
    let attributes = format!("{}{ZATTRS}", draw.model().names().prefix(node));
    if spec.format == ZarrFormat::V2 && draw.model().objects().contains_key(&attributes) {
        return ArraySpec { format: ZarrFormat::V3, ..spec };
    }
    spec
}

fn some_attributes(draw: &mut NodeDraw<'_>) -> Json {
    if draw.choices().chance(1, 3) {
        array_specs::attributes(draw.choices())
    } else {
        Json::object()
    }
}

/// Making nodes.
fn makes() -> Vec<NodeRule> {
    let kind = OperationKind::AddArray;
    let new = |draw: &mut NodeDraw<'_>, node| add_array(some_array(draw, node), false);
    vec![
        on_node("add_group", OperationKind::AddGroup, is_free, |draw, _| NodeAction::AddGroup {
            attributes: some_attributes(draw),
            overwrite: false,
        })
        .weight(5)
        .role(Role::Fill)
        .clauses(&[Clause::H1]),
        on_node("add_array", kind, is_free_in_group, new)
            .weight(10)
            .role(Role::Fill)
            .clauses(&[Clause::H2]),
        on_node("add_array_deep", kind, is_free_in_nothing, new)
            .weight(5)
            .role(Role::Fill)
            .clauses(&[Clause::H2, Clause::H1]),
        // Nothing else can be made where the root is an array, so this one is rare.
        on_node(
            "add_array_root",
            kind,
            |model, node| is_root(model, node) && is_free(model, node),
            new,
        )
        .weight(1)
        .clauses(&[Clause::H2]),
        on_node("add_occupied", kind, is_occupied, new).weight(2).clauses(&[Clause::H3]),
        on_node("add_group_occupied", OperationKind::AddGroup, is_occupied, |draw, _| {
            NodeAction::AddGroup { attributes: some_attributes(draw), overwrite: false }
        })
        .weight(1)
        .clauses(&[Clause::H3]),
        on_node(
            "add_overwrite",
            kind,
            |model, node| is_occupied(model, node) && !is_root(model, node),
            |draw, node| add_array(some_array(draw, node), true),
        )
        .weight(2)
        .clauses(&[Clause::H3, Clause::H2]),
        on_node("add_group_overwrite", OperationKind::AddGroup, is_occupied, |draw, _| {
            NodeAction::AddGroup { attributes: some_attributes(draw), overwrite: true }
        })
        .weight(1)
        .clauses(&[Clause::H3, Clause::H1]),
        on_node("add_array_unsound", kind, is_free, |draw, _| {
            add_array(array_specs::draw_unsound(draw.choices()), false)
        })
        .weight(1)
        .clauses(&[Clause::H2]),
        on_node("add_invalid_name", kind, is_invalid, new).weight(1).clauses(&[Clause::H4]),
        on_node("add_group_invalid_name", OperationKind::AddGroup, is_invalid, |draw, _| {
            NodeAction::AddGroup { attributes: some_attributes(draw), overwrite: false }
        })
        .weight(1)
        .clauses(&[Clause::H4]),
    ]
}

fn is_occupied(model: &HierarchyModel, prefix: PrefixId) -> bool {
    let path = model.path(prefix);
    let in_array = path.match_indices('/').any(|(slash, _)| {
        let above = model.nodes().get(&path[..slash]);
        matches!(above, Some(Node::Array(_)))
    });
    model.is_occupied(path) && !in_array
}

/// Whether a node can be copied to a path: nothing is there, and the node is not above it.
fn is_target(model: &HierarchyModel, node: PrefixId, to: PrefixId) -> bool {
    let below_node =
        model.names().prefix(to).as_str().starts_with(model.names().prefix(node).as_str());
    !below_node && model.is_empty_at(model.path(to)) && is_free(model, to)
}

/// Whether a node can be copied to a path of the plan.
fn can_be_copied(model: &HierarchyModel, node: PrefixId) -> bool {
    is_inner_node(model, node) && model.names().prefixes().any(|to| is_target(model, node, to))
}

fn some_target(draw: &mut NodeDraw<'_>, node: PrefixId) -> PrefixId {
    draw.prefix_where(|model, to| is_target(model, node, to))
}

/// Copying and moving nodes.
fn moves() -> Vec<NodeRule> {
    let (copy, shift) = (OperationKind::CopyNode, OperationKind::MoveNode);
    vec![
        on_node("copy_node", copy, can_be_copied, |draw, node| NodeAction::CopyNode {
            to: some_target(draw, node),
        })
        .weight(3)
        .clauses(&[Clause::H11]),
        on_node("move_node", shift, can_be_copied, |draw, node| NodeAction::MoveNode {
            to: some_target(draw, node),
        })
        .weight(3)
        .clauses(&[Clause::H11, Clause::H10]),
        // To what is there, to itself, below itself, into an array, to a name that none may have.
        on_node(
            "move_anywhere",
            shift,
            |_, _| true,
            |draw, node| NodeAction::MoveNode {
                to: draw.prefix_where(|model, to| !is_target(model, node, to)),
            },
        )
        .weight(1)
        .clauses(&[Clause::H11]),
    ]
}

fn is_consolidated(node: &Node) -> bool {
    matches!(node, Node::Group(group) if group.snapshot.is_some())
}

/// Whether the path of one node is above that of another.
fn is_above(path: &str, other: &str) -> bool {
    path.is_empty() && !other.is_empty()
        || other.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

/// A group above one whose metadata was consolidated.
fn is_above_consolidated(model: &HierarchyModel, prefix: PrefixId) -> bool {
    let path = model.path(prefix);
    let mut nodes = model.nodes().iter();
    is_group(model, prefix)
        && nodes.any(|(other, node)| is_consolidated(node) && is_above(path, other))
}

/// A node that the consolidated metadata of a group above it is of.
fn is_below_consolidated(model: &HierarchyModel, prefix: PrefixId) -> bool {
    let path = model.path(prefix);
    let mut nodes = model.nodes().iter();
    is_node(model, prefix)
        && nodes.any(|(other, node)| is_consolidated(node) && is_above(other, path))
}

/// Removing nodes, setting attributes, and consolidating metadata.
fn changes() -> Vec<NodeRule> {
    let delete = OperationKind::DeleteNode;
    vec![
        on_node("consolidate", OperationKind::Consolidate, is_group, |_, _| {
            NodeAction::Consolidate
        })
        .weight(2)
        .clauses(&[Clause::H14]),
        on_node("consolidate_above", OperationKind::Consolidate, is_above_consolidated, |_, _| {
            NodeAction::Consolidate
        })
        .weight(4)
        .clauses(&[Clause::H14]),
        on_node(
            "set_attributes_consolidated",
            OperationKind::SetAttributes,
            is_below_consolidated,
            |draw, _| NodeAction::SetAttributes {
                attributes: array_specs::attributes(draw.choices()),
            },
        )
        .weight(4)
        .clauses(&[Clause::H13]),
        on_node("set_attributes", OperationKind::SetAttributes, is_node, |draw, _| {
            NodeAction::SetAttributes { attributes: array_specs::attributes(draw.choices()) }
        })
        .weight(5)
        .clauses(&[Clause::H13]),
        on_node(
            "delete_node",
            delete,
            |model, node| is_node(model, node) && !is_root(model, node),
            |_, _| NodeAction::DeleteNode,
        )
        .weight(2)
        .role(Role::Erase)
        .clauses(&[Clause::H10]),
        on_node(
            "delete_missing",
            delete,
            |model, node| !is_node(model, node),
            |_, _| NodeAction::DeleteNode,
        )
        .weight(1)
        .clauses(&[Clause::H10]),
        with_frequency(
            on_node("delete_root", delete, is_filled_root, |_, _| NodeAction::DeleteNode),
            0.005,
        )
        .clauses(&[Clause::H10]),
    ]
}

/// The root, where something would be gone with it.
fn is_filled_root(model: &HierarchyModel, prefix: PrefixId) -> bool {
    is_root(model, prefix) && is_node(model, prefix) && model.live_count() > 4
}

/// Opening and listing nodes.
fn looks() -> Vec<NodeRule> {
    let (children, nodes) = (OperationKind::ListChildren, OperationKind::ListNodes);
    vec![
        on_node("open_node", OperationKind::OpenNode, is_node, |_, _| NodeAction::OpenNode)
            .weight(7)
            .clauses(&[Clause::H12, Clause::H1, Clause::H2, Clause::H13]),
        on_node(
            "open_missing",
            OperationKind::OpenNode,
            |model, node| !is_node(model, node),
            |_, _| NodeAction::OpenNode,
        )
        .weight(2)
        .clauses(&[Clause::H12, Clause::H10]),
        on_node("list_children", children, is_listed, |_, _| NodeAction::ListChildren)
            .weight(6)
            .clauses(&[Clause::H12, Clause::H1, Clause::H10, Clause::H14]),
        on_node("list_nodes", nodes, is_listed, |_, _| NodeAction::ListNodes).weight(4).clauses(&[
            Clause::H12,
            Clause::H1,
            Clause::H10,
            Clause::H14,
        ]),
        on_node(
            "list_missing",
            children,
            |model, node| model.capabilities().list && !is_group(model, node),
            |_, _| NodeAction::ListChildren,
        )
        .weight(1)
        .clauses(&[Clause::H12, Clause::H10]),
    ]
}

/// A group, over a store that can list.
fn is_listed(model: &HierarchyModel, prefix: PrefixId) -> bool {
    model.capabilities().list && is_group(model, prefix)
}

/// Documents that are none: empty, cut off, no text, no object.
const MALFORMED: &[&[u8]] =
    &[b"", b"{", b"[]", b"null", b"\"zarr\"", b"\xff\xfe", b"{\"zarr_format\":3", b"7"];

fn name_of(model: &HierarchyModel, key: KeyId) -> (&str, &str) {
    split(model.names().key(key).as_str())
}

/// Where a foreign object can be set: not where a node's document is looked for.
fn is_foreign(model: &HierarchyModel, key: KeyId) -> bool {
    let name = model.names().key(key).as_str();
    !DOCUMENTS.contains(&split(name).1) && !model.is_of_node(name)
}

/// A document of no node.
fn is_stray(model: &HierarchyModel, key: KeyId) -> bool {
    let (path, name) = name_of(model, key);
    DOCUMENTS.contains(&name) && !model.nodes().contains_key(path)
}

fn is_object(model: &HierarchyModel, key: KeyId) -> bool {
    model.objects().contains_key(model.names().key(key).as_str())
}

fn is_document(model: &HierarchyModel, key: KeyId) -> bool {
    let (path, name) = name_of(model, key);
    model.nodes().get(path).is_some_and(|node| name == node.document_name())
}

/// The prefix of the chunks of an array that has some.
fn is_chunks(model: &HierarchyModel, prefix: PrefixId) -> bool {
    let (path, name) = split(model.path(prefix));
    name == "c"
        && matches!(model.nodes().get(path), Some(Node::Array(array))
            if array.filled_chunks().next().is_some())
}

fn is_inner_node(model: &HierarchyModel, prefix: PrefixId) -> bool {
    is_node(model, prefix) && !is_root(model, prefix)
}

/// What happens in the store behind the back of the library, and what the store says itself.
fn keys() -> Vec<NodeRule> {
    vec![
        on_key("set_foreign", OperationKind::Set, is_foreign, |draw, key| Operation::Set {
            key,
            value: draw.fresh_value(),
        })
        .weight(3)
        .clauses(&[Clause::W1, Clause::H12]),
        on_key("set_malformed", OperationKind::Set, is_stray, |draw, key| Operation::Set {
            key,
            value: Value::Literal((*draw.choices().pick(MALFORMED)).into()),
        })
        .weight(1)
        .clauses(&[Clause::W1, Clause::H12]),
        on_key("erase_foreign", OperationKind::Erase, is_object, |_, key| Operation::Erase { key })
            .weight(2)
            .clauses(&[Clause::D1]),
        on_prefix("erase_prefix_chunks", OperationKind::ErasePrefix, is_chunks, |prefix| {
            Operation::ErasePrefix { prefix }
        })
        .weight(3)
        .role(Role::Erase)
        .clauses(&[Clause::D4, Clause::H7]),
        on_prefix("erase_prefix_node", OperationKind::ErasePrefix, is_inner_node, |prefix| {
            Operation::ErasePrefix { prefix }
        })
        .weight(1)
        .role(Role::Erase)
        .clauses(&[Clause::D4, Clause::H10]),
        // In zarr-python one draw in four that comes up `clear` goes through, which is one step in
        // sixty or so. Here a gate counts steps, not draws, and what is to be seen takes more than
        // a few steps to build: nodes, chunks in them, and then a change of shape.
        with_frequency(NodeRule::over("clear", OperationKind::Clear, |_| Operation::Clear), 0.01)
            .precondition(|model| model.live_count() > 4)
            .clauses(&[Clause::D7]),
        on_key("get_document", OperationKind::Get, is_document, |_, key| Operation::Get { key })
            .weight(3)
            .clauses(&[Clause::H12, Clause::H1, Clause::H2, Clause::H13]),
        on_key("get_foreign", OperationKind::Get, is_object, |_, key| Operation::Get { key })
            .weight(1)
            .clauses(&[Clause::R1, Clause::H12]),
        on_prefix("list_dir", OperationKind::ListDir, is_node, |prefix| Operation::ListDir {
            prefix,
        })
        .weight(3)
        .clauses(&[Clause::L4, Clause::H5]),
        on_prefix(
            "list_prefix",
            OperationKind::ListPrefix,
            |_, _| true,
            |prefix| Operation::ListPrefix { prefix },
        )
        .weight(3)
        .clauses(&[Clause::L2, Clause::H5]),
        with_frequency(
            NodeRule::over("reopen", OperationKind::Reopen, |_| Operation::Reopen),
            0.04,
        )
        .clauses(&[Clause::O1]),
    ]
}
