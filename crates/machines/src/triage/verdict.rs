//! Verdicts: whether a plan goes wrong, and where.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use zarr_conform_model::{Model, Plan};
use zarr_conform_store::Adapter;

use crate::finding::disagreement::Disagreement;
use crate::play::admission::{empty, refusal};
use crate::play::hang::hung;
use crate::play::journal::{Journal, lock};
use crate::play::player::{Answered, MOST_POSSIBILITIES, Player};
use crate::play::watch::{Pulse, guarded};
use crate::triage::target::Target;

/// The first answer in a plan that is not allowed, and where it is.
pub(crate) struct Verdict {
    pub(crate) disagreement: Option<(usize, Disagreement)>,
    pub(crate) calls: u64,
    /// Whether the contract left open what the store held at some time.
    pub(crate) was_open: bool,
}

/// Plays a plan, without checks, until an answer is wrong in a way that counts: any, if there is
/// no target.
pub(crate) fn verdict(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    deadline: Duration,
    target: Option<&Target>,
) -> Verdict {
    // Shrinking may make names that climb higher than those of the plan it started from.
    if refusal(&**adapter, plan).is_some() {
        return Verdict { disagreement: None, calls: 0, was_open: false };
    }
    let shared = Arc::new(Mutex::new(Vec::new()));
    let (own, played) = (Arc::clone(adapter), plan.clone());
    let journal = Journal::Shared(Arc::clone(&shared));
    let wanted = target.cloned();
    let played =
        guarded(deadline, move |pulse| play(&*own, &played, pulse, journal, wanted.as_ref()));
    if let Some(verdict) = played {
        return verdict;
    }
    let asked = lock(&shared).clone();
    let calls = asked.len() as u64;
    let hung = hung(&**adapter, plan, &asked)
        .filter(|(_, hung)| target.is_none_or(|target| target.counts(hung)));
    Verdict { disagreement: hung, calls, was_open: true }
}

fn play(
    adapter: &dyn Adapter,
    plan: &Plan,
    pulse: &Pulse,
    journal: Journal,
    target: Option<&Target>,
) -> Verdict {
    let Ok(mut player) = Player::open(adapter, empty(adapter, plan), pulse, journal) else {
        return Verdict { disagreement: None, calls: 0, was_open: false };
    };
    let (mut found, mut was_open) = (None, false);
    for (at, step) in plan.steps().iter().enumerate() {
        let asked = match player.ask_step(step) {
            // Such a plan shows nothing.
            Ok(Answered::NotStruck) => break,
            asked => asked.map(|_| ()),
        };
        was_open |= player.model().is_open();
        if was_open && target.is_some_and(|target| !target.may_be_open)
            || player.model().possibilities() > MOST_POSSIBILITIES
        {
            break;
        }
        let answered = asked.and_then(|()| player.check_held(at + 1 == plan.len()));
        let Err(disagreement) = answered else {
            continue;
        };
        if target.is_none_or(|target| target.counts(&disagreement)) {
            found = Some((at, disagreement));
            break;
        }
        let is_unsound =
            step.operation.is_write() && target.is_some_and(|target| !target.after_others);
        if is_unsound || player.is_gone() {
            break;
        }
    }
    Verdict { disagreement: found, calls: player.asked, was_open }
}

/// The positions of writes after which a plan says less: they go wrong, or the contract leaves open
/// what they do.
pub(super) fn unsound_steps(adapter: &dyn Adapter, plan: &Plan, pulse: &Pulse) -> BTreeSet<usize> {
    let journal = Journal::Private(Vec::new());
    let Ok(mut player) = Player::open(adapter, empty(adapter, plan), pulse, journal) else {
        return BTreeSet::new();
    };
    let mut unsound = BTreeSet::new();
    for (at, step) in plan.steps().iter().enumerate() {
        if player.model().possibilities() > MOST_POSSIBILITIES {
            break;
        }
        let was_open = player.model().is_open();
        let is_wrong = player.ask_step(step).is_err_and(|wrong| !wrong.is_costly());
        let opens = !was_open && player.model().is_open();
        // A fault leaves open what it does, and is what the plan is about.
        if step.fault.is_none() && step.operation.is_write() && (is_wrong || opens) {
            unsound.insert(at);
        }
        if player.is_gone() {
            break;
        }
    }
    unsound
}
