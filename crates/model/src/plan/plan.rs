//! Plans: sequences of steps over one key table, and their text form.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::plan::caller::Caller;
use crate::plan::names::Names;
use crate::plan::operation::Operation;
use crate::plan::step::{Handle, Step};
use crate::plan::together;
use crate::plan::turns::Turns;

/// The newest version of the text form, in its first line; 2 brought faults, and callers at the same
/// time.
pub const PLAN_VERSION: u32 = 2;

/// A sequence of operations on a store that starts empty, and what goes wrong while they are asked.
///
/// Any part of a plan is a plan. In text, a plan is one [`Step`] a line; blank lines and lines that
/// start with `#` are skipped, steps on one line have a `;` between them, and a first line
/// `zarr-conform plan 1` says which version of the text form it is.
///
/// One part of a plan may be of callers that ask at the same time:
///
/// ```text
/// set a "oo"
/// together
///   1: set a "nnnn"
///   2: get a
///   turns: 1 before write#1 -> 2
/// end
/// get a
/// ```
///
/// `2b: get a` asks a second handle, which is opened at the same place before callers begin. Without
/// `turns` it is open in which order they go. Callers are numbered from 1 without gaps, and one
/// alone is none: what is left of a plan is numbered anew.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Plan;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = r#"
///     set a/b "x"
///     ## whole segments match
///     list_prefix a/
/// "#.parse()?;
/// assert_eq!(plan.len(), 2);
/// assert_eq!(plan.to_string(), "zarr-conform plan 1\nset a/b \"x\"\nlist_prefix a/\n");
///
/// let error = "set a/b".parse::<Plan>().unwrap_err();
/// assert_eq!(error.to_string(), "1:8: expected a value such as \"text\", 0xff, 9*0xff or 9*#1, found the end of the line");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Plan {
    names: Arc<Names>,
    steps: Vec<Step>,
    /// Nothing, if nobody asks at the same time as another one.
    turns: Option<Arc<Turns>>,
}

impl Plan {
    /// A plan of steps, or of operations alone, over the names they were drawn from.
    ///
    /// # Panics
    ///
    /// Panics if a step names a key or prefix that `names` does not hold, and if steps of callers at
    /// the same time do not stand side by side.
    #[must_use]
    pub fn new(names: Arc<Names>, steps: impl IntoIterator<Item = impl Into<Step>>) -> Self {
        let steps: Vec<Step> = steps.into_iter().map(Into::into).collect();
        for Step { operation, .. } in &steps {
            let keys_fit = operation.keys().all(|key| key.index() < names.key_count());
            let prefixes_fit =
                operation.prefixes().all(|prefix| prefix.index() < names.prefix_count());
            assert!(keys_fit && prefixes_fit, "{operation:?} is not over these names");
        }
        Self::settled(names, steps, None)
    }

    /// The steps of callers sorted and numbered from 1.
    fn settled(names: Arc<Names>, mut steps: Vec<Step>, turns: Option<Arc<Turns>>) -> Self {
        let turns = together::settle(&mut steps, turns);
        Self { names, steps, turns }
    }

    /// The key table.
    #[must_use]
    pub fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// The steps, first to last.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The operations, first to last, without what goes wrong while they are asked.
    #[must_use]
    pub fn operations(
        &self,
    ) -> impl DoubleEndedIterator<Item = &Operation> + ExactSizeIterator + Clone {
        self.steps.iter().map(|step| &step.operation)
    }

    /// The last operation, if there is one.
    #[must_use]
    pub fn last(&self) -> Option<&Operation> {
        self.operations().next_back()
    }

    /// How many steps the plan has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether the plan asks nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The positions of the steps that callers ask at the same time, if some do.
    #[must_use]
    pub fn together(&self) -> Option<Range<usize>> {
        together::block(&self.steps)
    }

    /// How many callers ask at the same time; 0, if none do.
    #[must_use]
    pub fn callers(&self) -> usize {
        let last = self.together().and_then(|block| self.steps[block].last());
        last.and_then(|step| step.caller).map_or(0, |caller| caller.index() + 1)
    }

    /// Whether a second handle on the store's place is asked.
    #[must_use]
    pub fn has_second_handle(&self) -> bool {
        self.steps.iter().any(|step| step.handle == Handle::Second)
    }

    /// The same plan with everything asked of the first handle.
    #[must_use]
    pub fn of_one_handle(&self) -> Self {
        self.with_steps(self.steps.iter().map(|step| step.clone().of(Handle::First)))
    }

    /// In which order callers go, if that is given.
    #[must_use]
    pub fn turns(&self) -> Option<&Turns> {
        self.turns.as_deref()
    }

    /// The same plan with this order of the callers, or an open one.
    #[must_use]
    pub fn with_turns(&self, turns: impl Into<Option<Turns>>) -> Self {
        let (names, steps) = (Arc::clone(&self.names), self.steps.clone());
        Self::settled(names, steps, turns.into().map(Arc::new))
    }

