//! Diagnoses: what a store is asked after a campaign with failures, to say what they come of.
//!
//! A store that shares what it holds, forgets it after a while or answers by chance gives dozens of
//! failures, and none of their plans says why. So each is asked for by itself, once, in this order:
//! what is shared explains what seems to be lost or to come and go, and what goes after a while seems
//! to be chance. Where that is what it is, what may come of it is one failure, before all others.
//!
//! Nothing is asked if there are no failures, or if all of them are known.

use std::sync::Arc;

use zarr_conform_model::ErrorClass;
use zarr_conform_model::contract::MismatchKind;
use zarr_conform_store::Adapter;

use crate::clock::Clock;
use crate::finding::diagnosis::Diagnosis;
use crate::finding::finding::{Finding, ShrinkEnd};
use crate::finding::likeness::{is_violent, may_come_of_contents};
use crate::play::watch::Limits;
use crate::report::report::Failure;
use crate::triage::blame::adapter_of;
use crate::triage::diagnosis::chance::{as_found, chance};
use crate::triage::diagnosis::expiry::{expiry, is_loss};
use crate::triage::diagnosis::knobs::settled_by;
use crate::triage::diagnosis::merging::{Diagnosed, comes_and_goes, merged};
use crate::triage::diagnosis::sharing::sharing;

/// What is needed to ask a store why it fails.
pub(crate) struct Diagnosing<'a> {
    pub(crate) adapter: &'a Arc<dyn Adapter>,
    pub(crate) limits: &'a Limits,
    pub(crate) clock: &'a Arc<dyn Clock>,
}

impl Diagnosing<'_> {
    /// The same failures, with what they come of; those that come of one thing are one.
    pub(crate) fn diagnose(&self, failures: Vec<Failure>) -> Vec<Failure> {
        // Of callers that go in whatever order the system gives, it is known why failures come and go.
        let (mut diagnosed, mut left): (Vec<_>, Vec<_>) =
            failures.into_iter().partition(|failure| failure.shrinking.rate.is_some());
        let mut take = |left: &mut Vec<Failure>, shown: Diagnosed, may_come: Comes<'_>| {
            let (of_it, others) = left.drain(..).partition(|failure| may_come(failure));
            *left = others;
            diagnosed.extend(merged(shown, of_it));
        };
        if left.iter().any(of_sharing)
            && let Some(shown) = sharing(self.adapter, self.limits)
        {
            take(&mut left, shown, &of_sharing);
        }
        if left.iter().any(of_expiry)
            && let Some(shown) = expiry(self.adapter, self.limits, self.clock)
        {
            take(&mut left, shown, &of_expiry);
        }
        if is_puzzling(&left) {
            // Who answers by chance leaves plans long, too.
            match chance(self.adapter, self.limits, &left) {
                Some(shown) => take(&mut left, shown, &of_chance),
                None => {
                    if let Some(shown) = as_found(&left) {
                        take(&mut left, shown, &comes_and_goes);
                    }
                }
            }
        }
        if let Some(words) = said_everywhere(&left) {
            let is_it = |failure: &Failure| refusal(failure) == Some(&words);
            if let Some(Failure { clause, plan, lines, .. }) = left.iter().find(|one| is_it(one)) {
                let (plan, lines) = (plan.clone(), lines.clone());
                let shown =
                    Diagnosed { diagnosis: Diagnosis::Refuses, clause: *clause, plan, lines };
                take(&mut left, shown, &is_it);
            }
        }
        for failure in &mut left {
            if failure.diagnosis.is_none() && is_certain(failure) {
                let adapter = adapter_of(self.adapter, &failure.plan);
                let knob = settled_by(adapter, &failure.plan, self.limits);
                failure.diagnosis = knob.map(Diagnosis::Knob);
            }
        }
        diagnosed.extend(left);
        diagnosed
    }
}

/// Whether a failure may come of what is diagnosed.
type Comes<'a> = &'a dyn Fn(&Failure) -> bool;

fn of_sharing(failure: &Failure) -> bool {
    let may_come = |shown: &Finding| may_come_of_contents(shown.signature.mismatch);
    comes_and_goes(failure) || failure.shown.first().is_some_and(may_come)
}

fn of_chance(failure: &Failure) -> bool {
    let violent = |shown: &Finding| is_violent(shown.signature.mismatch);
    let is_long = failure.shrinking.end != ShrinkEnd::Minimal;
    comes_and_goes(failure) || is_long && !failure.shown.iter().any(violent)
}

fn of_expiry(failure: &Failure) -> bool {
    comes_and_goes(failure)
        || failure.shown.first().is_some_and(|shown| is_loss(shown.signature.mismatch))
}

/// At so many kinds of operations, an error is the store's way with everything. A guess.
const EVERYWHERE: usize = 3;

/// The words of an error that come whatever is asked of an empty store, if there are such.
fn said_everywhere(failures: &[Failure]) -> Option<String> {
    let words = failures.iter().filter_map(refusal);
    let many = words.filter(|words| {
        failures.iter().filter(|failure| refusal(failure) == Some(words)).count() >= EVERYWHERE
    });
    many.min().cloned()
}

/// The words of the error to which one operation on an empty store comes.
fn refusal(failure: &Failure) -> Option<&String> {
    let first = failure.shown.first().filter(|first| {
        failure.plan.len() == 1 && first.signature.mismatch == MismatchKind::ErrorForAnswer
    });
    // Operations that a store does not have are each worth a failure.
    let unsupported = ErrorClass::Unsupported.name();
    first?.words.as_ref().filter(|words| !words.starts_with(unsupported))
}

/// Whether failures come and go that do not speak for themselves: several, or one with a long plan.
fn is_puzzling(failures: &[Failure]) -> bool {
    let mut flaky = failures.iter().filter(|failure| comes_and_goes(failure));
    let speaks = |failure: &Failure| {
        failure.plan.len() <= SHORT && failure.shrinking.end == ShrinkEnd::Minimal
    };
    flaky.next().is_some_and(|first| flaky.next().is_some() || !speaks(first))
}

/// Plans of so many operations speak for themselves. A guess.
const SHORT: usize = 3;

/// Whether one more time to play a plan says what all others would, and costs no deadline.
fn is_certain(failure: &Failure) -> bool {
    let violent = |shown: &Finding| is_violent(shown.signature.mismatch);
    failure.shrinking.end == ShrinkEnd::Minimal
        && !failure.shrinking.flaky
        && !failure.shown.first().is_none_or(violent)
}
