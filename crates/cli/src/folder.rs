//! A folder of reports: each as JSON and as a page, and a matrix that leads to them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use zarr_conform_reports::{Column, Document, Format, matrix};

/// The folder cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("reports cannot be written to {}: {error}; name a folder that can be written to", path.display())]
pub(crate) struct FolderError {
    path: PathBuf,
    error: io::Error,
}

/// The forms that each report has in the folder.
const FORMS: [Format; 3] = [Format::Json, Format::Html, Format::Junit];

/// Makes the folder, if need be: before time is spent on what goes into it.
///
/// # Errors
///
/// Returns a [`FolderError`] if that cannot be done.
pub(crate) fn make(folder: &Path) -> Result<(), FolderError> {
    fs::create_dir_all(folder).map_err(|error| FolderError { path: folder.to_owned(), error })
}

/// Writes the reports, and `index.html` with a row for each clause and a column for each of them.
///
/// `left_out` are stores that were not tested, and why.
///
/// # Errors
///
/// Returns a [`FolderError`] if a file cannot be written.
pub(crate) fn write(
    folder: &Path,
    reports: impl IntoIterator<Item = Document>,
    left_out: &[(String, String)],
) -> Result<(), FolderError> {
    make(folder)?;
    let columns = Column::of(reports);
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| FolderError { path, error })
    };
    for Column { report, file } in &columns {
        for form in FORMS {
            write(&format!("{file}.{}", form.ending()), &form.render(report))?;
        }
    }
    write("index.html", &matrix(&columns, left_out))
}
