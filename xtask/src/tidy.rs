//! `cargo xtask tidy`: what a reviewer would say twice.

use std::io;

use zarr_conform_cli::{Exit, output};

use crate::sources::Said;
use crate::{arrows, circles, msrv, sources, workspace};

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

/// Prints everything that is wrong, and before it what is worth a thought; only the former fails.
///
/// # Errors
///
/// Returns a [`TidyError`] if the repository cannot be read.
pub(crate) fn run() -> Result<Exit, TidyError> {
    let root = workspace::root();
    let mut wrong = arrows::wrong_arrows(&root)?;
    wrong.extend(circles::wrong_imports(&root)?);
    wrong.extend(msrv::wrong_versions(&root)?);
    let Said { wrong: in_sources, remarks } = sources::look_at_all(&root)?;
    wrong.extend(in_sources);
    for remark in &remarks {
        output::say(format!("remark: {remark}"));
    }
    for message in &wrong {
        output::say(message);
    }
    Ok(Exit::success_if(wrong.is_empty()))
}
