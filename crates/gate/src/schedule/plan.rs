//! In which order do callers go, as text and data?

use std::fmt;
use std::str::FromStr;

use crate::address::CallAddress;
use crate::text::TextError;

/// One of the callers: the first is `1` in text, and has the index 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Caller {
    index: usize,
}

impl Caller {
    /// The caller with an index from 0.
    #[must_use]
    pub const fn at(index: usize) -> Self {
        Self { index }
    }

    /// Its index, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.index + 1).fmt(f)
    }
}

impl FromStr for Caller {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let index = from_one(text).ok_or_else(|| TextError::new(text, "a caller such as 1"))?;
        Ok(Self { index })
    }
}

fn from_one(text: &str) -> Option<usize> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse::<usize>().ok().filter(|_| is_plain)?.checked_sub(1)
}

/// A boundary call of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// Whose.
    pub caller: Caller,
    /// In which of the caller's operations, from 0.
    pub operation: usize,
    /// Which call of that operation.
    pub call: CallAddress,
}

/// The turn goes to another caller before a call, or the caller ends there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Switch {
    /// Before which call.
    pub before: Point,
    /// Who goes on.
    pub to: To,
}

/// What becomes of a turn that is switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum To {
    /// It goes to this caller.
    Caller(Caller),
    /// The caller ends instead of going on: its future is dropped. Nothing takes a thread out of a call,
    /// so callers on threads never do.
    End,
}

/// `2`, or `end`.
impl fmt::Display for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caller(caller) => caller.fmt(f),
            Self::End => f.write_str("end"),
        }
    }
}

impl FromStr for To {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text == "end" { Ok(Self::End) } else { text.parse().map(Self::Caller) }
    }
}

/// `1 before write#1 -> 2`; `1.2 before write#1 -> 2` in the second operation; `1 before await#1 -> end`.
impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Point { caller, operation, call } = self.before;
        write!(f, "{caller}")?;
        if operation > 0 {
            write!(f, ".{}", operation + 1)?;
        }
        write!(f, " before {call} -> {}", self.to)
    }
}

impl FromStr for Switch {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, "a switch such as `1 before write#1 -> 2`");
        let (who, rest) = text.split_once(" before ").ok_or_else(wrong)?;
        let (call, to) = rest.split_once(" -> ").ok_or_else(wrong)?;
        let (caller, operation) = match who.split_once('.') {
            None => (who, 0),
            // The first operation has no number.
            Some((caller, operation)) => {
                (caller, from_one(operation).filter(|index| *index > 0).ok_or_else(wrong)?)
            }
        };
        let before = Point { caller: caller.parse()?, operation, call: call.parse()? };
        Ok(Self { before, to: to.parse()? })
    }
}

/// The order of callers.
///
/// Without switches each runs until it is through, or has to wait. Then the next one that can goes
/// on: next in the order, and round again.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Schedule {
    /// Who goes first, and who next; empty for the order of their numbers.
    pub order: Vec<Caller>,
    /// Where the turn goes elsewhere. Each happens once, in any order.
    pub switches: Vec<Switch>,
}

/// `1 before write#1 -> 2`, or `order 2 1, 2 before write#1 -> 1`; empty for the plain order.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.order.is_empty() {
            let order: Vec<String> = self.order.iter().map(ToString::to_string).collect();
            parts.push(format!("order {}", order.join(" ")));
        }
        parts.extend(self.switches.iter().map(ToString::to_string));
        f.write_str(&parts.join(", "))
    }
}

impl FromStr for Schedule {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut schedule = Self::default();
        if text.is_empty() {
            return Ok(schedule);
        }
        for (index, part) in text.split(", ").enumerate() {
            match part.strip_prefix("order ").filter(|_| index == 0) {
                Some(order) => {
                    schedule.order = order.split(' ').map(str::parse).collect::<Result<_, _>>()?;
                }
                None => schedule.switches.push(part.parse()?),
            }
        }
        Ok(schedule)
    }
}
