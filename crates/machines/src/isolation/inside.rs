//! What is done in the process of an isolated store.

use std::env;
use std::fs::File;
use std::io::{self, stdin};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Resource, Rlimit, Signal, getpid, getrlimit, kill_process, setrlimit};
use zarr_conform_store::Adapter;
use zarr_conform_wire::{decline, serve};

use crate::isolation::last_words;
use crate::isolation::program::{Program, SERVES};
use crate::play::{alarms, copies, panics};

/// The variable with the bytes of memory that the process may take.
pub(super) const MEMORY: &str = "ZARR_CONFORM_MEMORY";

/// How long stores may take to be dropped when nobody asks any more. A guess.
const LEAVE: Duration = Duration::from_secs(2);

/// What is polled for: that the other end is closed, and not that it says something.
#[cfg(target_os = "linux")]
const CLOSED: PollFlags = PollFlags::RDHUP;
#[cfg(not(target_os = "linux"))]
const CLOSED: PollFlags = PollFlags::HUP;

/// The kind of limit. Where the system counts what is written to, that is what a store takes; the
/// other kind counts room that threads reserve and never use, 64 MiB each with glibc.
#[cfg(target_os = "linux")]
const COUNTED: Resource = Resource::Data;
#[cfg(not(target_os = "linux"))]
const COUNTED: Resource = Resource::As;

/// Serves the stores of the adapter if this process was started for it, and does not return then.
pub(crate) fn serve_if_wanted(program: &Program, adapter: &dyn Adapter) {
    if env::var(SERVES).is_ok_and(|wanted| wanted == program.serves()) {
        serve_here(adapter);
    }
}

/// Serves the stores of the adapter on standard input until nobody asks any more, and ends the
/// process.
pub(crate) fn serve_here(adapter: &dyn Adapter) -> ! {
    let served = take_connection().and_then(|connection| {
        limit_memory()?;
        end_with(connection.try_clone()?)?;
        panics::hush();
        alarms::tell(last_words::tell);
        copies::watch();
        let catch = |run: &mut dyn FnMut()| panics::catch(run);
        serve(adapter, &catch, connection.try_clone()?, connection).map_err(io::Error::other)
    });
    if let Err(error) = served {
        #[expect(clippy::print_stderr, reason = "the other end reads the last line")]
        {
            eprintln!("the isolated store could not be served: {error}");
        }
        process::exit(1);
    }
    process::exit(0);
}

/// Ends the process if it was started to serve another machine: its test asks this one first.
pub(super) fn decline_to_run() {
    if env::var_os(SERVES).is_none() {
        return;
    }
    let reason = "a test with several isolated machines has to make all of them before it runs the first, since it is started again for each: give each a test of its own, or call `isolated` on all of them first";
    if let Ok(connection) = take_connection() {
        // Nobody else can be told.
        let _ = decline(connection, reason);
    }
    process::exit(0);
}

/// The connection, which stores cannot read from then.
fn take_connection() -> io::Result<UnixStream> {
    let connection = UnixStream::from(stdin().as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(connection)
}

/// Limits the memory to what there is now and what the other end allows.
fn limit_memory() -> io::Result<()> {
    let allowed: Option<u64> = env::var(MEMORY).ok().and_then(|bytes| bytes.parse().ok());
    let Some(allowed) = allowed else {
        return Ok(());
    };
    let Rlimit { maximum, .. } = getrlimit(COUNTED);
    let current = maximum.map_or(allowed, |most| most.min(allowed));
    Ok(setrlimit(COUNTED, Rlimit { current: Some(current), maximum })?)
}

/// Ends the process some time after nobody asks any more, whatever the store does then.
fn end_with(connection: UnixStream) -> io::Result<()> {
    let watch = move || {
        let mut watched = [PollFd::new(&connection, CLOSED)];
        while poll(&mut watched, None).is_err() {}
        thread::sleep(LEAVE);
        // No destructor and no handler may keep it.
        let _ = kill_process(getpid(), Signal::KILL);
    };
    thread::Builder::new().name("zarr-conform-watch".to_owned()).spawn(watch)?;
    Ok(())
}
