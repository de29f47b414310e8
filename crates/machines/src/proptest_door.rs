//! The other open door to proptest: the machines as a `prop_state_machine!`.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use proptest::prelude::any;
use proptest::strategy::{BoxedStrategy, Strategy};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use zarr_conform_model::{Model, Names, Operation, Outcome, ReferenceModel};
use zarr_conform_rules::Choices;
use zarr_conform_store::{Adapter, StoreUnderTest};

use crate::campaign::source::Drawing;
use crate::play::panics;

/// A kind of store that `prop_state_machine!` can name.
///
/// # Examples
///
/// ```
/// use proptest_state_machine::prop_state_machine;
/// use zarr_conform_machines::{StateMachineAdapter, StoreStateMachine};
/// use zarr_conform_memory::MemoryAdapter;
///
/// struct Mine;
///
/// impl StateMachineAdapter for Mine {
///     type Adapter = MemoryAdapter;
///
///     fn adapter() -> MemoryAdapter {
///         MemoryAdapter::asynchronous()
///     }
/// }
///
/// prop_state_machine! {
///     // Under `#[test]` in a test of yours.
///     fn my_store_conforms(sequential 1..30 => StoreStateMachine<Mine>);
/// }
/// # fn main() { my_store_conforms() }
/// ```
pub trait StateMachineAdapter: 'static {
    /// The adapter's type.
    type Adapter: Adapter;

    /// The adapter whose stores are tested.
    fn adapter() -> Self::Adapter;
}

/// The machine in the terms of `proptest-state-machine`: that of stores, or for an adapter that has
/// an array library over its stores, that of groups and arrays.
///
/// The same rules and the same model as [`Machine`](crate::Machine), at proptest's speed
/// and with proptest's shrinking.
pub struct StoreStateMachine<A>(PhantomData<A>);

/// An operation with the table that it is understood with, which prints as a line of a plan.
#[derive(Clone)]
pub struct Step {
    names: Arc<Names>,
    operation: Operation,
}

impl Step {
    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &Operation {
        &self.operation
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.operation.display(&self.names), f)
    }
}

/// The model before and after the last step, so that its answer can be judged afterwards.
#[derive(Clone)]
pub struct ReferenceState {
    before: ReferenceModel,
    now: ReferenceModel,
}

impl fmt::Debug for ReferenceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.now.names();
        let mut map = f.debug_map();
        for key in self.now.live_keys() {
            let length = self.now.value(key).map_or(0, bytes::Bytes::len);
            map.entry(&names.key(key).as_str(), &format_args!("{length} bytes"));
        }
        map.finish()
    }
}

fn drawing<A: StateMachineAdapter>() -> Drawing {
    Drawing::of(A::adapter().dialect())
}

impl<A: StateMachineAdapter> ReferenceStateMachine for StoreStateMachine<A> {
    type State = ReferenceState;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<ReferenceState> {
        let start = |seed| {
            let model = drawing::<A>().start(&mut Choices::new(seed, 0));
            ReferenceState { before: model.clone(), now: model }
        };
        any::<u64>().no_shrink().prop_map(start).boxed()
    }

    fn transitions(state: &ReferenceState) -> BoxedStrategy<Step> {
        let model = state.now.clone();
        let drawing = drawing::<A>();
        let draw = move |seed| {
            let operation = drawing.step(&mut Choices::new(seed, 0), &model);
            let operation = operation.unwrap_or(Operation::List);
            Step { names: Arc::clone(model.names()), operation }
        };
        any::<u64>().no_shrink().prop_map(draw).boxed()
    }

    fn apply(mut state: ReferenceState, step: &Step) -> ReferenceState {
        state.before = state.now.clone();
        state.now.predict(&step.operation);
        state
    }
}

/// A store under test, and the model of what it was seen to hold.
pub struct Running {
    store: Box<dyn StoreUnderTest>,
    model: ReferenceModel,
}

impl<A: StateMachineAdapter> StateMachineTest for StoreStateMachine<A> {
    type SystemUnderTest = Running;
    type Reference = Self;

    fn init_test(state: &ReferenceState) -> Running {
        panics::hush();
        let store = A::adapter().open();
        let store = store.unwrap_or_else(|error| panic!("{error}"));
        Running { store, model: state.now.clone() }
    }

    fn apply(mut running: Running, _: &ReferenceState, step: Step) -> Running {
        let Step { names, operation } = &step;
        let Running { store, model } = &mut running;
        let outcome = panics::catch(|| store.answer(names, operation));
        let outcome = outcome.unwrap_or_else(Outcome::Panicked);
        let expected = model.expect(operation);
        if let Err(mismatch) = expected.judge(&outcome) {
            let clause = expected.broken_by(&mismatch);
            panic!(
                "{step:?}\n  want {expected}\n  got  {outcome}\n  {clause}: {}",
                clause.sentence()
            );
        }
        model.advance(operation, &outcome);
        running
    }

    fn check_invariants(_: &Running, _: &ReferenceState) {
        // Questions need `&mut` of the store: the rules ask them as operations.
    }
}
