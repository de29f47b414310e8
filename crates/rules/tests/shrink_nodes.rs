//! Plans about groups and arrays shrink to the few plain operations that show a failure.

use std::collections::BTreeSet;
use std::sync::Arc;

use expect_test::{Expect, expect};
use zarr_conform_model::hierarchy_model::{ArrayModel, Node};
use zarr_conform_model::plan::{Edges, NodeAction, NodeOperation, Region};
use zarr_conform_model::{Capabilities, Dialect, HierarchyModel, Operation, Plan};
use zarr_conform_rules::{HierarchyGenerator, Shrinker};

/// The most candidates of a search.
const MOST_RUNS: usize = 3000;

fn shrunk(plan: Plan, fails: impl Fn(&Plan) -> bool) -> Plan {
    assert!(fails(&plan), "the plan fails to begin with:{plan:?}");
    let mut shrinker = Shrinker::new(plan);
    let mut runs = 0;
    while let Some(candidate) = shrinker.candidate() {
        runs += 1;
        assert!(runs < MOST_RUNS, "the search ends:{:?}", shrinker.best());
        if fails(&candidate) { shrinker.accept() } else { shrinker.reject() }
    }
    shrinker.best().clone()
}

fn check(plan: &str, fails: impl Fn(&Plan) -> bool, minimum: Expect) {
    let plan = Plan::parse(plan.trim(), "the test").unwrap_or_else(|error| panic!("{error}"));
    let text = shrunk(plan, fails).to_string();
    let lines: Vec<_> = text.lines().skip(1).collect();
    minimum.assert_eq(&lines.join("; "));
}

/// Whether `fails` says so of an operation in the state before it.
fn any(plan: &Plan, mut fails: impl FnMut(&HierarchyModel, &Operation) -> bool) -> bool {
    let mut model = HierarchyModel::new(Arc::clone(plan.names()), Dialect::ZARRS);
    plan.operations().any(|operation| {
        let found = fails(&model, operation);
        model.predict(operation);
        found
    })
}

fn array_of<'a>(model: &'a HierarchyModel, operation: &Operation) -> Option<&'a ArrayModel> {
    match operation {
        Operation::Node(NodeOperation { node, .. }) => model.array(*node),
        _ => None,
    }
}

fn action(operation: &Operation) -> Option<&NodeAction> {
    match operation {
        Operation::Node(NodeOperation { action, .. }) => Some(action),
        _ => None,
    }
}

fn is_read(operation: &Operation) -> bool {
    let kind = action(operation).map(NodeAction::kind);
    kind.is_some_and(|kind| kind.name().starts_with("read_"))
}

fn region_of(operation: &Operation) -> Option<&Region> {
    match action(operation) {
        Some(NodeAction::WriteRegion { region, .. } | NodeAction::ReadRegion { region, .. }) => {
            Some(region)
        }
        _ => None,
    }
}

const LONG: &str = r#"
add_group data attributes={"a":{"b":[1,2]},"caf\u00e9":null}
add_array foo/bar shape=[5, 7] chunks=[2, 3] dtype=i32 fill=7 codecs=[transpose(1 0), shard(3 1), zstd, crc32c] keys=v2 names=["x",null] attributes={"x":1}
write_region foo/bar [0..5, 1..3] 34..
add_array foo/bar/baz shape=[3] chunks=[(1 2)]
read_chunk foo/bar [2, 1]
write_chunk foo/bar [2, 2] 56..
open_node data
write_region foo/bar [3..9, 5..7] 90..
resize foo/bar [3, 3]
read_region foo/bar [1..3, 2..5]
resize foo/bar [5, 8]
write_chunk foo/bar [1, 1] fill
read_region foo/bar [3..5, 4..9]
list
"#;

