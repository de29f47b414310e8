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
    /// The folder cannot be read.
    #[error("plans cannot be read from the folder {}: {error}", path.display())]
    Folder { path: PathBuf, error: io::Error },
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

/// The `.plan` files in a folder, by name.
///
/// # Errors
///
/// Returns a [`PlanFileError`] if the folder cannot be read.
pub(crate) fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, PlanFileError> {
    let say = |error| PlanFileError::Folder { path: folder.to_owned(), error };
    let entries = std::fs::read_dir(folder).map_err(say)?;
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(say)?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "plan"));
    paths.sort();
    Ok(paths)
}
