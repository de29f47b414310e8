//! Simpler faults: none, the plainest kind, the earliest call.

use std::num::NonZeroU32;

use zarr_conform_model::plan::{BoundaryCall, Errno, Fault, PowerPolicy, RequestFault};
use zarr_conform_model::{Plan, Step};

/// How far a fault is from none at all: a plain one of an early call is nearest.
pub(super) fn weight_of_fault(fault: Fault) -> u64 {
    let of_kind = |rank: u64, variant: usize| 1 + rank * 8 + variant as u64;
    let at = |list: Option<usize>| list.unwrap_or_default();
    let (weight, ordinal) = match fault {
        Fault::Fail { at: call, errno } => {
            (of_kind(0, at(Errno::ALL.iter().position(|other| *other == errno))), call.ordinal)
        }
        Fault::Short { at } => (of_kind(1, 0), at.ordinal),
        Fault::Crash { at, half } => (of_kind(2, usize::from(half)), at.ordinal),
        Fault::PowerCut { after, policy } => (
            of_kind(3, at(PowerPolicy::ALL.iter().position(|other| *other == policy))),
            after.ordinal,
        ),
        Fault::Request { ordinal, on, fault } => {
            let variant = at(RequestFault::ALL.iter().position(|other| *other == fault));
            (of_kind(4 + u64::from(on), variant), ordinal)
        }
    };
    (weight << 16) + u64::from(ordinal.get().min(1 << 15))
}

/// Faults in place of this one, the simplest first: none, the same at the first call, and plainer
/// ones at the same call.
pub(super) fn simpler_faults(fault: Option<Fault>) -> Vec<Option<Fault>> {
    let Some(fault) = fault else { return Vec::new() };
    let first = |call: BoundaryCall| BoundaryCall { ordinal: NonZeroU32::MIN, ..call };
    let fails =
        |at: BoundaryCall| Errno::ALL.iter().map(move |errno| Fault::Fail { at, errno: *errno });
    let plainer: Vec<Fault> = match fault {
        Fault::Fail { at, errno } => {
            [Fault::Fail { at: first(at), errno }].into_iter().chain(fails(at)).collect()
        }
        Fault::Short { at } => {
            [Fault::Short { at: first(at) }].into_iter().chain(fails(at)).collect()
        }
        Fault::Crash { at, half } => {
            let crashes = [(first(at), half), (at, false)];
            let crashes = crashes.map(|(at, half)| Fault::Crash { at, half });
            fails(at).chain(crashes).collect()
        }
        Fault::PowerCut { after, policy } => {
            let policies = PowerPolicy::ALL.iter();
            let policies = policies.map(|policy| Fault::PowerCut { after, policy: *policy });
            policies.chain([Fault::PowerCut { after: first(after), policy }]).collect()
        }
        Fault::Request { ordinal, on, fault } => {
            let request = |ordinal, on, fault| Fault::Request { ordinal, on, fault };
            let kinds = RequestFault::ALL.iter().map(|kind| request(ordinal, on, *kind));
            [request(ordinal, false, fault), request(NonZeroU32::MIN, on, fault)]
                .into_iter()
                .chain(kinds)
                .collect()
        }
    };
    let weight = weight_of_fault(fault);
    let simpler = plainer.into_iter().filter(|other| weight_of_fault(*other) < weight);
    [None].into_iter().chain(simpler.map(Some)).collect()
}

/// The plan without one operation, and with what goes wrong as much earlier as it may then be: a
/// listing that has fewer keys to give takes fewer calls.
pub(super) fn earlier_with_less(plan: &Plan) -> impl Iterator<Item = Plan> + '_ {
    let steps = plan.steps().iter().enumerate();
    let faulty = steps.filter_map(|(at, step)| Some((at, step.fault?)));
    faulty.flat_map(move |(at, fault)| {
        let others = (0..plan.len()).filter(move |other| *other != at);
        others.flat_map(move |other| {
            earlier(fault).map(move |fault| {
                let steps = plan.steps().iter().enumerate();
                let left = steps.filter(|(index, _)| *index != other);
                let steps = left.map(|(index, step)| {
                    let fault = if index == at { Some(fault) } else { step.fault };
                    Step { fault, ..step.clone() }
                });
                plan.with_steps(steps).compact()
            })
        })
    })
}

/// The same at each earlier call, the nearest first.
fn earlier(fault: Fault) -> impl Iterator<Item = Fault> {
    let (Fault::Fail { at: BoundaryCall { ordinal, .. }, .. }
    | Fault::Short { at: BoundaryCall { ordinal, .. } }
    | Fault::Crash { at: BoundaryCall { ordinal, .. }, .. }
    | Fault::PowerCut { after: BoundaryCall { ordinal, .. }, .. }
    | Fault::Request { ordinal, .. }) = fault;
    let call = |call: BoundaryCall, ordinal| BoundaryCall { ordinal, ..call };
    let ordinals = (1..ordinal.get()).rev().filter_map(NonZeroU32::new);
    ordinals.map(move |ordinal| match fault {
        Fault::Fail { at, errno } => Fault::Fail { at: call(at, ordinal), errno },
        Fault::Short { at } => Fault::Short { at: call(at, ordinal) },
        Fault::Crash { at, half } => Fault::Crash { at: call(at, ordinal), half },
        Fault::PowerCut { after, policy } => {
            Fault::PowerCut { after: call(after, ordinal), policy }
        }
        Fault::Request { on, fault, .. } => Fault::Request { ordinal, on, fault },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Fault {
        let plan: Plan = format!("{text}: list").parse().unwrap();
        plan.steps()[0].fault.unwrap()
    }

    #[test]
    fn what_is_tried_is_simpler() {
        for text in [
            "fail write#3 EINTR",
            "short read#2",
            "crash in write#2",
            "cut power metadata-first after sync#4",
            "request#3.. cut body",
        ] {
            let simpler = simpler_faults(Some(fault(text)));
            assert_eq!(simpler[0], None);
            assert!(simpler.len() > 2, "{text}: {simpler:?}");
            for other in simpler.into_iter().flatten() {
                assert!(weight_of_fault(other) < weight_of_fault(fault(text)), "{other}, {text}");
            }
        }
        assert_eq!(simpler_faults(Some(fault("fail open#1 EIO"))), [None]);
    }
}
