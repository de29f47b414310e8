//! The trait of reference models: what is allowed now, and how to move on.
//!
//! A clause may allow an answer or an error; the model takes the one that came. What is as
//! everybody expects is settled without an expectation, which is what most answers cost otherwise.

use std::sync::Arc;

use bytes::Bytes;

use crate::contract::capabilities::Capabilities;
use crate::contract::clause::Clause;
use crate::contract::dialect::Dialect;
use crate::contract::expected::{Expected, Want};
use crate::contract::mismatch::Mismatch;
use crate::contract::outcome::Outcome;
use crate::contract::refusal::{ErrorClass, ErrorClasses};
use crate::contract::signature::Situation;
use crate::plan::fault::Fault;
use crate::plan::names::{KeyId, Names};
use crate::plan::operation::Operation;

/// A reference for a kind of store: [`StoreModel`](crate::StoreModel) is the one for stores that
/// are consistent at once; versioned or eventually consistent stores can bring their own.
///
/// A model answers with the *set* of outcomes that are allowed, because some clauses leave a
/// choice, and moves on given the outcome that was observed, because that choice may decide what
/// the store holds from then on.
pub trait Model {
    /// The key table that operations are understood with.
    fn names(&self) -> &Arc<Names>;

    /// What the store can be asked.
    fn capabilities(&self) -> &Capabilities;

    /// How the store answers where the contract leaves it open.
    fn dialect(&self) -> &Dialect;

    /// The outcomes that are allowed for `operation` now.
    fn expect(&self, operation: &Operation) -> Expected<'_>;

    /// Judges an answer and moves on in one step, where it is plain that the answer is right.
    ///
    /// A shortcut for the many operations that do what everybody expects: `Some` is the clause,
    /// and says that [`expect`](Self::expect), [`judge`](Expected::judge) and
    /// [`advance`](Self::advance) would have come to the same; `None` says nothing.
    fn settle(&mut self, operation: &Operation, outcome: &Outcome) -> Option<Clause> {
        let _ = (operation, outcome);
        None
    }

    /// Moves on, given what was observed.
    ///
    /// Whoever asks judges the outcome first, and does not move the model on for one that is not
    /// allowed: such an operation counts as not asked.
    fn advance(&mut self, operation: &Operation, outcome: &Outcome);

    /// The outcomes that are allowed for `operation` if this fault strikes on its way: those that are
    /// allowed anyway, or any error. Of a fault that [ends the store](Fault::ends_the_store), the
    /// outcome is that of opening it again.
    fn expect_during(&self, operation: &Operation, fault: Fault) -> Expected<'_> {
        let _ = fault;
        let expected = self.expect(operation);
        expected.or(Want::Error(ErrorClasses::of(&ErrorClass::ALL)))
    }

    /// [`advance`](Self::advance) after an operation that met a fault; `earlier` is all that the store
    /// was asked before it.
    fn advance_after(
        &mut self,
        operation: &Operation,
        fault: Fault,
        outcome: &Outcome,
        earlier: &mut dyn Iterator<Item = &Operation>,
    ) {
        let _ = (fault, earlier);
        self.advance(operation, outcome);
    }

    /// Moves on as if the first allowed outcome had been observed.
    ///
    /// Generators use this to know the state that an operation will meet.
    fn predict(&mut self, operation: &Operation);

    /// How many different things the store may hold by what the contract leaves open: one, if nothing
    /// is open. Where each open write multiplies them, nobody asks on for long.
    fn possibilities(&self) -> usize {
        1
    }

    /// Whether the contract leaves open what the store holds, after what it was asked.
    fn is_open(&self) -> bool {
        self.possibilities() > 1
    }

    /// The facts about the operands of `operation` that a failure is filed under.
    fn situation(&self, operation: &Operation, mismatch: &Mismatch) -> Situation;

    /// The keys that have a value, in byte order.
    fn live_keys(&self) -> Vec<KeyId>;

    /// How many keys have a value.
    fn live_count(&self) -> usize {
        self.live_keys().len()
    }

    /// The value of a key, if the model is sure of it.
    fn value(&self, key: KeyId) -> Option<&Bytes>;

    /// Whether the key had a value and has none now.
    fn is_erased(&self, key: KeyId) -> bool;
}
