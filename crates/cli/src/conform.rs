//! `conform`: plays a campaign on a store, and reports how it disagrees.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use zarr_conform_machines::model::OperationKind;
use zarr_conform_machines::model::contract::RequestBudget;
use zarr_conform_machines::report::{KnownIssuesError, Status};
use zarr_conform_machines::{Invariants, KnownIssue, Machine, Report};
use zarr_conform_store::Adapter;

use crate::adapter_error::AdapterError;
use crate::adapters::Adapters;
use crate::called::Called;
use crate::exit::Exit;
use crate::folder::FolderError;
use crate::goals::{self, Goals};
use crate::isolation::Isolation;
use crate::progress::Bar;
use crate::rendered::{RenderedError, RenderedFile};
use crate::report_file::{Given, ReportFile, ReportFileError};
use crate::server::Server;
use crate::shards::{Shard, ShardsError};
use crate::which_store::Deadline;
use crate::{interrupt, machine, options, output, report_text};

/// What `--known-issues` takes in place of a file.
const NO_KNOWN_ISSUES: &str = "none";

/// Plays generated plans on a store, and reports each distinct disagreement with the contract.
///
/// The same options play the same plans and give the same report, on any number of
/// threads: the seed is 0 unless it is given. Give another to play other plans.
///
/// Exit status: 0 the store conforms, but for the known issues that are listed; 1 there are
/// failures, or known issues that no longer show; 2 the options are wrong; 3 nothing was tested or
/// too little: the store could not be opened, a goal was missed, a planted bug was not caught.
/// Ctrl-C and SIGTERM end the campaign with the report of what was done; a second one ends it at once.
#[derive(Clone, Debug, clap::Args)]
pub struct Conform {
    /// The store to test; --list says which there are.
    #[arg(long, value_name = "NAME[:VARIANT]")]
    pub(crate) adapter: Option<String>,
    /// Tests the stores of every adapter that needs no server, and writes the reports to the folder
    /// that --report names: index.html compares them.
    #[arg(long, requires = "report", conflicts_with_all = ["adapter", "list", "shard", "case", "url", "max_requests", "write_known_issues"])]
    all: bool,
    /// Lists the adapters and ends.
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    server: Server,
    /// What plays the plans.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) machine: machine::Kind,
    /// Together with its number determines each plan; decimal, or hexadecimal with 0x.
    #[arg(long, value_name = "N", default_value = "0", value_parser = options::seed)]
    pub(crate) seed: u64,
    /// How many plans to play [default: 256, and 64 for --machine faults]
    #[arg(long, value_name = "N", value_parser = options::count::<u64>)]
    pub(crate) cases: Option<u64>,
    /// Play this case alone, which a report names with a failure.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["cases", "exhaustive"])]
    pub(crate) case: Option<u64>,
    /// The most operations in a plan [default: 100, and 8 for --machine faults; --machine concurrent has its own]
    #[arg(long, value_name = "N", value_parser = options::steps)]
    pub(crate) steps: Option<usize>,
    /// Plays the I-th of N shares of the cases, and writes what they came to to --report FILE.json, for
    /// `merge`.
    #[arg(long, value_name = "I/N", requires = "report", conflicts_with = "case")]
    pub(crate) shard: Option<Shard>,
    /// Plays all plans of up to N operations over a few keys and values, in place of drawn ones.
    #[arg(
        long,
        value_name = "N",
        value_parser = options::count::<usize>,
        conflicts_with_all = ["cases", "steps"],
    )]
    pub(crate) exhaustive: Option<usize>,
    /// Begins no plan after this time; the report says if it cut the campaign short.
    #[arg(long = "for", value_name = "TIME", default_value = "60s", value_parser = options::duration)]
    time: Duration,
    /// How many threads play plans [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = options::jobs)]
    jobs: Option<usize>,
    #[command(flatten)]
    deadline: Deadline,
    /// How long making failures small may take in all, after the cases.
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = options::duration)]
    shrink_for: Duration,
    /// How much an answer may hold beyond what was written; a name counts for 64 bytes at the least.
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = options::bytes)]
    pub(crate) max_answer: u64,
    /// When everything is compared, not only the answers.
    #[arg(long, value_name = "WHEN", default_value = "sampled", value_parser = options::invariants())]
    pub(crate) invariants: Invariants,
    /// How many requests each operation may cost; of adapters that count them.
    #[arg(long, value_name = "OPERATION=N,…", value_delimiter = ',', value_parser = options::requests)]
    max_requests: Vec<(OperationKind, u8)>,
    /// Goals that the campaign must meet, by clause and shape [default: all that it can]
    #[arg(long, value_name = "GOAL,…|none", value_parser = goals::parse)]
    require: Option<Goals>,
    /// Plants no bug to see whether it would be caught.
    #[arg(long)]
    no_planted_bug: bool,
    /// Disagreements that are no failures; `none` shows all [default: those that the adapter knows]
    #[arg(long, value_name = "FILE|none")]
    known_issues: Option<PathBuf>,
    /// Writes a file of known issues with each failure, for --known-issues; say why they stay.
    #[arg(long, value_name = "FILE")]
    write_known_issues: Option<PathBuf>,
    /// Plays the plans in this folder first.
    #[arg(long, value_name = "DIR")]
    regressions: Option<PathBuf>,
    /// Writes the shortest plan of each failure to this folder.
    #[arg(long, value_name = "DIR", default_value = "zarr-conform-failures")]
    failures: PathBuf,
    #[command(flatten)]
    isolation: Isolation,
    /// Writes the report to this file, too: as its ending says, .json, .html, .xml for JUnit, or .md;
    /// give it once for each form. A folder for --all.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Vec<PathBuf>,
    /// Asks the store what it does where the contract leaves that open, too, and puts it on the page:
    /// --report FILE.html.
    #[arg(long, requires = "report", conflicts_with_all = ["all", "shard"])]
    pub(crate) passport: bool,
    /// Prints one line for each failure and known issue and a summary, and no progress bar.
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// Options that cannot be followed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConformError {
    /// No such adapter.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// The file for the report cannot be written, or has no form.
    #[error(transparent)]
    Rendered(#[from] RenderedError),
    /// The folder for the reports of all adapters cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The file for known issues cannot be written.
    #[error(transparent)]
    Report(#[from] ReportFileError),
    /// The file of known issues is not readable text.
    #[error(
        "known issues cannot be read from {}: {error}; give --known-issues a file of them, or none",
        path.display()
    )]
    Unreadable { path: PathBuf, error: io::Error },
    /// The file is there, and what is in it is wrong.
    #[error("{}: {error}", path.display())]
    KnownIssues { path: PathBuf, error: KnownIssuesError },
    /// A shard cannot be played, or shards cannot be merged.
    #[error(transparent)]
    Shards(#[from] ShardsError),
    /// More files than can be written.
    #[error("there is one file for {0}: give --report once")]
    OneReport(&'static str),
    /// Nothing can be held against a number of requests.
    #[error(
        "{0} does not count its requests: leave out --max-requests, or take an adapter that does"
    )]
    NotCounted(String),
    /// The machine cannot follow the options together.
    #[error("{0}")]
    Misconfigured(String),
    /// The system does not let the program handle Ctrl-C.
    #[error("Ctrl-C cannot be handled: {0}")]
    Interrupt(#[from] ctrlc::Error),
}

