//! A process that exits in the midst of something does not succeed.
#![cfg(unix)]

use std::env;
use std::process::{self, Command};

/// The variable by which the test knows that it is the process that exits.
const EXITS: &str = "ZARR_CONFORM_TEST_EXITS";

#[test]
fn a_process_that_exits_in_the_midst_ends_with_another_status() {
    if let Ok(handler) = env::var(EXITS) {
        zarr_conform_exit_guard::at_exit(if handler == "busy" { || Some(7) } else { || None });
        process::exit(0);
    }
    let status = |handler: &str| {
        let test = "a_process_that_exits_in_the_midst_ends_with_another_status";
        let mut command = Command::new(env::current_exe().expect("there is this program"));
        command.args(["--exact", test]).env(EXITS, handler);
        command.output().expect("it starts").status.code()
    };
    assert_eq!(status("busy"), Some(7));
    assert_eq!(status("idle"), Some(0));
}
