//! Reads plans from files.

use std::io;
use std::path::{Path, PathBuf};

use zarr_conform_model::{Plan, PlanError};

/// A plan that could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanFileError {
    /// The file cannot be read as text.
    #[error("the plan {} cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    /// A line is no line of a plan; the message begins with the file, the line and the column.
    #[error(transparent)]
    Malformed(#[from] PlanError),
}

/// Reads one plan.
///
/// # Errors
///
/// Returns a [`PlanFileError`] if the file is not readable text, or not a plan.
pub(crate) fn read(path: &Path) -> Result<Plan, PlanFileError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| PlanFileError::Unreadable { path: path.to_owned(), error })?;
    Ok(Plan::parse(&text, &path.display().to_string())?)
}
