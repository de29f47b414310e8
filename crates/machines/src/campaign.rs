//! Campaigns: many plans under one seed, on any number of threads, with the same result.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use zarr_conform_model::{
    Adapter, Clause, OpenError, Operation, OperationKind, Plan, ReferenceModel, Signature,
};
use zarr_conform_rules::{Goal, Shapes};

use crate::case::{Asked, Case};
use crate::checks::Invariants;
use crate::clock::Clock;
use crate::costs::Costs;
use crate::player::{Disagreement, Journal, Player, lock};
use crate::report::FirstSeen;
use crate::source::{Drawn, Source, Tables};
use crate::verdict::hung;
use crate::watch::{Pulse, Watcher, guarded, interval};

/// How many failing plans are kept of each group: those of the first cases.
const REPRESENTATIVES: usize = 8;

/// How long a call takes at the least, on the average, if the store is a slow one.
const SLOW: Duration = Duration::from_millis(10);

/// How often a store may hang before a campaign stops asking it.
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

/// What a campaign is to do; see [`Machine`](crate::Machine) for what each is.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) seed: u64,
    pub(crate) cases: u64,
    pub(crate) invariants: Invariants,
    pub(crate) deadline: Duration,
    pub(crate) time_budget: Option<Duration>,
    pub(crate) jobs: usize,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Settings {
    /// Whether somebody wants the report now.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// A watch that was started now.
    pub(crate) fn stopwatch(&self) -> Stopwatch {
        Stopwatch { clock: Arc::clone(&self.clock), started: self.clock.now() }
    }
}

/// How long something has taken.
#[derive(Clone, Debug)]
pub(crate) struct Stopwatch {
    clock: Arc<dyn Clock>,
    started: Duration,
}

impl Stopwatch {
    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.now().saturating_sub(self.started)
    }
}

/// Everything that the cases of a campaign add up to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) cases: u64,
    /// Cases that were not played, because others have twins of their plans.
    twins: u64,
    pub(crate) operations: u64,
    pub(crate) questions: u64,
    pub(crate) rules: Vec<u64>,
    pub(crate) clauses: Vec<u64>,
    pub(crate) shapes: Shapes,
    pub(crate) groups: BTreeMap<Suspect, Group>,
    pub(crate) notes: Vec<String>,
    pub(crate) cannot_open: Option<OpenError>,
    /// Whether not all cases were played.
    pub(crate) cut_short: bool,
    /// Whether the store stopped answering too often to be asked on.
    pub(crate) gave_up: bool,
    /// Cases in which the store stopped answering.
    hung: Vec<u64>,
    pub(crate) costs: Costs,
    /// Time for all cases, as if they had been played one after the other.
    time: Duration,
}

/// What failures have in common that may well come from one bug.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Suspect {
    /// The group of their signatures.
    pub(crate) signature: Signature,
    /// The operation after which a check came upon them.
    after: Option<OperationKind>,
    /// Where the store panicked.
    pub(crate) panic_site: Option<String>,
}

/// The failures of one suspect.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) count: u64,
    /// Those of the first cases, by where they were found.
    pub(crate) found: BTreeMap<FirstSeen, Found>,
}

/// A plan that shows a failure, as it was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) plan: Plan,
    pub(crate) signature: Signature,
    pub(crate) panic_site: Option<String>,
    pub(crate) clause: Clause,
}

impl Tally {
    /// Counts nothing yet, for as many rules.
    pub(crate) fn new(rules: usize) -> Self {
        Self { rules: vec![0; rules], clauses: vec![0; Clause::ALL.len()], ..Self::default() }
    }

    /// Whether calls take long on the average.
    pub(crate) fn is_slow(&self) -> bool {
        let calls = u32::try_from(self.questions).unwrap_or(u32::MAX);
        calls > 0 && self.time >= SLOW * calls
    }

    /// Whether the goal was met.
    pub(crate) fn has_met(&self, goal: Goal) -> bool {
        match goal {
            Goal::Clause(clause) => self.clauses[clause as usize] > 0,
            Goal::Shape(shape) => self.shapes[shape] > 0,
        }
    }

