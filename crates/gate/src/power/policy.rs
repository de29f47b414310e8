//! What may be relied on when the power goes?
//!
//! | Rule | Source |
//! |---|---|
//! | What a call wrote is there for everybody once it returns, so a process that is killed loses nothing | POSIX, `write` and `rename` |
//! | `fsync` and `fdatasync` put the bytes and the length of that file on the device | POSIX, `fsync`: all data for the open file is to be transferred; `fdatasync`: as for synchronized I/O data integrity, which includes the length |
//! | `fsync` of a new file does not put its name there; `fsync` of its directory does | Linux, `fsync(2)`: it "does not necessarily ensure that the entry in the directory containing the file has also reached disk" |
//! | A name that was not synced may be there or not | Pillai and others, "All File Systems Are Not Created Equal" (OSDI 2014, ALICE): file systems differ in what they promise of directory operations, and some persist them in another order |
//! | A rename is there whole or not at all, across two directories, too | File systems with a journal or with copy on write make it in one transaction; POSIX promises it to running programs alone, and a stricter rule would find fault with every store that renames |
//! | Names and lengths may be there before the bytes, which are zeros then, or what was at their place | ext4's documentation of `data=writeback`, and of delayed allocation under `auto_da_alloc`; Mohan and others, "Finding Crash-Consistency Bugs with Bounded Black-Box Crash Testing" (OSDI 2018, `CrashMonkey`) |
//! | `sync_file_range` makes nothing sure | Linux, `sync_file_range(2)`: "extremely dangerous", as it writes no metadata |
//!
//! File systems keep more than `strict` says. ext4 and btrfs write the name of a new file with its
//! `fsync`; but none promises to.

use std::fmt;
use std::str::FromStr;

use crate::text::{TextError, parse_word};

/// What a power cut leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PowerPolicy {
    /// All that was done: it was the process that was killed, and not the system.
    Kill,
    /// What was synced, and nothing else: the bytes of a file by a sync of the file, a name by a
    /// sync of its directory.
    Strict,
    /// All names and lengths, and the bytes that were synced; the others are zeros, or what was at
    /// their place.
    MetadataFirst,
}

impl PowerPolicy {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Kill, Self::Strict, Self::MetadataFirst];

    /// Its name in plans: `metadata-first`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Strict => "strict",
            Self::MetadataFirst => "metadata-first",
        }
    }
}

impl fmt::Display for PowerPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for PowerPolicy {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        parse_word(
            text,
            "what a power cut leaves: kill, strict, metadata-first",
            Self::ALL,
            Self::name,
        )
    }
}
