//! What faults are about: the clause that says what is right after each, and the fact that failures are
//! filed under.

use crate::contract::clause::Clause;
use crate::contract::signature::Facts;
use crate::plan::fault::{Errno, Fault, PowerPolicy};

impl Fault {
    /// The clause that says what is right after it.
    #[must_use]
    pub const fn clause(&self) -> Clause {
        match self {
            Self::Fail { errno: Errno::Enospc, .. } => Clause::X3,
            Self::Fail { errno: Errno::Eintr, .. } | Self::Short { .. } => Clause::X2,
            Self::Fail { errno: Errno::Eio | Errno::Emfile, .. } | Self::Request { .. } => {
                Clause::X1
            }
            Self::Crash { .. } | Self::PowerCut { policy: PowerPolicy::Kill, .. } => Clause::X6,
            Self::PowerCut { .. } => Clause::X7,
        }
    }

    /// Whether the store is gone with it, and is opened anew at its place.
    #[must_use]
    pub const fn ends_the_store(&self) -> bool {
        matches!(self, Self::Crash { .. } | Self::PowerCut { .. })
    }

    /// The fact that failures after it are filed under.
    #[must_use]
    pub const fn fact(&self) -> Facts {
        match self {
            Self::Fail { .. } | Self::Short { .. } | Self::Request { .. } => Facts::FAILED,
            Self::Crash { .. } | Self::PowerCut { policy: PowerPolicy::Kill, .. } => Facts::CRASHED,
            Self::PowerCut { .. } => Facts::CUT,
        }
    }
}

/// The last fault that a store met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Aftermath {
    pub(crate) clause: Clause,
    pub(crate) fact: Facts,
    /// Whether it left more open than the model keeps.
    pub(crate) is_lost: bool,
}
