//! Stand-ins: simpler questions that may go wrong for the same reason as the last one of a plan.
//!
//! One bug shows in many questions. Whether two failures are one is not guessed from how they
//! look: the store is asked the simpler question in the same state, and if that goes wrong too, in
//! the same way or because the store holds something else than it should, they are one failure.
//!
//! Signatures that look alike may come from two bugs, and signatures that do not may come from one.
//! A stand-in that shrinking leads to another bug is dropped: the original question has to go wrong
//! in its smallest plan as well. And what is only like a failure has to come about by leaving
//! operations out, not by another value that happens to be wrong too. The value of no bytes is in
//! most smallest plans, whether it matters or not; so a stand-in is dropped as well if the failure
//! shows with a byte in place of none, and the stand-in does not.

use std::sync::Arc;

use zarr_conform_model::plan::{KeyPart, NodeAction, NodeOperation, ReadDoor};
use zarr_conform_model::{Operation, OperationKind, Plan};

/// Questions of one kind, to be asked one after the other in place of the last one of a plan.
pub(super) struct StandIn {
    pub(crate) kind: OperationKind,
    pub(crate) questions: Vec<Operation>,
}

/// What may stand in for the last question of `plan`, the simplest first.
pub(super) fn stand_ins(plan: &Plan) -> Vec<StandIn> {
    let Some(last) = plan.last() else {
        return Vec::new();
    };
    let value = |key| vec![Operation::Get { key }];
    let values = || plan.names().keys().map(|key| Operation::Get { key }).collect();
    let questions: Vec<Vec<Operation>> = match last {
        Operation::GetPartial { key, .. } | Operation::SizeKey { key } => vec![value(*key)],
        Operation::GetPartialMany { key, ranges } => {
            let alone =
                ranges.iter().map(|range| Operation::GetPartial { key: *key, range: *range });
            vec![value(*key), alone.collect()]
        }
        Operation::GetMany { parts } => {
            let of_kind = |kind| {
                let alone = parts.iter().map(Operation::of_part);
                alone.filter(|operation: &Operation| operation.kind() == kind).collect()
            };
            let runs = parts.chunk_by(KeyPart::is_together);
            let together = runs.filter(|run| run[0].range.is_some()).map(|run| {
                let ranges = run.iter().filter_map(|part| part.range).collect();
                Operation::GetPartialMany { key: run[0].key, ranges }
            });
            let together = together.collect();
            vec![of_kind(OperationKind::Get), of_kind(OperationKind::GetPartial), together]
        }
        Operation::SetIfAbsent { key, value } => {
            vec![vec![Operation::Set { key: *key, value: value.clone() }]]
        }
        Operation::Copy { keys: [from, _] } => vec![value(*from)],
        Operation::Rename { keys: [from, to] } => {
            vec![vec![Operation::Copy { keys: [*from, *to] }], value(*from)]
        }
        Operation::Exists { key } => vec![value(*key), vec![Operation::SizeKey { key: *key }]],
        Operation::SetPartial { key, patch } => {
            // Many a store reads what it patches.
            vec![vec![Operation::Set { key: *key, value: patch.value.clone() }], value(*key)]
        }
        Operation::SetPartialMany { key, patches } => {
            let alone = |patch| Operation::SetPartial { key: *key, patch };
            let empty = Operation::Set { key: *key, value: "".into() };
            vec![patches.iter().cloned().map(alone).collect(), vec![empty], value(*key)]
        }
        Operation::EraseMany { keys } => {
            vec![keys.iter().map(|key| Operation::Erase { key: *key }).collect()]
        }
        Operation::List => vec![values()],
        Operation::ListPrefix { .. } | Operation::Size => vec![values(), vec![Operation::List]],
        Operation::ListDir { prefix } | Operation::IsEmpty { prefix } => {
            vec![values(), vec![Operation::List], vec![Operation::ListPrefix { prefix: *prefix }]]
        }
        Operation::SizePrefix { prefix } => vec![
            values(),
            vec![Operation::List],
            vec![Operation::Size],
            vec![Operation::ListPrefix { prefix: *prefix }],
        ],
        Operation::Node(NodeOperation { node, action }) => {
            let other = |action| vec![Operation::Node(NodeOperation { node: *node, action })];
            let simpler = match &**action {
                NodeAction::ReadRegion { .. }
                | NodeAction::ReadChunk { .. }
                | NodeAction::ReadArray { .. } => plainer_reads(action),
                NodeAction::ListNodes => vec![NodeAction::ListChildren],
                NodeAction::OpenNode => vec![NodeAction::GetMetadata],
                NodeAction::Walk | NodeAction::Consolidate => vec![NodeAction::ListNodes],
                NodeAction::MoveNode { to } => vec![NodeAction::CopyNode { to: *to }],
                _ => Vec::new(),
            };
            let walked = (**action == NodeAction::Walk).then(|| vec![Operation::List]);
            let simpler = simpler.into_iter().map(|action| other(Arc::new(action)));
            walked.into_iter().chain(simpler).collect()
        }
        _ => Vec::new(),
    };
    let of_one_kind = |questions: Vec<Operation>| {
        let kind = questions.first()?.kind();
        Some(StandIn { kind, questions })
    };
    questions.into_iter().filter_map(of_one_kind).collect()
}

/// All in place of a part, and the plain door in place of another.
fn plainer_reads(read: &NodeAction) -> Vec<NodeAction> {
    let all = |door| NodeAction::ReadArray { door };
    let plain = read.through(ReadDoor::Plain);
    let mut reads = vec![all(ReadDoor::Plain)];
    reads.extend(plain);
    reads.push(all(read.door()));
    reads.dedup();
    reads.retain(|plainer| plainer != read);
    reads
}
