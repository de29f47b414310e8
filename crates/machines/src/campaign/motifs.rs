//! What a plan is continued with before faults are swept over it: operations on what it left.
//!
//! Drawn plans of a few operations hardly ever erase several live keys, or write a value in parts over
//! another. So two of these come after each plan, others after the next, and a campaign has all of
//! them after some of its plans.

use std::sync::Arc;

use zarr_conform_model::plan::KeyPart;
use zarr_conform_model::{
    Declaration, KeyId, Model, Operation, Patch, Plan, PrefixId, StoreModel, Value,
};

/// How many follow each plan. A guess: about what a plan has of its own kinds.
const FOLLOWING: u64 = 2;

/// What there is to ask about: keys that live, and a prefix above the first of them.
struct Left {
    live: Vec<KeyId>,
    missing: Option<KeyId>,
    prefix: Option<PrefixId>,
    /// Another value than any that is there, of two bytes at least, so that half of it is another one.
    value: Value,
}

type Motif = fn(&Left) -> Option<Operation>;

const MOTIFS: &[Motif] = &[
    |left| Some(Operation::Set { key: *left.live.first()?, value: left.value.clone() }),
    |left| Some(Operation::EraseMany { keys: left.live.iter().take(3).copied().collect() }),
    |left| Some(Operation::Get { key: *left.live.first()? }),
    |_| Some(Operation::List),
    |left| Some(Operation::ErasePrefix { prefix: left.prefix? }),
    |left| {
        let half = |offset| Patch { offset, value: Value::Literal(Arc::from(&b"p"[..])) };
        Some(Operation::SetPartialMany {
            key: *left.live.first()?,
            patches: [half(0), half(1)].into(),
        })
    },
    |left| Some(Operation::SizeKey { key: *left.live.first()? }),
    |left| Some(Operation::ListDir { prefix: left.prefix? }),
    |left| Some(Operation::Set { key: left.missing?, value: left.value.clone() }),
    |left| Some(Operation::Erase { key: *left.live.first()? }),
    |left| Some(Operation::Exists { key: *left.live.first()? }),
    |left| Some(Operation::SizePrefix { prefix: left.prefix? }),
    |left| {
        let patch = Patch { offset: 0, value: left.value.clone() };
        Some(Operation::SetPartial { key: *left.live.first()?, patch })
    },
    |_| Some(Operation::Clear),
    |left| Some(Operation::SetIfAbsent { key: left.missing?, value: left.value.clone() }),
    |left| Some(Operation::Copy { keys: [*left.live.first()?, left.missing?] }),
    |left| Some(Operation::Rename { keys: [*left.live.first()?, left.missing?] }),
    |left| Some(Operation::IsEmpty { prefix: left.prefix? }),
    |left| {
        let part = |key: &KeyId| KeyPart { key: *key, range: None };
        Some(Operation::GetMany { parts: left.live.iter().take(2).map(part).collect() })
    },
];

/// The plan of a case with what follows it.
pub(super) fn continued(plan: &Plan, declared: Declaration, case: u64) -> Plan {
    let names = plan.names();
    let mut model = StoreModel::new(Arc::clone(names), declared);
    for operation in plan.operations() {
        model.predict(operation);
    }
    let is_plain = |key: &KeyId| declared.dialect.hazard(names.key(*key).as_str()).is_none();
    let live: Vec<KeyId> = model.live_keys().into_iter().filter(is_plain).collect();
    let free = |key: &KeyId| !model.is_live(*key) && !model.is_above_live(*key);
    let missing = names.keys().filter(is_plain).find(|key| free(key) && !model.is_below_live(*key));
    let prefix = names.prefixes().find(|prefix| model.covers_live(*prefix));
    let left = Left { live, missing, prefix, value: Value::Literal(Arc::from(&b"mn"[..])) };
    let allowed = |operation: &Operation| declared.capabilities.allow(operation.kind());
    let turns = case * FOLLOWING..(case + 1) * FOLLOWING;
    let following = turns.filter_map(|turn| {
        let count = MOTIFS.len() as u64;
        // The next one that can be asked, if this one cannot.
        (0..count).find_map(|step| {
            let motif = MOTIFS[((turn + step) % count) as usize];
            motif(&left).filter(&allowed)
        })
    });
    plan.with_steps(plan.operations().cloned().chain(following))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_campaign_has_every_motif_that_can_be_asked() {
        let plan: Plan = "set a/a \"x\"\nset b \"y\"\nget c\nlist_prefix a/".parse().unwrap();
        let declared = Declaration::ZARRS;
        let following = (0..10).flat_map(|case| {
            let whole = continued(&plan, declared, case);
            let kinds: Vec<_> = whole.operations().skip(plan.len()).map(Operation::kind).collect();
            assert_eq!(kinds.len(), FOLLOWING as usize);
            kinds
        });
        let kinds: BTreeSet<_> = following.collect();
        let there = MOTIFS.len() - 3;
        // Setting a live key and setting a missing one are of one kind.
        assert_eq!(kinds.len(), there - 1, "{kinds:?}");
    }
}
