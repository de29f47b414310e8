//! `passport`: asks stores what they do where the contract leaves that open.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use zarr_conform_machines::{Machine, Passport};
use zarr_conform_store::Adapter;

use crate::adapter_error::AdapterError;
use crate::adapters::Adapters;
use crate::called::Called;
use crate::exit::Exit;
use crate::output;
use crate::passport_pages::{PageError, Pages};
use crate::which_store::Store;

/// Asks a store all that the contract leaves open, and shows what it keeps to beside what it declares.
///
/// Each question is asked in all states in which it is the same: on an empty store, beside other keys,
/// after an overwrite, after an erase, after the store was opened again. What is found and not declared
/// is shown with the line of Rust that declares it. A short campaign says which clauses are kept.
///
/// Exit status: 0 the store keeps to what it declares, but for what is known; 1 it does not, or answers
/// one question in two ways, or a page is not as it was; 2 the options are wrong; 3 the store could not
/// be opened.
#[derive(Debug, clap::Args)]
#[command(mut_arg("adapter", |option| {
    option.help("The store to ask; `conform --list` says which there are")
}))]
pub struct PassportCommand {
    #[command(flatten)]
    store: Store,
    /// Asks every store that needs no server of yours, and compares them in a table.
    #[arg(long)]
    all: bool,
    /// How the passport is printed.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Writes a page for each store to this folder, and the table as its README.md.
    #[arg(long, value_name = "DIR", requires = "all")]
    write: Option<PathBuf>,
    /// Writes nothing, and fails if the pages in this folder are not what would be written.
    #[arg(long, value_name = "DIR", requires = "all", conflicts_with = "write")]
    check: Option<PathBuf>,
    /// Writes a badge for each store to this folder: a picture, and what badge services read.
    #[arg(long, value_name = "DIR")]
    badge: Option<PathBuf>,
}

/// How a passport is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines for a terminal.
    #[default]
    Text,
    /// Markdown.
    Md,
    /// JSON.
    Json,
    /// A page in one file, for a browser.
    Html,
}

/// Passports that cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PassportError {
    /// No such adapter.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// A page cannot be read or written.
    #[error(transparent)]
    Page(#[from] PageError),
    /// Several stores on one page.
    #[error("a page is of one store: give --adapter NAME, or --format md for the table of all")]
    OnePage,
}

impl PassportCommand {
    /// The name after `--adapter`.
    pub(crate) fn adapter_name(&self) -> Option<&str> {
        self.store.adapter_name().filter(|_| !self.all)
    }

    /// Whether every adapter is asked.
    pub(crate) const fn asks_all(&self) -> bool {
        self.all
    }

    /// Asks, and prints or writes what was found.
    ///
    /// # Errors
    ///
    /// Returns a [`PassportError`] if there is no such adapter, or if a file cannot be read or written.
    pub(crate) fn run(&self, adapters: &Adapters, called: &Called) -> Result<Exit, PassportError> {
        if self.all && self.format == Format::Html {
            return Err(PassportError::OnePage);
        }
        let found = if self.all {
            adapters.list()?;
            let ready = adapters.described.iter().filter_map(|described| described.adapter());
            ready.cloned().collect()
        } else {
            vec![self.store.find(adapters)?]
        };
        let to_files = self.write.is_some() || self.check.is_some();
        let passports: Vec<Passport> = found
            .into_iter()
            .map(|adapter| {
                let passport = passport(adapters, adapter);
                if to_files {
                    output::note(format_args!("{}: {}", passport.adapter(), passport.verdict()));
                }
                passport
            })
            .collect();
        if let Some(folder) = &self.badge {
            Pages::of_badges(&passports).write(folder)?;
        }
        let mut exit = exit(&passports);
        let pages = || Pages::of(&passports, called.words());
        if let Some(folder) = &self.write {
            pages().write(folder)?;
        } else if let Some(folder) = &self.check {
            let remarks = pages().compare(folder)?;
            remarks.iter().for_each(output::say);
            if !remarks.is_empty() {
                exit = Exit::Failures;
                let words = called.words();
                output::say(format_args!(
                    "see what changed with `{words} passport --all --write {}` and git",
                    folder.display()
                ));
            }
        } else {
            output::say(self.text(&passports));
        }
        Ok(exit)
    }

    fn text(&self, passports: &[Passport]) -> String {
        let each = |text: fn(&Passport) -> String| {
            passports.iter().map(text).collect::<Vec<_>>().join("\n").trim_end().to_owned()
        };
        match self.format {
            // What many stores have in common is a table.
            Format::Text | Format::Md if self.all => {
                Passport::table(passports).trim_end().to_owned()
            }
            Format::Text => each(ToString::to_string),
            Format::Md => each(Passport::to_markdown),
            Format::Json if self.all => {
                let all: Vec<String> =
                    passports.iter().map(|one| one.to_json().trim_end().to_owned()).collect();
                format!("[{}]", all.join(",\n"))
            }
            Format::Json => each(Passport::to_json),
            Format::Html => each(zarr_conform_reports::passport_page),
        }
    }
}

fn passport(adapters: &Adapters, adapter: Arc<dyn Adapter>) -> Passport {
    let words = adapters.words_about(adapter.name());
    Machine::of_shared(adapter).passport().with_words(words)
}

/// A store that does not keep to its word is certain, so it counts before one that did not open.
fn exit(passports: &[Passport]) -> Exit {
    let opened = |passport: &Passport| passport.answers().not_played.is_none();
    if passports.iter().any(|passport| opened(passport) && !passport.holds()) {
        return Exit::Failures;
    }
    if passports.iter().all(opened) { Exit::Success } else { Exit::NothingRan }
}
