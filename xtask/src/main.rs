//! Commands for those who test stores and for those who develop zarr-conform.

#![forbid(unsafe_code)]

mod adapters;
mod arrows;
mod bugs;
mod calibrate;
mod calibration;
mod ci;
mod conform;
mod contract;
mod exit;
mod goals;
mod heavy;
mod interrupt;
mod machine;
mod msrv;
mod options;
mod output;
mod plans;
mod progress;
mod replay;
mod report_file;
mod server;
mod sources;
mod table;
mod tidy;
mod workspace;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::exit::Exit;
use crate::heavy::Heavy;

/// Tests Zarr stores against the contract, and looks after this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Conform(conform::Conform),
    Calibrate(calibrate::Calibrate),
    Replay(replay::Replay),
    Contract(contract::Contract),
    /// Looks for what a reviewer would say twice: long files, vague names, exceptions from lints
    /// without a reason, and arrows between crates that should not be.
    Tidy,
    Ci(ci::Ci),
}

impl Command {
    fn run(self) -> Result<Exit, Box<dyn Error>> {
        Ok(match self {
            Self::Conform(command) => command.run()?,
            Self::Calibrate(command) => command.run()?,
            Self::Replay(command) => command.run()?,
            Self::Contract(command) => command.run()?,
            Self::Tidy => tidy::run()?,
            Self::Ci(command) => command.run()?,
        })
    }

    /// The adapter that is asked for, if it takes a feature that this program was built without.
    fn missing_adapter(&self) -> Option<Heavy> {
        let name = match self {
            Self::Conform(command) => command.adapter_name(),
            Self::Calibrate(command) => command.adapter_name(),
            Self::Replay(command) => Some(command.adapter_name()),
            Self::Contract(_) | Self::Tidy | Self::Ci(_) => None,
        };
        name.and_then(Heavy::missing)
    }
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    if let Some(heavy) = command.missing_adapter() {
        return heavy.run().unwrap_or_else(|error| {
            output::complain(&error);
            Exit::Usage.into()
        });
    }
    let exit = command.run().unwrap_or_else(|error| {
        output::complain(&*error);
        Exit::Usage
    });
    exit.into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_options_fit_together() {
        Cli::command().debug_assert();
    }
}
