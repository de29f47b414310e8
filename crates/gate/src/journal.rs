//! What did calls change, as data that can be played again?

use std::fmt;
use std::path::PathBuf;

use crate::address::CallAddress;

/// A change of one call that succeeded. Paths are from the root; an absolute one is outside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// A new, empty file.
    Create {
        /// Its name.
        path: PathBuf,
    },
    /// Bytes of a file.
    Write {
        /// The file.
        path: PathBuf,
        /// Where they begin.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A file has another length; new bytes are zeros.
    Truncate {
        /// The file.
        path: PathBuf,
        /// The new length.
        length: u64,
    },
    /// A name becomes another one, and replaces what had that.
    Rename {
        /// The old name.
        from: PathBuf,
        /// The new one.
        to: PathBuf,
        /// Whether the two change places.
        exchange: bool,
    },
    /// A file has a name more.
    Link {
        /// A name that it had.
        from: PathBuf,
        /// The new one.
        to: PathBuf,
    },
    /// A symbolic link.
    Symlink {
        /// What it says.
        target: PathBuf,
        /// Its name.
        path: PathBuf,
    },
    /// A name of a file is gone.
    Remove {
        /// The name.
        path: PathBuf,
    },
    /// A new, empty directory.
    MakeDirectory {
        /// Its name.
        path: PathBuf,
    },
    /// An empty directory is gone.
    RemoveDirectory {
        /// Its name.
        path: PathBuf,
    },
    /// A file or a directory is on the device.
    Sync {
        /// Which one.
        path: PathBuf,
    },
    /// Everything is on the device.
    SyncAll,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { path } => write!(f, "create {}", path.display()),
            Self::Write { path, offset, bytes } => {
                write!(f, "write {} {offset}+{}", path.display(), bytes.len())
            }
            Self::Truncate { path, length } => write!(f, "truncate {} {length}", path.display()),
            Self::Rename { from, to, exchange: false } => {
                write!(f, "rename {} -> {}", from.display(), to.display())
            }
            Self::Rename { from, to, exchange: true } => {
                write!(f, "exchange {} <-> {}", from.display(), to.display())
            }
            Self::Link { from, to } => write!(f, "link {} -> {}", from.display(), to.display()),
            Self::Symlink { target, path } => {
                write!(f, "symlink {} = {}", path.display(), target.display())
            }
            Self::Remove { path } => write!(f, "remove {}", path.display()),
            Self::MakeDirectory { path } => write!(f, "make_directory {}", path.display()),
            Self::RemoveDirectory { path } => write!(f, "remove_directory {}", path.display()),
            Self::Sync { path } => write!(f, "sync {}", path.display()),
            Self::SyncAll => f.write_str("sync all"),
        }
    }
}

/// The changes of calls, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    entries: Vec<(CallAddress, Effect)>,
}

impl Journal {
    pub(crate) fn extend(&mut self, call: CallAddress, effects: Vec<Effect>) {
        self.entries.extend(effects.into_iter().map(|effect| (call, effect)));
    }

    /// Each change, with the call that made it; an address is one within its operation.
    #[must_use]
    pub fn entries(&self) -> &[(CallAddress, Effect)] {
        &self.entries
    }

    /// How many changes there are: a power cut may come after 0 to `len` of them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many changes there are up to the last one of a call, for a power cut after it; `None` if it
    /// changed nothing. Of several operations in one journal, it is the last call of that address.
    #[must_use]
    pub fn length_after(&self, call: CallAddress) -> Option<usize> {
        let last = self.entries.iter().rposition(|(address, _)| *address == call)?;
        Some(last + 1)
    }

    /// Whether nothing was changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
