//! The model's shortcut for answers that are plainly right says the same as the long way.

mod stores;

use stores::MapAdapter;
use zarr_conform_machines::mutants::Mutant;
use zarr_conform_model::{Dialect, Model, Outcome, Plan, StoreModel};
use zarr_conform_rules::Generator;
use zarr_conform_store::Adapter;

/// Everything that a model says of the contents.
fn contents(model: &StoreModel) -> Vec<(String, Option<Vec<u8>>)> {
    let keys = model.live_keys().into_iter();
    let key_and_value = |key| {
        let name = model.names().key(key).to_string();
        (name, model.value(key).map(|value| value.to_vec()))
    };
    keys.map(key_and_value).collect()
}

/// Plays a plan with both, and counts how often the shortcut was taken.
fn check(plan: &Plan, dialect: Dialect, mutant: Option<Mutant>) -> usize {
    let right = MapAdapter.open().expect("a map opens");
    let mut store = match mutant {
        Some(mutant) => mutant.plant(right),
        None => right,
    };
    let mut model = StoreModel::new(plan.names().clone(), dialect);
    let mut taken = 0;
    for operation in plan.operations() {
        let outcome: Outcome = store.answer(plan.names(), operation);
        let line = operation.display(plan.names());
        let mut settled = model.clone();
        let clause = settled.settle(operation, &outcome);
        let expected = model.expect(operation);
        if let Some(clause) = clause {
            assert_eq!(expected.judge(&outcome), Ok(()), "{line} -> {outcome}\n{plan}");
            assert_eq!(expected.clause, clause, "{line} -> {outcome}\n{plan}");
        }
        model.advance(operation, &outcome);
        if clause.is_some() {
            taken += 1;
            assert_eq!(contents(&settled), contents(&model), "{line} -> {outcome}\n{plan}");
        }
    }
    taken
}

#[test]
fn what_is_settled_is_what_is_expected() {
    let dialects = [
        Dialect::ZARRS,
        Dialect { key_below_key: false, max_name_bytes: Some(8), ..Dialect::ZARRS },
        Dialect { erase_missing: zarr_conform_model::Reply::Refuse, ..Dialect::ZARRS },
    ];
    let mut taken = 0;
    for dialect in dialects {
        let generator = Generator::new(dialect).crowds(false);
        for case in 0..150 {
            for mutant in [None, Some(Mutant::M03), Some(Mutant::M17), Some(Mutant::M21)] {
                taken += check(&generator.plan(3, case), dialect, mutant);
            }
        }
    }
    assert!(taken > 50_000, "the shortcut was taken only {taken} times");
}
