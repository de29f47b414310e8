//! The file for a report, opened before time is spent on what it reports.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

/// A file that was opened before the work, so that no report is lost for the want of one.
pub(crate) struct ReportFile {
    path: PathBuf,
    file: File,
}

/// The file for the report cannot be written.
#[derive(Debug, thiserror::Error)]
#[error(
    "the report cannot be written to {}: {error}; give --report a file that can be written to",
    path.display()
)]
pub(crate) struct ReportFileError {
    path: PathBuf,
    error: io::Error,
}

impl ReportFile {
    /// Opens the file, and leaves what is in it until there is a new report.
    ///
    /// # Errors
    ///
    /// Returns a [`ReportFileError`] if there is no such folder, or the file cannot be written.
    pub(crate) fn open(path: PathBuf) -> Result<Self, ReportFileError> {
        let mut options = OpenOptions::new();
        match options.write(true).create(true).truncate(false).open(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(ReportFileError { path, error }),
        }
    }

    /// Writes the report in place of what was there.
    ///
    /// # Errors
    ///
    /// Returns a [`ReportFileError`] if not all of it can be written.
    pub(crate) fn write(mut self, json: &str) -> Result<(), ReportFileError> {
        let written = self.truncate().and_then(|()| self.file.write_all(json.as_bytes()));
        written.map_err(|error| ReportFileError { path: self.path, error })
    }

    /// Empties the file, if it is one: a pipe or a device cannot be emptied, and need not be.
    fn truncate(&self) -> io::Result<()> {
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        Ok(())
    }
}
