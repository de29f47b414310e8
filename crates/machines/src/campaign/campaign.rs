//! Campaigns: many plans under one seed, on any number of threads, with the same result.
//!
//! A case depends on its seed and number alone. Of each suspect the failures of the first cases are
//! kept, whichever thread comes first, and they are taken in the order of the suspects. Nothing
//! that chooses or prints iterates over an unordered map. Only what depends on time itself can
//! break this, a budget that was used up or a store that hangs, and the report says so.
//!
//! Not here: goals that were missed, planted bugs and the report, which are the run's, and whether two
//! failures are one, which is triage.

use std::cell::Cell;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, yield_now};
use std::time::{Duration, Instant};

use zarr_conform_model::{OperationKind, Step};
use zarr_conform_store::{Adapter, OpenError};

use crate::campaign::case::Case;
use crate::campaign::source::{Drawn, Source, Tables};
use crate::campaign::tally::Tally;
use crate::clock::Stopwatch;
use crate::finding::finding::FirstSeen;
use crate::play::admission::climbing;
use crate::play::hang::hung;
use crate::play::journal::{Journal, lock};
use crate::play::midst;
use crate::play::player::Player;
use crate::play::watch::{Pulse, Watcher, interval, start, watched_by};
use crate::settings::Settings;

/// How often a store may hang before a campaign stops asking it. A guess: each keeps a thread and
/// costs a deadline.
const HANGS: usize = 8;

/// How often others may go first while a thread ends. A guess: it has nothing left to do.
const LAST_STEPS: usize = 1000;

/// What is said if the system starts no thread.
const NO_THREAD: &str = "no thread could be started to ask the store, which may have left too many";

/// What is said if nobody knows whether a store would still have answered.
const LATE: &str = "a case did not end within a deadline after the time was over, so it was let go";

/// What is said if a store does not open in time.
const OPENING: &str = "opening the store did not end before the deadline";

/// How a campaign stands, for whoever shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Cases played so far, and failures made small so far once `shrinking`.
    pub done: u64,
    /// Cases planned, and failures to be made small once `shrinking`.
    pub of: u64,
    /// Groups of similar failures so far.
    pub groups: usize,
    /// Whether all cases are played and failures are being made small.
    pub shrinking: bool,
    /// What takes longest of a slow store, and how long one call of it does.
    pub slowest: Option<(OperationKind, Duration)>,
}

/// What the threads of a campaign share.
struct Shared {
    adapter: Arc<dyn Adapter>,
    source: Source,
    settings: Settings,
    /// One more than the last case.
    end: u64,
    next_case: AtomicU64,
    started: Stopwatch,
    /// Set when the time is over or a store cannot be opened.
    over: AtomicBool,
    /// Whether the store is slow so far: calls are timed then.
    slow: AtomicBool,
    tally: Mutex<Tally>,
}

impl Shared {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed) || self.settings.is_stopped()
    }

    fn is_out_of_time(&self) -> bool {
        self.settings.time_budget.is_some_and(|budget| self.started.elapsed() >= budget)
    }

    /// Plays no more cases of a store that stopped answering too often.
    fn give_up(&self, tally: &mut Tally, hangs: usize) {
        if !self.over.swap(true, Ordering::Relaxed) {
            tally.notes.push(format!(
                "the store stopped answering {hangs} times, so no more cases were played"
            ));
            tally.gave_up = true;
        }
    }

    /// Looks whether the time is over.
    fn look_at_the_clock(&self) {
        if self.is_out_of_time() {
            self.over.store(true, Ordering::Relaxed);
        }
    }
}

thread_local! {
    /// What a worker has first, and so loses last.
    static LAST: Cell<Option<Last>> = const { Cell::new(None) };
}

/// Says that a thread is gone, with all that stores keep for it.
struct Last(Arc<AtomicBool>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// One thread that plays cases, seen from outside.
struct Worker {
    thread: JoinHandle<()>,
    /// Whether it is gone. One that has done its work may still hang in what a store keeps for each
    /// thread.
    is_gone: Arc<AtomicBool>,
    watcher: Watcher,
    case: Arc<AtomicU64>,
    /// What the store was asked in that case.
    journal: Arc<Mutex<Vec<Step>>>,
}

impl Worker {
    fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Acquire)
    }

    /// Starts a thread that plays cases until there are no more, and then says so; where the system
    /// starts no more threads, nothing is proved.
    fn start(shared: &Arc<Shared>, ended: &Sender<()>) -> Option<Self> {
        let pulse = Arc::new(Pulse::default());
        let case = Arc::new(AtomicU64::new(0));
        let watcher = Watcher::new(Arc::clone(&pulse), shared.settings.deadline);
        let (own, current) = (Arc::clone(shared), Arc::clone(&case));
        let journal = Arc::new(Mutex::new(Vec::new()));
        let (asked, ended) = (Arc::clone(&journal), ended.clone());
        let is_gone = Arc::new(AtomicBool::new(false));
        let last = Last(Arc::clone(&is_gone));
        let thread = start(move || {
            LAST.set(Some(last));
            watched_by(own.settings.deadline);
            play_cases(&own, &pulse, &current, &asked);
            // Nobody listens to a worker that was given up.
            let _ = ended.send(());
        });
        match thread {
            Ok(thread) => Some(Self { thread, is_gone, watcher, case, journal }),
            Err(error) => {
                let mut tally = lock(&shared.tally);
                tally.alarm(format!("{NO_THREAD}: {error}"));
                None
            }
        }
    }
}

