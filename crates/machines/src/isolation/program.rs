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

/// How many isolated machines each test has made so far.
static MADE: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

type MakeCommand = Arc<dyn Fn() -> Command + Send + Sync>;

/// A program that serves stores, and which of its machines is to.
#[derive(Clone)]
pub(crate) struct Program {
    kind: Kind,
    /// The number of the machine among those of the test.
    ordinal: u32,
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
    /// This program with the test that runs on this thread.
    pub(crate) fn of_this_test() -> Self {
        // The test harness names its threads by their tests.
        match thread::current().name() {
            Some(name) if name != "main" => Self::of_test(name.to_owned()),
            _ => Self::of(Kind::Unknown, String::new()),
        }
    }

    /// This program with the test of this name.
    pub(crate) fn of_test(name: String) -> Self {
        Self::of(Kind::Test(name.clone()), name)
    }

    /// Another program, or this one with other arguments.
    pub(crate) fn of_command(command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        Self::of(Kind::Command(Arc::new(command)), String::new())
    }

    fn of(kind: Kind, test: String) -> Self {
        let mut made = lock(&MADE);
        let made = made.entry(test).or_default();
        *made += 1;
        Self { kind, ordinal: *made }
    }

    /// The number of the machine among those of the test.
    pub(crate) const fn ordinal(&self) -> u32 {
        self.ordinal
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
        command.env(SERVES, self.ordinal.to_string());
        Ok(command)
    }
}
