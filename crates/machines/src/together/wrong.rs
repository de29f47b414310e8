//! What no order of the callers explains, as a wrong answer of a plan like any other.

use zarr_conform_model::contract::Situation;
use zarr_conform_model::history::{Call, End, Finding, History, Position, Verdict};
use zarr_conform_model::{Outcome, Plan, Signature};

use crate::finding::disagreement::Disagreement;

/// The wrong answers of a history, and where in the plan they show at the latest: those of callers, at
/// the end of the part where they ask at the same time.
pub(crate) fn disagreements(
    plan: &Plan,
    history: &History,
    verdict: &Verdict,
) -> Vec<(usize, Disagreement)> {
    let end = plan.together().map_or(plan.len(), |block| block.end);
    let wrong = verdict.findings.iter().map(|finding| {
        let at = match finding.at {
            Position::Call(_) => end.saturating_sub(1),
            Position::After(after) => end + after,
        };
        (at, disagreement(history, finding))
    });
    wrong.collect()
}

fn disagreement(history: &History, finding: &Finding) -> Disagreement {
    let kind = |at: Position| history.operation(at).kind();
    let caller = |at: Position| match at {
        Position::Call(call) => Some(history.calls[call].caller),
        Position::After(_) => None,
    };
    let is_beside = |at: &&Position| caller(**at).is_some() && caller(**at) != caller(finding.at);
    let beside = finding.beside.iter().find(is_beside).map(|at| kind(*at));
    Disagreement {
        signature: Signature {
            operation: kind(finding.at),
            mismatch: finding.mismatch.kind,
            situation: Situation { beside, ..Situation::default() },
        },
        clause: finding.clause,
        outcome: outcome(history, finding.at),
        offender: finding.mismatch.offender.clone(),
    }
}

/// What came back.
pub(super) fn outcome(history: &History, at: Position) -> Outcome {
    match at {
        Position::Call(call) => match &history.calls[call].end {
            End::Returned { outcome, .. } => outcome.clone(),
            End::Never => Outcome::TimedOut,
        },
        Position::After(after) => history.after[after].outcome.clone(),
    }
}

/// Whether two callers ever asked at the same time; what was dropped may go on beside all later ones.
pub(super) fn overlaps(history: &History) -> bool {
    let end = |call: &Call| match call.end {
        End::Returned { at, .. } => at,
        End::Never => u64::MAX,
    };
    let meet = |one: &Call, other: &Call| {
        one.caller != other.caller && one.invoked <= end(other) && other.invoked <= end(one)
    };
    let calls = &history.calls;
    let is_dropped = |call: &Call| call.end == End::Never;
    calls.iter().any(is_dropped)
        || calls
            .iter()
            .enumerate()
            .any(|(at, one)| calls[at + 1..].iter().any(|other| meet(one, other)))
}
