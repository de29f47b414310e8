//! Which knob of a dialect would settle a failure.
//!
//! A store on files that was not declared as one disagrees with what nobody asked of it. So what it
//! answers to the smallest plan is held against every dialect that differs in one knob. The store is
//! asked once; the dialects are asked of the model.

use std::sync::Arc;

use zarr_conform_model::contract::{Declaration, Knob, RangeDialect};
use zarr_conform_model::{Dialect, Plan};
use zarr_conform_store::Adapter;

use crate::play::admission::refusal;
use crate::play::answers::answers;
use crate::play::watch::Limits;

/// The dialect in which every answer to a plan is right, with one knob turned, if there is one.
pub(super) fn settled_by(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    limits: &Limits,
) -> Option<String> {
    // What has a model of its own goes by no dialect.
    let is_unfit =
        adapter.model(plan.names()).is_some() || plan.has_faults() || plan.together().is_some();
    if is_unfit || refusal(&**adapter, plan).is_some() {
        return None;
    }
    let declared = adapter.declared();
    let answers = answers(adapter, plan, limits).ok()?;
    turned(&declared.dialect).find_map(|(text, dialect)| {
        let declared = Declaration { dialect, ..declared };
        answers.agree_with(plan, declared).then_some(text)
    })
}

/// The dialects that differ in one knob, each with how it is written, in the order of the table; those
/// of ranges that are known under a name of their own come last.
fn turned(dialect: &Dialect) -> impl Iterator<Item = (String, Dialect)> {
    let knobs = Knob::ALL.iter().copied().filter(|knob| is_about_answers(*knob));
    let turned = knobs.flat_map(|knob| {
        let turned = knob.turned(dialect).into_iter();
        turned.map(move |turned| (knob.literal(&turned), turned))
    });
    let named = |name, ranges| {
        (format!("Dialect {{ ranges: RangeDialect::{name}, .. }}"), Dialect { ranges, ..*dialect })
    };
    let named = [named("ZARRS", RangeDialect::ZARRS), named("CLAMP", RangeDialect::CLAMP)];
    turned.chain(named).filter(move |(_, turned)| turned != dialect)
}

/// Whether answers of one caller are held against a knob.
const fn is_about_answers(knob: Knob) -> bool {
    match knob {
        // Such names are not drawn together then, so no answer would be held against it.
        Knob::CaseSensitive
        // It says which plans may be played, and of no answer that it is right.
        | Knob::Climb
        // They are about callers at the same time, of whom such plans have none.
        | Knob::Overlap
        | Knob::PartialWrites
        | Knob::SecondHandle => false,
        Knob::KeyBelowKey
        | Knob::EraseMissing
        | Knob::EraseMissingPrefix
        | Knob::ListMissingPrefix
        | Knob::WritePartialMissing
        | Knob::WritePartialGap
        | Knob::BoundedOverEnd
        | Knob::BoundedPastEnd
        | Knob::ZeroLengthInside
        | Knob::ZeroLengthPastEnd
        | Knob::OffsetAtEnd
        | Knob::OffsetPastEnd
        | Knob::SuffixOver
        | Knob::SuffixZero
        | Knob::Order
        | Knob::UnicodeKeys
        | Knob::MaxNameBytes
        | Knob::MaxKeyBytes
        | Knob::PhantomDirs
        | Knob::EmptyChunks
        | Knob::AtomicMany
        | Knob::AtomicSet
        | Knob::Durable
        | Knob::TransientErrors
        | Knob::Retries
        | Knob::Checksums
        | Knob::Requests => true,
    }
}
