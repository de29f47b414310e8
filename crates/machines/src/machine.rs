//! The store machine: the builder of campaigns, and what they come to.

mod isolated;
#[cfg(feature = "faults")]
mod modes;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use zarr_conform_model::contract::RequestBudget;
use zarr_conform_model::{
    Capabilities, Declaration, Dialect, HierarchyModel, Model, Names, Plan, ReferenceModel,
};
use zarr_conform_mutants::Mutant;
use zarr_conform_rules::{Generator, Goal, HierarchyGenerator, Rule};
use zarr_conform_store::{Adapter, OpenError};

use crate::calibration::{Calibrated, Calibration};
use crate::campaign::campaign::Progress;
use crate::campaign::source::Source;
use crate::checks::policy::Invariants;
use crate::clock::Clock;
use crate::environment;
use crate::opener::Redeclared;
use crate::options::Options;
use crate::over_contents::OverContents;
use crate::play::admission::{RefusedPlan, refusal};
use crate::play::midst::Midst;
use crate::play::replay::Replay;
#[cfg(unix)]
use crate::recovery::run_or_recover;
use crate::report::known_issue::KnownIssue;
use crate::report::plan_files::{Folder, PlanFileError, read_plan};
use crate::report::report::Report;
use crate::run::misconfigured;
#[cfg(not(unix))]
use crate::run::run;
use crate::settings::ShrinkBudget;
use crate::together::replay::replay_any;

/// Plays generated plans on a kind of store and on a reference model, and compares every answer.
///
/// Made by [`store_machine`](crate::store_machine) and its siblings, or [`of`](Self::of) an adapter.
#[derive(Clone)]
pub struct Machine {
    pub(crate) options: Options,
}

