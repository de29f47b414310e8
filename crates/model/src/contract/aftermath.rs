//! What faults are about: the clause that says what is right after each, and the fact that failures are
//! filed under.

use crate::contract::clause::Clause;
use crate::contract::signature::Facts;
use crate::plan::fault::{Errno, Fault, PowerPolicy, RequestFault};
use crate::plan::operation::Operation;

impl Fault {
    /// The clause that says what is right after it.
    #[must_use]
    pub const fn clause(&self) -> Clause {
        match self {
            Self::Fail { errno: Errno::Enospc, .. } => Clause::X3,
            Self::Fail { errno: Errno::Eintr, .. } | Self::Short { .. } => Clause::X2,
            Self::Fail { errno: Errno::Eio | Errno::Emfile, .. } => Clause::X1,
            Self::Request { fault: RequestFault::LostReply | RequestFault::Twice, .. } => {
                Clause::X5
            }
            Self::Request { fault: RequestFault::CorruptBody, .. } => Clause::X8,
            Self::Request { .. } => Clause::X4,
            Self::Crash { .. } | Self::PowerCut { policy: PowerPolicy::Kill, .. } => Clause::X6,
            Self::PowerCut { .. } => Clause::X7,
        }
    }

    /// Whether the store is gone with it, and is opened anew at its place.
    #[must_use]
    pub const fn ends_the_store(&self) -> bool {
        matches!(self, Self::Crash { .. } | Self::PowerCut { .. })
    }

    /// Whether a client that asks again comes through with `operation`, since it is a request that
    /// goes wrong once.
    ///
    /// Where no reply comes, nobody knows whether the request was carried out; what may be done only
    /// once is not asked again then. A body that ends too soon comes after a reply, which clients
    /// that promise to ask again do not speak of.
    #[must_use]
    pub const fn is_asked_again(&self, operation: &Operation) -> bool {
        let Self::Request { on: false, fault, .. } = self else {
            return false;
        };
        let happens_once = matches!(
            operation,
            Operation::SetIfAbsent { .. } | Operation::Copy { .. } | Operation::Rename { .. }
        );
        match fault {
            RequestFault::Unavailable
            | RequestFault::Internal
            | RequestFault::TooMany
            | RequestFault::Twice => true,
            RequestFault::Reset | RequestFault::LostReply => !happens_once,
            RequestFault::CutBody | RequestFault::CorruptBody => false,
        }
    }

    /// Whether what is read of the service is another thing than what is there, and says nothing of
    /// it.
    #[must_use]
    pub const fn corrupts(&self) -> bool {
        matches!(self, Self::Request { fault: RequestFault::CorruptBody, .. })
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
