//! Steps: what one line of a plan does.

use std::fmt;

use crate::plan::fault::Fault;
use crate::plan::names::Names;
use crate::plan::operation::Operation;

/// One line of a plan: an operation, and what goes wrong while it is asked.
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
    /// What goes wrong on the way, if something does.
    pub fault: Option<Fault>,
    /// What the store is asked.
    pub operation: Operation,
}

impl Step {
    /// The same step with another operation.
    #[must_use]
    pub const fn with(&self, operation: Operation) -> Self {
        Self { fault: self.fault, operation }
    }

    /// The step as one line of a plan, with the names that `names` gives.
    #[must_use]
    pub const fn display<'a>(&'a self, names: &'a Names) -> StepText<'a> {
        StepText { step: self, names }
    }
}

impl From<Operation> for Step {
    fn from(operation: Operation) -> Self {
        Self { fault: None, operation }
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
        if let Some(fault) = self.step.fault {
            write!(f, "{fault}: ")?;
        }
        write!(f, "{}", self.step.operation.display(self.names))
    }
}