#[test]
fn arrays_that_are_written_are_plain_ones() {
    let written_and_listed = |plan: &Plan| {
        any(plan, |model, operation| {
            let mut nodes = model.nodes().values();
            let written = nodes.any(
                |node| matches!(node, Node::Array(array) if array.filled_chunks().next().is_some()),
            );
            written && *operation == Operation::List
        })
    };
    check(
        "add_array foo/bar shape=[1] chunks=[1]\nwrite_chunk foo/bar [0] 7\nlist",
        written_and_listed,
        expect!["add_array a shape=[1] chunks=[1]; write_chunk a [0] 1; list"],
    );
    check(
        LONG,
        written_and_listed,
        expect!["add_array a shape=[1] chunks=[1]; write_chunk a [0] 1; list"],
    );
}

#[test]
fn dimensions_go_that_do_not_matter() {
    // Chunks other than the first of a dimension are written elsewhere.
    let second_chunk = |plan: &Plan| {
        any(plan, |model, operation| {
            let grid = array_of(model, operation).map(|array| (array, &array.spec().chunks));
            match (action(operation), grid) {
                (Some(NodeAction::WriteChunk { chunk, .. }), Some((array, grid))) => {
                    let chunk = array.chunk_index(chunk);
                    grid.chunk(array.shape(), &chunk).is_some() && chunk.iter().any(|at| *at > 0)
                }
                _ => false,
            }
        })
    };
    check(LONG, second_chunk, expect!["add_array a shape=[2] chunks=[1]; write_chunk a [1] 1"]);
}

#[test]
fn partial_chunks_stay_partial() {
    let reads_partial = |plan: &Plan| {
        any(plan, |model, operation| {
            let Some(array) = array_of(model, operation).filter(|_| is_read(operation)) else {
                return false;
            };
            let region = region_of(operation).map(|region| region.within(array.shape()));
            let sides = array.spec().chunks.0.iter().zip(array.shape()).enumerate();
            sides.into_iter().any(|(at, (edges, length))| match (edges, &region) {
                (Edges::Every(edge), Some(region)) => {
                    length % edge > 0
                        && length > edge
                        && region.end[at] == *length
                        && !region.is_empty()
                }
                _ => false,
            })
        })
    };
    check(LONG, reads_partial, expect!["add_array a shape=[3] chunks=[2]; read_region a [0..3]"]);
}

#[test]
fn what_was_cut_off_and_comes_back_takes_two_resizes() {
    let stale = |plan: &Plan| {
        let mut stale: BTreeSet<(String, Vec<u64>)> = BTreeSet::new();
        any(plan, |model, operation| {
            let Some(array) = array_of(model, operation) else { return false };
            let Operation::Node(NodeOperation { node, action }) = operation else { return false };
            let path = model.path(*node).to_owned();
            if let NodeAction::Resize { shape } = &**action {
                let mut smaller = array.clone();
                let shape: Vec<u64> = array
                    .shape()
                    .iter()
                    .enumerate()
                    .map(|(at, length)| shape.get(at).copied().unwrap_or(*length))
                    .collect();
                if array.spec().chunks.fits(&shape) {
                    smaller.resize(&shape);
                    let left =
                        array.filled_chunks().filter(|at| smaller.chunk_region(at).is_none());
                    stale.extend(left.map(|at| (path.clone(), at.to_vec())));
                }
            }
            let is_back = |(other, at): &(String, Vec<u64>)| {
                *other == path && array.chunk_region(at).is_some()
            };
            is_read(operation) && stale.iter().any(is_back)
        })
    };
    check(
        LONG,
        stale,
        expect![
            "add_array a shape=[1] chunks=[1]; write_chunk a [0] 1; resize a [0]; resize a [1]; read_region a [0..1]"
        ],
    );
}

