//! `calibrate`: plants bugs in a store, and sees whether campaigns find them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use zarr_conform_machines::Machine;
use zarr_conform_machines::mutants::Mutant;
use zarr_conform_store::Adapter;

use crate::adapter_error::AdapterError;
use crate::adapters::Adapters;
use crate::bugs::{self, Bugs};
use crate::calibration::{Calibration, Planted, Search, Setup};
use crate::exit::Exit;
#[cfg(feature = "faults")]
use crate::fault_calibration::FaultCalibration;
use crate::options::Limit;
use crate::progress::Bar;
use crate::report_file::{Given, ReportFile, ReportFileError};
use crate::server::Server;
use crate::{interrupt, machine, options, output};

/// Plants bugs in a store, one after the other, and shows which are found, how soon, and how small
/// the plans come out that show them.
///
/// What the store gets wrong by itself does not count. A bug counts as found if it is found with
/// every seed. Operations, time and plan are medians of the searches that found the bug; plans are
/// held against the shortest ones that are known. For `--machine faults` and `concurrent` the bugs are in
/// stores on files and on a service, of this program's own, whatever the adapter.
///
/// Exit status: 0 enough bugs were found by plans that are short enough, 1 too few were, or plans
/// are too long, or Ctrl-C ended it, 2 the options are wrong, 3 nothing was tested.
#[derive(Debug, clap::Args)]
pub struct Calibrate {
    /// The store to plant bugs in; `conform --list` says which there are.
    #[arg(long, value_name = "NAME[:VARIANT]")]
    adapter: Option<String>,
    /// What plays the plans.
    #[arg(long, value_enum, default_value_t)]
    machine: machine::Kind,
    #[command(flatten)]
    server: Server,
    /// Which bugs: ids or names, those that every tester of stores is measured by, those that take
    /// groups and arrays, or all [default: public, or library for the hierarchy machine]
    #[arg(long, value_name = "public|library|all|BUG,…", value_parser = bugs::parse)]
    mutants: Option<Bugs>,
    /// The first seed; decimal, or hexadecimal with 0x.
    #[arg(long, value_name = "N", default_value = "0", value_parser = options::seed)]
    seed: u64,
    /// How many seeds to search with, one after the other from the first.
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = options::seeds)]
    seeds: usize,
    /// The most plans to play in one search.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = options::count::<u64>)]
    cases: u64,
    /// The most operations in a plan.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = options::steps)]
    steps: usize,
    /// Begins no plan of a search after this time.
    #[arg(long = "for", value_name = "TIME", default_value = "10s", value_parser = options::duration)]
    time: Duration,
    /// How many searches at a time [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = options::jobs)]
    jobs: Option<usize>,
    /// The part of the bugs that must be found.
    #[arg(long, value_name = "SHARE", default_value = "1.0", value_parser = options::share)]
    min_score: f64,
    /// How many operations a plan may have more than the shortest one that is known.
    #[arg(long, value_name = "N|any", default_value = "1", value_parser = options::limit)]
    max_excess: Limit,
    /// Prints below each bug the plan that shows it, the longest if there are several.
    #[arg(long)]
    show: bool,
    /// Writes all of it to this file as JSON, too.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Options that cannot be followed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CalibrateError {
    /// No such adapter.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    /// The file for the report cannot be written.
    #[error(transparent)]
    Report(#[from] ReportFileError),
    /// The system does not let the program handle Ctrl-C.
    #[error("Ctrl-C cannot be handled: {0}")]
    Interrupt(#[from] ctrlc::Error),
}

impl Calibrate {
    /// The name after `--adapter`.
    pub(crate) fn adapter_name(&self) -> Option<&str> {
        self.adapter.as_deref()
    }

    /// Searches for each bug with each seed, and prints the table and the score.
    ///
    /// # Errors
    ///
    /// Returns a [`CalibrateError`] if an option cannot be followed.
    pub(crate) fn run(&self, adapters: &Adapters) -> Result<Exit, CalibrateError> {
        #[cfg(feature = "faults")]
        if let machine::Kind::Faults | machine::Kind::Concurrent = self.machine {
            return Ok(self.of_own_stores().run()?);
        }
        let address = self.server.address();
        let adapter = adapters.find(self.adapter.as_deref(), address.as_ref())?;
        let adapter = self.machine.over(adapter);
        let file = self.report.clone();
        let file = file.map(|file| ReportFile::open(file, Given::REPORT)).transpose()?;
        if let Err(error) = adapter.open() {
            output::say(output::verdict(false, format_args!("{}: {error}", adapter.name())));
            return Ok(Exit::NothingRan);
        }
        let calibration = self.calibrate(&adapter, &interrupt::flag()?);
        self.print(&calibration);
        if let Some(file) = file {
            file.write(&calibration.to_json())?;
        }
        Ok(self.exit(&calibration))
    }

    /// The bugs that take faults, or callers at the same time, are in stores of our own: what other
    /// stores do then is not theirs.
    #[cfg(feature = "faults")]
    fn of_own_stores(&self) -> FaultCalibration {
        FaultCalibration {
            machine: self.machine,
            seed: self.seed,
            seeds: self.seeds,
            cases: self.cases.min(self.machine.cases()),
            jobs: self.jobs.unwrap_or_else(options::processors),
            min_score: self.min_score,
            max_excess: self.max_excess,
        }
    }

    fn exit(&self, calibration: &Calibration) -> Exit {
        calibration.exit(self.min_score, self.max_excess)
    }

    fn print(&self, calibration: &Calibration) {
        let table = calibration.table(self.max_excess, self.show);
        for (index, (line, is_fine)) in table.into_iter().enumerate() {
            output::say(match (index, is_fine) {
                (0, _) => output::header(line),
                (_, true) => line,
                (_, false) => output::verdict(false, line),
            });
        }
        let mut summary = calibration.summary();
        let last = summary.pop().unwrap_or_default();
        summary.into_iter().for_each(output::say);
        output::say(output::verdict(self.exit(calibration) == Exit::Success, last));
    }

    fn calibrate(&self, adapter: &Arc<dyn Adapter>, stop: &Arc<AtomicBool>) -> Calibration {
        let started = Instant::now();
        let Bugs(mutants) = self.mutants.clone().unwrap_or_else(|| bugs::of_machine(self.machine));
        let capabilities = adapter.capabilities();
        let bugs: Vec<(Mutant, Option<String>)> =
            mutants.iter().map(|mutant| (*mutant, bugs::lacking(*mutant, capabilities))).collect();
        let asked = bugs.iter().filter(|(_, lacking)| lacking.is_none());
        let seeds = || (0..self.seeds).map(|shift| self.seed.wrapping_add(shift as u64));
        let pairs: Vec<(Mutant, u64)> =
            asked.flat_map(|(mutant, _)| seeds().map(|seed| (*mutant, seed))).collect();
        let jobs = self.jobs.unwrap_or_else(options::processors);
        let mut searches = self.search_all(adapter, &pairs, jobs, stop).into_iter();
        let bugs = bugs.into_iter().map(|(mutant, lacking)| {
            let count = if lacking.is_none() { self.seeds } else { 0 };
            let searches = searches.by_ref().take(count).flatten().collect();
            Planted::new(mutant, lacking, searches)
        });
        let bugs = bugs.collect();
        let setup = Setup {
            adapter: adapter.name().to_owned(),
            seed: self.seed,
            seeds: self.seeds,
            cases: self.cases,
            steps: self.steps,
            jobs,
        };
        Calibration::of(setup, bugs, started.elapsed())
    }

    /// What became of each pair, in their order; nothing of those that Ctrl-C kept from it.
    fn search_all(
        &self,
        adapter: &Arc<dyn Adapter>,
        pairs: &[(Mutant, u64)],
        jobs: usize,
        stop: &Arc<AtomicBool>,
    ) -> Vec<Option<Search>> {
        let next = AtomicUsize::new(0);
        let work = |done: &mpsc::Sender<(usize, Search)>| loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((mutant, seed)) = pairs.get(index) else { break };
            let search = self.search(adapter, *mutant, *seed, stop);
            // What Ctrl-C cut short says nothing about the bug.
            if stop.load(Ordering::Relaxed) || done.send((index, search)).is_err() {
                break;
            }
        };
        let bar = Bar::new(false);
        let mut searches = vec![None; pairs.len()];
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..jobs.min(pairs.len()) {
                let (sender, work) = (sender.clone(), &work);
                scope.spawn(move || work(&sender));
            }
            drop(sender);
            let mut missed = 0;
            bar.show_searches(0, pairs.len(), 0);
            for (done, (index, search)) in receiver.into_iter().enumerate() {
                missed += usize::from(search.is_missed());
                searches[index] = Some(search);
                bar.show_searches(done + 1, pairs.len(), missed);
            }
        });
        bar.clear();
        searches
    }

    fn search(
        &self,
        adapter: &Arc<dyn Adapter>,
        mutant: Mutant,
        seed: u64,
        stop: &Arc<AtomicBool>,
    ) -> Search {
        let started = Instant::now();
        let machine = Machine::of_shared(Arc::clone(adapter))
            .seed(seed)
            .cases(self.cases)
            .steps(self.steps)
            .time_budget(self.time)
            .stop_on(Arc::clone(stop));
        let calibrated = machine.calibrate(mutant);
        Search::of(seed, calibrated, started.elapsed() >= self.time)
    }
}
