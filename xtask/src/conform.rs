//! `cargo xtask conform`: plays a campaign on a store, and reports how it disagrees.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use clap::ValueEnum;
use zarr_conform_machines::{Invariants, Report, StoreMachine};

use crate::adapters::{self, AdapterError, Entry};
use crate::exit::Exit;
use crate::plans::{self, PlanFileError};
use crate::progress::Bar;
use crate::{options, output, replay};

/// Plays generated plans on a store, and reports each distinct disagreement with the contract.
///
/// The same options play the same plans and give the same report, on any machine and any number
/// of threads: the seed is 0 unless it is given. Give another to play other plans.
///
/// Exit status: 0 the store conforms, 1 there are failures, 2 the options are wrong, 3 nothing was
/// tested, or the store could not be opened. Ctrl-C ends the campaign with the report of what was
/// done; a second one ends it at once.
#[derive(Debug, clap::Args)]
pub(crate) struct Conform {
    /// The store to test; --list says which there are.
    #[arg(long, value_name = "NAME[:VARIANT]")]
    adapter: Option<String>,
    /// Lists the adapters and ends.
    #[arg(long)]
    list: bool,
    /// What plays the plans.
    #[arg(long, value_enum, default_value_t)]
    machine: Machine,
    /// Together with its number determines each plan; decimal, or hexadecimal with 0x.
    #[arg(long, value_name = "N", default_value = "0", value_parser = options::seed)]
    seed: u64,
    /// How many plans to play.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = options::count::<u64>)]
    cases: u64,
    /// The most operations in a plan.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = options::steps)]
    steps: usize,
    /// Begins no plan after this time.
    #[arg(long = "for", value_name = "TIME", default_value = "60s", value_parser = options::duration)]
    time: Duration,
    /// How many threads play plans [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = options::jobs)]
    jobs: Option<usize>,
    /// How long the store may take for one answer.
    #[arg(long, value_name = "TIME", default_value = replay::DEADLINE, value_parser = options::duration)]
    deadline: Duration,
    /// When everything is compared, not only the answers.
    #[arg(long, value_name = "WHEN", default_value = "sampled", value_parser = options::invariants())]
    invariants: Invariants,
    /// Plays the plans in this folder first.
    #[arg(long, value_name = "DIR")]
    regressions: Option<PathBuf>,
    /// Writes the shortest plan of each failure to this folder.
    #[arg(long, value_name = "DIR", default_value = "zarr-conform-failures")]
    failures: PathBuf,
    /// Writes the report to this file as JSON, too.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Prints one line for each failure and a summary, and no progress bar.
    #[arg(long)]
    quiet: bool,
}

/// The machines by name.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Machine {
    /// Plays operations on keys.
    #[default]
    Store,
}

/// Options that cannot be followed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConformError {
    /// No such adapter.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// A regression plan, or the folder of them, is not readable.
    #[error(transparent)]
    Regressions(#[from] PlanFileError),
    /// The folder for failures does not take files.
    #[error(
        "plans of failures cannot be written to {}: {error}; give --failures a folder that can be written to",
        path.display()
    )]
    Failures { path: PathBuf, error: io::Error },
    /// The file for the report cannot be written.
    #[error(
        "the report cannot be written to {}: {error}; give --report a file that can be written to",
        path.display()
    )]
    Report { path: PathBuf, error: io::Error },
    /// The system does not let the program handle Ctrl-C.
    #[error("Ctrl-C cannot be handled: {0}")]
    Interrupt(#[from] ctrlc::Error),
}

impl Conform {
    /// Plays the campaign and prints the report.
    ///
    /// # Errors
    ///
    /// Returns a [`ConformError`] if an option cannot be followed; all but writing the report to
    /// the end is checked before the campaign.
    pub(crate) fn run(&self) -> Result<Exit, ConformError> {
        let entries = adapters::registry();
        if self.list {
            output::say(adapters::list(&entries)?);
            return Ok(Exit::Success);
        }
        let entry = adapters::find(&entries, self.adapter.as_deref())?;
        let file = self.check_files()?;
        let report = match self.machine {
            Machine::Store => self.play(&entry)?,
        };
        output::say(if self.quiet { output::brief(&report) } else { output::full(&report) });
        if let Some(file) = file {
            file.write(&report)?;
        }
        Ok(Exit::from(&report.status))
    }

    /// Sees that everything can be read and written, before time is spent on the campaign.
    fn check_files(&self) -> Result<Option<ReportFile>, ConformError> {
        for path in self.regressions.iter().map(|folder| plans::in_folder(folder)) {
            for path in path? {
                plans::read(&path)?;
            }
        }
        writable(&self.failures)
            .map_err(|error| ConformError::Failures { path: self.failures.clone(), error })?;
        self.report.clone().map(ReportFile::open).transpose()
    }

    fn play(&self, entry: &Entry) -> Result<Report, ConformError> {
        let (name, deadline) = (entry.adapter.name().to_owned(), self.deadline);
        let bar = Bar::new(self.cases, self.quiet);
        let shown = bar.clone();
        let mut machine = StoreMachine::of_shared(Arc::clone(&entry.adapter))
            .seed(self.seed)
            .cases(self.cases)
            .steps(self.steps)
            .time_budget(self.time)
            .jobs(self.jobs.unwrap_or_else(processors))
            .deadline(deadline)
            .invariants(self.invariants)
            .failures(&self.failures)
            .replay_command(move |path| replay::command(path, &name, deadline))
            .progress(move |progress| shown.show(progress))
            .stop_on(interruptible()?);
        if let Some(folder) = &self.regressions {
            machine = machine.regressions(folder);
        }
        let report = machine.run();
        bar.clear();
        Ok(report)
    }
}

fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// Makes a folder if need be, and sees whether files can be written to it.
fn writable(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    // Removed again when it is dropped, and of a name that no other run has.
    tempfile::NamedTempFile::new_in(folder).map(drop)
}

/// A flag that the first Ctrl-C sets; the second ends the program.
fn interruptible() -> Result<Arc<AtomicBool>, ctrlc::Error> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            // What shells report for a program that ends by an interrupt.
            std::process::exit(130);
        }
    })?;
    Ok(stop)
}

/// A file that was opened before the campaign, so that no report is lost for the want of one.
struct ReportFile {
    path: PathBuf,
    file: File,
}

impl ReportFile {
    /// Opens the file, and leaves what is in it until there is a new report.
    fn open(path: PathBuf) -> Result<Self, ConformError> {
        let mut options = OpenOptions::new();
        match options.write(true).create(true).truncate(false).open(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(ConformError::Report { path, error }),
        }
    }

    fn write(mut self, report: &Report) -> Result<(), ConformError> {
        let written =
            self.truncate().and_then(|()| self.file.write_all(report.to_json().as_bytes()));
        written.map_err(|error| ConformError::Report { path: self.path, error })
    }

    /// Empties the file, if it is one: a pipe or a device cannot be emptied, and need not be.
    fn truncate(&self) -> io::Result<()> {
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        Ok(())
    }
}
