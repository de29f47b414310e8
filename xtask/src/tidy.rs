//! `cargo xtask tidy`: what a reviewer would say twice.

use std::io;

use crate::exit::Exit;
use crate::{arrows, msrv, output, sources, workspace};

/// The repository cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TidyError {
    /// A source file or a folder cannot be read.
    #[error("the sources cannot be read: {0}")]
    Sources(#[from] io::Error),
    /// Cargo does not understand the workspace.
    #[error("Cargo cannot read the workspace: {0}")]
    Workspace(#[from] cargo_metadata::Error),
}

/// Prints everything that is wrong.
///
/// # Errors
///
/// Returns a [`TidyError`] if the repository cannot be read.
pub(crate) fn run() -> Result<Exit, TidyError> {
    let root = workspace::root();
    let mut wrong = arrows::wrong_arrows(&root)?;
    wrong.extend(sources::wrong_sources(&root)?);
    wrong.extend(msrv::wrong_versions(&root)?);
    for message in &wrong {
        output::say(message);
    }
    Ok(Exit::success_if(wrong.is_empty()))
}