impl Conform {
    /// The name after `--adapter`; none if it is not to be opened.
    pub(crate) fn adapter_name(&self) -> Option<&str> {
        self.adapter.as_deref().filter(|_| !self.list)
    }

    /// The folder for the reports of all adapters, if all are meant.
    ///
    /// # Errors
    ///
    /// Returns a [`ConformError`] if there are several.
    pub(crate) fn folder_of_all(&self) -> Result<Option<&Path>, ConformError> {
        (self.all && !self.list).then(|| self.only_report("the folder for --all")).transpose()
    }

    /// Plays the campaign and prints the report.
    ///
    /// # Errors
    ///
    /// Returns a [`ConformError`] if an option cannot be followed; all but writing the report to
    /// the end is checked before the cases.
    pub(crate) fn run(&self, adapters: &Adapters, called: &Called) -> Result<Exit, ConformError> {
        if self.list {
            output::say(adapters.list()?);
            return Ok(Exit::Success);
        }
        let adapter = self.adapter(adapters)?;
        if let Some(shard) = &self.shard {
            let file = self.only_report("the part of a shard")?;
            let part = ReportFile::open(Shard::file(file)?, Given::PART)?;
            let (machine, bar) = self.machine(&adapter, called)?;
            let played = shard.play(&machine)?;
            bar.clear();
            part.write(&played.to_json())?;
            return Ok(shard.say(&played, file));
        }
        self.report_of(&adapter, called, |machine| Ok(machine.run()))
    }

