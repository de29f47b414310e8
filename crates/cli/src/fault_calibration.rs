//! `calibrate --machine faults` and `concurrent`: plants the bugs that take a fault to show, or callers
//! at the same time, and sees whether they are found.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use zarr_conform_machines::model::Plan;
use zarr_conform_machines::mutants::FaultBug;

use crate::exit::Exit;
use crate::machine::Kind;
use crate::options::Limit;
use crate::progress::Bar;
use crate::table::{self, Row};
use crate::{interrupt, output};

/// What is searched for, and how.
pub(crate) struct FaultCalibration {
    pub(crate) machine: Kind,
    pub(crate) seed: u64,
    pub(crate) seeds: usize,
    pub(crate) cases: u64,
    pub(crate) jobs: usize,
    pub(crate) min_score: f64,
    pub(crate) max_excess: Limit,
}

/// One bug under one seed.
#[derive(Clone, Copy, Debug)]
struct Sighting {
    /// The case that shows it.
    case: u64,
    /// Operations of the shortest plan that shows it.
    plan: usize,
    failures: usize,
}

impl FaultCalibration {
    /// Searches for each bug with each seed, and prints the table and the score.
    ///
    /// # Errors
    ///
    /// Returns an error if the system does not let the program handle Ctrl-C.
    pub(crate) fn run(&self) -> Result<Exit, ctrlc::Error> {
        let stop = interrupt::flag()?;
        let bugs = match self.machine {
            Kind::Concurrent => FaultBug::of_callers(),
            _ => FaultBug::all(),
        };
        let searches = self.search_all(&bugs, &stop);
        let header = ["bug", "found", "case", "plan", "minimum", "failures"];
        let mut rows = vec![Row::Cells(header.map(str::to_owned).to_vec())];
        let (mut found, mut short, mut worst) = (0, 0, 0);
        for (bug, searches) in bugs.iter().zip(searches.chunks(self.seeds)) {
            let sightings: Vec<Sighting> = searches.iter().copied().flatten().collect();
            // A plan has words of its own where callers ask at the same time.
            let minimum = bug.minimum.parse().map_or(0, |plan: Plan| plan.len());
            let excess = |sighting: &Sighting| sighting.plan.saturating_sub(minimum);
            found += usize::from(sightings.len() == self.seeds);
            short += sightings.iter().filter(|sighting| excess(sighting) <= 1).count();
            worst = worst.max(sightings.iter().map(excess).max().unwrap_or_default());
            let most = |of: fn(&Sighting) -> usize| {
                sightings
                    .iter()
                    .map(of)
                    .max()
                    .map_or_else(|| "-".to_owned(), |most| most.to_string())
            };
            rows.push(Row::Cells(vec![
                bug.to_string(),
                format!("{}/{}", sightings.len(), self.seeds),
                most(|sighting| sighting.case as usize),
                most(|sighting| sighting.plan),
                minimum.to_string(),
                most(|sighting| sighting.failures),
            ]));
        }
        table::align(&rows).into_iter().for_each(output::say);
        let (bugs, pairs) = (bugs.len(), bugs.len() * self.seeds);
        let interrupted = stop.load(Ordering::Relaxed);
        let share = found as f64 / bugs as f64;
        let is_fine = !interrupted && share >= self.min_score && self.max_excess.allows(worst);
        let text = format!(
            "{}: {found} of {bugs} bugs found with each of {} seeds, {short} of {pairs} plans at most one operation above the known minimum, the worst {worst} above it{}",
            self.machine.name(),
            self.seeds,
            if interrupted { "; interrupted" } else { "" },
        );
        output::say(output::verdict(is_fine, text));
        Ok(Exit::success_if(is_fine))
    }

    /// What became of each pair of a bug and a seed, in their order.
    fn search_all(&self, bugs: &[FaultBug], stop: &Arc<AtomicBool>) -> Vec<Option<Sighting>> {
        let seeds = || (0..self.seeds).map(|shift| self.seed.wrapping_add(shift as u64));
        let pairs: Vec<(&FaultBug, u64)> =
            bugs.iter().flat_map(|bug| seeds().map(move |seed| (bug, seed))).collect();
        let next = AtomicUsize::new(0);
        let work = |done: &mpsc::Sender<(usize, Option<Sighting>)>| {
            while let index = next.fetch_add(1, Ordering::Relaxed)
                && let Some((bug, seed)) = pairs.get(index)
                && !stop.load(Ordering::Relaxed)
                && done.send((index, self.search(bug, *seed, stop))).is_ok()
            {}
        };
        let bar = Bar::new(false);
        let mut searches = vec![None; pairs.len()];
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..self.jobs.min(pairs.len()) {
                let (sender, work) = (sender.clone(), &work);
                scope.spawn(move || work(&sender));
            }
            drop(sender);
            let mut missed = 0;
            for (done, (index, search)) in receiver.into_iter().enumerate() {
                missed += usize::from(search.is_none());
                searches[index] = search;
                bar.show_searches(done + 1, pairs.len(), missed);
            }
        });
        bar.clear();
        searches
    }

    /// Plays cases one by one until one shows the bug.
    fn search(&self, bug: &FaultBug, seed: u64, stop: &Arc<AtomicBool>) -> Option<Sighting> {
        let machine = self.machine.machine(Arc::clone(&bug.planted)).seed(seed).cases(self.cases);
        let machine = machine.environment(false).stop_on(Arc::clone(stop));
        (0..self.cases).take_while(|_| !stop.load(Ordering::Relaxed)).find_map(|case| {
            let report = machine.clone().case(case).run();
            let plan = report.failures.iter().map(|failure| failure.plan.len()).min()?;
            Some(Sighting { case, plan, failures: report.failures.len() })
        })
    }
}
