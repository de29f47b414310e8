//! Turns: in which order callers go that ask at the same time.
//!
//! A switch names the caller, the kind of call and its ordinal within the operation, never a number in
//! the whole run: taking out another operation leaves it valid.

use std::fmt;

use crate::plan::caller::Caller;
use crate::plan::fault::BoundaryCall;

/// The turn goes to another caller before a boundary call, or the caller ends there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Switch {
    /// Who is about to make the call.
    pub caller: Caller,
    /// In which of the caller's operations, from 0.
    pub operation: usize,
    /// Before which call of that operation.
    pub before: BoundaryCall,
    /// Who goes on.
    pub to: To,
}

/// What becomes of a turn that is switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum To {
    /// It goes to this caller.
    Caller(Caller),
    /// The caller ends instead of going on: its future is dropped, and it asks nothing more.
    End,
}

/// `2`, or `end`.
impl fmt::Display for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caller(caller) => caller.fmt(f),
            Self::End => f.write_str(END),
        }
    }
}

/// What stands for a caller that ends early.
pub(super) const END: &str = "end";

/// The order in which callers go.
///
/// Each goes on until it is through or has to wait, and then the next one does; but for the switches,
/// each of which happens once.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Plan;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = "together
///     1: set a \"x\"
///     2: get a
///     turns: order 2 1, 2 before read#1 -> 1
/// end".parse()?;
/// let turns = plan.turns().expect("they are given");
/// assert_eq!(turns.order.len(), 2);
/// assert_eq!(turns.switches[0].to_string(), "2 before read#1 -> 1");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Turns {
    /// Who goes first, and who next; empty for the order of their numbers.
    pub order: Vec<Caller>,
    /// Where the turn goes elsewhere.
    pub switches: Vec<Switch>,
}

impl Turns {
    /// The same with other numbers for the callers; without what is about those that have none.
    pub(super) fn renumber(&self, number: impl Fn(Caller) -> Option<Caller>) -> Self {
        let order: Vec<Caller> = self.order.iter().filter_map(|caller| number(*caller)).collect();
        let switch = |switch: &Switch| {
            let caller = number(switch.caller)?;
            let to = match switch.to {
                To::Caller(to) => To::Caller(number(to)?),
                To::End => To::End,
            };
            Some(Switch { caller, to, ..*switch })
        };
        let switches = self.switches.iter().filter_map(switch).collect();
        let is_plain = order.is_sorted();
        Self { order: if is_plain { Vec::new() } else { order }, switches }
    }
}

/// `1 before write#1 -> 2`; `1.2 before write#1 -> 2` in the second operation; `1 before await#1 -> end`.
impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.caller)?;
        if self.operation > 0 {
            write!(f, ".{}", self.operation + 1)?;
        }
        write!(f, " before {} -> {}", self.before, self.to)
    }
}

/// `1 before write#1 -> 2`, or `order 2 1, 2 before write#1 -> 1`; `in order` without anything of it.
impl fmt::Display for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.order.is_empty() {
            let order: Vec<String> = self.order.iter().map(ToString::to_string).collect();
            parts.push(format!("order {}", order.join(" ")));
        }
        parts.extend(self.switches.iter().map(ToString::to_string));
        f.write_str(if parts.is_empty() { IN_ORDER } else { "" })?;
        f.write_str(&parts.join(", "))
    }
}

/// What stands for turns without an order of their own and without switches.
pub(super) const IN_ORDER: &str = "in order";
