//! Plans without some of their operations: what is tried before any operation is changed.

use std::collections::VecDeque;
use std::iter;

use zarr_conform_model::Plan;

use crate::shrink::exchanges::fusions;

/// Plans of up to this many operations are tried without each pair of them. A guess: 66 plans at
/// the most.
pub(super) const FEW: usize = 12;

/// Plans of up to this many operations are tried without each run of them: a bug that strikes every
/// fourth time is kept by leaving four out. A guess.
const FEW_IN_RUNS: usize = 24;

/// The plan without the operations at some positions.
pub(super) fn without(plan: &Plan, leave_out: impl Fn(usize) -> bool) -> Plan {
    plan.keep(|at, _| !leave_out(at)).compact()
}

/// The plan with fewer operations, which write nearly the same.
pub(super) fn fewer(plan: &Plan) -> VecDeque<Plan> {
    let mut plans = without_few(plan);
    plans.extend(fusions(plan));
    plans
}

/// A short plan without any two of its operations, and without all from the one to the other; the
/// last one stays.
pub(super) fn without_few(plan: &Plan) -> VecDeque<Plan> {
    let last = plan.len().saturating_sub(1);
    if plan.len() > FEW_IN_RUNS {
        return VecDeque::new();
    }
    let pairs = (0..last).flat_map(|first| (first + 1..last).map(move |second| (first, second)));
    let plans = pairs.flat_map(|(first, second)| {
        let run = without(plan, |at| (first..=second).contains(&at));
        let pair = || without(plan, |at| at == first || at == second);
        iter::once(run).chain((plan.len() <= FEW).then(pair))
    });
    plans.collect()
}
