//! Machines whose stores live in processes of their own.

use std::process::Command;

use crate::isolation::Program;
#[cfg(unix)]
use crate::isolation::serve_here;
use crate::machine::Machine;

impl Machine {
    /// Asks the stores in processes of their own, so that one that ends its process does not take the
    /// report along: the end is an answer that is not allowed, like any other. A store that does not
    /// answer in time is killed.
    ///
    /// The processes are made of this very program, which starts itself again with the test that
    /// calls this; there, the call serves the stores and does not return. So what comes before it in
    /// the test is done once more in each process. A test with several isolated machines calls this
    /// on all of them before it runs the first. Known to work with libtest's harness, under
    /// `cargo test` and `cargo nextest run`, and on Unix alone.
    ///
    /// A question takes some 20 to 50 µs more, which is the way to the other process and back.
    ///
    /// # Errors
    ///
    /// If no process can be started, the stores cannot be opened, and [`run`](Self::run) says why with
    /// the words of an [`IsolationError`](crate::IsolationError).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use zarrs_storage::store::AsyncMemoryStore;
    ///
    /// #[test]
    /// fn my_store_conforms() {
    ///     zarr_conform_machines::async_store_machine(|| AsyncMemoryStore::new())
    ///         .isolated()
    ///         .run()
    ///         .assert_conforms();
    /// }
    /// ```
    #[must_use]
    pub fn isolated(mut self) -> Self {
        self.options.isolate(Program::of_this_test());
        self
    }

    /// [`isolated`](Self::isolated) where the name of the test is not that of the thread:
    /// `module::test`, as `--exact` of the test program takes it.
    #[must_use]
    pub fn isolated_as(mut self, test: impl Into<String>) -> Self {
        self.options.isolate(Program::of_test(test.into()));
        self
    }

    /// [`isolated`](Self::isolated) with processes of another kind: `command` starts a program that
    /// comes to [`serve_isolated`](Self::serve_isolated) of a machine for the same stores.
    ///
    /// Its standard input is taken, standard output is discarded.
    #[must_use]
    pub fn isolated_by(mut self, command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        self.options.isolate(Program::of_command(command));
        self
    }

    /// How this program can be started again to [serve](Self::serve_isolated) the stores, if the last
    /// run did not come to its end; a test needs no word for it. See [`isolated_by`](Self::isolated_by).
    #[must_use]
    pub fn restarted_by(mut self, command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        self.options.restart = Some(Program::of_command(command));
        self
    }

    /// Serves the stores to the machine that started this process, and ends the process when that one
    /// asks no more; see [`isolated_by`](Self::isolated_by).
    #[cfg(unix)]
    pub fn serve_isolated(&self) -> ! {
        serve_here(&*self.options.adapter)
    }

    /// How many bytes of memory the process of an [isolated](Self::isolated) store may take: 1 GiB,
    /// unless this says otherwise.
    ///
    /// What is more is not there to be allocated, and most programs end then.
    #[must_use]
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.options.memory_limit = bytes;
        #[cfg(unix)]
        if let Some(pool) = &self.options.pool {
            pool.limit_memory(bytes);
        }
        self
    }
}
