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
        "a passport stands on a page: give a --report that ends with .html, or leave out --passport"
    )]
    NoPage,
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

    /// Opens the files; one of them is a page, if there is a passport.
    ///
    /// # Errors
    ///
    /// Returns a [`RenderedError`] if one cannot be opened, or if there is no page for the passport.
    pub(crate) fn open_all(
        paths: &[PathBuf],
        has_passport: bool,
    ) -> Result<Vec<Self>, RenderedError> {
        // Before any file is made.
        let formats = paths.iter().map(|path| Format::of(path));
        let formats: Vec<Format> = formats.collect::<Result<_, _>>()?;
        if has_passport && !formats.contains(&Format::Html) {
            return Err(RenderedError::NoPage);
        }
        paths.iter().cloned().map(Self::open).collect()
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
            Some(passport) if self.format == Format::Html => html_with_passport(report, passport),
            _ => self.format.render(report),
        };
        Ok(self.file.write(&text)?)
    }
}
