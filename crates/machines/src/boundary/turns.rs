//! The gate's schedules in the words of plans, and the other way round.

use zarr_conform_gate::schedule::{self as gate, Schedule};
use zarr_conform_model::plan::{Caller, Switch, To, Turns};

use crate::boundary::calls;

/// A schedule as a plan has it; nothing, if it switches before a call that plans have no word for.
pub(crate) fn turns_of(schedule: &Schedule) -> Option<Turns> {
    let caller = |caller: gate::Caller| Caller::at(caller.index());
    let switch = |switch: &gate::Switch| {
        let gate::Point { caller: who, operation, call } = switch.before;
        let before = calls::in_plans(call)?;
        let to = match switch.to {
            gate::To::Caller(to) => To::Caller(caller(to)),
            gate::To::End => To::End,
        };
        Some(Switch { caller: caller(who), operation, before, to })
    };
    Some(Turns {
        order: schedule.order.iter().copied().map(caller).collect(),
        switches: schedule.switches.iter().map(switch).collect::<Option<_>>()?,
    })
}

/// The schedule of a plan's turns; nothing, if the gate has no word for a call.
pub(crate) fn schedule_of(turns: &Turns) -> Option<Schedule> {
    let caller = |caller: Caller| gate::Caller::at(caller.index());
    let switch = |switch: &Switch| {
        let call = calls::address(switch.before)?;
        let before =
            gate::Point { caller: caller(switch.caller), operation: switch.operation, call };
        let to = match switch.to {
            To::Caller(to) => gate::To::Caller(caller(to)),
            To::End => gate::To::End,
        };
        Some(gate::Switch { before, to })
    };
    Some(Schedule {
        order: turns.order.iter().copied().map(caller).collect(),
        switches: turns.switches.iter().map(switch).collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_survive_the_way_through_a_schedule() {
        for text in [
            "",
            "order 2 1",
            "1 before write#1 -> 2",
            "order 2 1, 2.2 before stat#3 -> 1",
            "1 before await#1 -> end",
        ] {
            let schedule: Schedule = text.parse().expect("a schedule");
            let turns = turns_of(&schedule).expect("plans have words for it");
            assert_eq!(schedule_of(&turns), Some(schedule));
        }
        let random: Schedule = "1 before random#1 -> 2".parse().expect("a schedule");
        assert_eq!(turns_of(&random), None);
    }
}
