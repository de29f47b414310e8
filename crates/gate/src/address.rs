//! How is a boundary call named, so that the name is valid in the next run, too?

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use crate::text::{TextError, parse_word};

macro_rules! kinds {
    ($($kind:ident $name:literal: $doc:literal,)*) => {
        /// What a boundary call does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum CallKind {
            $(#[doc = $doc] $kind,)*
        }

        impl CallKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// Its name in plans: `write`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
        }
    };
}

kinds! {
    Open "open": "Opens what exists; it may be cut to nothing by that.",
    Create "create": "Opens a file that does not exist, and makes it.",
    Read "read": "Reads bytes of a file.",
    Write "write": "Writes bytes to a file.",
    Copy "copy": "Copies bytes from file to file inside the kernel.",
    Sync "sync": "Waits until a file, a directory or everything is on the device.",
    Truncate "truncate": "Sets the length of a file.",
    Allocate "allocate": "Reserves or gives back space of a file.",
    Rename "rename": "Renames a file or a directory.",
    Remove "remove": "Removes the name of a file.",
    MakeDirectory "make_directory": "Makes a directory.",
    RemoveDirectory "remove_directory": "Removes an empty directory.",
    Stat "stat": "Asks what a name or an open file is.",
    List "list": "Begins to list a directory.",
    Entry "entry": "Asks for the next name of a listing.",
    Link "link": "Gives a file another name, or makes a symbolic link.",
    Attributes "attributes": "Changes permissions, owner, times or extended attributes.",
    Lock "lock": "Locks or unlocks a file.",
    Map "map": "Maps a file into memory.",
    Yield "yield": "Lets other threads go first.",
    Sleep "sleep": "Waits for some time.",
    Random "random": "Draws random bytes.",
    Await "await": "Lets other futures go first; no call to the system, but a place where turns change, too.",
}

impl CallKind {
    /// Whether such a call changes what is on the device.
    ///
    /// A lock and a sync change nothing that can be read; an `open` may, and counts as one that
    /// does not: see [`Call::changes`](crate::Call).
    #[must_use]
    pub const fn changes(self) -> bool {
        match self {
            Self::Create
            | Self::Write
            | Self::Copy
            | Self::Truncate
            | Self::Allocate
            | Self::Rename
            | Self::Remove
            | Self::MakeDirectory
            | Self::RemoveDirectory
            | Self::Link
            | Self::Attributes => true,
            Self::Open
            | Self::Read
            | Self::Sync
            | Self::Stat
            | Self::List
            | Self::Entry
            | Self::Lock
            | Self::Map
            | Self::Yield
            | Self::Sleep
            | Self::Random
            | Self::Await => false,
        }
    }

    /// Whether such a call is on a file or a name, not on threads, time or randomness.
    #[must_use]
    pub const fn is_on_files(self) -> bool {
        !matches!(self, Self::Yield | Self::Sleep | Self::Random | Self::Await)
    }

    /// Whether such a call needs space on the device.
    #[must_use]
    pub(crate) const fn needs_space(self) -> bool {
        matches!(
            self,
            Self::Create
                | Self::Write
                | Self::Copy
                | Self::Allocate
                | Self::MakeDirectory
                | Self::Link
        )
    }
}

impl fmt::Display for CallKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for CallKind {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        parse_word(text, "a kind of call such as write", Self::ALL, Self::name)
    }
}

/// Which call of an operation: the kind, and how many of that kind there were, from 1.
///
/// Taking out another operation leaves it valid, as a number over all calls would not be.
///
/// # Examples
///
/// ```
/// use zarr_conform_gate::{CallAddress, CallKind};
///
/// let address: CallAddress = "write#2".parse()?;
/// assert_eq!(address.kind(), CallKind::Write);
/// assert_eq!(address.ordinal(), 2);
/// assert_eq!(address.to_string(), "write#2");
/// assert!("write#0".parse::<CallAddress>().is_err());
/// # Ok::<(), zarr_conform_gate::TextError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallAddress {
    kind: CallKind,
    ordinal: NonZeroU32,
}

impl CallAddress {
    /// The `ordinal`-th call of a kind within an operation; `None` for 0.
    #[must_use]
    pub const fn new(kind: CallKind, ordinal: u32) -> Option<Self> {
        match NonZeroU32::new(ordinal) {
            None => None,
            Some(ordinal) => Some(Self { kind, ordinal }),
        }
    }

    /// The call after `before` ones of the same kind.
    pub(crate) const fn after(kind: CallKind, before: u32) -> Self {
        Self { kind, ordinal: NonZeroU32::MIN.saturating_add(before) }
    }

    /// The kind.
    #[must_use]
    pub const fn kind(self) -> CallKind {
        self.kind
    }

    /// How many of that kind there were, this one included.
    #[must_use]
    pub const fn ordinal(self) -> u32 {
        self.ordinal.get()
    }
}

impl fmt::Display for CallAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.kind, self.ordinal)
    }
}

impl FromStr for CallAddress {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, "the address of a call such as write#1");
        let (kind, ordinal) = text.split_once('#').ok_or_else(wrong)?;
        // `u32` would take a sign or leading zeros, and one call has one address.
        let is_plain =
            ordinal.bytes().all(|byte| byte.is_ascii_digit()) && !ordinal.starts_with('0');
        let ordinal = ordinal.parse().ok().filter(|_| is_plain).ok_or_else(wrong)?;
        Ok(Self { kind: kind.parse()?, ordinal })
    }
}
