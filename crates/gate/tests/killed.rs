//! Does a simulated crash leave what `kill -9` leaves at the same call?

#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod small_store;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustix::process::{Signal, getpid, kill_process};
use zarr_conform_gate::{Call, CallAddress, Decider, Decision, FaultKind, Session, Strike};

use crate::small_store::{begin, set, tree};

/// Where the process that is killed works, and at which call.
const ROOT: &str = "GATE_KILLED_ROOT";
const AT: &str = "GATE_KILLED_AT";

fn place() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    begin(folder.path()).expect("it can be written");
    folder
}

/// Ends the process at a call, before the kernel is entered.
#[derive(Debug)]
struct Kills(CallAddress);

impl Decider for Kills {
    fn before(&self, call: &Call) -> Decision {
        if call.address == self.0 {
            // It does not come back.
            let _ = kill_process(getpid(), Signal::KILL);
        }
        Decision::Go
    }
}

#[test]
#[ignore = "the other test starts it, to be killed"]
fn victim() {
    let (Ok(root), Ok(at)) = (std::env::var(ROOT), std::env::var(AT)) else { return };
    let at = at.parse().expect("it is an address");
    let session = Session::with_decider(Path::new(&root), Arc::new(Kills(at)));
    let armed = session.expect("calls can be seen").arm().expect("not armed before");
    let set = set(Path::new(&root));
    drop(armed);
    panic!("it was not killed at {at}: {set:?}");
}

#[test]
fn a_simulated_crash_leaves_what_a_killed_process_leaves_at_every_call() {
    let clean = place();
    let session = Session::new(clean.path()).expect("calls can be seen");
    let armed = session.arm().expect("not armed before");
    set(clean.path()).expect("nothing goes wrong");
    drop(armed);
    let calls = session.take_calls();
    assert!(calls.len() >= 9, "{calls:?}");
    for call in calls {
        let simulated = place();
        let session = Session::new(simulated.path()).expect("calls can be seen");
        session.strike(Strike { at: call.address, fault: FaultKind::Crash { half: false } });
        let armed = session.arm().expect("not armed before");
        assert!(set(simulated.path()).is_err(), "{call}");
        drop(armed);

        let real = place();
        let mut child = Command::new(std::env::current_exe().expect("it is known"));
        child.args(["--exact", "victim", "--ignored"]);
        child.env(ROOT, real.path()).env(AT, call.address.to_string());
        child.stdout(Stdio::null()).stderr(Stdio::null());
        let status = child.status().expect("it starts");
        assert_eq!(status.code(), None, "{call}: it ended by itself");

        assert_eq!(tree(simulated.path()), tree(real.path()), "{call}");
    }
}
