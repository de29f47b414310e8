//! The model beside a store that is right.

use std::sync::Arc;

use zarr_conform_model::{Dialect, Model, Plan, StoreModel};
use zarr_conform_store::{AsyncStore, CallingThread, StoreUnderTest};
use zarrs_storage::store::AsyncMemoryStore;

/// The model is held against a store that is right, so that a slip in the model shows here.
#[test]
fn a_plain_store_answers_as_the_model_expects() {
    let text = r#"
        set a/b "abcd"
        set a-b "x"
        set ab ""
        get_partial a/b 1..3
        get_partial a/b 9..
        get_partial_many a/b [0..1, -9..]
        set_partial_many a/b [6 "z", 0 "Y"]
        get a/b
        set_partial_many c []
        get c
        erase_many [c, ab, ab]
        list_dir /
        list_dir a/
        size_prefix a/
        erase_prefix a/
        list
        clear
        is_empty /
    "#;
    let plan: Plan = text.parse().unwrap();
    let mut store = AsyncStore::of(Arc::new(AsyncMemoryStore::new()), CallingThread);
    let mut model = StoreModel::new(plan.names().clone(), Dialect::ZARRS);
    for operation in plan.operations() {
        let outcome = store.answer(plan.names(), operation);
        let line = operation.display(plan.names());
        assert_eq!(model.expect(operation).judge(&outcome), Ok(()), "{line} -> {outcome}");
        model.advance(operation, &outcome);
    }
}
