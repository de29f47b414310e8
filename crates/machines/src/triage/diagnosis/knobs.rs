//! Which knob of a dialect would settle a failure.
//!
//! A store on files that was not declared as one disagrees with what nobody asked of it. So what it
//! answers to the smallest plan is held against every dialect that differs in one knob. The store is
//! asked once; the dialects are asked of the model.

use std::sync::Arc;

use zarr_conform_model::contract::{
    Declaration, Durable, ListOrder, RangeDialect, Reply, RequestBudget,
};
use zarr_conform_model::{Dialect, Model, Outcome, Plan, ReferenceModel};
use zarr_conform_store::Adapter;

use crate::play::admission::{empty, refusal};
use crate::play::journal::Journal;
use crate::play::player::Player;
use crate::play::watch::{Limits, guarded};

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
    let outcomes = outcomes(adapter, plan, limits)?;
    turned(&declared.dialect).into_iter().find_map(|(text, dialect)| {
        let declared = Declaration { dialect, ..declared };
        agrees(plan, &outcomes, declared).then(|| format!("Dialect {{ {text}, .. }}"))
    })
}

/// What the store answers to each operation, if it does.
fn outcomes(adapter: &Arc<dyn Adapter>, plan: &Plan, limits: &Limits) -> Option<Vec<Outcome>> {
    let (own, asked, most) = (Arc::clone(adapter), plan.clone(), limits.max_answer);
    let outcomes = guarded(limits, move |pulse| {
        let (model, journal) = (empty(&*own, &asked), Journal::Private(Vec::new()));
        let mut player = Player::open(&*own, model, pulse, journal, most).ok()?;
        Some(asked.operations().map(|operation| player.answer(operation)).collect())
    });
    outcomes.ok().flatten()
}

/// Whether every answer is right in a dialect.
fn agrees(plan: &Plan, outcomes: &[Outcome], declared: Declaration) -> bool {
    let mut model = ReferenceModel::new(Arc::clone(plan.names()), declared);
    plan.operations().zip(outcomes).all(|(operation, outcome)| {
        let is_right = model.expect(operation).judge(outcome).is_ok();
        if is_right {
            model.advance(operation, outcome);
        }
        is_right
    })
}

/// The dialects that differ in one knob, each with how it is written; those that promise most first.
fn turned(dialect: &Dialect) -> Vec<(String, Dialect)> {
    let Dialect {
        ranges,
        order,
        erase_missing,
        erase_missing_prefix,
        list_missing_prefix,
        write_partial_missing,
        write_partial_gap,
        key_below_key,
        // Such names are not drawn together then, so no answer would be held against it.
        case_sensitive: _,
        unicode_keys,
        max_key_bytes,
        max_name_bytes,
        // It says which plans may be played, and of no answer that it is right.
        climb: _,
        phantom_dirs,
        atomic_many,
        empty_chunks,
        transient_errors,
        retries,
        checksums,
        // They are about callers at the same time, of whom such plans have none.
        overlap: _,
        partial_writes: _,
        second_handle: _,
        durable,
        atomic_set,
        requests,
    } = *dialect;
    let mut turned = Vec::new();
    macro_rules! turn {
        ($knob:ident: $($value:expr),*) => {
            $(if $value != $knob {
                let text = concat!(stringify!($knob), ": ", stringify!($value));
                turned.push((text.to_owned(), Dialect { $knob: $value, ..*dialect }));
            })*
        };
    }
    turn!(key_below_key: true, false);
    turn!(erase_missing: Reply::Answer, Reply::Refuse, Reply::Either);
    turn!(erase_missing_prefix: Reply::Answer, Reply::Refuse, Reply::Either);
    turn!(list_missing_prefix: Reply::Answer, Reply::Refuse, Reply::Either);
    turn!(write_partial_missing: Reply::Answer, Reply::Refuse, Reply::Either);
    turn!(write_partial_gap: Reply::Answer, Reply::Refuse, Reply::Either);
    turned.extend(ranges_turned(ranges).into_iter().map(|(text, ranges)| {
        let text = format!("ranges: RangeDialect {{ {text}, .. }}");
        (text, Dialect { ranges, ..*dialect })
    }));
    turn!(ranges: RangeDialect::ZARRS, RangeDialect::CLAMP);
    turn!(order: ListOrder::Bytes, ListOrder::Segments, ListOrder::Unordered);
    turn!(unicode_keys: true, false);
    // Limits that file systems and services have.
    turn!(max_name_bytes: None, Some(255));
    turn!(max_key_bytes: None, Some(4096), Some(1024), Some(255));
    turn!(phantom_dirs: false, true);
    turn!(empty_chunks: false, true);
    turn!(atomic_many: true, false);
    turn!(atomic_set: true, false);
    turn!(durable: Durable::OnReturn, Durable::No);
    turn!(transient_errors: false, true);
    turn!(retries: true, false);
    turn!(checksums: true, false);
    turn!(requests: RequestBudget::NONE);
    turned
}

/// The same for one kind of range.
fn ranges_turned(ranges: RangeDialect) -> Vec<(String, RangeDialect)> {
    let RangeDialect {
        bounded_over_end,
        bounded_past_end,
        zero_length_inside,
        zero_length_past_end,
        offset_at_end,
        offset_past_end,
        suffix_over,
        suffix_zero,
    } = ranges;
    let mut turned = Vec::new();
    macro_rules! turn {
        ($($knob:ident)*) => {
            $(for value in [Reply::Answer, Reply::Refuse, Reply::Either] {
                if value != $knob {
                    let text = format!("{}: Reply::{value:?}", stringify!($knob));
                    turned.push((text, RangeDialect { $knob: value, ..ranges }));
                }
            })*
        };
    }
    turn!(bounded_over_end bounded_past_end zero_length_inside zero_length_past_end);
    turn!(offset_at_end offset_past_end suffix_over suffix_zero);
    turned
}
