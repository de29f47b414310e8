//! The file for a report in the form that its ending names, opened before time is spent.

use std::path::PathBuf;

use zarr_conform_reports::{Document, Format, UnknownFormat};

use crate::report_file::{Given, ReportFile, ReportFileError};

/// A file that was opened before the work, and the form of what is written to it.
pub(crate) struct RenderedFile {
    file: ReportFile,
    format: Format,
}

/// The file has no form, or cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenderedError {
    /// Its ending names no form.
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    /// It cannot be written.
    #[error(transparent)]
    File(#[from] ReportFileError),
}

impl RenderedFile {
    /// Opens the file.
    ///
    /// # Errors
    ///
    /// Returns a [`RenderedError`] if its ending names no form, or if it cannot be written.
    pub(crate) fn open(path: PathBuf) -> Result<Self, RenderedError> {
        let format = Format::of(&path)?;
        Ok(Self { file: ReportFile::open(path, Given::REPORT)?, format })
    }

    /// Writes the report in place of what was there.
    ///
    /// # Errors
    ///
    /// Returns a [`RenderedError`] if not all of it can be written.
    pub(crate) fn write(self, report: &Document) -> Result<(), RenderedError> {
        Ok(self.file.write(&self.format.render(report))?)
    }
}
