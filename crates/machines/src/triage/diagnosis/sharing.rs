//! Whether stores that are opened apart share what they hold.
//!
//! A closure that hands out clones of one store does, and so do stores at one place. It is asked for
//! with two stores at a time, and with one after the other: what is left over at a place shows only
//! then. A value that nobody else would write tells that it is that one.

use std::sync::Arc;

use zarr_conform_model::{Names, Operation, OperationKind, Outcome, Plan};
use zarr_conform_store::{Adapter, OpenError};

use crate::finding::diagnosis::Diagnosis;
use crate::finding::disagreement::Disagreement;
use crate::play::admission::empty;
use crate::play::journal::Journal;
use crate::play::player::Player;
use crate::play::replay::foreseen;
use crate::play::watch::{Limits, Pulse, guarded};
use crate::triage::diagnosis::merging::Diagnosed;

/// A value that no plan has.
const VALUE: &str = "zarr-conform: of another store";

/// What shows that stores share what they hold, if they do.
pub(crate) fn sharing(adapter: &Arc<dyn Adapter>, limits: &Limits) -> Option<Diagnosed> {
    let capabilities = adapter.capabilities();
    if ![OperationKind::Set, OperationKind::Get].iter().all(|kind| capabilities.allow(*kind)) {
        return None;
    }
    let names = Names::new(["zarr-conform-shared".try_into().ok()?], []);
    let key = names.key_at(0);
    let set = Operation::Set { key, value: VALUE.into() };
    let plan = Plan::new(Arc::new(names), [set, Operation::Get { key }]);
    let (own, played, most) = (Arc::clone(adapter), plan.clone(), limits.max_answer);
    let looked = guarded(limits, move |pulse| {
        let pair = Pair { adapter: &*own, plan: &played, pulse, most };
        let beside = pair.beside().ok().flatten().map(|wrong| (false, wrong));
        beside.or_else(|| Some((true, pair.after().ok().flatten()?)))
    });
    let (is_left_over, wrong) = looked.ok().flatten()?;
    let mut lines = foreseen(&**adapter, &plan, &wrong.outcome.to_string());
    let [set, get] = &mut lines[..] else { return None };
    set.operation.push_str("    # in one store");
    get.operation.push_str(if is_left_over {
        "    # in the next one, after that one was dropped"
    } else {
        "    # in another one, opened beside it"
    });
    "absent".clone_into(&mut get.want);
    let diagnosis = Diagnosis::Shared { is_left_over };
    Some(Diagnosed { diagnosis, clause: wrong.clause, plan, lines })
}

/// A write to one store, and a question to another one.
struct Pair<'a> {
    adapter: &'a dyn Adapter,
    plan: &'a Plan,
    pulse: &'a Pulse,
    most: u64,
}

impl Pair<'_> {
    fn open(&self) -> Result<Player<'_>, OpenError> {
        let (model, journal) = (empty(self.adapter, self.plan), Journal::Private(Vec::new()));
        Player::open(self.adapter, model, self.pulse, journal, self.most)
    }

    /// What is wrong with the answer of a store that is open beside the one that is written.
    fn beside(&self) -> Result<Option<Disagreement>, OpenError> {
        let (mut one, mut other) = (self.open()?, self.open()?);
        if self.sees(&mut other).is_some() || self.write(&mut one).is_none() {
            return Ok(None);
        }
        let seen = self.sees(&mut other);
        self.clear(&mut one);
        Ok(seen)
    }

    /// What is wrong with the answer of a store that is opened after the one that was written is
    /// gone.
    fn after(&self) -> Result<Option<Disagreement>, OpenError> {
        let mut one = self.open()?;
        if self.sees(&mut one).is_some() || self.write(&mut one).is_none() {
            return Ok(None);
        }
        one.leave();
        let mut next = self.open()?;
        let seen = self.sees(&mut next);
        self.clear(&mut next);
        Ok(seen)
    }

    fn write(&self, store: &mut Player<'_>) -> Option<()> {
        store.ask(self.plan.operations().next()?).ok().map(drop)
    }

    /// The answer of a store that holds what was written to another one.
    fn sees(&self, store: &mut Player<'_>) -> Option<Disagreement> {
        let wrong = store.ask(self.plan.last()?).err()?;
        let is_it = matches!(&wrong.outcome, Outcome::Value(bytes) if bytes == VALUE.as_bytes());
        is_it.then_some(wrong)
    }

    /// Leaves nothing behind for those who come next.
    fn clear(&self, store: &mut Player<'_>) {
        if let Some(key) = self.plan.last().and_then(Operation::key)
            && self.adapter.capabilities().allow(OperationKind::Erase)
        {
            let _ = store.ask(&Operation::Erase { key });
        }
    }
}
