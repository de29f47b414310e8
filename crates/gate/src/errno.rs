//! Which errors can a boundary call meet, and what are they called?

use std::fmt;
use std::str::FromStr;

use crate::text::{TextError, parse_word};

macro_rules! errnos {
    ($($name:ident: $doc:literal,)*) => {
        /// An error of the operating system, by its name in POSIX.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Errno {
            $(#[doc = $doc] $name,)*
        }

        impl Errno {
            /// All of them, by name.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name: `EIO`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Its number on this system.
            #[cfg(all(target_os = "linux", target_env = "gnu"))]
            #[must_use]
            pub const fn number(self) -> i32 {
                match self { $(Self::$name => libc::$name,)* }
            }
        }
    };
}

errnos! {
    EACCES: "Permission denied.",
    EAGAIN: "Try again.",
    EBUSY: "Device or resource busy.",
    EDEADLK: "A deadlock would occur.",
    EDQUOT: "The quota is used up.",
    EEXIST: "The file exists.",
    EFBIG: "The file would be too large.",
    EINTR: "Interrupted by a signal.",
    EINVAL: "An argument that makes no sense.",
    EIO: "The device failed.",
    EISDIR: "It is a directory.",
    ELOOP: "Too many symbolic links.",
    EMFILE: "Too many open files in this process.",
    ENAMETOOLONG: "The name is too long.",
    ENFILE: "Too many open files in the system.",
    ENOENT: "No such file or directory.",
    ENOMEM: "Out of memory.",
    ENOSPC: "No space left on the device.",
    ENOSYS: "The system has no such call.",
    ENOTDIR: "It is no directory.",
    ENOTEMPTY: "The directory is not empty.",
    EOPNOTSUPP: "Not supported by the file system.",
    EPERM: "Not permitted.",
    EROFS: "The file system can only be read.",
    ESTALE: "The file handle is stale.",
    ETIMEDOUT: "It took too long.",
    EXDEV: "The two are on different file systems.",
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Errno {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        parse_word(text, "an error such as EIO", Self::ALL, Self::name)
    }
}
