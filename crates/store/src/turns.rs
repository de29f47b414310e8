//! Callers in turns: who goes on, where futures of one store are polled one at a time.

use std::task::Poll;

use zarr_conform_model::Outcome;

/// Who says which caller goes on, and is told what callers do.
pub trait Chooser {
    /// Who goes first, and who next.
    fn order(&self) -> Vec<usize>;

    /// A caller begins an operation.
    fn begins(&mut self, caller: usize, operation: usize);

    /// A caller goes on with an operation; whoever asks may catch a panic, and give it as the answer.
    fn goes_on(&mut self, poll: &mut dyn FnMut() -> Poll<Outcome>) -> Poll<Outcome>;

    /// A caller came to the end of an operation.
    fn ends(&mut self, caller: usize, operation: usize, outcome: Outcome);

    /// A caller could go on, but lets others go first, for the `nth` time in an operation, from 1.
    /// Gives who goes on: itself, or one of those that are ready.
    fn awaits(&mut self, caller: usize, operation: usize, nth: u32, ready: &[usize]) -> usize;

    /// A caller waits for somebody else, at its `nth` await in an operation, from 1.
    fn blocks(&mut self, caller: usize, operation: usize, nth: u32);

    /// A caller may go on after its `nth` await in an operation, from 1: whether its future is dropped
    /// instead. Then it asks nothing more.
    fn drops(&mut self, caller: usize, operation: usize, nth: u32) -> bool;
}

/// How callers in turns ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TurnsEnd {
    /// All are through.
    Done,
    /// Each of these waits for something that nobody else does.
    Deadlock(Vec<usize>),
    /// They awaited so often that they would not end.
    Endless,
}
