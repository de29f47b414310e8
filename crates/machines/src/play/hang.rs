//! What a store that hangs was asked last.

use zarr_conform_model::contract::MismatchKind;
use zarr_conform_model::{Mismatch, Model, Outcome, Plan, Signature, Step};
use zarr_conform_store::Adapter;

use crate::finding::disagreement::Disagreement;
use crate::play::admission::empty;

/// The disagreement of a store that did not answer the last of the operations it was asked.
pub(crate) fn hung(
    adapter: &dyn Adapter,
    plan: &Plan,
    asked: &[Step],
) -> Option<(usize, Disagreement)> {
    let (last, before) = asked.split_last()?;
    let mut model = empty(adapter, plan);
    for step in before {
        model.predict(&step.operation);
    }
    let mismatch = Mismatch { kind: MismatchKind::TimedOut, offender: None };
    let signature = Signature {
        operation: last.operation.kind(),
        mismatch: mismatch.kind,
        situation: model.situation(&last.operation, &mismatch),
    };
    let clause = model.expect(&last.operation).clause;
    let disagreement =
        Disagreement { signature, clause, outcome: Outcome::TimedOut, offender: None };
    Some((before.len(), disagreement))
}
