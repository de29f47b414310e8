//! Exit statuses: what scripts learn from a command.

use std::process::ExitCode;

use zarr_conform_machines::report::Status;

/// What a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The store conforms, but for what is known; the repository is as it should be.
    Success,
    /// There are failures, or known issues that no longer show.
    Failures,
    /// The command was given something that it cannot use.
    Usage,
    /// Nothing was tested, or too little, which says nothing about the store.
    NothingRan,
}

impl Exit {
    /// The number, from 0 to 3.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failures => 1,
            Self::Usage => 2,
            Self::NothingRan => 3,
        }
    }

    /// [`Success`](Self::Success) if everything is `fine`, and [`Failures`](Self::Failures) if not.
    #[must_use]
    pub const fn success_if(fine: bool) -> Self {
        if fine { Self::Success } else { Self::Failures }
    }
}

impl From<&Status> for Exit {
    fn from(status: &Status) -> Self {
        match status {
            Status::Conforms => Self::Success,
            Status::Disagrees => Self::Failures,
            Status::Misconfigured(_) => Self::Usage,
            Status::Inconclusive(_) | Status::NothingRan(_) | Status::CannotOpen(_) => {
                Self::NothingRan
            }
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_tested_is_neither_a_success_nor_a_failure() {
        for status in [Status::NothingRan, Status::CannotOpen] {
            assert_eq!(Exit::from(&status(String::new())).code(), 3);
        }
        assert_eq!(Exit::from(&Status::Inconclusive(Vec::new())).code(), 3);
        assert_eq!(Exit::from(&Status::Misconfigured(String::new())).code(), 2);
        assert_eq!(Exit::from(&Status::Conforms).code(), 0);
        assert_eq!(Exit::from(&Status::Disagrees).code(), 1);
    }
}
