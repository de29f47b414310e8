//! One process that serves stores, and how it ends.

use std::io::{self, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use zarr_conform_model::Outcome;
use zarr_conform_model::contract::Death;
use zarr_conform_wire::{Client, GreetingError, WireError};

use crate::isolation::error::IsolationError;
use crate::isolation::inside::MEMORY;
use crate::isolation::last_words::LastWords;
use crate::isolation::program::Program;
use crate::isolation::signals;
use crate::play::alarms;

/// How long a program may take until it serves: a test may do much before. A guess.
const START: Duration = Duration::from_mins(1);

/// How long a process may take to end whose pipe is closed. A guess: it is ending as it is.
const END: Duration = Duration::from_secs(10);

pub(super) type Connection = Client<BufReader<UnixStream>, UnixStream>;

/// A process that serves stores.
pub(super) struct Process {
    child: Child,
    pub(super) client: Connection,
    words: LastWords,
    /// Where it puts its temporary files, which are gone with it.
    temporary: TempDir,
    /// How many threads it had when a store was dropped first.
    pub(super) threads: Option<u64>,
}

impl Process {
    /// Starts a process, and waits until it serves.
    pub(super) fn start(program: &Program, memory: u64) -> Result<Self, IsolationError> {
        let (here, there) = UnixStream::pair()?;
        let mut words = LastWords::new()?;
        let temporary = tempfile::Builder::new().prefix("zarr-conform-isolated-").tempdir()?;
        let mut command = program.command()?;
        let shown = format!("{command:?}");
        command
            // A socket in place of standard input goes both ways, and stdout is the store's.
            .stdin(OwnedFd::from(there))
            .stdout(Stdio::null())
            // Ctrl-C is for this process: it wants its report.
            .process_group(0)
            .stderr(words.stdio()?)
            .env("TMPDIR", temporary.path())
            .env("RUST_BACKTRACE", "0")
            .env(MEMORY, memory.to_string());
        let mut child = command.spawn()?;
        // The last copy of the other end here: else no end of the process would be seen.
        drop(command);
        here.set_read_timeout(Some(START))?;
        match Client::greet(BufReader::new(here.try_clone()?), here) {
            Ok(client) => Ok(Self { child, client, words, temporary, threads: None }),
            Err(error @ GreetingError::Unable(_)) => {
                let _ = end(&mut child);
                Err(error.into())
            }
            Err(_) => {
                let end = match end(&mut child) {
                    Some(status) => death(status, String::new()).to_string(),
                    None => "did not end".to_owned(),
                };
                let words = words.last_line();
                let words = if words.is_empty() { words } else { format!(" ({words})") };
                Err(IsolationError::NotReached { command: shown, end, words })
            }
        }
    }

    /// How long to wait for an answer from now on.
    pub(super) fn wait_for(&self, patience: Duration) -> io::Result<()> {
        self.client.reader().get_ref().set_read_timeout(Some(patience))
    }

    /// Ends the process, whose connection broke, and says what became of the question.
    pub(super) fn broke(mut self, error: &WireError) -> Outcome {
        let is_late = matches!(error, WireError::Io(error) if is_late(error));
        if is_late {
            self.kill();
            return Outcome::TimedOut;
        }
        let status = end(&mut self.child);
        let words = self.words.last_line();
        let killed = || Death::Signal { name: signals::name(9), words: words.clone() };
        Outcome::Died(status.map_or_else(killed, |status| death(status, words.clone())))
    }

    /// The words of a store without the name of the directory for its temporary files, which is
    /// another one in each process.
    pub(super) fn reword(&self, words: &str) -> String {
        let own = self.temporary.path().display().to_string();
        words.replace(&own, &std::env::temp_dir().display().to_string())
    }

    /// Forgets what a store wrote that is done with, but for alarms.
    pub(super) fn forget_words(&mut self) {
        self.keep_alarms();
        self.words.trim();
    }

    fn keep_alarms(&mut self) {
        for alarm in self.words.alarms() {
            alarms::keep(&alarm);
        }
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        self.keep_alarms();
    }
}

/// Whether nothing came in time.
fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// Waits for a process to end, and kills it if it does not; gives nothing then.
fn end(child: &mut Child) -> Option<ExitStatus> {
    let since = Instant::now();
    let mut pause = Duration::from_micros(50);
    while since.elapsed() < END {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

fn death(status: ExitStatus, words: String) -> Death {
    match (status.code(), status.signal()) {
        (Some(status), _) => Death::Exit { status, words },
        (None, number) => Death::Signal { name: signals::name(number.unwrap_or_default()), words },
    }
}
