//! Everything that one run of a machine goes by, as plain data.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use zarr_conform_model::HierarchyModel;
use zarr_conform_rules::{Generator, Goal, HierarchyGenerator, Rule, hierarchy_rules, store_rules};
use zarr_conform_store::Adapter;

use crate::campaign::campaign::Progress;
use crate::campaign::news::every_ten_seconds;
use crate::campaign::source::Drawing;
use crate::checks::policy::Invariants;
use crate::clock::SystemClock;
use crate::isolation::Program;
#[cfg(unix)]
use crate::isolation::{Isolated, Pool, serve_if_wanted};
use crate::play::watch::beyond;
use crate::report::known_issue::KnownIssue;
use crate::report::plan_files::Folder;
use crate::settings::{DEADLINE, MAX_ANSWER, Mode, Settings, ShrinkBudget};

type ProgressFn = Arc<dyn Fn(Progress) + Send + Sync>;
type ReplayCommand = Arc<dyn Fn(&Path) -> String + Send + Sync>;

/// What a [`Machine`](crate::Machine) was told; see its methods for what each is.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) adapter: Arc<dyn Adapter>,
    pub(crate) settings: Settings,
    /// The one case that is played, if it is to be one alone.
    pub(crate) case: Option<u64>,
    /// Whether variables of the environment stand in place of what the code says.
    pub(crate) heeds_environment: bool,
    pub(crate) steps: usize,
    pub(crate) exhaustive: Option<usize>,
    pub(crate) crowds: bool,
    pub(crate) rules: Vec<Rule>,
    pub(crate) hierarchy_rules: Vec<Rule<HierarchyModel>>,
    pub(crate) required_goals: Option<Vec<Goal>>,
    pub(crate) planted_bug: bool,
    pub(crate) shrink_budget: ShrinkBudget,
    /// In place of those of the adapter.
    pub(crate) known_issues: Option<Vec<KnownIssue>>,
    pub(crate) regressions: Option<Folder>,
    pub(crate) failures: Option<Folder>,
    pub(crate) replay_command: ReplayCommand,
    pub(crate) progress: ProgressFn,
    /// How this program is started again, if it is not by a test.
    pub(crate) restart: Option<Program>,
    /// How many bytes of memory the process of an isolated store may take.
    pub(crate) memory_limit: u64,
    /// The processes of isolated stores.
    #[cfg(unix)]
    pub(crate) pool: Option<Arc<Pool>>,
}

/// What the process of an isolated store may take, 1 GiB. A guess: some times what the largest
/// values of a campaign take together.
const MEMORY: u64 = 1 << 30;

impl Options {
    /// What a machine goes by that was told nothing; [`Machine::of`](crate::Machine::of) says what
    /// that is.
    pub(crate) fn of(adapter: Arc<dyn Adapter>) -> Self {
        Self {
            adapter,
            settings: Settings {
                seed: 0,
                cases: 256,
                invariants: Invariants::default(),
                deadline: DEADLINE,
                time_budget: Some(Duration::from_mins(1)),
                shrink_allowance: Some(Duration::from_mins(1)),
                max_answer: MAX_ANSWER,
                jobs: 1,
                stop: Arc::default(),
                clock: Arc::new(SystemClock::default()),
                mode: Mode::default(),
                unfinished: None,
            },
            case: None,
            heeds_environment: true,
            steps: 100,
            exhaustive: None,
            crowds: true,
            rules: store_rules(),
            hierarchy_rules: hierarchy_rules(),
            required_goals: None,
            planted_bug: true,
            shrink_budget: ShrinkBudget::default(),
            known_issues: None,
            regressions: None,
            failures: None,
            replay_command: Arc::new(|path| {
                format!("machine.replay_file({:?})", path.display().to_string())
            }),
            progress: Arc::new(every_ten_seconds()),
            restart: None,
            memory_limit: MEMORY,
            #[cfg(unix)]
            pool: None,
        }
    }

    /// Moves the stores into processes that `program` starts; in such a process, serves them and does
    /// not return.
    #[cfg(unix)]
    pub(crate) fn isolate(&mut self, program: Program) {
        serve_if_wanted(&program, &*self.adapter);
        let pool = Arc::new(Pool::new(program, self.memory_limit));
        self.adapter = Arc::new(Isolated::new(Arc::clone(&self.adapter), Arc::clone(&pool)));
        self.pool = Some(pool);
    }

    /// Where there are no such processes, stores do not open, and say why.
    #[cfg(not(unix))]
    pub(crate) fn isolate(&mut self, _: Program) {
        let refuse = || Err::<ZarrsStore, _>(OpenError::from_error(IsolationError::NotUnix));
        self.adapter = Arc::new(Opener::new(self.adapter.declared(), refuse));
    }

    /// Whether the stores are in processes of their own.
    pub(crate) fn is_isolated(&self) -> bool {
        #[cfg(unix)]
        return self.pool.is_some();
        #[cfg(not(unix))]
        false
    }

    /// The same settings for whoever watches threads that ask: a store that can be ended is ended
    /// before a thread is given up.
    pub(crate) fn watched(&self) -> Settings {
        let deadline = self.settings.deadline;
        let deadline = if self.is_isolated() { beyond(deadline) } else { deadline };
        Settings { deadline, ..self.settings.clone() }
    }

    pub(crate) fn generator(&self) -> Generator {
        let generator = Generator::new(self.adapter.declared());
        // What every step costs grows with the keys.
        let crowds = self.crowds && self.settings.invariants != Invariants::EveryStep;
        generator
            .rules(self.rules.clone())
            .steps(self.steps)
            .crowds(crowds)
            .any_length(self.is_isolated())
    }

    pub(crate) fn hierarchy_generator(&self) -> HierarchyGenerator {
        let generator = HierarchyGenerator::new(self.adapter.declared());
        generator.rules(self.hierarchy_rules.clone()).steps(self.steps)
    }

    /// What draws the plans: by whether there is an array library over the stores.
    pub(crate) fn drawing(&self) -> Drawing {
        if self.adapter.capabilities().nodes {
            return Drawing::Hierarchy(self.hierarchy_generator());
        }
        match self.settings.mode {
            Mode::InSequence => Drawing::Store(self.generator()),
            Mode::Faults => Drawing::Faults(self.generator()),
            Mode::Together => Drawing::Together(self.generator()),
        }
    }
}
