//! Why a store cannot be isolated.

use std::io;

use zarr_conform_wire::{GreetingError, WireError};

/// Why there is no process for a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IsolationError {
    /// The thread has no name, or the main thread's.
    #[error(
        "no test is known to start again for the isolated store: call `isolated` on the thread of the test, or say which one it is with `isolated_as(\"module::test\")`"
    )]
    NoTest,
    /// The program started, ended, and served nothing.
    #[error(
        "the program started itself again as `{command}`, and that {end} before it came to `isolated`{words}: say which test it is with `isolated_as(\"module::test\")`, and do in it what needs no second program before"
    )]
    NotReached {
        /// What was started.
        command: String,
        /// How it ended.
        end: String,
        /// What it wrote last.
        words: String,
    },
    /// The other end says why there are no stores, or speaks another protocol.
    #[error(transparent)]
    Greeting(#[from] GreetingError),
    /// The connection failed in another way than by an end of the process.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The system starts no process, or opens no pipe.
    #[error("no process could be started for the store: {0}")]
    Io(#[from] io::Error),
    /// There are no such pipes here.
    #[error("stores are isolated on Unix alone")]
    NotUnix,
}
