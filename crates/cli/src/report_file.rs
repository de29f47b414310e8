//! A file that an option names, opened before time is spent on what is written to it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

/// A file that was opened before the work, so that no report is lost for the want of one.
pub(crate) struct ReportFile {
    given: Given,
    path: PathBuf,
    file: File,
}

/// What is written to a file, and the option that names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    pub(crate) what: &'static str,
    pub(crate) option: &'static str,
}

impl Given {
    pub(crate) const REPORT: Self = Self { what: "the report", option: "--report" };
    pub(crate) const PART: Self = Self { what: "the part", option: "--report" };
    pub(crate) const KNOWN_ISSUES: Self =
        Self { what: "the known issues", option: "--write-known-issues" };
    pub(crate) const PROGRAM: Self = Self { what: "the plan", option: "--to" };
}

/// A file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} cannot be written to {}: {error}; give {} a file that can be written to",
    given.what,
    path.display(),
    given.option
)]
pub(crate) struct ReportFileError {
    given: Given,
    path: PathBuf,
    error: io::Error,
}

impl ReportFile {
    /// Opens the file, and leaves what is in it until there is something new.
    ///
    /// # Errors
    ///
    /// Returns a [`ReportFileError`] if there is no such folder, or the file cannot be written.
    pub(crate) fn open(path: PathBuf, given: Given) -> Result<Self, ReportFileError> {
        let mut options = OpenOptions::new();
        match options.write(true).create(true).truncate(false).open(&path) {
            Ok(file) => Ok(Self { given, path, file }),
            Err(error) => Err(ReportFileError { given, path, error }),
        }
    }

    /// Writes the text in place of what was there.
    ///
    /// # Errors
    ///
    /// Returns a [`ReportFileError`] if not all of it can be written.
    pub(crate) fn write(mut self, text: &str) -> Result<(), ReportFileError> {
        let written = self.truncate().and_then(|()| self.file.write_all(text.as_bytes()));
        written.map_err(|error| ReportFileError { given: self.given, path: self.path, error })
    }

    /// Empties the file, if it is one: a pipe or a device cannot be emptied, and need not be.
    fn truncate(&self) -> io::Result<()> {
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_names_the_option_that_named_the_file() {
        let error = ReportFile::open("no/such/folder/a.toml".into(), Given::KNOWN_ISSUES).err();
        let words = error.expect("there is no such folder").to_string();
        let start = "the known issues cannot be written to no/such/folder/a.toml: ";
        assert!(words.starts_with(start), "{words}");
        let end = "; give --write-known-issues a file that can be written to";
        assert!(words.ends_with(end), "{words}");
    }
}