/// Plays some cases, adds them to the tally, and calls `progress` now and then.
pub(crate) fn run(
    adapter: &Arc<dyn Adapter>,
    source: &Source,
    settings: &Settings,
    cases: Range<u64>,
    tally: Tally,
    progress: &mut dyn FnMut(Progress),
) -> Tally {
    let before = tally.cases + tally.twins;
    let shared = Arc::new(Shared {
        adapter: Arc::clone(adapter),
        source: source.clone(),
        settings: settings.clone(),
        end: cases.end,
        next_case: AtomicU64::new(cases.start),
        started: settings.stopwatch(),
        over: AtomicBool::new(false),
        slow: AtomicBool::new(false),
        tally: Mutex::new(tally),
    });
    let (ended, end) = mpsc::channel();
    let mut workers: Vec<Worker> =
        (0..settings.jobs.max(1)).map_while(|_| Worker::start(&shared, &ended)).collect();
    let mut over_since = None;
    while !workers.is_empty() {
        // An early end or the time to look again: either way, look.
        if end.recv_timeout(interval(settings.deadline)).is_ok() {
            let_end(&workers);
        }
        workers = look_after(workers, &shared, &ended);
        shared.look_at_the_clock();
        if shared.is_over() {
            // Whatever the store does: nobody waits for longer than for one answer.
            let since: &Instant = over_since.get_or_insert_with(Instant::now);
            if since.elapsed() >= settings.deadline {
                for worker in &workers {
                    worker.watcher.pulse().abandon();
                }
                if !settings.is_stopped() {
                    lock(&shared.tally).alarm(LATE.to_owned());
                }
                break;
            }
        }
        let (done, groups, slowest) = {
            let tally = lock(&shared.tally);
            (tally.cases + tally.twins - before, tally.groups.len(), tally.costs.slowest())
        };
        let of = cases.end - cases.start;
        progress(Progress { done, of, groups, shrinking: false, slowest });
    }
    let mut tally = std::mem::take(&mut *lock(&shared.tally));
    let interrupted = settings.is_stopped();
    tally.hung.sort_unstable_by_key(|(case, _)| *case);
    let hung = std::mem::take(&mut tally.hung);
    let played = tally.cases + tally.twins - before + hung.len() as u64;
    if played < cases.end - cases.start {
        tally.cut_short = true;
        if interrupted {
            tally.notes.push("the campaign was interrupted".to_owned());
        } else if shared.is_out_of_time() {
            let note = "the time budget was used up before all cases were played";
            tally.notes.push(note.to_owned());
        }
    }
    for (case, asked) in hung {
        if interrupted {
            tally.notes.push(format!("the store stopped answering in case {case}"));
        } else {
            file_hang(&shared, case, asked, &mut tally);
        }
    }
    tally
}

/// Gives a worker that said its last word the time to end: a campaign of one short case would wait for
/// the next look otherwise, which is most of its time.
fn let_end(workers: &[Worker]) {
    for _ in 0..LAST_STEPS {
        if workers.iter().any(Worker::is_gone) {
            return;
        }
        yield_now();
    }
}

/// Lets go of workers that ended or hang, and starts others for those that hang.
fn look_after(workers: Vec<Worker>, shared: &Arc<Shared>, ended: &Sender<()>) -> Vec<Worker> {
    let mut left = Vec::with_capacity(workers.len());
    for mut worker in workers {
        if worker.is_gone() {
            if let Err(payload) = worker.thread.join() {
                resume_unwind(payload);
            }
        } else if worker.watcher.has_stopped() {
            let hangs = {
                let mut tally = lock(&shared.tally);
                worker.watcher.pulse().abandon();
                let asked = lock(&worker.journal).clone();
                tally.hung.push((worker.case.load(Ordering::Relaxed), asked));
                tally.hung.len()
            };
            if hangs < HANGS {
                left.extend(Worker::start(shared, ended));
            } else {
                shared.give_up(&mut lock(&shared.tally), hangs);
            }
        } else {
            left.push(worker);
        }
    }
    left
}

