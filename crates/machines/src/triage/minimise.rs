//! Minimising: plays ever simpler plans until none is left that fails in the same way.
//!
//! The first pass keeps the exact signature, so that one bug does not turn into another. The
//! second, with the same question and family of mismatch, takes out what does not bear on it.
//!
//! A failure that comes and goes is tried again: the smallest plan is played a few times more, and
//! if it does not fail each time, the search starts again with several attempts at each candidate.
//! One that fails once is known to fail, and one that does not is left out with a small risk.
//!
//! Here is the order of the steps alone; each step is in `search`, and whether two minima are one
//! failure is not asked here.

use std::sync::Arc;
use std::time::Duration;

use zarr_conform_model::contract::MismatchKind;
use zarr_conform_store::Adapter;

use crate::finding::finding::{Finding, ShrinkEnd};
use crate::play::watch::Limits;
use crate::settings::{Effort, Settings};
use crate::triage::search::{Minimum, Search};
use crate::triage::target::{Likeness, Target};

/// Makes a failing plan as small as it gets within the budget.
///
/// First with exactly the same signature, so that one bug does not turn into another; then with
/// the same question and family of mismatch, so that what does not bear on the bug goes too; at
/// last with simpler questions that go wrong for the same reason, so that one bug ends as one
/// plan.
pub(super) fn minimise(
    adapter: &Arc<dyn Adapter>,
    found: &Finding,
    settings: &Settings,
    effort: Effort,
) -> Minimum {
    search(adapter, None, found, settings, effort)
}

/// [`minimise`] for a failure that `bare`, the same store without a planted bug, does not have:
/// the plan stays one that does not fail there.
pub(crate) fn minimise_apart(
    adapter: &Arc<dyn Adapter>,
    bare: &Arc<dyn Adapter>,
    found: &Finding,
    settings: &Settings,
    effort: Effort,
) -> Minimum {
    search(adapter, Some(bare), found, settings, effort)
}

fn search(
    adapter: &Arc<dyn Adapter>,
    bare: Option<&Arc<dyn Adapter>>,
    found: &Finding,
    settings: &Settings,
    effort: Effort,
) -> Minimum {
    let Settings { stop, .. } = settings;
    let Limits { deadline, .. } = effort.limits;
    let Finding { plan, signature, .. } = found;
    let mut target = Target::same_as(found);
    let hangs = signature.mismatch == MismatchKind::TimedOut;
    let deadline = if hangs {
        // Every candidate that hangs costs the deadline twice.
        (deadline / 20).max(Duration::from_millis(250)).min(deadline)
    } else {
        deadline
    };
    let minimum = Minimum::not_reproduced(found.clone().shown_by(plan.compact()));
    let mut search = Search {
        adapter,
        bare,
        limits: effort.limits.deadline(deadline),
        is_given_up: false,
        effort,
        stop,
        started: settings.stopwatch(),
        was_open: true,
        minimum,
    };
    if plan.together().is_some() {
        // What the last operation shows comes of an order that its simpler forms need not have.
        let Some((length, smallest)) = search.try_plan(plan, &target) else {
            return search.minimum;
        };
        let cut = smallest.plan.first(length).compact();
        let unshrunk = smallest.shown_by(cut);
        search.shrink_together(&unshrunk, &target);
        if search.comes_and_goes(&target.with(Likeness::SameOverlap)) {
            search.minimum.is_flaky = true;
            search.shrink_together(&unshrunk, &target);
        }
        return search.minimum;
    }
    let Some((cut, smallest)) = search.start(plan, &target) else {
        return search.minimum;
    };
    let mut cut = cut.compact();
    let was_open = search.was_open;
    let alone = target.alone();
    if let Some(sound) = search.without_other_failures(&cut, &alone) {
        (cut, target) = (sound, alone);
    } else {
        target.may_be_open = was_open;
    }
    let unshrunk = smallest.shown_by(cut.clone());
    search.shrink_from(&unshrunk, &target);
    if search.comes_and_goes(&target) {
        search.minimum.is_flaky = true;
        search.shrink_from(&unshrunk, &target);
    }
    if hangs {
        // What is slow within a short deadline need not hang within the whole one.
        search.limits = search.effort.limits.clone();
        let smallest = search.minimum.smallest.plan.clone();
        if search.try_anyway(&smallest, &target.with(Likeness::SameQuestion)).is_none() {
            search.minimum.smallest = unshrunk;
            search.minimum.end = ShrinkEnd::OutOfTime;
        }
        search.find_origin(&target);
    } else if search.minimum.end == ShrinkEnd::Minimal {
        search.write_plainly(&target);
        search.find_stand_in(&cut, &target);
        search.find_origin(&target);
    }
    search.minimum
}