impl Machine {
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
        Self { options: Options::of(adapter) }
    }

    /// A machine for the stores that an adapter opens [over contents](Adapter::open_over).
    ///
    /// Plans write into contents that the machine holds, and whenever a read follows a write, a
    /// store is opened over what they are by then; see [`OverContents`].
    #[must_use]
    pub fn over_contents(adapter: impl Adapter + 'static) -> Self {
        Self::of(OverContents::of(Arc::new(adapter)))
    }

    /// How many plans to play.
    #[must_use]
    pub fn cases(mut self, cases: u64) -> Self {
        self.options.settings.cases = cases;
        self
    }

    /// The seed: together with a case's number it determines the case completely.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.settings.seed = seed;
        self
    }

    /// The most operations in a plan; see [`Generator::steps`].
    #[must_use]
    pub fn steps(mut self, steps: usize) -> Self {
        self.options.steps = steps;
        self
    }

    /// How the store answers where the contract leaves it open, in place of what its adapter says;
    /// what it can be asked stays as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use zarr_conform_machines::model::Dialect;
    /// use zarr_conform_machines::store::ZarrsStore;
    /// use zarrs_storage::store::MemoryStore;
    ///
    /// let machine = zarr_conform_machines::partial_store_machine(|| {
    ///     let store = Arc::new(MemoryStore::new());
    ///     ZarrsStore::new().readable(store.clone()).writable(store)
    /// });
    /// let report = machine.dialect(Dialect { key_below_key: false, ..Dialect::ZARRS }).cases(10).run();
    /// assert!(report.rules.iter().any(|rule| rule.rule == "list" && rule.left_out.is_some()));
    /// ```
    #[must_use]
    pub fn dialect(self, dialect: Dialect) -> Self {
        let declared = self.options.adapter.declared();
        self.declared(Declaration { dialect, ..declared })
    }

    /// What the store can be asked, in place of what its adapter says; its dialect stays as it is.
    #[must_use]
    pub fn capabilities(self, capabilities: Capabilities) -> Self {
        let declared = self.options.adapter.declared();
        self.declared(Declaration { capabilities, ..declared })
    }

    fn declared(mut self, declared: Declaration) -> Self {
        self.options.adapter = Arc::new(Redeclared::new(self.options.adapter, declared));
        self
    }

    /// A model that says which answers are right, in place of the one that the dialect asks for: of a
    /// store whose listings lag, that has versions, or that promises something else of its own.
    ///
    /// `empty` gives the model of an empty store over a table of names. Plans are drawn for the
    /// machine's dialect, over a store that is consistent at once. Of the goals, those about shapes of
    /// the state are not required, since only the built-in model tells them.
    ///
    /// # Examples
    ///
    /// A model of your own mostly has a [`StoreModel`](zarr_conform_model::StoreModel) inside, and
    /// allows more than that one; with nothing but that one, it is the built-in one:
    ///
    /// ```
    /// use zarr_conform_machines::model::{Dialect, StoreModel};
    /// use zarrs_storage::store::AsyncMemoryStore;
    ///
    /// let machine = zarr_conform_machines::async_store_machine(|| AsyncMemoryStore::new());
    /// machine.model(|names| StoreModel::new(names, Dialect::ZARRS)).run().assert_conforms();
    /// ```
    #[must_use]
    pub fn model<M>(mut self, empty: impl Fn(Arc<Names>) -> M + Send + Sync + 'static) -> Self
    where
        M: Model + Clone + fmt::Debug + Send + Sync + 'static,
    {
        let model = move |names| ReferenceModel::other(empty(names));
        self.options.adapter = Arc::new(Redeclared::held_against(self.options.adapter, model));
        self
    }

    /// How many requests operations may cost, in place of what the store declares; of a store that does
    /// not [count](zarr_conform_store::StoreUnderTest::traffic) them, nothing is checked.
    #[must_use]
    pub fn requests(self, budget: RequestBudget) -> Self {
        let dialect = self.options.adapter.dialect();
        self.dialect(Dialect { requests: budget, ..dialect })
    }

    /// Whether one plan in 128 starts from more keys than a page of a listing holds; see
    /// [`Generator::crowds`].
    #[must_use]
    pub fn crowds(mut self, crowds: bool) -> Self {
        self.options.crowds = crowds;
        self
    }

    /// The rules that choose operations, in place of [`store_rules`](zarr_conform_rules::store_rules).
    #[must_use]
    pub fn rules(mut self, rules: Vec<Rule>) -> Self {
        self.options.rules = rules;
        self
    }

    /// The rules that choose what is done to groups and arrays, in place of
    /// [`hierarchy_rules`](zarr_conform_rules::hierarchy_rules).
    #[must_use]
    pub fn hierarchy_rules(mut self, rules: Vec<Rule<HierarchyModel>>) -> Self {
        self.options.hierarchy_rules = rules;
        self
    }

    /// When the invariants are checked.
    #[must_use]
    pub fn invariants(mut self, invariants: Invariants) -> Self {
        self.options.settings.invariants = invariants;
        self
    }

    /// How long cases may be played; those that were not begun by then are not. `None` is without
    /// a limit.
    #[must_use]
    pub fn time_budget(mut self, budget: impl Into<Option<Duration>>) -> Self {
        self.options.settings.time_budget = budget.into();
        self
    }

    /// How long making failures small may take in all, after the cases: a minute, unless this says
    /// otherwise. `None` is without a limit.
    ///
    /// So a run ends within its time budget, one deadline and this, whatever the store does. What is
    /// not small by then is shown as far as it came.
    #[must_use]
    pub fn shrink_allowance(mut self, allowance: impl Into<Option<Duration>>) -> Self {
        self.options.settings.shrink_allowance = allowance.into();
        self
    }

    /// How many bytes an answer may have, beyond what the plan wrote: 64 MiB, unless this says
    /// otherwise. In a listing, a name counts as 64 bytes at the least, so that is a million names.
    ///
    /// An answer that has more is wrong, whatever was asked. It is not copied, compared or shown.
    #[must_use]
    pub fn max_answer(mut self, bytes: u64) -> Self {
        self.options.settings.max_answer = bytes;
        self
    }

    /// How many threads play cases; the report does not depend on it.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.options.settings.jobs = jobs;
        self
    }

    /// How long the store may take for one answer.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.settings.deadline = deadline;
        self
    }

    /// How much making one failing plan small may cost.
    #[must_use]
    pub fn shrink_budget(mut self, budget: ShrinkBudget) -> Self {
        self.options.shrink_budget = budget;
        self
    }

    /// Disagreements that do not make the run fail, in place of those that the adapter knows;
    /// with none, everything is a failure.
    #[must_use]
    pub fn known_issues(mut self, issues: impl IntoIterator<Item = KnownIssue>) -> Self {
        self.options.known_issues = Some(issues.into_iter().collect());
        self
    }

    /// What the campaign has to exercise at least once, in place of every goal that its rules and
    /// the store's capabilities can reach; else the run proves too little to conform.
    ///
    /// Cases are drawn towards what the planned ones missed.
    #[must_use]
    pub fn required_goals(mut self, goals: impl IntoIterator<Item = Goal>) -> Self {
        self.options.required_goals = Some(goals.into_iter().collect());
        self
    }

    /// Whether the campaign also has to catch a bug that is planted in a reference store, or
    /// proves nothing; it is unless it is turned off.
    #[must_use]
    pub fn planted_bug(mut self, plant: bool) -> Self {
        self.options.planted_bug = plant;
        self
    }

    /// Plays all plans of up to this many operations over a small universe of keys and values, up
    /// to symmetry, in place of drawn ones; see [`Exhaustive`](zarr_conform_rules::Exhaustive).
    ///
    /// `None` goes back to drawn plans. What does not fit into 64 bits, and takes longer than
    /// anybody waits, is misconfigured.
    #[must_use]
    pub fn exhaustive(mut self, operations: impl Into<Option<usize>>) -> Self {
        self.options.exhaustive = operations.into();
        self
    }

    /// A folder of `.plan` files to play before the cases.
    ///
    /// A relative one is below the directory that is the current one now, wherever a store goes.
    #[must_use]
    pub fn regressions(mut self, folder: impl Into<PathBuf>) -> Self {
        self.options.regressions = Some(Folder::new(folder.into()));
        self
    }

    /// A folder for the minimal plans of failures; it is made if it does not exist.
    ///
    /// A relative one is below the directory that is the current one now, wherever a store goes.
    #[must_use]
    pub fn failures(mut self, folder: impl Into<PathBuf>) -> Self {
        self.options.failures = Some(Folder::new(folder.into()));
        self
    }

    /// How reports say to play a plan in a file again.
    #[must_use]
    pub fn replay_command(
        mut self,
        command: impl Fn(&Path) -> String + Send + Sync + 'static,
    ) -> Self {
        self.options.replay_command = Arc::new(command);
        self
    }

    /// Called now and then with how the campaign stands; in place of a line on standard error once in
    /// ten seconds.
    #[must_use]
    pub fn progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.options.progress = Arc::new(progress);
        self
    }

    /// The clock that budgets of time are held against, in place of the system's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.options.settings.clock = clock;
        self
    }

    /// Ends the campaign when somebody sets the flag; the report is of what was done by then.
    #[must_use]
    pub fn stop_on(mut self, flag: Arc<AtomicBool>) -> Self {
        self.options.settings.stop = flag;
        self
    }

    /// The generator that draws the campaign's plans.
    #[must_use]
    pub fn generator(&self) -> Generator {
        self.options.generator()
    }

    /// The generator that draws plans about groups and arrays, for adapters that have a library for
    /// them over their stores.
    #[must_use]
    pub fn hierarchy_generator(&self) -> HierarchyGenerator {
        self.options.hierarchy_generator()
    }

    /// Plays one plan on a fresh store, without checks.
    ///
    /// # Errors
    ///
    /// Returns a [`ReplayError`] if the store cannot be opened, or if the plan must not be played
    /// on it.
    pub fn replay(&self, plan: &Plan) -> Result<Replay, ReplayError> {
        let Options { adapter, .. } = &self.options;
        let _midst = Midst::begin();
        if let Some(refused) = refusal(&**adapter, plan) {
            return Err(refused.into());
        }
        Ok(replay_any(adapter, plan, &self.options.watched().limits())?)
    }

    /// Plays the plan in a file on a fresh store, without checks.
    ///
    /// # Errors
    ///
    /// Returns a [`ReplayError`] if the file cannot be read, if it is not a plan, or as
    /// [`replay`](Self::replay) does.
    pub fn replay_file(&self, path: impl AsRef<Path>) -> Result<Replay, ReplayError> {
        self.replay(&read_plan(path.as_ref())?)
    }

    /// Plays the campaign.
    ///
    /// Nothing is printed. If the last run of the test did not come to its end, the cases that it left
    /// are played first as if the machine were [isolated](Self::isolated), and all of the campaign is
    /// if a store ends its process in one of them; the report says so. Who calls `exit` while it is
    /// played ends the process with a message, and a status that is not 0.
    ///
    /// A store that panics or hangs is reported, and so is everything that
    /// kept the campaign from being played.
    #[must_use]
    pub fn run(&self) -> Report {
        let heeded = environment::heed(&self.options, |name| std::env::var(name).ok());
        let options = match heeded {
            Ok(options) => options,
            Err(reason) => return misconfigured(&self.options, &reason),
        };
        #[cfg(unix)]
        return run_or_recover(&options);
        #[cfg(not(unix))]
        return run(&options);
    }

    /// Plays one case alone: the number is that which a report gives with a failure.
    #[must_use]
    pub fn case(mut self, case: u64) -> Self {
        self.options.case = Some(case);
        self
    }

    /// Whether [`run`](Self::run) heeds the environment: `ZARR_CONFORM_SEED`, `ZARR_CONFORM_CASES`,
    /// `ZARR_CONFORM_CASE` for one case alone, `ZARR_CONFORM_FOR` for the time budget, and
    /// `ZARR_CONFORM_JOBS` stand in place of what the code says. It does, unless this says otherwise.
    #[must_use]
    pub fn environment(mut self, heed: bool) -> Self {
        self.options.heeds_environment = heed;
        self
    }

    /// Plants a bug in the store, and plays cases until it is found.
    ///
    /// What the store gets wrong without the bug does not count. Cases are played on one thread,
    /// within the time budget; known issues, regression plans and folders play no part.
    ///
    /// # Examples
    ///
    /// ```
    /// use zarr_conform_machines::mutants::Mutant;
    /// use zarrs_storage::store::MemoryStore;
    ///
    /// let machine = zarr_conform_machines::store_machine(|| MemoryStore::new());
    /// let calibrated = machine.calibrate(Mutant::M03);
    /// let sighting = calibrated.sighting.expect("tails that are kept are found");
    /// assert!(sighting.plan.to_string().ends_with("set a \"a\"\nset a \"\"\nget a\n"));
    /// ```
    #[must_use]
    pub fn calibrate(&self, mutant: Mutant) -> Calibrated {
        Calibration {
            adapter: &self.options.adapter,
            source: &Source::Drawn(self.options.drawing()),
            settings: &self.options.watched(),
            shrink_budget: self.options.shrink_budget,
        }
        .find(mutant)
    }
}

/// A plan that could not be played again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// It must not be played on the store.
    #[error(transparent)]
    Refused(#[from] RefusedPlan),
    /// Its file cannot be read.
    #[error(transparent)]
    File(#[from] PlanFileError),
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}
