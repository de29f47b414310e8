//! Why can calls not be decided?

use std::io;
use std::path::PathBuf;

/// A session cannot be had, or a thread not be armed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// This system's calls cannot be seen.
    #[error(
        "boundary calls are seen on Linux with a shared glibc alone, on x86-64 and AArch64: here nothing could be decided, so nothing is tried"
    )]
    Unsupported,
    /// The root is not a directory that can be found.
    #[error("the root {path} cannot be used: {source}")]
    Root {
        /// The root as it was given.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
    /// A thread is armed once at a time.
    #[error("this thread is armed already: drop the other guard first")]
    AlreadyArmed,
}
