//! How a campaign ends that somebody ends, and stores in processes of their own.
#![cfg(unix)]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

fn program(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zarr-conform"));
    let temporary = folder.join("tmp");
    std::fs::create_dir_all(&temporary).expect("the folder takes folders");
    command.args(arguments.split_whitespace()).current_dir(folder).env("TMPDIR", temporary);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// Waits until the program has opened a store, which makes a directory.
fn wait_until_busy(folder: &Path) {
    while is_empty(&folder.join("tmp")) {
        thread::sleep(Duration::from_millis(5));
    }
}

fn ended_by(signal: Signal, arguments: &str) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let child: Child = program(folder.path(), arguments).spawn().expect("the program starts");
    wait_until_busy(folder.path());
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("it is a process");
    kill_process(pid, signal).expect("it takes signals");
    let output = child.wait_with_output().expect("it ends");
    let text = text(&output);
    assert!(text.contains("the campaign was interrupted"), "{text}");
    assert!(matches!(output.status.code(), Some(1 | 3)), "{text}");
    assert!(is_empty(&folder.path().join("tmp")), "{text}");
}

const LONG: &str = "conform --adapter fs --cases 1000000 --for 10m --known-issues none";

#[test]
fn a_termination_ends_with_a_report_and_leaves_nothing_behind() {
    ended_by(Signal::TERM, LONG);
}

#[test]
fn an_interrupt_does_too() {
    ended_by(Signal::INT, LONG);
}

#[test]
fn isolated_stores_are_no_exception() {
    ended_by(Signal::TERM, &format!("{LONG} --isolated"));
}

#[test]
fn an_isolated_store_is_found_to_be_what_it_is() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let run = |arguments: &str| program(folder.path(), arguments).output().expect("it starts");
    let campaign =
        "conform --adapter memory --cases 30 --known-issues none --no-planted-bug --require none";
    let (isolated, plain) = (run(&format!("{campaign} --isolated --memory 2GiB")), run(campaign));
    assert_eq!(isolated.status.code(), Some(1), "{}", text(&isolated));
    // The same bugs, and those of lengths that are asked of isolated stores alone.
    for output in [&isolated, &plain] {
        assert!(
            text(output).contains("panic (attempt to subtract with overflow"),
            "{}",
            text(output)
        );
    }
    assert!(text(&isolated).contains(" --isolated --memory 2147483648B"), "{}", text(&isolated));
    std::fs::write(folder.path().join("a.plan"), "set a \"x\"\nget a\n").expect("a file");
    let replayed = run("replay a.plan --adapter memory --isolated");
    assert!(text(&replayed).contains("all 2 answers agree"), "{}", text(&replayed));
    let nodes = run(
        "conform --adapter memory:async --machine hierarchy --isolated --cases 2 --no-planted-bug --require none --known-issues none",
    );
    assert_eq!(nodes.status.code(), Some(0), "{}", text(&nodes));
}
