//! Steps: what one line of a plan does.

use std::fmt;

use crate::plan::caller::Caller;
use crate::plan::fault::Fault;
use crate::plan::names::Names;
use crate::plan::operation::Operation;

/// One line of a plan: an operation, who asks it, and what goes wrong meanwhile.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Plan;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = "set a \"x\"\nfail write#1 ENOSPC: set a \"y\"".parse()?;
/// let [first, second] = plan.steps() else { unreachable!() };
/// assert_eq!(first.fault, None);
/// assert_eq!(second.fault.map(|fault| fault.to_string()).as_deref(), Some("fail write#1 ENOSPC"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// Who asks, if several ask at the same time.
    pub caller: Option<Caller>,
    /// Which handle on the store's place is asked; always the first one, where one caller asks alone.
    pub handle: Handle,
    /// What goes wrong on the way, if something does.
    pub fault: Option<Fault>,
    /// What the store is asked.
    pub operation: Operation,
}

/// A handle on the place of a store: a store that was opened there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Handle {
    /// The store that all of the plan is about.
    #[default]
    First,
    /// Another one, which is opened at the same place before callers ask at the same time; `b` behind the
    /// number of the caller in text.
    Second,
}

impl Step {
    /// The same step with another operation.
    #[must_use]
    pub const fn with(&self, operation: Operation) -> Self {
        Self { operation, ..*self }
    }

    /// The same step without what goes wrong in it.
    #[must_use]
    pub fn in_peace(&self) -> Self {
        Self { fault: None, ..self.clone() }
    }

    /// The operation, as a caller asks it beside others.
    #[must_use]
    pub const fn by(caller: Caller, operation: Operation) -> Self {
        Self { caller: Some(caller), handle: Handle::First, fault: None, operation }
    }

    /// The same step of a handle.
    #[must_use]
    pub fn of(self, handle: Handle) -> Self {
        Self { handle, ..self }
    }

    /// The step as one line of a plan, with the names that `names` gives.
    #[must_use]
    pub const fn display<'a>(&'a self, names: &'a Names) -> StepText<'a> {
        StepText { step: self, names }
    }
}

impl From<Operation> for Step {
    fn from(operation: Operation) -> Self {
        Self { caller: None, handle: Handle::First, fault: None, operation }
    }
}

/// Prints a step; see [`Step::display`].
#[derive(Clone, Copy)]
pub struct StepText<'a> {
    step: &'a Step,
    names: &'a Names,
}

impl fmt::Display for StepText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(caller) = self.step.caller {
            let handle = if self.step.handle == Handle::Second { "b" } else { "" };
            write!(f, "{caller}{handle}: ")?;
        }
        if let Some(fault) = self.step.fault {
            write!(f, "{fault}: ")?;
        }
        write!(f, "{}", self.step.operation.display(self.names))
    }
}
