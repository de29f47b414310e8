//! `Command`: what a store's author can ask of a program.

use std::error::Error;

use crate::adapters::Adapters;
use crate::calibrate::Calibrate;
use crate::called::Called;
use crate::conform::Conform;
use crate::every;
use crate::exit::Exit;
use crate::export::Export;
use crate::isolation::ServeIsolated;
use crate::known_issues::KnownIssues;
use crate::merge::Merge;
use crate::passport::PassportCommand;
use crate::replay::Replay;
use crate::show::Show;

/// A command with its options: `conform`, `passport`, `calibrate`, `replay`, `merge`, `report`, `export`
/// or `known-issues`.
///
/// A program with commands of its own flattens them into those (`#[command(flatten)]` of `clap`),
/// lets [`Program::adapt`](crate::Program::adapt) say what depends on its adapters, and hands them
/// to [`Program::run`](crate::Program::run).
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    #[doc(hidden)]
    Conform(Conform),
    #[doc(hidden)]
    Passport(PassportCommand),
    #[doc(hidden)]
    Calibrate(Calibrate),
    #[doc(hidden)]
    Replay(Replay),
    #[doc(hidden)]
    Merge(Merge),
    #[doc(hidden)]
    Export(Export),
    #[doc(hidden)]
    #[command(name = "report")]
    Show(Show),
    #[doc(hidden)]
    KnownIssues(KnownIssues),
    #[doc(hidden)]
    #[command(hide = true)]
    ServeIsolated(ServeIsolated),
}

impl Command {
    /// The adapter that is to be opened, as far as it was named.
    #[must_use]
    pub fn adapter(&self) -> Option<&str> {
        match self {
            Self::Conform(command) => command.adapter_name(),
            Self::Passport(command) => command.adapter_name(),
            Self::Calibrate(command) => command.adapter_name(),
            Self::Merge(command) => command.adapter_name(),
            Self::Export(command) => command.adapter_name(),
            Self::Replay(command) => command.adapter_name(),
            Self::KnownIssues(command) => command.adapter_name(),
            Self::Show(_) | Self::ServeIsolated(_) => None,
        }
    }

    /// Whether all adapters are to be opened that there are.
    #[must_use]
    pub const fn asks_all(&self) -> bool {
        match self {
            Self::Passport(command) => command.asks_all(),
            _ => false,
        }
    }

    pub(crate) fn run(&self, adapters: &Adapters, called: &Called) -> Result<Exit, Box<dyn Error>> {
        Ok(match self {
            Self::Conform(command) => match command.folder_of_all()? {
                Some(folder) => every::run(command, folder, adapters, called)?,
                None => command.run(adapters, called)?,
            },
            Self::Passport(command) => command.run(adapters, called)?,
            Self::Calibrate(command) => command.run(adapters)?,
            Self::Replay(command) => command.run(adapters)?,
            Self::Merge(command) => command.run(adapters, called)?,
            Self::Export(command) => command.run(adapters)?,
            Self::Show(command) => command.run()?,
            Self::KnownIssues(command) => command.run(adapters)?,
            Self::ServeIsolated(command) => command.run(adapters)?,
        })
    }
}
