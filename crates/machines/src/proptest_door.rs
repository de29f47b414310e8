//! The other open door to proptest: the machines as a `prop_state_machine!`.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use proptest::prelude::any;
use proptest::strategy::{BoxedStrategy, Strategy};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use zarr_conform_model::{Declaration, Model, Names, Operation, ReferenceModel};
use zarr_conform_rules::{Choices, Generator, HierarchyGenerator};
use zarr_conform_store::Adapter;

use crate::campaign::source::Drawing;
use crate::finding::disagreement::Disagreement;
use crate::play::journal::Journal;
use crate::play::player::Player;
use crate::play::watch::Pulse;
use crate::settings::MAX_ANSWER;

/// A kind of store that `prop_state_machine!` can name.
///
/// # Examples
///
/// ```
/// use proptest_state_machine::prop_state_machine;
/// use zarr_conform_machines::proptest::{StateMachineAdapter, StoreStateMachine};
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

/// The model of a store that answers as the contract has it.
#[derive(Clone)]
pub struct ReferenceState {
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

impl Drawing {
    /// What draws plans for a declaration, with the built-in rules.
    fn of(declared: Declaration) -> Self {
        if declared.capabilities.nodes {
            Self::Hierarchy(HierarchyGenerator::new(declared))
        } else {
            Self::Store(Generator::new(declared))
        }
    }

    /// Draws a table of names, and gives the model of an empty store over it.
    fn start(&self, choices: &mut Choices) -> ReferenceModel {
        match self {
            Self::Store(generator) | Self::Faults(generator) | Self::Together(generator) => {
                ReferenceModel::Store(generator.start(choices))
            }
            Self::Hierarchy(generator) => ReferenceModel::Hierarchy(generator.start(choices)),
        }
    }

    /// Draws one operation for a state, if a rule is enabled in it.
    ///
    /// # Panics
    ///
    /// Panics if the model is not one of its own.
    fn step(&self, choices: &mut Choices, model: &ReferenceModel) -> Option<Operation> {
        match (self, model) {
            (
                Self::Store(generator) | Self::Faults(generator) | Self::Together(generator),
                ReferenceModel::Store(model),
            ) => generator.step(choices, model),
            (Self::Hierarchy(generator), ReferenceModel::Hierarchy(model)) => {
                generator.step(choices, model)
            }
            _ => unreachable!("a model is asked for by the same dialect as what draws"),
        }
    }
}

fn drawing<A: StateMachineAdapter>() -> Drawing {
    Drawing::of(A::adapter().declared())
}

impl<A: StateMachineAdapter> ReferenceStateMachine for StoreStateMachine<A> {
    type State = ReferenceState;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<ReferenceState> {
        let start = |seed| {
            let model = drawing::<A>().start(&mut Choices::new(seed, 0));
            ReferenceState { now: model }
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
        state.now.predict(&step.operation);
        state
    }
}

/// A store under test, and the model of what it was seen to hold.
pub struct Running {
    player: Player<'static>,
}

/// Proptest has deadlines of its own, so nobody looks whether answers come.
static UNWATCHED: Pulse = Pulse::new();

impl<A: StateMachineAdapter> StateMachineTest for StoreStateMachine<A> {
    type SystemUnderTest = Running;
    type Reference = Self;

    fn init_test(state: &ReferenceState) -> Running {
        let adapter = A::adapter();
        let model = adapter.model(state.now.names()).unwrap_or_else(|| state.now.clone());
        let journal = Journal::Private(Vec::new());
        let player = Player::open(&adapter, model, &UNWATCHED, journal, MAX_ANSWER);
        Running { player: player.unwrap_or_else(|error| panic!("{error}")) }
    }

    fn apply(mut running: Running, _: &ReferenceState, step: Step) -> Running {
        let Running { player } = &mut running;
        let answered = player.ask(&step.operation).and_then(|_| player.check_held(false));
        if let Err(disagreement) = answered {
            let Disagreement { signature, clause, outcome, .. } = disagreement;
            // A model does not move on for an answer that is not allowed.
            let expected = player.model().expect(&step.operation);
            let sentence = clause.sentence();
            panic!(
                "{step:?}\n  want {expected}\n  got  {outcome}\n  {signature}\n  {clause}: {sentence}"
            );
        }
        running
    }

    fn check_invariants(_: &Running, _: &ReferenceState) {
        // Questions need `&mut` of the store: the rules ask them as operations.
    }
}
