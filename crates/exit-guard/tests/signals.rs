//! A process that a signal ends has a word before, and ends by that signal all the same.
#![cfg(unix)]

use std::env;
use std::hint::black_box;
use std::os::unix::process::ExitStatusExt;
use std::process::{self, Command};
use std::thread;
use std::time::Duration;

/// The variable by which the test knows that it is the process that ends.
const ENDS: &str = "ZARR_CONFORM_TEST_ENDS";

const TEST: &str = "a_signal_is_told_and_ends_the_process";

/// Overflows the stack.
#[expect(unconditional_recursion, reason = "that is the point")]
fn deeper(bytes: &[u8; 4096]) -> u8 {
    black_box(deeper(black_box(&[bytes[0]; 4096])))
}

fn end(how: &str) {
    match how {
        "abort" => process::abort(),
        "overflow" => drop(deeper(&[0; 4096])),
        signal => {
            let mut sent = Command::new("kill");
            sent.args([format!("-{signal}"), process::id().to_string()]);
            assert!(sent.status().expect("there is `kill`").success());
            thread::sleep(Duration::from_secs(5));
        }
    }
}

#[test]
fn a_signal_is_told_and_ends_the_process() {
    if let Ok(how) = env::var(ENDS) {
        zarr_conform_exit_guard::at_signal(|signal, to| writeln!(to, "told of {signal}, {}", 7));
        return end(&how);
    }
    let check = |how: &str, signal: i32, told: &str, also: &str| {
        let mut command = Command::new(env::current_exe().expect("there is this program"));
        command.args(["--exact", TEST, "--nocapture"]).env(ENDS, how);
        let output = command.output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), Some(signal), "{how}: {said}");
        assert_eq!(said.matches("told of").count(), 1, "{how}: {said}");
        assert!(said.contains(&format!("told of {told}, 7\n")) && said.contains(also), "{said}");
    };
    check("abort", 6, "SIGABRT", "");
    check("overflow", 6, "SIGSEGV", "has overflowed its stack");
    check("SEGV", 11, "SIGSEGV", "");
    check("ALRM", 14, "SIGALRM", "");
}
