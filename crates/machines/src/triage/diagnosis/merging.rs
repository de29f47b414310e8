//! Several failures that come of one thing as one.

use zarr_conform_model::{Clause, Plan};

use crate::finding::diagnosis::Diagnosis;
use crate::finding::finding::{ShrinkEnd, Shrinking};
use crate::finding::likeness::is_violent;
use crate::play::replay::PlayedLine;
use crate::report::report::{Failure, Symptom};

/// What a store was asked, and what that shows.
pub(crate) struct Diagnosed {
    pub(crate) diagnosis: Diagnosis,
    pub(super) clause: Clause,
    pub(super) plan: Plan,
    pub(super) lines: Vec<PlayedLine>,
}

/// Whether an answer is wrong at one time and not at another, as far as was seen. A panic or a hang
/// that comes once is worth a failure of its own.
pub(super) fn comes_and_goes(failure: &Failure) -> bool {
    let is_flaky = failure.shrinking.flaky || failure.shrinking.end == ShrinkEnd::NotReproduced;
    is_flaky && !failure.shown.iter().any(|shown| is_violent(shown.signature.mismatch))
}

/// The failures as one that is shown by what was asked; nothing, if there are none.
pub(super) fn merged(shown: Diagnosed, failures: Vec<Failure>) -> Option<Failure> {
    let Diagnosed { diagnosis, clause, plan, lines } = shown;
    let shrinking = failures.first()?.shrinking;
    let sum = |of: fn(&Shrinking) -> u64| failures.iter().map(|other| of(&other.shrinking)).sum();
    let shrinking = Shrinking {
        runs: sum(|shrinking| shrinking.runs),
        calls: sum(|shrinking| shrinking.calls),
        end: ShrinkEnd::Minimal,
        flaky: diagnosis == Diagnosis::Random,
        ..shrinking
    };
    let count = failures.iter().map(|failure| failure.count).sum();
    let first_seen = failures.iter().map(|failure| failure.first_seen.clone()).min()?;
    let signature = diagnosis.signature().unwrap_or(&failures[0].signature).to_owned();
    let all = failures.iter().flat_map(|failure| failure.shown.clone()).collect();
    let mut symptoms: Vec<Symptom> = Vec::new();
    for Failure { signature, clause, plan, symptoms: others, .. } in failures {
        symptoms.push(Symptom { signature, clause, plan });
        symptoms.extend(others);
    }
    symptoms.sort_by_key(|symptom| (symptom.plan.len(), symptom.plan.to_string()));
    symptoms.dedup_by(|one, other| one.plan == other.plan);
    symptoms.retain(|symptom| symptom.plan != plan);
    Some(Failure {
        headline: signature.clone(),
        signature,
        clause,
        plan,
        lines,
        symptoms,
        diagnosis: Some(diagnosis),
        near_miss: None,
        count,
        first_seen,
        shrinking,
        replay: None,
        file: None,
        has_many_plans: true,
        shown: all,
    })
}
