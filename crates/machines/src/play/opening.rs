//! What a store is like when it is opened: whether it is empty, and whether it can be written.
//!
//! Every plan begins with an empty store, and erases what there is. So a store that holds something
//! is not played on: it may be somebody's data, and all that would be seen is that it was there. Of
//! one that takes no writes, every plan would say so in other words. Both are one failure, and there
//! is a door for each.

use std::sync::Arc;

use zarr_conform_model::contract::MismatchKind;
use zarr_conform_model::{Capabilities, ErrorClass, Names, Operation, Outcome, Plan};
use zarr_conform_store::Adapter;
use zarrs_storage::StoreKey;

use crate::finding::disagreement::Disagreement;
use crate::play::admission::empty;
use crate::play::journal::Journal;
use crate::play::player::Player;
use crate::play::watch::{Limits, guarded};

/// A store that no plan can begin with.
#[derive(Clone, Debug)]
pub(crate) struct Unfit {
    /// What shows it.
    pub(crate) plan: Plan,
    pub(crate) disagreement: Disagreement,
    /// What is to be done.
    pub(crate) advice: String,
}

/// What a store holds when it is opened: a key that it lists and gives a value of. Nothing is
/// written.
///
/// A store whose listings alone are wrong is none of these, nor is one with a model of its own.
pub(crate) fn not_empty(adapter: &Arc<dyn Adapter>, limits: &Limits) -> Option<Unfit> {
    let Capabilities { read, list, .. } = adapter.capabilities();
    if !read || !list {
        return None;
    }
    let names = Arc::new(Names::new([], []));
    if adapter.model(&names).is_some() {
        return None;
    }
    let listing = Plan::new(names, [Operation::List]);
    let Outcome::Keys(keys) = play(adapter, &listing, limits)?.1 else { return None };
    let first: StoreKey = keys.first()?.clone();
    let names = Names::new([first.clone()], []);
    let get = Operation::Get { key: names.key_at(0) };
    let asking = Plan::new(Arc::new(names), [Operation::List, get]);
    let Outcome::Value(_) = play(adapter, &asking, limits)?.1 else { return None };
    let (disagreement, _) = play(adapter, &listing, limits)?;
    let others = match keys.len() {
        1 => String::new(),
        count => format!(" and {} other keys", count - 1),
    };
    Some(Unfit {
        plan: listing,
        disagreement: disagreement?,
        advice: format!(
            "the store is not empty when it is opened: it holds {first}{others}. No cases were played, since they would erase that. A store that only reads is tested with `read_only_store_machine`, one that is filled before it is opened with `filled_store_machine`, an adapter for either with `Machine::over_contents`; any other has to be opened at an empty place of its own each time"
        ),
    })
}

/// Whether a store answers a plain write with the error that it only reads.
pub(crate) fn read_only(adapter: &Arc<dyn Adapter>, limits: &Limits) -> Option<Unfit> {
    let plan: Plan = "set a \"a\"".parse().ok()?;
    let (disagreement, outcome) = play(adapter, &plan, limits)?;
    let disagreement =
        disagreement.filter(|wrong| wrong.signature.mismatch == MismatchKind::ErrorForAnswer)?;
    let Outcome::Refused(refusal) = outcome else { return None };
    (refusal.class == ErrorClass::ReadOnly).then(|| Unfit {
        plan,
        disagreement,
        advice: "the store answers writes with the error that it only reads: it is tested over contents, with `read_only_store_machine`, or `Machine::over_contents` for an adapter".to_owned(),
    })
}

/// What comes of the last operation of a plan, and whether that is wrong.
fn play(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    limits: &Limits,
) -> Option<(Option<Disagreement>, Outcome)> {
    let (adapter, plan, most) = (Arc::clone(adapter), plan.clone(), limits.max_answer);
    let played = guarded(limits, move |pulse| {
        let (model, journal) = (empty(&*adapter, &plan), Journal::Private(Vec::new()));
        let mut player = Player::open(&*adapter, model, pulse, journal, most).ok()?;
        let mut last = None;
        for operation in plan.operations() {
            let outcome = player.answer(operation);
            let shown = match &outcome {
                // Those of stores may have a life of their own.
                Outcome::Value(_) => Outcome::Value(bytes::Bytes::new()),
                other => other.clone(),
            };
            last = Some((player.judge(operation, outcome).err(), shown));
        }
        last
    });
    played.ok().flatten()
}
