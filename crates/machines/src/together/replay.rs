//! Replays of plans of either kind.

use std::sync::Arc;

#[cfg(feature = "faults")]
use zarr_conform_model::contract::MismatchKind;
use zarr_conform_model::{Plan, Signature};
use zarr_conform_store::{Adapter, OpenError};

use crate::finding::finding::Rate;
use crate::play::replay::{Replay, replay};
use crate::play::watch::Limits;

/// Plays a plan without checks: one operation after the other, and where callers ask at the same time,
/// in the order that the plan says, or else in the first that shows something.
pub(crate) fn replay_any(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    limits: &Limits,
) -> Result<Replay, OpenError> {
    #[cfg(feature = "faults")]
    if plan.together().is_some() {
        return with_callers(adapter, plan, limits);
    }
    replay(adapter, plan, limits)
}

/// How often a plan shows a failure, if its callers go in whatever order the system gives; nothing of
/// one that hangs, since each time takes a deadline and leaves threads behind.
pub(crate) fn rate(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    failure: Signature,
    limits: &Limits,
) -> Option<Rate> {
    #[cfg(feature = "faults")]
    if plan.together().is_some()
        && plan.turns().is_none()
        && failure.mismatch != MismatchKind::TimedOut
    {
        use crate::play::watch::guarded;
        use crate::together::schedules::rate;

        let (own, played) = (Arc::clone(adapter), plan.clone());
        return guarded(limits, move |pulse| rate(&*own, &played, failure, pulse)).ok();
    }
    let _ = (adapter, plan, failure, limits);
    None
}

#[cfg(feature = "faults")]
fn with_callers(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    limits: &Limits,
) -> Result<Replay, OpenError> {
    use zarr_conform_model::Outcome;

    use crate::play::replay::foreseen;
    use crate::play::watch::guarded;
    use crate::together::lines::lines;

    let (own, played) = (Arc::clone(adapter), plan.clone());
    match guarded(limits, move |pulse| lines(&*own, &played, pulse)) {
        Ok(replay) => replay,
        Err(_) => {
            let lines = foreseen(&**adapter, plan, &Outcome::TimedOut.to_string());
            Ok(Replay { lines, lanes: None })
        }
    }
}
