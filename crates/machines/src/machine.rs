//! The store machine: the builder of campaigns, and what they come to.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use zarr_conform_model::{
    Adapter, Clause, Dialect, OpenError, Plan, Signature, StoreUnderTest, ZarrsStore,
};
use zarr_conform_rules::{Generator, Rule, store_rules};
use zarrs_storage::{ListableStorageTraits, ReadableStorageTraits, WritableStorageTraits};

use crate::campaign::{self, Found, Group, Progress, Settings, Tally, refusal};
use crate::checks::Invariants;
use crate::folders::{read_plan, read_plans, writable};
use crate::known_issue::KnownIssue;
use crate::minimise::{Minimum, ShrinkBudget, minimise, verdict};
use crate::player::lock;
use crate::replay::{Replay, replay};
use crate::report::{
    ClauseCount, Failure, FirstSeen, Known, REPORT_VERSION, Report, RuleCount, Shrinking, Status,
    Times,
};

/// How many calls a campaign spends on the second failure of each group, which mostly is the first
/// one again: a bound in calls and not in time, so that reports stay the same.
const CALLS_FOR_SECONDS: u64 = 2_000;

type ProgressFn = Arc<dyn Fn(Progress) + Send + Sync>;
type ReplayCommand = Arc<dyn Fn(&Path) -> String + Send + Sync>;