    /// Files a failure that a check came upon after an operation of the kind `after`, if one did;
    /// `plan` is made only if it is one of those to keep.
    pub(crate) fn file(
        &mut self,
        disagreement: &Disagreement,
        after: Option<OperationKind>,
        seen: FirstSeen,
        plan: impl FnOnce() -> Plan,
    ) {
        let Disagreement { signature, clause, .. } = *disagreement;
        let panic_site = disagreement.panic_site();
        let suspect =
            Suspect { signature: signature.group(), after, panic_site: panic_site.clone() };
        let group = self.groups.entry(suspect).or_default();
        group.count += 1;
        let last = group.found.last_key_value().map(|(last, _)| last);
        let full = group.found.len() >= REPRESENTATIVES;
        // The first occurrence in a case is kept, and the first cases are: on any number of
        // threads the same plans are left at the end.
        if group.found.contains_key(&seen) || (full && last.is_some_and(|last| *last < seen)) {
            return;
        }
        group.found.insert(seen, Found { plan: plan(), signature, panic_site, clause });
        if group.found.len() > REPRESENTATIVES {
            group.found.pop_last();
        }
    }

    fn add(&mut self, asked: &Asked, rules: &[usize], player: &Player<'_>, time: Duration) {
        self.cases += 1;
        self.time += time;
        self.operations += asked.operations as u64;
        self.questions += player.asked;
        let is_asked = |(step, _): &(usize, &usize)| !asked.passed_over.contains(step);
        for (_, rule) in rules.iter().enumerate().filter(is_asked).take(asked.operations) {
            self.rules[*rule] += 1;
        }
        self.shapes += player.shapes;
        self.costs += &player.costs;
        for (sum, count) in self.clauses.iter_mut().zip(&player.clauses) {
            *sum += count;
        }
    }
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
            } else if !shared.over.swap(true, Ordering::Relaxed) {
                let note = format!(
                    "the store stopped answering {hangs} times, so no more cases were played"
                );
                let mut tally = lock(&shared.tally);
                tally.notes.push(note);
                tally.gave_up = true;
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
    loop {
        // The other thread that looks does so by the clock of the system.
        shared.look_at_the_clock();
        if shared.is_over() || pulse.is_abandoned() {
            return;
        }
        let case = shared.next_case.fetch_add(1, Ordering::Relaxed);
        if case >= shared.end {
            return;
        }
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
    journal: &mut Vec<Operation>,
) -> Result<(), OpenError> {
    let Shared { source, settings, .. } = shared;
    let Some(Drawn { plan, start, rules }) = source.draw(settings.seed, case, tables) else {
        lock(&shared.tally).twins += 1;
        return Ok(());
    };
    if let Some(reason) = climbing(&*shared.adapter, &plan) {
        return Err(OpenError::new(reason));
    }
    // The journal's room goes from case to case.
    journal.clear();
    let room = Journal::Private(std::mem::take(journal));
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
                tally.file(disagreement, circumstances.after, seen, || player.asked_so_far());
            }
        },
        asked: 0,
    }
    .play()?;
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

/// The model of an empty store for a plan.
pub(crate) fn empty(adapter: &dyn Adapter, plan: &Plan) -> ReferenceModel {
    ReferenceModel::new(Arc::clone(plan.names()), adapter.dialect())
}

/// Why a plan must not be played on this adapter's stores, if it must not: it names paths above
/// their root that they may not guard, or writes more than the model can hold.
pub(crate) fn refusal(adapter: &dyn Adapter, plan: &Plan) -> Option<String> {
    let far = plan.operations().iter().flat_map(Operation::patches).any(|patch| {
        let end = patch.offset.checked_add(patch.value.len() as u64);
        !patch.value.is_empty() && end.is_none_or(|end| end > Operation::LONGEST_PATCHED_VALUE)
    });
    if far {
        let most = Operation::LONGEST_PATCHED_VALUE;
        return Some(format!(
            "the plan writes a part of a value beyond {most} bytes, which the model would have to \
             hold: use a smaller offset"
        ));
    }
    climbing(adapter, plan)
}

/// [`refusal`] for what a generator might draw.
pub(crate) fn climbing(adapter: &dyn Adapter, plan: &Plan) -> Option<String> {
    let (climb, allowed) = (plan.names().climb(), adapter.dialect().climb);
    (climb > allowed).then(|| {
        format!(
            "the plan names a path {climb} levels above the store's root, and {} allows {allowed}: \
             use fewer `..`, or keep the root deeper inside a sandbox and declare it as \
             `Dialect::climb`",
            adapter.name()
        )
    })
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
    let dialect = shared.adapter.dialect();
    match (played, hung(&plan, dialect, &asked)) {
        (None, Some((_, disagreement))) => {
            let plan = plan.with_operations(asked);
            tally.file(&disagreement, None, FirstSeen::Case(case), || plan);
        }
        (None, None) => tally.notes.push(format!("opening the store in case {case} did not end")),
        (Some(_), _) => tally.notes.push(format!(
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
    };
    case.play().ok()
}
