//! `report`: shows reports that were saved as JSON, in another form.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use zarr_conform_reports::{Document, DocumentError, Format};

use crate::exit::Exit;
use crate::folder::{self, FolderError};
use crate::output;
use crate::rendered::{RenderedError, RenderedFile};

/// Shows a report that was saved as JSON in another form, or several side by side.
///
/// Exit status: 0 it was shown, whatever it says, 2 it cannot be read, or an option is wrong.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// Reports that `conform --report FILE.json` or `merge` wrote.
    #[arg(required = true, value_name = "REPORT.json")]
    reports: Vec<PathBuf>,
    /// The form in which it is printed.
    #[arg(long = "as", value_name = "FORM", default_value = "markdown", value_parser = form(), conflicts_with = "to")]
    form: Format,
    /// Writes it to this file in place of printing it: as its ending says, .html, .xml, .md or .json.
    /// Several are written to this folder, where index.html compares them.
    #[arg(long, value_name = "FILE|DIR")]
    to: Option<PathBuf>,
}

/// Reports that cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShowError {
    /// A file cannot be read.
    #[error("the report {} cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    /// What is in it is no report.
    #[error("{}: {error}", path.display())]
    Document { path: PathBuf, error: DocumentError },
    /// Several reports are shown in a folder.
    #[error("several reports are compared in a folder: give --to DIR")]
    NoFolder,
    /// The folder cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// What it is shown in cannot be written.
    #[error(transparent)]
    Rendered(#[from] RenderedError),
}

fn form() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name)).try_map(|name| {
        let named = Format::ALL.into_iter().find(|format| format.name() == name);
        named.ok_or_else(|| format!("there is no form `{name}`"))
    })
}

/// Reads a saved report.
pub(crate) fn read(path: &Path) -> Result<Document, ShowError> {
    let path = path.to_owned();
    match std::fs::read_to_string(&path) {
        Ok(text) => Document::read(&text).map_err(|error| ShowError::Document { path, error }),
        Err(error) => Err(ShowError::Unreadable { path, error }),
    }
}

impl Show {
    /// Prints or writes what there is.
    ///
    /// # Errors
    ///
    /// Returns a [`ShowError`] if it cannot be read or written.
    pub(crate) fn run(&self) -> Result<Exit, ShowError> {
        let reports = self.reports.iter().map(|path| read(path));
        let reports: Vec<Document> = reports.collect::<Result<_, _>>()?;
        match (&self.to, reports.as_slice()) {
            (Some(file), [report]) if !file.is_dir() => {
                RenderedFile::open(file.clone())?.write(report, None)?;
            }
            (Some(folder), _) => folder::write(folder, reports, &[])?,
            (None, [report]) => output::say(self.form.render(report).trim_end()),
            (None, _) => return Err(ShowError::NoFolder),
        }
        Ok(Exit::Success)
    }
}