    /// Writes and prints the report that a machine with these options gives.
    ///
    /// # Errors
    ///
    /// Returns a [`ConformError`] if an option cannot be followed, or if `play` returns one.
    pub(crate) fn report_of(
        &self,
        adapter: &Arc<dyn Adapter>,
        called: &Called,
        play: impl FnOnce(&Machine) -> Result<Report, ConformError>,
    ) -> Result<Exit, ConformError> {
        let files = RenderedFile::open_all(&self.report, self.passport)?;
        let issues = self.write_known_issues.clone();
        let issues = issues.map(|file| ReportFile::open(file, Given::KNOWN_ISSUES)).transpose()?;
        let (machine, bar) = self.machine(adapter, called)?;
        let report = play(&machine)?;
        bar.clear();
        if !files.is_empty() {
            let passport = || Machine::of_shared(Arc::clone(adapter)).passport();
            let passport = self.passport.then(passport);
            let document = report.document();
            for file in files {
                file.write(&document, passport.as_ref())?;
            }
        }
        if let Some(file) = issues {
            file.write(&report.known_issue_blocks())?;
        }
        if let Status::Misconfigured(reason) = report.status {
            return Err(ConformError::Misconfigured(reason));
        }
        output::say(if self.quiet {
            report_text::brief(&report)
        } else {
            report_text::full(&report)
        });
        Ok(Exit::from(&report.status))
    }

    /// The report of a campaign on the stores of an adapter, which is written nowhere.
    pub(crate) fn report(
        &self,
        adapter: &Arc<dyn Adapter>,
        called: &Called,
    ) -> Result<Report, ConformError> {
        let (machine, bar) = self.machine(adapter, called)?;
        let report = machine.run();
        bar.clear();
        Ok(report)
    }

    /// The only file after `--report`, where one is wanted.
    fn only_report(&self, what: &'static str) -> Result<&Path, ConformError> {
        match &*self.report {
            [one] => Ok(one),
            _ => Err(ConformError::OneReport(what)),
        }
    }

    /// The adapter that is meant.
    ///
    /// # Errors
    ///
    /// Returns an [`AdapterError`] if there is none of that name.
    pub(crate) fn adapter(&self, adapters: &Adapters) -> Result<Arc<dyn Adapter>, AdapterError> {
        adapters.find(self.adapter.as_deref(), self.server.address().as_ref())
    }

    fn machine(
        &self,
        adapter: &Arc<dyn Adapter>,
        called: &Called,
    ) -> Result<(Machine, Bar), ConformError> {
        let called = called.clone();
        let words = [adapter.name(), &self.server.words(), &self.isolation.words()].concat();
        let deadline = self.deadline.time();
        let known_issues = self.read_known_issues()?;
        let bar = Bar::new(self.quiet);
        let shown = bar.clone();
        let mut machine = self
            .machine
            .machine(Arc::clone(adapter))
            .seed(self.seed)
            .cases(self.cases.unwrap_or_else(|| self.machine.cases()))
            .steps(self.steps.unwrap_or_else(|| self.machine.steps()))
            .time_budget(self.time)
            .exhaustive(self.exhaustive)
            .planted_bug(!self.no_planted_bug)
            .jobs(self.jobs.unwrap_or_else(options::processors))
            .deadline(deadline)
            .shrink_allowance(self.shrink_for)
            .max_answer(self.max_answer)
            .invariants(self.invariants)
            .failures(&self.failures)
            .replay_command(move |path| called.replay(path, &words, deadline))
            .progress(move |progress| shown.show(progress))
            .stop_on(interrupt::flag()?)
            // Everything there has an option here.
            .environment(false);
        if let Some(case) = self.case {
            machine = machine.case(case);
        }
        if !self.max_requests.is_empty() {
            if !adapter.capabilities().traffic {
                return Err(ConformError::NotCounted(adapter.name().to_owned()));
            }
            let limits = self.max_requests.iter();
            let with = |budget: RequestBudget, (kind, most): &_| budget.with(*kind, *most);
            machine = machine.requests(limits.fold(adapter.dialect().requests, with));
        }
        if let Some(folder) = &self.regressions {
            machine = machine.regressions(folder);
        }
        if let Some(Goals(goals)) = &self.require {
            machine = machine.required_goals(goals.iter().copied());
        }
        if let Some(issues) = known_issues {
            machine = machine.known_issues(issues);
        }
        machine = self.isolation.of(machine, self.machine, adapter.name(), &self.server);
        Ok((machine, bar))
    }

    /// The known issues to go by, if it is not by those of the adapter.
    fn read_known_issues(&self) -> Result<Option<Vec<KnownIssue>>, ConformError> {
        let Some(path) = self.known_issues.clone() else {
            return Ok(None);
        };
        if path.as_os_str() == NO_KNOWN_ISSUES {
            return Ok(Some(Vec::new()));
        }
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => return Err(ConformError::Unreadable { path, error }),
        };
        let issues = KnownIssue::read(&text);
        issues.map(Some).map_err(|error| ConformError::KnownIssues { path, error })
    }
}
