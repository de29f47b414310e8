//! Plans as a strategy for `proptest!`, and the machine for `prop_state_machine!`.

pub use zarr_conform_machines::{
    ReferenceState, Running, StateMachineAdapter, Step, StoreStateMachine,
};
pub use zarr_conform_rules::{DrawsPlans, PlanStrategy, PlanTree, plans};