fn play_cases(
    shared: &Shared,
    pulse: &Pulse,
    current: &AtomicU64,
    journal: &Arc<Mutex<Vec<Step>>>,
) {
    let mut tables = Tables::default();
    let unfinished = shared.settings.unfinished.as_ref().map(|file| (file, file.place()));
    let says = |case| {
        if let Some((file, place)) = &unfinished {
            file.plays(*place, case);
        }
    };
    loop {
        // The other thread that looks does so by the clock of the system.
        shared.look_at_the_clock();
        let case = shared.next_case.fetch_add(1, Ordering::Relaxed);
        if shared.is_over() || pulse.is_abandoned() || case >= shared.end {
            says(None);
            return;
        }
        says(Some(case));
        midst::plays(shared.settings.seed, case);
        current.store(case, Ordering::Relaxed);
        lock(journal).clear();
        pulse.beat();
        if let Err(error) = play_case(shared, case, pulse, &mut tables, journal) {
            let mut tally = lock(&shared.tally);
            if !pulse.is_abandoned() {
                shared.over.store(true, Ordering::Relaxed);
                tally.cannot_open.get_or_insert(error);
            }
            return;
        }
    }
}

fn play_case(
    shared: &Shared,
    case: u64,
    pulse: &Pulse,
    tables: &mut Tables,
    journal: &Arc<Mutex<Vec<Step>>>,
) -> Result<(), OpenError> {
    let Shared { source, settings, .. } = shared;
    let Some(Drawn { plan, start, rules }) = source.draw(settings.seed, case, tables) else {
        lock(&shared.tally).twins += 1;
        return Ok(());
    };
    if let Some(reason) = climbing(&*shared.adapter, &plan) {
        return Err(OpenError::new(reason.to_string()));
    }
    // The journal's room goes from case to case.
    let room = Journal::Shared(Arc::clone(journal));
    let start = shared.adapter.model(plan.names()).unwrap_or(start);
    let mut player = Player::open(&*shared.adapter, start, pulse, room, settings.max_answer)?;
    if shared.slow.load(Ordering::Relaxed) {
        player.time_by(Arc::clone(&settings.clock));
    }
    let watch = settings.stopwatch();
    let asked = Case {
        adapter: &*shared.adapter,
        plan: &plan,
        invariants: shared.settings.invariants,
        player: &mut player,
        is_over: &|| shared.is_over() || pulse.is_abandoned(),
        disagrees: &mut |player, disagreement, circumstances| {
            // A worker is given up under the same lock.
            let mut tally = lock(&shared.tally);
            if !pulse.is_abandoned() {
                let seen = FirstSeen::Case(case);
                if player.has_hung() {
                    tally.killed += 1;
                    if tally.killed >= HANGS {
                        shared.give_up(&mut tally, HANGS);
                    }
                }
                let plan = || circumstances.plan.cloned().unwrap_or_else(|| player.asked_so_far());
                tally.file(disagreement, circumstances.after, seen, plan);
            }
        },
        asked: 0,
        mode: settings.mode,
    }
    .play()?;
    player.leave();
    let time = watch.elapsed();
    let mut tally = lock(&shared.tally);
    if !pulse.is_abandoned() {
        tally.add(&asked, &rules, &player, time);
        shared.slow.store(tally.is_slow(), Ordering::Relaxed);
    }
    Ok(())
}

/// Files what the store was asked last in a case in which it stopped answering.
///
/// Such a hang is a failure even if it comes once in a campaign: whoever makes it small says so.
fn file_hang(shared: &Shared, case: u64, asked: Vec<Step>, tally: &mut Tally) {
    let Some(plan) = shared.source.plan(shared.settings.seed, case) else {
        return;
    };
    match hung(&*shared.adapter, &plan, &asked) {
        Some((_, disagreement)) => {
            let plan = plan.with_steps(asked);
            tally.file(&disagreement, None, FirstSeen::Case(case), || plan);
        }
        // Their calls are in no journal.
        None if plan.together().is_some() => tally.alarm(format!(
            "callers at the same time did not come to an end in case {case}: one spins or waits where no call of it is seen, or opening the store takes as long as the deadline"
        )),
        None => tally.alarm(OPENING.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use zarr_conform_model::Dialect;
    use zarr_conform_mutants::{Mutant, Planted, ReferenceAdapter};

    use crate::Machine;
    use crate::play::watch::tests::let_start;
    use crate::report::Status;

    #[test]
    fn a_run_without_threads_ends_in_a_report() {
        let reference = std::sync::Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
        let machine = Machine::of(Planted::new(reference, Mutant::M03)).environment(false);
        for threads in 0..8 {
            let_start(threads);
            let report = machine.clone().cases(64).jobs(3).run();
            assert_ne!(report.status, Status::Conforms, "{threads}: {report}");
            let is_said = report.to_string().contains("no thread could be started");
            assert!(is_said || threads >= 4, "{threads}: {report}");
        }
    }
}
