//! `Program`: a command line for a list of adapters.

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};
use zarr_conform_store::Described;

use crate::adapters::Adapters;
use crate::called::Called;
use crate::command::Command;
use crate::exit::Exit;
use crate::lacking::Lacking;
use crate::output;
use crate::server::Server;

/// The commands that `--adapter` is an option of.
const COMMANDS: [&str; 5] = ["conform", "passport", "calibrate", "merge", "replay"];

/// A command line for a list of adapters.
///
/// # Examples
///
/// ```
/// use zarr_conform_cli::Program;
/// use zarr_conform_memory::MemoryAdapter;
///
/// # let _ = || -> std::process::ExitCode {
/// Program::of([MemoryAdapter::asynchronous()])
///     .called("cargo run --features memory --bin my-conform --")
///     .main()
/// # };
/// ```
#[derive(Clone, Debug)]
pub struct Program {
    adapters: Adapters,
    called: Called,
}

/// Tests Zarr stores against the contract.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

impl Program {
    /// The command line for these adapters; each is one that `--adapter` can name.
    #[must_use]
    pub fn of<I>(adapters: I) -> Self
    where
        I: IntoIterator<Item: Into<Described>>,
    {
        let described = adapters.into_iter().map(Into::into).collect();
        let adapters = Adapters { described, ..Adapters::default() };
        Self { adapters, called: Called::by_user() }
    }

    /// How the program is started, for the commands that it prints, ready to paste into a shell
    /// [default: as it was; under `cargo run`, by Cargo].
    #[must_use]
    pub fn called(mut self, words: impl Into<String>) -> Self {
        self.called = Called::by(words.into());
        self
    }

    /// Adapters that it could have and was built without.
    #[must_use]
    pub fn lacking(mut self, lacking: impl IntoIterator<Item = Lacking>) -> Self {
        self.adapters.lacking.extend(lacking);
        self
    }

    /// Does what the arguments of this process say.
    ///
    /// Help and wrong options end the process, as they do with `clap`.
    #[must_use]
    pub fn main(&self) -> ExitCode {
        let words = self.called.words().to_owned();
        let mut cli = self.adapt(Cli::command().name(words.clone()).bin_name(words));
        let matches = cli.get_matches_mut();
        let parsed = Cli::from_arg_matches(&matches);
        let command = parsed.unwrap_or_else(|error| error.format(&mut cli).exit()).command;
        self.run(&command).into()
    }

    /// A parser that has the [`Command`]s, with what depends on the adapters: which one is meant
    /// unless one is named, and whether there are options about servers.
    ///
    /// The only adapter is meant if there is one; a plan is replayed on the first of several.
    #[must_use]
    pub fn adapt(&self, parser: clap::Command) -> clap::Command {
        let only = self.adapters.only();
        COMMANDS.into_iter().fold(parser, |parser, name| {
            let meant = match name {
                "replay" => self.adapters.described.first(),
                // The parts say it.
                "merge" => None,
                _ => only,
            };
            parser.mut_subcommand(name, |mut command| {
                if let Some(described) = meant {
                    let name = described.name().to_owned();
                    command = command.mut_arg("adapter", |option| option.default_value(name));
                }
                if self.adapters.may_be_on_servers() {
                    return command;
                }
                let hide = |command: clap::Command, option| {
                    command.mut_arg(option, |option| option.hide(true))
                };
                Server::OPTIONS.into_iter().fold(command, hide)
            })
        })
    }

    /// Does what a command says, and prints what comes of it.
    ///
    /// An option that cannot be followed is told on standard error, and is [`Exit::Usage`].
    #[must_use]
    pub fn run(&self, command: &Command) -> Exit {
        command.run(&self.adapters, &self.called).unwrap_or_else(|error| {
            output::complain(&*error);
            Exit::Usage
        })
    }
}

#[cfg(test)]
mod tests {
    use zarr_conform_memory::MemoryAdapter;

    use super::*;

    fn parser(program: &Program) -> clap::Command {
        program.adapt(Cli::command().name("my-conform").bin_name("my-conform"))
    }

    fn adapter(program: &Program, words: &str) -> Option<String> {
        let words = ["my-conform"].into_iter().chain(words.split_whitespace());
        let matches = parser(program).get_matches_from(words);
        let cli = Cli::from_arg_matches(&matches).expect("these are arguments");
        cli.command.adapter().map(str::to_owned)
    }

    fn help(program: &Program, command: &str) -> String {
        let mut parser = parser(program);
        let command = parser.find_subcommand_mut(command).expect("there is such a command");
        command.render_long_help().to_string()
    }

    #[test]
    fn the_options_fit_together() {
        parser(&Program::of(zarr_conform_memory::adapters())).debug_assert();
        parser(&Program::of(Vec::<Described>::new())).debug_assert();
    }

    #[test]
    fn the_only_adapter_is_meant_unless_one_is_named() {
        let program = Program::of([MemoryAdapter::asynchronous()]);
        for words in ["conform", "passport", "calibrate", "replay a.plan"] {
            assert_eq!(adapter(&program, words).as_deref(), Some("memory:async"), "{words}");
        }
        assert_eq!(adapter(&program, "conform --adapter x").as_deref(), Some("x"));
        assert!(help(&program, "conform").contains("[default: memory:async]"));
    }

    #[test]
    fn of_several_adapters_one_has_to_be_named_but_for_a_replay() {
        let program = Program::of(zarr_conform_memory::adapters());
        assert_eq!(adapter(&program, "conform"), None);
        assert_eq!(adapter(&program, "calibrate"), None);
        assert_eq!(adapter(&program, "replay a.plan").as_deref(), Some("memory"));
    }

    #[test]
    fn an_adapter_that_is_lacking_is_one_of_several() {
        let lacking = [Lacking::new("heavy", "", "takes a feature")];
        let program = Program::of([MemoryAdapter::asynchronous()]).lacking(lacking);
        assert_eq!(adapter(&program, "conform"), None);
    }

    #[test]
    fn options_about_servers_are_shown_where_they_mean_something() {
        let without = Program::of([MemoryAdapter::asynchronous()]);
        assert!(!help(&without, "conform").contains("--url"));
        let described: Described = MemoryAdapter::asynchronous().into();
        let with = Program::of([
            described.or_on_server("s3://BUCKET", |_| Ok(MemoryAdapter::asynchronous()))
        ]);
        assert!(help(&with, "conform").contains("--url"));
    }
}
