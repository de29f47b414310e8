//! The gate's words for calls and faults, in those of plans, and the other way round.

use std::num::NonZeroU32;

use zarr_conform_gate as gate;
use zarr_conform_model::plan::{BoundaryCall, CallKind, Errno, Fault, PowerPolicy};

/// What can go wrong on the way of an operation that made these calls, in their order.
///
/// Errors suit every call, as the kernel has them; a crash before a call that changes nothing is one
/// before the next that does. `keeps_place` says whether the store can be opened again at its place,
/// and `is_durable` whether what was acknowledged before has to be there after a power cut, so that one
/// during a question says something.
pub(super) fn faults_of(calls: &[gate::Call], keeps_place: bool, is_durable: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    for call in calls {
        let Some(at) = in_plans(call.address) else { continue };
        let suits = gate::faults_for(call.address.kind());
        faults.extend(suits.iter().filter_map(|kind| fault(at, *kind, call)));
        if !keeps_place {
            continue;
        }
        if call.changes {
            faults.push(Fault::Crash { at, half: false });
            if at.kind == CallKind::Write && call.length.is_some_and(|length| length > 1) {
                faults.push(Fault::Crash { at, half: true });
            }
        }
        if call.changes || at.kind == CallKind::Sync {
            // What is left when only the process is gone is what a crash leaves.
            for policy in [PowerPolicy::Strict, PowerPolicy::MetadataFirst] {
                faults.push(Fault::PowerCut { after: at, policy });
            }
        }
    }
    let last = calls.last().and_then(|call| in_plans(call.address));
    let cuts = faults.iter().any(|fault| matches!(fault, Fault::PowerCut { .. }));
    if let Some(after) = last.filter(|_| keeps_place && is_durable && !cuts) {
        faults.push(Fault::PowerCut { after, policy: PowerPolicy::Strict });
    }
    faults
}

fn fault(at: BoundaryCall, kind: gate::FaultKind, call: &gate::Call) -> Option<Fault> {
    Some(match kind {
        gate::FaultKind::Error(errno) => Fault::Fail { at, errno: errno.name().parse().ok()? },
        gate::FaultKind::FullDisk => Fault::Fail { at, errno: Errno::Enospc },
        // Less than two bytes do not come out short.
        gate::FaultKind::Short if call.length.is_some_and(|length| length < 2) => return None,
        gate::FaultKind::Short => Fault::Short { at },
        gate::FaultKind::Crash { half } => Fault::Crash { at, half },
    })
}

/// What the gate is to do for a fault at a call; nothing for what is not at a call.
pub(super) fn strike(fault: Fault) -> Option<gate::Strike> {
    let (at, fault) = match fault {
        Fault::Fail { at, errno: Errno::Enospc } => (at, gate::FaultKind::FullDisk),
        Fault::Fail { at, errno } => (at, gate::FaultKind::Error(errno.name().parse().ok()?)),
        Fault::Short { at } => (at, gate::FaultKind::Short),
        Fault::Crash { at, half } => (at, gate::FaultKind::Crash { half }),
        Fault::PowerCut { .. } | Fault::Request { .. } => return None,
    };
    Some(gate::Strike { at: address(at)?, fault })
}

/// A call as the gate addresses it.
pub(super) fn address(call: BoundaryCall) -> Option<gate::CallAddress> {
    gate::CallAddress::new(call.kind.name().parse().ok()?, call.ordinal.get())
}

/// What a power cut leaves, for the gate.
pub(super) const fn policy(policy: PowerPolicy) -> gate::power::PowerPolicy {
    match policy {
        PowerPolicy::Kill => gate::power::PowerPolicy::Kill,
        PowerPolicy::Strict => gate::power::PowerPolicy::Strict,
        PowerPolicy::MetadataFirst => gate::power::PowerPolicy::MetadataFirst,
    }
}

pub(super) fn in_plans(address: gate::CallAddress) -> Option<BoundaryCall> {
    let kind = address.kind().name().parse().ok()?;
    Some(BoundaryCall { kind, ordinal: NonZeroU32::new(address.ordinal())? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_on_files_has_the_same_word_in_plans() {
        for kind in gate::CallKind::ALL {
            let word = kind.name().parse::<CallKind>();
            let has_turns = kind.is_on_files() || *kind == gate::CallKind::Await;
            assert_eq!(word.is_ok(), has_turns, "{kind}");
        }
        for kind in CallKind::ALL {
            assert!(kind.name().parse::<gate::CallKind>().is_ok(), "{kind}");
        }
    }

    #[test]
    fn every_error_has_the_same_word_in_plans() {
        for errno in Errno::ALL {
            assert!(errno.name().parse::<gate::Errno>().is_ok(), "{errno}");
        }
    }
}
