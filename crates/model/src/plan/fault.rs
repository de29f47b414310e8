//! Faults: what can go wrong on the way to a file or a service, at one call of one operation.
//!
//! A fault names the kind of call and its ordinal within the operation, never a number in the whole
//! plan: taking out another operation leaves it valid. It is a prefix of a line, so dropping it
//! leaves an ordinary plan.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// Names of variants, both ways.
macro_rules! words {
    (
        $(#[$doc:meta])*
        $name:ident, $expected:literal { $($(#[$variant_doc:meta])* $variant:ident $word:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All of them, the simplest first.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in plans and reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                let found = Self::ALL.iter().copied().find(|known| known.name() == word);
                found.ok_or(UnknownWord { expected: $expected })
            }
        }
    };
}

/// A word of a fault that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct UnknownWord {
    pub(super) expected: &'static str,
}

words! {
    /// Kinds of boundary calls: those by which a store leaves its own code for a file, in the words of
    /// `zarr-conform-gate`.
    CallKind, "a kind of call such as write, rename or sync" {
        /// A file is opened that is there.
        Open "open",
        /// A file is opened that may have to be created.
        Create "create",
        /// Bytes are read.
        Read "read",
        /// Bytes are written.
        Write "write",
        /// Bytes are copied from file to file inside the kernel.
        Copy "copy",
        /// What was written is made durable.
        Sync "sync",
        /// A file is cut or extended.
        Truncate "truncate",
        /// Room for a file is reserved or given back.
        Allocate "allocate",
        /// A name is given to another file, or to the same under another name.
        Rename "rename",
        /// A file gets one more name.
        Link "link",
        /// A name of a file is removed.
        Remove "remove",
        /// A directory is made.
        MakeDirectory "make_directory",
        /// A directory is removed.
        RemoveDirectory "remove_directory",
        /// What is known of a file is asked for.
        Stat "stat",
        /// A listing of a directory begins.
        List "list",
        /// The next name of a listing is asked for.
        Entry "entry",
        /// Permissions, owner or times are changed.
        Attributes "attributes",
        /// A file is locked for others.
        Lock "lock",
        /// A file is mapped into memory.
        Map "map",
        /// A future lets others go first; nothing goes wrong there, but turns change.
        Await "await",
    }
}

words! {
    /// Errors that the operating system gives.
    Errno, "an error such as EIO, ENOSPC, EMFILE or EINTR" {
        /// The device failed.
        Eio "EIO",
        /// The device is full; it stays so until the operation ends.
        Enospc "ENOSPC",
        /// Too many files are open.
        Emfile "EMFILE",
        /// A signal came before anything was done; asked again, the call succeeds.
        Eintr "EINTR",
    }
}

words! {
    /// What a cut of the power leaves of what was not made durable.
    PowerPolicy, "what the cut leaves: kill, strict or metadata-first" {
        /// All of it: only the process is gone.
        Kill "kill",
        /// None of it: bytes that were not synced, names whose directory was not.
        Strict "strict",
        /// Names and lengths, and no bytes.
        MetadataFirst "metadata-first",
    }
}

words! {
    /// What can go wrong with a request to a service.
    ///
    /// A listing of a moment ago is not among it: the services that stores are built on promise that
    /// what was acknowledged is listed (Amazon S3 user guide, "Data consistency model"), and no answer
    /// of a store over one that breaks its promise could be called right.
    RequestFault, "what happens to the request: 503, 500, 429, reset, lost reply, cut body, corrupt body or twice" {
        /// The service is not available for now.
        Unavailable "503",
        /// The service failed.
        Internal "500",
        /// There were too many requests.
        TooMany "429",
        /// The connection is cut before the request arrives.
        Reset "reset",
        /// The request is carried out, and the connection is cut before the reply.
        LostReply "lost reply",
        /// The reply says how long its body is, and ends before that.
        CutBody "cut body",
        /// The reply has the length that it should, and a byte of its body is another.
        CorruptBody "corrupt body",
        /// The request arrives twice, and the reply is that to the first.
        Twice "twice",
    }
}

/// One call of an operation: its kind, and which of that kind it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BoundaryCall {
    /// What the call does.
    pub kind: CallKind,
    /// The how-manieth of its kind within the operation it is, from 1.
    pub ordinal: NonZeroU32,
}

impl fmt::Display for BoundaryCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.kind, self.ordinal)
    }
}

/// What goes wrong while an operation is asked.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Plan;
/// use zarr_conform_model::plan::{CallKind, Fault};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = "crash in write#2: set a \"x\"".parse()?;
/// let Some(Fault::Crash { at, half: true }) = plan.steps()[0].fault else { unreachable!() };
/// assert_eq!((at.kind, at.ordinal.get()), (CallKind::Write, 2));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The call fails and changes nothing: `fail write#1 EIO`.
    Fail {
        /// The call.
        at: BoundaryCall,
        /// What it says.
        errno: Errno,
    },
    /// The call reads or writes half of what it was to, and says so: `short write#1`.
    Short {
        /// The call.
        at: BoundaryCall,
    },
    /// From this call on, none changes anything: the process is gone. `crash before write#1`, or
    /// `crash in write#1` with half of its bytes written.
    Crash {
        /// The first call that is not made, or not in full.
        at: BoundaryCall,
        /// Whether half of its bytes are written.
        half: bool,
    },
    /// The power is cut after this call: `cut power strict after write#1`.
    PowerCut {
        /// The last call that was made.
        after: BoundaryCall,
        /// What is left of what was not made durable.
        policy: PowerPolicy,
    },
    /// A request to the service below goes wrong: `request#2 503`, or, that one and all after it,
    /// `request#2.. 503`.
    Request {
        /// The how-manieth of the operation it is, from 1.
        ordinal: NonZeroU32,
        /// Whether the later ones go wrong too.
        on: bool,
        /// What happens to it.
        fault: RequestFault,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fail { at, errno } => write!(f, "fail {at} {errno}"),
            Self::Short { at } => write!(f, "short {at}"),
            Self::Crash { at, half: false } => write!(f, "crash before {at}"),
            Self::Crash { at, half: true } => write!(f, "crash in {at}"),
            Self::PowerCut { after, policy } => write!(f, "cut power {policy} after {after}"),
            Self::Request { ordinal, on, fault } => {
                write!(f, "request#{ordinal}{} {fault}", if *on { ".." } else { "" })
            }
        }
    }
}
