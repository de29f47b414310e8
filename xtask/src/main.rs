//! Commands for those who test stores and for those who develop zarr-conform.

#![forbid(unsafe_code)]

mod arrows;
mod ci;
mod circles;
mod contract;
mod corpus;
mod imports;
mod msrv;
mod planted;
mod rebuild;
mod sources;
mod stores;
mod tidy;
#[cfg(test)]
mod versions;
mod workspace;

use std::error::Error;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use zarr_conform_cli::{Exit, Program, output};
use zarr_conform_published::adapters;

use crate::rebuild::Rebuild;

/// Tests Zarr stores against the contract, and looks after this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "a process has one command")]
enum Command {
    #[command(flatten)]
    Stores(zarr_conform_cli::Command),
    Contract(contract::Contract),
    Corpus(corpus::Corpus),
    /// Looks for what a reviewer would say twice: long files, vague names, exceptions from lints
    /// without a reason, arrows between crates that should not be, files that import each other in a
    /// circle, and imports against the order of a crate's folders.
    Tidy,
    Ci(ci::Ci),
}

impl Command {
    fn run(self, program: &Program) -> Result<ExitCode, Box<dyn Error>> {
        let exit = match self {
            Self::Stores(command) => {
                if let Some(rebuild) = command.adapter().and_then(Rebuild::with) {
                    return Ok(rebuild.run()?);
                }
                if command.asks_all()
                    && let Some(rebuild) = Rebuild::with_all()
                {
                    return Ok(rebuild.run()?);
                }
                program.run(&command)
            }
            Self::Contract(command) => command.run()?,
            Self::Corpus(command) => command.run()?,
            Self::Tidy => tidy::run()?,
            Self::Ci(command) => command.run()?,
        };
        Ok(exit.into())
    }
}

/// The command line for the published stores, which is called like this one.
fn program() -> Program {
    Program::of(adapters()).called("cargo xtask").lacking(Rebuild::list())
}

fn main() -> ExitCode {
    let program = program();
    let mut cli = program.adapt(Cli::command());
    let parsed = Cli::from_arg_matches(&cli.get_matches_mut());
    let command = parsed.unwrap_or_else(|error| error.format(&mut cli).exit()).command;
    command.run(&program).unwrap_or_else(|error| {
        output::complain(&*error);
        Exit::Usage.into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_fit_together() {
        program().adapt(Cli::command()).debug_assert();
    }
}