#[test]
fn what_is_special_stays_alone() {
    let with = |special: fn(&ArrayModel) -> bool| {
        move |plan: &Plan| {
            any(plan, |model, operation| {
                is_read(operation) && array_of(model, operation).is_some_and(special)
            })
        }
    };
    check(
        LONG,
        with(|array| array.spec().codecs.shard.is_some()),
        expect!["add_array a shape=[1] chunks=[1] codecs=[shard(1)]; read_chunk a [0]"],
    );
    check(
        LONG,
        with(|array| array.spec().codecs.transpose.is_some()),
        expect!["add_array a shape=[1] chunks=[1] codecs=[transpose(0)]; read_chunk a [0]"],
    );
    check(
        LONG,
        with(|array| array.shape().len() > 1),
        expect!["add_array a shape=[1, 1] chunks=[1, 1]; read_chunk a [0, 0]"],
    );
    let unequal = |array: &ArrayModel| !array.spec().chunks.is_regular();
    let each = "add_array a/b shape=[5, 7] chunks=[2, (1 2 4)] dtype=string\nread_array a/b";
    check(each, with(unequal), expect!["add_array a shape=[1] chunks=[(1)]; read_array a"]);
}

#[test]
fn attributes_shrink_to_the_member_that_matters() {
    let has_null = |plan: &Plan| {
        any(plan, |_, operation| match action(operation) {
            Some(NodeAction::AddGroup { attributes, .. }) => attributes.as_str().contains("null"),
            _ => false,
        })
    };
    check(LONG, has_null, expect![[r#"add_group a attributes={"a":null}"#]]);
}

#[test]
fn nodes_whose_names_begin_alike_go_on_doing_so() {
    let alike = |plan: &Plan| {
        any(plan, |model, operation| {
            let Operation::Node(NodeOperation { node, action }) = operation else { return false };
            let deleted = model.path(*node);
            let starts = |path: &String| {
                path.strip_prefix(deleted)
                    .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
            };
            **action == NodeAction::DeleteNode
                && !deleted.is_empty()
                && model.nodes().contains_key(deleted)
                && model.nodes().keys().any(starts)
        })
    };
    check(
        "add_group x/foo-bar/a\nadd_array x/foo shape=[2] chunks=[2]\nlist_nodes /\ndelete_node x/foo\nopen_node x",
        alike,
        expect!["add_group a; add_group aa; delete_node a"],
    );
}

#[test]
fn malformed_documents_keep_their_name() {
    let malformed = |plan: &Plan| {
        any(plan, |model, operation| match operation {
            Operation::Node(NodeOperation { node, action }) => {
                **action == NodeAction::OpenNode && model.is_malformed(model.path(*node))
            }
            _ => false,
        })
    };
    check(
        "set x/foo/zarr.json \"[]\"\nlist_children /\nopen_node x/foo\nlist",
        malformed,
        expect![[r#"set zarr.json ""; open_node /"#]],
    );
}

/// Drawn plans, shrunk as if every read of an array that was written failed.
#[test]
fn drawn_plans_shrink_to_three_operations() {
    let capabilities = Capabilities { nodes: true, ..Capabilities::ZARRS };
    let generator = HierarchyGenerator::new(capabilities);
    let mut minima = BTreeSet::new();
    for case in 0..60 {
        let plan = generator.plan(11, case);
        let reads_written = |plan: &Plan| {
            any(plan, |model, operation| {
                let array = array_of(model, operation).filter(|_| is_read(operation));
                array.is_some_and(|array| array.filled_chunks().next().is_some())
            })
        };
        if reads_written(&plan) {
            let text = shrunk(plan, reads_written).to_string();
            minima.insert(text.lines().skip(1).collect::<Vec<_>>().join("; "));
        }
    }
    let minima: Vec<_> = minima.into_iter().collect();
    expect![[r"
        add_array / shape=[1] chunks=[1]; write_chunk / [0] 1; read_region / [0..1]
        add_array a shape=[1] chunks=[1]; write_chunk a [0] 1; read_array a
        add_array a shape=[1] chunks=[1]; write_chunk a [0] 1; read_chunk a [0]
        add_array a shape=[1] chunks=[1]; write_chunk a [0] 1; read_region a [0..1]"]]
    .assert_eq(&minima.join("\n"));
}
