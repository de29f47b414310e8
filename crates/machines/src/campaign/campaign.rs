//! Campaigns: many plans under one seed, on any number of threads, with the same result.
//!
//! A case depends on its seed and number alone. Of each suspect the failures of the first cases are
//! kept, whichever thread comes first, and they are taken in the order of the suspects. Nothing
//! that chooses or prints iterates over an unordered map. Only what depends on time itself can
//! break this, a budget that was used up or a store that hangs, and the report says so.
//!
//! Not here: goals that were missed, planted bugs and the report, which are the run's, and whether two
//! failures are one, which is triage.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use zarr_conform_model::{OperationKind, Plan, Step};
use zarr_conform_store::{Adapter, OpenError};

use crate::campaign::case::{Asked, Case};
use crate::campaign::source::{Drawn, Source, Tables};
use crate::campaign::tally::Tally;
use crate::finding::finding::FirstSeen;
use crate::play::admission::{climbing, empty};
use crate::play::hang::hung;
use crate::play::journal::{Journal, lock};
use crate::play::midst;
use crate::play::player::Player;
use crate::play::watch::{Pulse, Watcher, guarded, interval, watched_by};
use crate::settings::{Settings, Stopwatch};

/// How often a store may hang before a campaign stops asking it. A guess: each keeps a thread and
/// costs a deadline.
const HANGS: usize = 8;

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

/// One thread that plays cases, seen from outside.
struct Worker {
    thread: JoinHandle<()>,
    watcher: Watcher,
    case: Arc<AtomicU64>,
}

impl Worker {
    /// Starts a thread that plays cases until there are no more, and then says so.
    fn start(shared: &Arc<Shared>, ended: &Sender<()>) -> Self {
        let pulse = Arc::new(Pulse::default());
        let case = Arc::new(AtomicU64::new(0));
        let watcher = Watcher::new(Arc::clone(&pulse), shared.settings.deadline);
        let (shared, current) = (Arc::clone(shared), Arc::clone(&case));
        let ended = ended.clone();
        let thread = thread::spawn(move || {
            watched_by(shared.settings.deadline);
            play_cases(&shared, &pulse, &current);
            // Nobody listens to a worker that was given up.
            let _ = ended.send(());
        });
        Self { thread, watcher, case }
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
        (0..settings.jobs.max(1)).map(|_| Worker::start(&shared, &ended)).collect();
    while !workers.is_empty() {
        // An early end or the time to look again: either way, look.
        let _ = end.recv_timeout(interval(settings.deadline));
        workers = look_after(workers, &shared, &ended);
        shared.look_at_the_clock();
        let (done, groups, slowest) = {
            let tally = lock(&shared.tally);
            (tally.cases + tally.twins - before, tally.groups.len(), tally.costs.slowest())
        };
        let of = cases.end - cases.start;
        progress(Progress { done, of, groups, shrinking: false, slowest });
    }
    let mut tally = std::mem::take(&mut *lock(&shared.tally));
    let interrupted = settings.is_stopped();
    tally.hung.sort_unstable();
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
    for case in hung {
        if interrupted {
            tally.notes.push(format!("the store stopped answering in case {case}"));
        } else {
            file_hang(&shared, case, &mut tally);
        }
    }
    tally
}

/// Lets go of workers that ended or hang, and starts others for those that hang.
fn look_after(workers: Vec<Worker>, shared: &Arc<Shared>, ended: &Sender<()>) -> Vec<Worker> {
    let mut left = Vec::with_capacity(workers.len());
    for mut worker in workers {
        if worker.thread.is_finished() {
            if let Err(payload) = worker.thread.join() {
                resume_unwind(payload);
            }
        } else if worker.watcher.has_stopped() {
            let hangs = {
                let mut tally = lock(&shared.tally);
                worker.watcher.pulse().abandon();
                tally.hung.push(worker.case.load(Ordering::Relaxed));
                tally.hung.len()
            };
            if hangs < HANGS {
                left.push(Worker::start(shared, ended));
            } else {
                shared.give_up(&mut lock(&shared.tally), hangs);
            }
        } else {
            left.push(worker);
        }
    }
    left
}

fn play_cases(shared: &Shared, pulse: &Pulse, current: &AtomicU64) {
    let mut tables = Tables::default();
    let mut journal = Vec::new();
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
        pulse.beat();
        if let Err(error) = play_case(shared, case, pulse, &mut tables, &mut journal) {
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
    journal: &mut Vec<Step>,
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
    journal.clear();
    let room = Journal::Private(std::mem::take(journal));
    let start = shared.adapter.model(plan.names()).unwrap_or(start);
    let mut player = Player::open(&*shared.adapter, start, pulse, room)?;
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
                tally.file(disagreement, circumstances.after, seen, || player.asked_so_far());
            }
        },
        asked: 0,
        sweeps: settings.sweeps,
    }
    .play()?;
    player.leave();
    let time = watch.elapsed();
    let mut tally = lock(&shared.tally);
    if !pulse.is_abandoned() {
        tally.add(&asked, &rules, &player, time);
        shared.slow.store(tally.is_slow(), Ordering::Relaxed);
    }
    drop(tally);
    *journal = player.take_journal();
    Ok(())
}

/// Plays a case in which the store hung once more, to see what it was asked last.
fn file_hang(shared: &Arc<Shared>, case: u64, tally: &mut Tally) {
    let journal = Arc::new(Mutex::new(Vec::new()));
    let Some(plan) = shared.source.plan(shared.settings.seed, case) else {
        return;
    };
    let played = {
        let (shared, plan, journal) = (Arc::clone(shared), plan.clone(), Arc::clone(&journal));
        guarded(shared.settings.deadline, move |pulse| {
            play_quietly(&shared, &plan, pulse, Journal::Shared(journal))
        })
    };
    let asked = lock(&journal).clone();
    match (played, hung(&*shared.adapter, &plan, &asked)) {
        (None, Some((_, disagreement))) => {
            let plan = plan.with_steps(asked);
            tally.file(&disagreement, None, FirstSeen::Case(case), || plan);
        }
        (None, None) => tally.alarm(format!("opening the store in case {case} did not end")),
        (Some(_), _) => tally.alarm(format!(
            "the store stopped answering in case {case}, and answered when it was asked again"
        )),
    }
}

/// Plays a case for its journal alone.
fn play_quietly(shared: &Shared, plan: &Plan, pulse: &Pulse, journal: Journal) -> Option<Asked> {
    let adapter = &*shared.adapter;
    let mut player = Player::open(adapter, empty(adapter, plan), pulse, journal).ok()?;
    let case = Case {
        adapter,
        plan,
        invariants: shared.settings.invariants,
        player: &mut player,
        is_over: &|| pulse.is_abandoned(),
        disagrees: &mut |_, _, _| {},
        asked: 0,
        sweeps: shared.settings.sweeps,
    };
    case.play().ok()
}
