//! Plays plans on stores beside the model, for the tests of the mutants.

use std::panic::{AssertUnwindSafe, catch_unwind};

use zarr_conform_model::{Capabilities, Declaration, Model, Outcome, Plan, StoreModel};
use zarr_conform_store::{Adapter, StoreUnderTest};

/// What is declared where minimal plans are played.
pub(crate) const REOPENING: Declaration = Declaration {
    capabilities: Capabilities {
        reopen: true,
        create: true,
        copy: true,
        rename: true,
        ..Capabilities::ZARRS
    },
    ..Declaration::ZARRS
};

/// A store with a plan's answers that the model does not allow, by their positions.
pub(crate) fn wrong_answers(
    mut store: Box<dyn StoreUnderTest>,
    declared: impl Into<Declaration>,
    plan: &Plan,
) -> Vec<(usize, String)> {
    let names = plan.names();
    let mut model = StoreModel::new(names.clone(), declared);
    let mut wrong = Vec::new();
    for (at, operation) in plan.operations().enumerate() {
        let answered = catch_unwind(AssertUnwindSafe(|| store.answer(names, operation)));
        let outcome = answered.unwrap_or_else(|_| Outcome::Panicked("a panic".to_owned()));
        let expected = model.expect(operation);
        if expected.judge(&outcome).is_err() {
            let line = operation.display(names);
            wrong.push((at, format!("{line}     want {expected}   got {outcome}")));
        } else {
            model.advance(operation, &outcome);
        }
    }
    wrong
}

/// [`wrong_answers`] of a fresh store.
pub(crate) fn wrong_answers_of(adapter: &dyn Adapter, plan: &Plan) -> Vec<(usize, String)> {
    wrong_answers(adapter.open().unwrap(), adapter.declared(), plan)
}
