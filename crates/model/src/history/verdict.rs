//! Verdicts: what of a history cannot be explained, and what level it holds.

use crate::contract::clause::Clause;
use crate::contract::mismatch::Mismatch;
use crate::contract::overlap::{Overlap, PartialWrites};
use crate::history::history::Position;
use crate::plan::names::KeyId;

/// What there is to say of a history.
///
/// # Examples
///
/// A store that promises little may do better, and a write that never returned may have happened.
///
/// ```
/// use zarr_conform_model::contract::Overlap;
/// use zarr_conform_model::history::{Answer, Call, History};
/// use zarr_conform_model::{Clause, Dialect, Outcome, Plan, StoreModel};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = "set a \"x\"\nget a".parse()?;
/// let [set, get] = plan.operations().collect::<Vec<_>>()[..] else { unreachable!() };
/// let read = |outcome| Answer { operation: get.clone(), outcome };
/// let value = || read(Outcome::Value("x".into()));
/// let dropped = |after| {
///     let model = StoreModel::new(plan.names().clone(), Dialect::ZARRS);
///     History::new(model, vec![Call::never(0, set.clone(), 0)]).then(after).judge()
/// };
/// assert_eq!(dropped(vec![value(), value()]).seen, Some(Overlap::Linearizable));
///
/// // But then it has happened, or it has not.
/// let verdict = dropped(vec![read(Outcome::Absent), value()]);
/// assert_eq!(verdict.findings[0].clause, Clause::C10);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What cannot be explained by the level that the store declares.
    pub findings: Vec<Finding>,
    /// The highest level that the history is consistent with, whatever is declared; nothing, if it is
    /// wrong even of a store that is asked one thing at a time.
    pub seen: Option<Overlap>,
    /// Whether the history is linearizable with all partial writes kept.
    pub partial_writes: PartialWrites,
    /// Whether there are keys of which nothing is said: those that the model had lost track of, and
    /// those that may hold too many things.
    pub gave_up: bool,
}

/// An outcome that no order of the calls explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The operation with that outcome.
    pub at: Position,
    /// Its key, or the one of its keys that is wrong; nothing, if it is wrong as a whole.
    pub key: Option<KeyId>,
    /// What was asked of that key at the same time or before, up to three that matter most.
    pub beside: Vec<Position>,
    /// The clause that is broken.
    pub clause: Clause,
    /// How the outcome misses the nearest that is allowed.
    pub mismatch: Mismatch,
    /// What would have been allowed, in words.
    pub wanted: Vec<String>,
}

impl Verdict {
    /// Whether the history is one that the store may have by what it declares.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.findings.is_empty()
    }
}
