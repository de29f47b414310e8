//! Whether a store forgets what it holds after a while.
//!
//! A cache with a time to live does, and a campaign meets that wherever the time runs out. So a value
//! is written and read, and read again after some waiting.

use std::sync::Arc;
use std::time::Duration;

use zarr_conform_model::contract::MismatchKind;
use zarr_conform_model::{OperationKind, Plan};
use zarr_conform_store::Adapter;

use crate::clock::Clock;
use crate::finding::diagnosis::Diagnosis;
use crate::finding::disagreement::Disagreement;
use crate::play::admission::empty;
use crate::play::journal::Journal;
use crate::play::player::Player;
use crate::play::replay::foreseen;
use crate::play::watch::{Limits, guarded};
use crate::triage::diagnosis::merging::Diagnosed;

/// How long is waited, one after the other. A guess: a second in all.
const WAITS: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(750)];

/// What is asked; before the last question, time passes.
const ASKED: &str = "set a \"a\"\nget a\nget a";

/// Whether something that is there was said to be not.
pub(super) const fn is_loss(mismatch: MismatchKind) -> bool {
    matches!(
        mismatch,
        MismatchKind::ValueLost
            | MismatchKind::KeyMissing
            | MismatchKind::PrefixMissing
            | MismatchKind::SizeTooSmall
            | MismatchKind::TruthDiffers
    )
}

/// How often a value has to be gone after the same time, and how often it has to be there without
/// waiting: a store that answers by chance forgets, too, and not each time. Both are guesses.
const GONE: usize = 3;
const THERE: usize = 16;

/// What shows that a store forgets, if it does within a second.
pub(super) fn expiry(
    adapter: &Arc<dyn Adapter>,
    limits: &Limits,
    clock: &Arc<dyn Clock>,
) -> Option<Diagnosed> {
    let capabilities = adapter.capabilities();
    if ![OperationKind::Set, OperationKind::Get].iter().all(|kind| capabilities.allow(*kind)) {
        return None;
    }
    let plan: Plan = ASKED.parse().ok()?;
    let asked = Asked { adapter, plan: &plan, limits, clock };
    WAITS.into_iter().find_map(|wait| {
        let Seen::Lost(lost) = asked.after(wait) else { return None };
        let is_gone = || matches!(asked.after(wait), Seen::Lost(_));
        let is_there = || matches!(asked.after(Duration::ZERO), Seen::There);
        if !(1..GONE).all(|_| is_gone()) || !(0..THERE).all(|_| is_there()) {
            return None;
        }
        let mut lines = foreseen(&**adapter, &plan, &lost.outcome.to_string());
        let again = lines.last_mut()?;
        again.operation = format!("{}    # {wait:?} later", again.operation);
        let diagnosis = Diagnosis::Expires(wait);
        Some(Diagnosed { diagnosis, clause: lost.clause, plan: plan.clone(), lines })
    })
}

/// What is asked, and of whom.
struct Asked<'a> {
    adapter: &'a Arc<dyn Adapter>,
    plan: &'a Plan,
    limits: &'a Limits,
    clock: &'a Arc<dyn Clock>,
}

/// What is seen of a value after some time.
enum Seen {
    There,
    Lost(Disagreement),
    /// It was not even there before, or something else is wrong.
    Otherwise,
}

impl Asked<'_> {
    /// What is seen if so much time passes before the last question.
    fn after(&self, wait: Duration) -> Seen {
        let (adapter, plan) = (Arc::clone(self.adapter), self.plan.clone());
        let (clock, most) = (Arc::clone(self.clock), self.limits.max_answer);
        // Nothing is counted while time passes.
        let limits = self.limits.deadline(self.limits.deadline.saturating_add(wait));
        let asked = guarded(&limits, move |pulse| {
            let (model, journal) = (empty(&*adapter, &plan), Journal::Private(Vec::new()));
            let mut player = Player::open(&*adapter, model, pulse, journal, most).ok()?;
            let (last, before) = plan.steps().split_last()?;
            for step in before {
                player.ask(&step.operation).ok()?;
            }
            if !wait.is_zero() {
                clock.wait(wait);
            }
            Some(match player.ask(&last.operation) {
                Ok(_) => Seen::There,
                Err(wrong) if wrong.signature.mismatch == MismatchKind::ValueLost => {
                    Seen::Lost(wrong)
                }
                Err(_) => Seen::Otherwise,
            })
        });
        asked.ok().flatten().unwrap_or(Seen::Otherwise)
    }
}
