//! The file for a report in the form that its ending names, opened before time is spent.

use std::path::PathBuf;

use zarr_conform_machines::Passport;
use zarr_conform_reports::{Document, Format, UnknownFormat, html_with_passport};

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
    /// It is no page.
    #[error(
        "a passport stands on a page: give --report a file that ends with .html, or leave out --passport"
    )]
    NoPage,
}

impl RenderedFile {
    /// Opens the file; that of a page, if it is to have a passport.
    ///
    /// # Errors
    ///
    /// Returns a [`RenderedError`] if its ending names no form or another one, or if it cannot be
    /// written.
    pub(crate) fn open(path: PathBuf, has_passport: bool) -> Result<Self, RenderedError> {
        let format = Format::of(&path)?;
        if has_passport && format != Format::Html {
            return Err(RenderedError::NoPage);
        }
        Ok(Self { file: ReportFile::open(path, Given::REPORT)?, format })
    }

    /// Writes the report in place of what was there.
    ///
    /// # Errors
    ///
    /// Returns a [`RenderedError`] if not all of it can be written.
    pub(crate) fn write(
        self,
        report: &Document,
        passport: Option<&Passport>,
    ) -> Result<(), RenderedError> {
        let text = match passport {
            Some(passport) => html_with_passport(report, passport),
            None => self.format.render(report),
        };
        Ok(self.file.write(&text)?)
    }
}
