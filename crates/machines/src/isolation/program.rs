//! How this program is started again.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::isolation::error::IsolationError;
use crate::play::journal::lock;

/// The variable by which a process knows that it is to serve, and which of the isolated machines of
/// its test.
pub(super) const SERVES: &str = "ZARR_CONFORM_SERVES";

/// How many isolated machines each test has made so far, and how many others it has run.
static MADE: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

type MakeCommand = Arc<dyn Fn() -> Command + Send + Sync>;

/// A program that serves stores, and those of which machine.
#[derive(Clone)]
pub(crate) struct Program {
    kind: Kind,
    /// Which of the machines of the test it is to serve.
    serves: String,
}

#[derive(Clone)]
enum Kind {
    /// A program whose tests are those of libtest, and one of them.
    Test(String),
    /// Any other.
    Command(MakeCommand),
    /// Nobody knows which.
    Unknown,
}

impl Program {
    /// This program with the test that runs on this thread, to serve the machine that is isolated
    /// now.
    pub(crate) fn of_this_test() -> Self {
        Self::of(Kind::of_this_thread(), "isolated")
    }

    /// This program with the test that runs on this thread, to serve the machine that is run now.
    pub(crate) fn of_this_run() -> Self {
        Self::of(Kind::of_this_thread(), "run")
    }

    /// This program with the test of this name.
    pub(crate) fn of_test(name: String) -> Self {
        Self::of(Kind::Test(name), "isolated")
    }

    /// Another program, or this one with other arguments.
    pub(crate) fn of_command(command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        Self::of(Kind::Command(Arc::new(command)), "command")
    }

    fn of(kind: Kind, what: &str) -> Self {
        let mut made = lock(&MADE);
        let made = made.entry(format!("{what} of {}", kind.name())).or_default();
        *made += 1;
        Self { serves: format!("{what} {made}"), kind }
    }

    /// Whether it can be started.
    pub(crate) const fn is_known(&self) -> bool {
        !matches!(self.kind, Kind::Unknown) && cfg!(unix)
    }

    /// Which of the machines of which test.
    pub(crate) fn name(&self) -> String {
        format!("{} of {}", self.serves, self.kind.name())
    }

    /// What the variable [`SERVES`] says in its processes.
    pub(super) fn serves(&self) -> &str {
        &self.serves
    }

    /// The command that starts it.
    pub(super) fn command(&self) -> Result<Command, IsolationError> {
        let mut command = match &self.kind {
            Kind::Command(make) => make(),
            Kind::Unknown => return Err(IsolationError::NoTest),
            Kind::Test(name) => {
                let mut command = Command::new(env::current_exe()?);
                command.args(["--exact", name, "--nocapture", "--include-ignored"]);
                command.arg("--test-threads=1");
                command
            }
        };
        command.env(SERVES, &self.serves);
        Ok(command)
    }
}

impl Kind {
    fn of_this_thread() -> Self {
        // The test harness names its threads by their tests.
        match thread::current().name() {
            Some(name) if name != "main" => Self::Test(name.to_owned()),
            _ => Self::Unknown,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Test(name) => name,
            Self::Command(_) => "a command",
            Self::Unknown => "no test",
        }
    }
}
