//! Plans played in other ways than one operation after the other on a store at peace.

use crate::boundary::Faulty;
use crate::machine::Machine;
use crate::settings::Mode;

/// How many plans faults are swept over. A guess: each is some hundred runs.
const SWEEPS: u64 = 64;

/// The most operations in a plan over which faults are swept. A guess: what bugs take that were
/// planted in a store on files is four at the most.
const SWEPT: usize = 8;

/// How many plans are played with callers at the same time. A guess: each is some hundred runs.
const TOGETHER: u64 = 256;

impl Machine {
    /// Plays what happens when something goes wrong below the store: each kind of operation of each
    /// plan is asked once with every fault that suits each call that it makes to the system, and the
    /// store is looked at afterwards.
    ///
    /// Errors strike every store that uses files through libc, as std, tokio and C libraries do. Crashes
    /// and power cuts take a store that can be opened again at its place, such as
    /// [`file_store_machine`](crate::file_store_machine) opens. There are 64 plans of
    /// eight operations at the most, unless [`cases`](Self::cases) and [`steps`](Self::steps) say
    /// otherwise afterwards; each is followed by two operations on what it left.
    ///
    /// What the report says is as it is on any number of threads. Calls are seen on Linux with a shared
    /// glibc; elsewhere stores do not open, and say so.
    #[must_use]
    pub fn faults(mut self) -> Self {
        self.options.adapter = Faulty::over(self.options.adapter);
        self.options.settings.mode = Mode::Faults;
        self.options.steps = SWEPT;
        self.options.settings.cases = SWEEPS;
        self.options.crowds = false;
        self
    }

    /// Plays what happens when several callers ask at the same time: each plan in every order of its
    /// callers with no switch between them but where one has to wait, then with one, then with two, up
    /// to the first that shows something.
    ///
    /// What is right is what the store promises of calls that overlap:
    /// [`Dialect::overlap`](zarr_conform_model::Dialect::overlap) and what stands beside it. The turn
    /// goes elsewhere before calls to the system, as std and C libraries make them, and where a caller
    /// waits for a lock. So a store that keeps all in memory is seen to do little, but deadlocks. Its
    /// stores have to be [shared](zarr_conform_store::Callers::share), as
    /// [`ZarrsStore`](zarr_conform_store::ZarrsStore)s are.
    ///
    /// There are 256 plans, unless [`cases`](Self::cases) says otherwise afterwards. What the report says
    /// is as it is on any number of threads. Calls are seen on Linux with a shared glibc; elsewhere
    /// nothing is played, and the report says so.
    #[must_use]
    pub fn concurrent(mut self) -> Self {
        self.options.settings.mode = Mode::Together;
        self.options.settings.cases = TOGETHER;
        self.options.crowds = false;
        self
    }
}
