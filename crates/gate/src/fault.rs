//! What can go wrong at a boundary call, and what suits which call?

use std::fmt;
use std::str::FromStr;

use crate::address::{CallAddress, CallKind};
use crate::errno::Errno;
use crate::text::TextError;

/// What goes wrong at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// The call fails once with this error, and does nothing. [`Errno::EINTR`] asks to be tried
    /// again.
    Error(Errno),
    /// Half of the bytes are read or written, and at least one.
    Short,
    /// From this call on, whatever needs space fails with [`Errno::ENOSPC`], until the session is
    /// healed.
    FullDisk,
    /// From this call on, every call fails with [`Errno::EIO`] and changes nothing, until the
    /// session is revived.
    Crash {
        /// Whether the first half of the bytes of a write is written before.
        half: bool,
    },
}

/// `EIO`, `short`, `full-disk`, `crash`, `crash-half`.
impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error(errno) => errno.name(),
            Self::Short => "short",
            Self::FullDisk => "full-disk",
            Self::Crash { half: false } => "crash",
            Self::Crash { half: true } => "crash-half",
        })
    }
}

impl FromStr for FaultKind {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Ok(match text {
            "short" => Self::Short,
            "full-disk" => Self::FullDisk,
            "crash" => Self::Crash { half: false },
            "crash-half" => Self::Crash { half: true },
            _ => Self::Error(text.parse().map_err(|_| {
                TextError::new(
                    text,
                    "a fault: short, full-disk, crash, crash-half, or an error such as EIO",
                )
            })?),
        })
    }
}

/// A fault, and where it strikes: once, at the first call with that address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Strike {
    /// The call.
    pub at: CallAddress,
    /// What goes wrong.
    pub fault: FaultKind,
}

/// `write#1 ENOSPC`.
impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at, self.fault)
    }
}

impl FromStr for Strike {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, "a call and a fault such as `write#1 EIO`");
        let (at, fault) = text.split_once(' ').ok_or_else(wrong)?;
        Ok(Self { at: at.parse()?, fault: fault.parse()? })
    }
}

/// The faults that suit a kind of call, for a sweep; crashes suit every kind, and are not among
/// them.
///
/// Calls on threads, time and randomness do not fail.
#[must_use]
pub const fn faults_for(kind: CallKind) -> &'static [FaultKind] {
    const EIO: FaultKind = FaultKind::Error(Errno::EIO);
    const EINTR: FaultKind = FaultKind::Error(Errno::EINTR);
    const EMFILE: FaultKind = FaultKind::Error(Errno::EMFILE);
    const ENOSPC: FaultKind = FaultKind::Error(Errno::ENOSPC);
    match kind {
        CallKind::Open => &[EIO, EMFILE],
        CallKind::Create => &[EIO, EMFILE, ENOSPC],
        CallKind::Read => &[EIO, EINTR, FaultKind::Short],
        CallKind::Write => &[EIO, FaultKind::FullDisk, EINTR, FaultKind::Short],
        CallKind::Yield | CallKind::Sleep | CallKind::Random | CallKind::Await => &[],
        _ => &[EIO],
    }
}