/// A machine for stores with all of `zarrs_storage`'s readable, writable and listable traits.
///
/// `open` gives a fresh, empty store every time it is called; many are opened at the same time.
///
/// # Examples
///
/// ```
/// use zarrs_storage::store::AsyncMemoryStore;
/// # use zarrs_storage::store::MemoryStore;
///
/// let report = zarr_conform_machines::store_machine(|| MemoryStore::new()).cases(20).run();
/// // `MemoryStore` panics on ranges that start behind the end of a value.
/// assert!(!report.conforms());
/// assert!(report.failures.iter().any(|failure| failure.signature.contains("panic")));
/// ```
#[must_use]
pub fn store_machine<S>(open: impl Fn() -> S + Send + Sync + 'static) -> StoreMachine
where
    S: ReadableStorageTraits + WritableStorageTraits + ListableStorageTraits + 'static,
{
    StoreMachine::of(Opener {
        open: Box::new(move || Ok(ZarrsStore::of(Arc::new(open())))),
        dialect: Dialect::ZARRS,
    })
}

/// [`store_machine`] for stores whose opening may fail.
#[must_use]
pub fn try_store_machine<S, E>(
    open: impl Fn() -> Result<S, E> + Send + Sync + 'static,
) -> StoreMachine
where
    S: ReadableStorageTraits + WritableStorageTraits + ListableStorageTraits + 'static,
    E: Error + Send + Sync + 'static,
{
    StoreMachine::of(Opener {
        open: Box::new(move || {
            let store = open().map_err(OpenError::from_error)?;
            Ok(ZarrsStore::of(Arc::new(store)))
        }),
        dialect: Dialect::ZARRS,
    })
}

/// [`store_machine`] for stores with some of the traits: what a store cannot be asked is left out,
/// and the report says so.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use zarr_conform_model::ZarrsStore;
/// use zarrs_storage::store::MemoryStore;
///
/// let machine = zarr_conform_machines::partial_store_machine(|| {
///     let store = Arc::new(MemoryStore::new());
///     ZarrsStore::new().readable(store.clone()).writable(store)
/// });
/// let report = machine.cases(10).run();
/// assert!(report.rules.iter().any(|rule| rule.rule == "list" && rule.left_out.is_some()));
/// ```
#[must_use]
pub fn partial_store_machine(
    open: impl Fn() -> ZarrsStore + Send + Sync + 'static,
) -> StoreMachine {
    let capabilities = open().capabilities();
    let open = Box::new(move || Ok(open()));
    let dialect = Dialect { capabilities, ..Dialect::ZARRS };
    StoreMachine::of(Opener { open, dialect })
}

/// An adapter made of a closure.
struct Opener {
    open: Box<dyn Fn() -> Result<ZarrsStore, OpenError> + Send + Sync>,
    dialect: Dialect,
}

impl Adapter for Opener {
    fn name(&self) -> &str {
        "the store"
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(Box::new((self.open)()?))
    }
}

/// An adapter with another dialect than it declares.
struct Redeclared {
    adapter: Arc<dyn Adapter>,
    dialect: Dialect,
}

impl Adapter for Redeclared {
    fn name(&self) -> &str {
        self.adapter.name()
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.adapter.open()
    }
}

/// Plays generated plans on a kind of store and on a reference model, and compares every answer.
///
/// Made by [`store_machine`] and its siblings, or [`of`](Self::of) an adapter.
#[derive(Clone)]
pub struct StoreMachine {
    adapter: Arc<dyn Adapter>,
    settings: Settings,
    steps: usize,
    crowds: bool,
    rules: Vec<Rule>,
    shrink_budget: ShrinkBudget,
    known_issues: Vec<KnownIssue>,
    regressions: Option<PathBuf>,
    failures: Option<PathBuf>,
    replay_command: ReplayCommand,
    progress: ProgressFn,
}

impl StoreMachine {
    /// A machine for an adapter's stores.
    ///
    /// The defaults are 256 cases of up to 100 operations under the seed 0, on one thread, for at
    /// most a minute, with 5 seconds for each answer.
    #[must_use]
    pub fn of(adapter: impl Adapter + 'static) -> Self {
        Self::of_shared(Arc::new(adapter))
    }

    /// [`of`](Self::of) an adapter that is shared.
    #[must_use]
    pub fn of_shared(adapter: Arc<dyn Adapter>) -> Self {
        Self {
            adapter,
            settings: Settings {
                seed: 0,
                cases: 256,
                invariants: Invariants::default(),
                deadline: Duration::from_secs(5),
                time_budget: Some(Duration::from_mins(1)),
                jobs: 1,
                stop: Arc::default(),
            },
            steps: 100,
            crowds: true,
            rules: store_rules(),
            shrink_budget: ShrinkBudget::default(),
            known_issues: Vec::new(),
            regressions: None,
            failures: None,
            replay_command: Arc::new(|path| {
                format!("machine.replay_file({:?})", path.display().to_string())
            }),
            progress: Arc::new(|_| {}),
        }
    }

    /// How many plans to play.
    #[must_use]
    pub fn cases(mut self, cases: u64) -> Self {
        self.settings.cases = cases;
        self
    }

    /// The seed: together with a case's number it determines the case completely.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// The most operations in a plan; see [`Generator::steps`].
    #[must_use]
    pub fn steps(mut self, steps: usize) -> Self {
        self.steps = steps;
        self
    }

    /// What the store declares, in place of what its adapter does.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.adapter = Arc::new(Redeclared { adapter: self.adapter, dialect });
        self
    }

    /// Whether one plan in 128 starts from more keys than a page of a listing holds; see
    /// [`Generator::crowds`].
    #[must_use]
    pub fn crowds(mut self, crowds: bool) -> Self {
        self.crowds = crowds;
        self
    }

    /// The rules that choose operations, in place of [`store_rules`].
    #[must_use]
    pub fn rules(mut self, rules: Vec<Rule>) -> Self {
        self.rules = rules;
        self
    }

    /// When the invariants are checked.
    #[must_use]
    pub fn invariants(mut self, invariants: Invariants) -> Self {
        self.settings.invariants = invariants;
        self
    }

    /// How long cases may be played; those that were not begun by then are not. `None` is without
    /// a limit.
    #[must_use]
    pub fn time_budget(mut self, budget: impl Into<Option<Duration>>) -> Self {
        self.settings.time_budget = budget.into();
        self
    }

    /// How many threads play cases; the report does not depend on it.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.settings.jobs = jobs;
        self
    }

    /// How long the store may take for one answer.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// How much making one failing plan small may cost.
    #[must_use]
    pub fn shrink_budget(mut self, budget: ShrinkBudget) -> Self {
        self.shrink_budget = budget;
        self
    }

    /// Disagreements that do not make the run fail.
    #[must_use]
    pub fn known_issues(mut self, issues: impl IntoIterator<Item = KnownIssue>) -> Self {
        self.known_issues = issues.into_iter().collect();
        self
    }

    /// A folder of `.plan` files to play before the cases.
    #[must_use]
    pub fn regressions(mut self, folder: impl Into<PathBuf>) -> Self {
        self.regressions = Some(folder.into());
        self
    }

    /// A folder for the minimal plans of failures; it is made if it does not exist.
    #[must_use]
    pub fn failures(mut self, folder: impl Into<PathBuf>) -> Self {
        self.failures = Some(folder.into());
        self
    }

    /// How reports say to play a plan in a file again.
    #[must_use]
    pub fn replay_command(
        mut self,
        command: impl Fn(&Path) -> String + Send + Sync + 'static,
    ) -> Self {
        self.replay_command = Arc::new(command);
        self
    }

    /// Called now and then with how the campaign stands.
    #[must_use]
    pub fn progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Arc::new(progress);
        self
    }

    /// Ends the campaign when somebody sets the flag; the report is of what was done by then.
    #[must_use]
    pub fn stop_on(mut self, flag: Arc<AtomicBool>) -> Self {
        self.settings.stop = flag;
        self
    }

    /// The generator that draws the campaign's plans.
    #[must_use]
    pub fn generator(&self) -> Generator {
        let generator = Generator::new(self.adapter.dialect());
        let crowds = self.crowds && self.settings.invariants != Invariants::EveryStep;
        generator.rules(self.rules.clone()).steps(self.steps).crowds(crowds)
    }

    /// Plays one plan on a fresh store, without checks.
    ///
    /// # Errors
    ///
    /// Returns an [`OpenError`] if the store cannot be opened, or if the plan must not be played
    /// on it.
    pub fn replay(&self, plan: &Plan) -> Result<Replay, OpenError> {
        if let Some(reason) = refusal(&*self.adapter, plan) {
            return Err(OpenError::new(reason));
        }
        replay(&self.adapter, plan, self.settings.deadline)
    }

    /// Plays the plan in a file on a fresh store, without checks.
    ///
    /// # Errors
    ///
    /// Returns the message of what is wrong with the file or with a line of it, or of the
    /// [`OpenError`] of [`replay`](Self::replay).
    pub fn replay_file(&self, path: impl AsRef<Path>) -> Result<Replay, String> {
        let plan = read_plan(path.as_ref())?;
        self.replay(&plan).map_err(|error| error.to_string())
    }

    /// Plays the campaign.
    ///
    /// Nothing is printed. A store that panics or hangs is reported, and so is everything that
    /// kept the campaign from being played.
    #[must_use]
    pub fn run(&self) -> Report {
        let generator = self.generator();
        let mut report = self.blank_report(&generator);
        let started = Instant::now();
        let tally = self.prepare().map(|tally| {
            let progress = &mut |now| (self.progress)(now);
            campaign::run(&self.adapter, &generator, &self.settings, tally, progress)
        });
        let tally = match tally {
            Ok(tally) => tally,
            Err(reason) => {
                report.status = Status::Misconfigured(reason);
                return report;
            }
        };
        report.times.cases = started.elapsed();
        report.cases = tally.cases;
        report.operations = tally.operations;
        report.questions = tally.questions;
        report.notes.clone_from(&tally.notes);
        report.notes.extend(tally.cannot_open.as_ref().map(ToString::to_string));
        for (rule, count) in report.rules.iter_mut().zip(&tally.rules) {
            rule.operations = *count;
        }
        for (clause, count) in report.clauses.iter_mut().zip(&tally.clauses) {
            clause.questions = *count;
        }
        let shrinking = Instant::now();
        self.file_failures(&tally, &mut report);
        report.times.shrinking = shrinking.elapsed();
        report.status = self.status(&tally, &report);
        report
    }

    fn blank_report(&self, generator: &Generator) -> Report {
        let rules = generator.list_rules().map(|(rule, allowed)| RuleCount {
            rule: rule.name().to_owned(),
            operations: 0,
            left_out: (!allowed).then(|| format!("the store cannot be asked `{}`", rule.asks())),
        });
        let clauses =
            Clause::ALL.iter().map(|clause| ClauseCount { clause: *clause, questions: 0 });
        Report {
            version: REPORT_VERSION,
            adapter: self.adapter.name().to_owned(),
            status: Status::Conforms,
            seed: self.settings.seed,
            cases: 0,
            planned_cases: self.settings.cases,
            steps: self.steps,
            operations: 0,
            questions: 0,
            failures: Vec::new(),
            known: Vec::new(),
            known_not_seen: Vec::new(),
            rules: rules.collect(),
            clauses: clauses.collect(),
            notes: Vec::new(),
            times: Times { jobs: self.settings.jobs, ..Times::default() },
        }
    }

    /// Checks what can be known to fail, and plays the regression plans.
    fn prepare(&self) -> Result<Tally, String> {
        if let Some(folder) = &self.failures {
            writable(folder)?;
        }
        let mut tally = Tally::default();
        let Some(folder) = &self.regressions else {
            return Ok(tally);
        };
        for (name, plan) in read_plans(folder)? {
            if let Some(reason) = refusal(&*self.adapter, &plan) {
                return Err(format!("{name}: {reason}"));
            }
            let played = verdict(&self.adapter, &plan, self.settings.deadline, |_| true);
            if let Some((_, disagreement)) = played.disagreement {
                tally.file(&disagreement, FirstSeen::Regression(name), || plan);
            }
        }
        Ok(tally)
    }

    fn status(&self, tally: &Tally, report: &Report) -> Status {
        // A disagreement is certain, whatever came after it.
        if !report.failures.is_empty() {
            return Status::Disagrees;
        }
        if let Some(error) = &tally.cannot_open {
            return Status::CannotOpen(error.to_string());
        }
        if report.operations == 0 {
            return Status::NothingRan(if self.settings.cases == 0 {
                "no cases were asked for".to_owned()
            } else if self.steps == 0 {
                "plans of no steps were asked for".to_owned()
            } else if report.notes.is_empty() {
                "no rule could choose an operation".to_owned()
            } else {
                report.notes.join("; ")
            });
        }
        if !report.known_not_seen.is_empty() {
            return Status::Disagrees;
        }
        Status::Conforms
    }

    /// Makes the failing plans small, drops those that are the same then, and files the rest.
    fn file_failures(&self, tally: &Tally, report: &mut Report) {
        let mut distinct: BTreeMap<String, Failure> = BTreeMap::new();
        for Shrunk { group, seen, from, minimum } in self.minima(tally) {
            let Group { count, found } = &tally.groups[&group];
            // A group that turns out to be several failures is counted with the first of them.
            let count = if found.keys().next() == Some(&seen) { *count } else { 1 };
            let failure = distinct
                .entry(minimum.plan.to_string())
                .or_insert_with(|| self.failure(from, minimum, seen.clone()));
            failure.count += count;
            failure.first_seen = failure.first_seen.clone().min(seen);
        }
        let mut failures: Vec<Failure> = distinct.into_values().collect();
        failures
            .sort_by_key(|failure| (failure.clause, failure.plan.len(), failure.plan.to_string()));
        for mut failure in failures {
            let issue = self.known_issues.iter().find(|issue| issue.matches(&failure));
            if let Some(KnownIssue { id, reason, .. }) = issue {
                report.known.push(Known { id: id.clone(), reason: reason.clone(), failure });
                continue;
            }
            if let Some(folder) = &self.failures {
                match failure.write(folder, self.adapter.name()) {
                    Ok(path) => failure.replay = Some((self.replay_command)(&path)),
                    Err(error) => report.notes.push(format!(
                        "a plan could not be written to {}: {error}",
                        folder.display()
                    )),
                }
            }
            report.failures.push(failure);
        }
        let seen = |issue: &&KnownIssue| report.known.iter().any(|known| known.id == issue.id);
        let not_seen = self.known_issues.iter().filter(|issue| !seen(issue));
        report.known_not_seen = not_seen.map(|issue| issue.id.clone()).collect();
    }

    /// The minimum of the first failure of every group, and of as many of the second ones as the
    /// calls for that allow, in the order of the groups.
    fn minima(&self, tally: &Tally) -> Vec<Shrunk> {
        let nth = |n: usize| {
            let mut nth: Vec<(Signature, FirstSeen, &Found)> = Vec::new();
            for (group, failures) in &tally.groups {
                let found = failures.found.iter().nth(n);
                nth.extend(found.map(|(seen, found)| (*group, seen.clone(), found)));
            }
            nth
        };
        let (first, mut second) = (nth(0), nth(1));
        let mut minima = self.minimise_all(&first);
        let calls: u64 = minima.iter().map(|shrunk| shrunk.minimum.calls).sum();
        let average = calls / (minima.len() as u64).max(1);
        second.truncate((CALLS_FOR_SECONDS / average.max(1)) as usize);
        minima.extend(self.minimise_all(&second));
        minima
    }

    /// Minimises failures on as many threads as the campaign has.
    fn minimise_all(&self, failures: &[(Signature, FirstSeen, &Found)]) -> Vec<Shrunk> {
        let (next, count) = (AtomicUsize::new(0), failures.len());
        let minima = Mutex::new(Vec::with_capacity(count));
        let work = || {
            while let at = next.fetch_add(1, Ordering::Relaxed)
                && let Some((group, seen, found)) = failures.get(at)
            {
                (self.progress)(Progress {
                    done: at as u64,
                    of: count as u64,
                    groups: count,
                    shrinking: true,
                });
                let minimum = minimise(&self.adapter, found, &self.settings, self.shrink_budget);
                let (group, seen, from) = (*group, seen.clone(), found.plan.len());
                lock(&minima).push((at, Shrunk { group, seen, from, minimum }));
            }
        };
        thread::scope(|scope| {
            // Made small are plans of few operations, one store each: mostly, that is waiting for
            // stores to be opened and written.
            let jobs = if self.settings.jobs > 1 { self.settings.jobs * 2 } else { 1 };
            for _ in 0..jobs.min(count) {
                scope.spawn(work);
            }
        });
        let mut minima = std::mem::take(&mut *lock(&minima));
        minima.sort_by_key(|(at, _)| *at);
        minima.into_iter().map(|(_, shrunk)| shrunk).collect()
    }

    fn failure(&self, from: usize, minimum: Minimum, first_seen: FirstSeen) -> Failure {
        let played = replay(&self.adapter, &minimum.plan, self.settings.deadline);
        let Minimum { plan, signature, clause, runs, calls, end } = minimum;
        Failure {
            signature: signature.to_string(),
            clause,
            plan,
            lines: played.map(|played| played.lines).unwrap_or_default(),
            count: 0,
            first_seen,
            shrinking: Shrinking { from, runs, calls, end },
            replay: None,
        }
    }
}

/// A failure that was made small, and where it comes from.
struct Shrunk {
    group: Signature,
    seen: FirstSeen,
    /// Operations in the plan as it was found.
    from: usize,
    minimum: Minimum,
}
