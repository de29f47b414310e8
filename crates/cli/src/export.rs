//! `export`: a plan as a program or an issue, for those who do not have this one.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use zarr_conform_model::{Declaration, Dialect};
use zarr_conform_reports::{Language, export};

use crate::adapter_error::AdapterError;
use crate::adapters::Adapters;
use crate::exit::Exit;
use crate::output;
use crate::plans::{self, PlanFileError};
use crate::report_file::{Given, ReportFile, ReportFileError};

/// Writes a plan as a program that shows the wrong answer without zarr-conform, or as an issue.
///
/// The right answers stand in it as text, by the dialect of the adapter that is named. Calls that its
/// interface does not have are comments, which say so.
///
/// Exit status: 0 it was written, 2 the plan cannot be read, or an option is wrong.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// The file with the plan.
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// What it becomes: a Rust test over `zarrs_storage`, an issue, or a script for zarr-python.
    #[arg(long = "as", value_name = "LANGUAGE", value_parser = language())]
    language: Language,
    /// Whose dialect says what is right [default: that of `zarrs_storage`]
    #[arg(long, value_name = "NAME[:VARIANT]")]
    adapter: Option<String>,
    /// Writes it to this file in place of printing it.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// Plans that cannot be exported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// No such adapter.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// The plan is not readable.
    #[error(transparent)]
    Plan(#[from] PlanFileError),
    /// The file cannot be written.
    #[error(transparent)]
    File(#[from] ReportFileError),
}

fn language() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::ALL.map(Language::name)).try_map(|name| {
        let named = Language::ALL.into_iter().find(|language| language.name() == name);
        named.ok_or_else(|| format!("there is no language `{name}`"))
    })
}

impl Export {
    /// The name after `--adapter`.
    pub(crate) fn adapter_name(&self) -> Option<&str> {
        self.adapter.as_deref()
    }

    /// Prints or writes the program.
    ///
    /// # Errors
    ///
    /// Returns an [`ExportError`] if the plan cannot be read, or the file cannot be written.
    pub(crate) fn run(&self, adapters: &Adapters) -> Result<Exit, ExportError> {
        let plan = plans::read(&self.plan)?;
        let declared: Declaration = match &self.adapter {
            Some(name) => adapters.find(Some(name), None)?.declared(),
            None => Dialect::ZARRS.into(),
        };
        let text = export(&plan, declared, self.language);
        match &self.to {
            Some(file) => ReportFile::open(file.clone(), Given::PROGRAM)?.write(&text)?,
            None => output::say(text.trim_end()),
        }
        Ok(Exit::Success)
    }
}