    /// The same plan with the callers numbered in the order in which they go first.
    #[must_use]
    pub fn numbered_in_turn(&self) -> Self {
        let Some(turns) = self.turns.as_ref().filter(|turns| !turns.order.is_empty()) else {
            return self.clone();
        };
        let renumbered = |caller: Caller| {
            let place = turns.order.iter().position(|other| *other == caller);
            // Those that the order does not name come last.
            let behind = turns.order.iter().filter(|other| **other > caller).count();
            Caller::at(place.unwrap_or(caller.index() + behind))
        };
        let mut steps = self.steps.clone();
        for step in &mut steps {
            step.caller = step.caller.map(renumbered);
        }
        let turns = Arc::new(turns.renumber(|caller| Some(renumbered(caller))));
        Self::settled(Arc::clone(&self.names), steps, Some(turns))
    }

    /// Whether something goes wrong on the way in one of its steps.
    #[must_use]
    pub fn has_faults(&self) -> bool {
        self.steps.iter().any(|step| step.fault.is_some())
    }

    /// The same names with other steps; what is said of turns stays, for callers that are still there.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[must_use]
    pub fn with_steps(&self, steps: impl IntoIterator<Item = impl Into<Step>>) -> Self {
        let Self { names, steps, .. } = Self::new(Arc::clone(&self.names), steps);
        Self::settled(names, steps, self.turns.clone())
    }

    /// The same steps with other operations in them.
    ///
    /// # Panics
    ///
    /// Panics if an operation names a key or prefix that the table does not hold.
    #[must_use]
    pub fn map(&self, change: impl FnMut(&Operation) -> Operation) -> Self {
        let changed = self.operations().map(change);
        let steps = self.steps.iter().zip(changed);
        self.with_steps(steps.map(|(step, operation)| step.with(operation)))
    }

    /// The plan as it is if nothing goes wrong: with the operations on whose way something does, and
    /// without them.
    #[must_use]
    pub fn in_peace(&self) -> [Self; 2] {
        let left_out = self.steps.iter().filter(|step| step.fault.is_none());
        [self.with_steps(self.steps.iter().map(Step::in_peace)), self.with_steps(left_out.cloned())]
    }

    /// The first steps, all if there are no more than `count`.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        let steps = self.steps[..count.min(self.len())].to_vec();
        Self::settled(Arc::clone(&self.names), steps, self.turns.clone())
    }

    /// The steps of whose operation `keep` says so, given their positions.
    #[must_use]
    pub fn keep(&self, mut keep: impl FnMut(usize, &Operation) -> bool) -> Self {
        let steps = self.steps.iter().enumerate();
        let kept = steps.filter(|(at, step)| keep(*at, &step.operation));
        let steps = kept.map(|(_, step)| step.clone()).collect();
        Self::settled(Arc::clone(&self.names), steps, self.turns.clone())
    }

    /// The same plan over another table, which may have names that it does not use.
    ///
    /// # Panics
    ///
    /// Panics if the table lacks a name that the plan uses.
    #[must_use]
    pub fn over(&self, names: Arc<Names>) -> Self {
        let moved = |step: &Step| step.with(step.operation.moved(&self.names, &names));
        let steps: Vec<Step> = self.steps.iter().map(moved).collect();
        Self::settled(names, steps, self.turns.clone())
    }

    /// The plan over a table of just the names that it uses.
    #[must_use]
    pub fn compact(&self) -> Self {
        let keys = self.operations().flat_map(Operation::keys);
        let prefixes = self.operations().flat_map(Operation::prefixes);
        let names = Names::new(
            keys.map(|key| self.names.key(key).clone()),
            prefixes.map(|prefix| self.names.prefix(prefix).clone()),
        );
        self.over(Arc::new(names))
    }
}

impl Operation {
    /// The same operation on the same names in another table.
    ///
    /// # Panics
    ///
    /// Panics if `to` does not hold them.
    #[must_use]
    pub fn moved(&self, from: &Names, to: &Names) -> Self {
        self.rename(
            |key| {
                to.find_key(from.key(key).as_str())
                    .expect("the new table holds every key that is used")
            },
            |prefix| {
                to.find_prefix(from.prefix(prefix).as_str())
                    .expect("the new table holds every prefix that is used")
            },
        )
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What an earlier version can read says so.
        let block = self.together();
        let is_new = self.has_faults() || block.is_some();
        let version = if is_new { PLAN_VERSION } else { 1 };
        writeln!(f, "zarr-conform plan {version}")?;
        for (at, step) in self.steps.iter().enumerate() {
            let begins = block.as_ref().is_some_and(|block| block.start == at);
            let ends = block.as_ref().is_some_and(|block| block.end == at + 1);
            let indent = if step.caller.is_some() { "  " } else { "" };
            f.write_str(if begins { "together\n" } else { "" })?;
            writeln!(f, "{indent}{}", step.display(&self.names))?;
            if let Some(turns) = self.turns.as_ref().filter(|_| ends) {
                writeln!(f, "{indent}turns: {turns}")?;
            }
            f.write_str(if ends { "end\n" } else { "" })?;
        }
        Ok(())
    }
}

/// The same as [`Display`](fmt::Display), on lines of its own: a failing test shows a plan that can
/// be pasted.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}
