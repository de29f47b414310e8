//! Verdicts: whether a plan goes wrong, and where.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use zarr_conform_model::plan::Turns;
use zarr_conform_model::{Model, Plan};
use zarr_conform_store::Adapter;

use crate::finding::disagreement::Disagreement;
use crate::play::admission::{empty, refusal};
use crate::play::hang::hung;
use crate::play::journal::{Journal, lock};
use crate::play::player::{Answered, MOST_POSSIBILITIES, Player};
use crate::play::watch::{GivenUp, Limits, Pulse, guarded};
use crate::triage::target::Target;

/// The first answer in a plan that is not allowed, and where it is.
pub(crate) struct Verdict {
    pub(crate) disagreement: Option<(usize, Disagreement)>,
    pub(crate) calls: u64,
    /// Whether the contract left open what the store held at some time.
    pub(crate) was_open: bool,
    /// Whether there was time for it, and a thread.
    pub(crate) was_played: bool,
    /// The order in which callers went that show it, if several asked at the same time.
    pub(crate) turns: Option<Turns>,
}

impl Verdict {
    /// That of a plan that cannot be played.
    const NOTHING: Self =
        Self { disagreement: None, calls: 0, was_open: false, was_played: true, turns: None };
}

/// Plays a plan, without checks, until an answer is wrong in a way that counts: any, if there is
/// no target.
pub(crate) fn verdict(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    limits: &Limits,
    target: Option<&Target>,
) -> Verdict {
    // What shows with one caller is for the machine that has no others.
    if plan.together().is_none() && target.is_some_and(|target| target.takes_callers) {
        return Verdict::NOTHING;
    }
    // Shrinking may make names that climb higher than those of the plan it started from.
    if refusal(&**adapter, plan).is_some() {
        return Verdict::NOTHING;
    }
    let shared = Arc::new(Mutex::new(Vec::new()));
    let (own, played) = (Arc::clone(adapter), plan.clone());
    let journal = Journal::Shared(Arc::clone(&shared));
    let wanted = target.cloned();
    let most = limits.max_answer;
    let played = guarded(limits, move |pulse| {
        #[cfg(feature = "faults")]
        if played.together().is_some() {
            return play_together(&*own, &played, pulse, wanted.as_ref());
        }
        let opened = Player::open(&*own, empty(&*own, &played), pulse, journal, most);
        opened.map_or(Verdict::NOTHING, |player| play(player, &played, wanted.as_ref()))
    });
    let given_up = match played {
        Ok(verdict) => return verdict,
        Err(given_up) => given_up,
    };
    let asked = lock(&shared).clone();
    if given_up != GivenUp::Hung {
        return Verdict { calls: asked.len() as u64, was_played: false, ..Verdict::NOTHING };
    }
    let calls = asked.len() as u64;
    let hung = hung(&**adapter, plan, &asked)
        .filter(|(_, hung)| target.is_none_or(|target| target.counts(hung)));
    Verdict { disagreement: hung, calls, was_open: true, ..Verdict::NOTHING }
}

/// Plays a plan in which callers ask at the same time; a run counts as one call, which it takes no
/// longer than.
#[cfg(feature = "faults")]
fn play_together(
    adapter: &dyn Adapter,
    plan: &Plan,
    pulse: &Pulse,
    target: Option<&Target>,
) -> Verdict {
    use crate::together::schedules::{Orders, SWITCHES};

    let switches = target.map_or(SWITCHES, |target| target.switches);
    let orders = Orders { adapter, plan, pulse, switches, is_over: &|| pulse.is_abandoned() };
    let counts = |wrong: &Disagreement| target.is_none_or(|target| target.counts(wrong));
    let Ok(tried) = orders.first_wrong(&counts) else { return Verdict::NOTHING };
    let calls = tried.schedules;
    let Some(shown) = tried.wrong else { return Verdict { calls, ..Verdict::NOTHING } };
    let (disagreement, turns) = (Some((shown.at, shown.disagreement)), shown.turns);
    Verdict { disagreement, calls, turns, ..Verdict::NOTHING }
}

fn play(mut player: Player<'_>, plan: &Plan, target: Option<&Target>) -> Verdict {
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
    Verdict { disagreement: found, calls: player.asked, was_open, ..Verdict::NOTHING }
}

/// The positions of writes after which a plan says less: they go wrong, or the contract leaves open
/// what they do.
pub(super) fn unsound_steps(
    adapter: &dyn Adapter,
    plan: &Plan,
    pulse: &Pulse,
    max_answer: u64,
) -> BTreeSet<usize> {
    let (model, journal) = (empty(adapter, plan), Journal::Private(Vec::new()));
    let Ok(mut player) = Player::open(adapter, model, pulse, journal, max_answer) else {
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
