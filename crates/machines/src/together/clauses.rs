//! Which clauses about callers at the same time a plan puts to the test.

use zarr_conform_model::plan::Effect;
use zarr_conform_model::{Clause, Operation, OperationKind, Plan};

/// The clauses that callers of a plan may break.
pub(crate) const OF_CALLERS: &[Clause] = &[
    Clause::C1,
    Clause::C2,
    Clause::C3,
    Clause::C4,
    Clause::C5,
    Clause::C6,
    Clause::C7,
    Clause::C8,
    Clause::C9,
    Clause::C10,
];

/// Those of them that callers of one plan may break, by what one asks beside what another one does;
/// whether one is dropped, its orders say.
pub(crate) fn clauses(plan: &Plan) -> Vec<Clause> {
    let of_callers: Vec<_> = plan.steps().iter().filter(|step| step.caller.is_some()).collect();
    let beside = |one: &dyn Fn(&Operation) -> bool, other: &dyn Fn(&Operation) -> bool| {
        of_callers.iter().any(|step| {
            let others = of_callers.iter().filter(|beside| beside.caller != step.caller);
            one(&step.operation) && others.into_iter().any(|beside| other(&beside.operation))
        })
    };
    let is = |kinds: &'static [OperationKind]| {
        move |operation: &Operation| kinds.contains(&operation.kind())
    };
    let has = |effect: Effect| move |operation: &Operation| operation.kind().effect() == effect;
    let writes = &|operation: &Operation| operation.is_write();
    let of_handles = of_callers.iter().any(|step| {
        let other = of_callers.iter().any(|other| other.handle != step.handle);
        other && step.operation.is_write()
    });
    let is_reopened = plan.operations().any(|operation| matches!(operation, Operation::Reopen));
    let pairs = [
        (Clause::C1, beside(&|_| true, writes)),
        (Clause::C2, beside(&is(&[OperationKind::Get, OperationKind::GetMany]), writes)),
        (Clause::C3, beside(&is(PARTS), writes)),
        (Clause::C4, beside(&is(LISTINGS), writes)),
        (Clause::C5, of_handles),
        (Clause::C7, of_handles && is_reopened),
        (Clause::C6, beside(&is(CREATES), &is(CREATES))),
        (Clause::C8, beside(&has(Effect::ErasesBelow), writes)),
        (Clause::C9, beside(&has(Effect::Patches), &has(Effect::Patches))),
    ];
    pairs.into_iter().filter(|(_, is_met)| *is_met).map(|(clause, _)| clause).collect()
}

const PARTS: &[OperationKind] = &[
    OperationKind::GetPartial,
    OperationKind::GetPartialMany,
    OperationKind::SizeKey,
    OperationKind::Exists,
];

const LISTINGS: &[OperationKind] = &[
    OperationKind::List,
    OperationKind::ListPrefix,
    OperationKind::ListDir,
    OperationKind::IsEmpty,
    OperationKind::SizePrefix,
    OperationKind::Size,
];

const CREATES: &[OperationKind] = &[OperationKind::SetIfAbsent];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_beside_what_says_which_clauses() {
        let of = |text: &str| clauses(&text.parse().expect("a plan"));
        assert_eq!(of("together; 1: get a; 2: list; end"), []);
        assert_eq!(
            of("together; 1: get a; 1: set_partial a 0 \"\"; 2: set_partial a 0 \"a\"; end"),
            [Clause::C1, Clause::C2, Clause::C9]
        );
        assert_eq!(of("together; 1: clear; 2: list; end"), [Clause::C1, Clause::C4]);
    }
}
