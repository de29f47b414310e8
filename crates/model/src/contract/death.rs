//! Deaths: how a process ends that a store was in.

use std::fmt;

use crate::contract::refusal::first_line;

/// How the process ended that a store was asked in.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::contract::Death;
///
/// let exit = Death::Exit { status: 0, words: String::new() };
/// assert_eq!(exit.to_string(), "died exit 0");
/// let words = "memory allocation of 35184372088832 bytes failed".to_owned();
/// let abort = Death::Signal { name: "SIGABRT".to_owned(), words };
/// assert_eq!(abort.to_string(), "died SIGABRT (memory allocation of 35184372088832 bytes failed)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Death {
    /// It called `exit`.
    Exit {
        /// The status.
        status: i32,
        /// The last line that it wrote to standard error; empty if it wrote none.
        words: String,
    },
    /// A signal ended it.
    Signal {
        /// The name of the signal, such as `SIGABRT`.
        name: String,
        /// The last line that it wrote to standard error; empty if it wrote none.
        words: String,
    },
}

impl Death {
    /// What it wrote last.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Exit { words, .. } | Self::Signal { words, .. } => words,
        }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit { status, .. } => write!(f, "died exit {status}")?,
            Self::Signal { name, .. } => write!(f, "died {name}")?,
        }
        if self.words().is_empty() {
            return Ok(());
        }
        write!(f, " ({})", first_line(self.words()))
    }
}
