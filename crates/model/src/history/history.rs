//! Histories: what callers asked at the same time, when, and what came back, as plain data.

use crate::contract::outcome::Outcome;
use crate::plan::operation::Operation;
use crate::store_model::store_model::StoreModel;

/// What callers asked of a store at the same time, and what was asked after they had joined.
///
/// # Examples
///
/// A read beside a write gives the old value or the new one, and no mixture of them.
///
/// ```
/// use zarr_conform_model::contract::{MismatchKind, Overlap};
/// use zarr_conform_model::history::{Call, History};
/// use zarr_conform_model::{Dialect, Model, Outcome, Plan, StoreModel};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = "set a \"old\"\nset a \"newer\"\nget a".parse()?;
/// let [before, set, get] = plan.operations().collect::<Vec<_>>()[..] else { unreachable!() };
/// let dialect = Dialect { overlap: Overlap::Readers, ..Dialect::ZARRS };
/// let mut model = StoreModel::new(plan.names().clone(), dialect);
/// model.advance(before, &Outcome::Done);
///
/// let history = |read: &'static str| {
///     let read = Outcome::Value(read.as_bytes().into());
///     let set = Call::returned(0, set.clone(), 0, 3, Outcome::Done);
///     History::new(model.clone(), vec![set, Call::returned(1, get.clone(), 1, 2, read)])
/// };
/// assert!(history("old").judge().is_right());
/// assert!(history("newer").judge().is_right());
///
/// let verdict = history("newold").judge();
/// assert_eq!(verdict.findings[0].mismatch.kind, MismatchKind::ValueDiffers);
/// // What it was seen to hold is less than what it declares.
/// assert_eq!(verdict.seen, Some(Overlap::DistinctKeys));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct History {
    /// What the store may have held before.
    pub before: StoreModel,
    /// What was asked at the same time, in any order.
    pub calls: Vec<Call>,
    /// What was asked one after the other, once all callers had joined.
    pub after: Vec<Answer>,
}

/// One operation of one caller, from its call to its return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who called: the branch of the plan.
    pub caller: usize,
    /// The handle on the place that was asked.
    pub handle: usize,
    /// What was asked.
    pub operation: Operation,
    /// When it was called.
    pub invoked: u64,
    /// How it ended.
    pub end: End,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It came back.
    Returned {
        /// When. What is called at the same tick overlaps.
        at: u64,
        /// With what.
        outcome: Outcome,
    },
    /// It never came back: it was dropped or cancelled, or its caller died. What it writes is there
    /// or is not when all callers have joined.
    Never,
}

/// An operation that was asked alone, and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was asked, of the first handle.
    pub operation: Operation,
    /// What came back.
    pub outcome: Outcome,
}

/// One operation of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Position {
    /// Of [`History::calls`].
    Call(usize),
    /// Of [`History::after`].
    After(usize),
}

impl History {
    /// What was asked at the same time of a store that held what `before` says; nothing after it.
    #[must_use]
    pub fn new(before: StoreModel, calls: Vec<Call>) -> Self {
        Self { before, calls, after: Vec::new() }
    }

    /// The same, with what was asked after all had joined.
    #[must_use]
    pub fn then(mut self, after: Vec<Answer>) -> Self {
        self.after = after;
        self
    }

    /// The operation at a position.
    ///
    /// # Panics
    ///
    /// Panics if the history is shorter.
    #[must_use]
    pub fn operation(&self, at: Position) -> &Operation {
        match at {
            Position::Call(at) => &self.calls[at].operation,
            Position::After(at) => &self.after[at].operation,
        }
    }
}

impl Call {
    /// A call that came back, of the first handle.
    #[must_use]
    pub const fn returned(
        caller: usize,
        operation: Operation,
        invoked: u64,
        at: u64,
        outcome: Outcome,
    ) -> Self {
        Self { caller, handle: 0, operation, invoked, end: End::Returned { at, outcome } }
    }

    /// A call that never came back, of the first handle.
    #[must_use]
    pub const fn never(caller: usize, operation: Operation, invoked: u64) -> Self {
        Self { caller, handle: 0, operation, invoked, end: End::Never }
    }

    /// The same call of another handle on the place.
    #[must_use]
    pub fn of_handle(mut self, handle: usize) -> Self {
        self.handle = handle;
        self
    }
}
