//! Does a sweep over faults and power cuts tell a careful store from careless ones?

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use zarr_conform_gate::power::{PowerPolicy, Tree};
use zarr_conform_gate::{FaultKind, Session, Strike, faults_for};

type Set = fn(&Path, &str) -> io::Result<()>;

fn careful(root: &Path, value: &str) -> io::Result<()> {
    let temporary = root.join("a.tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(value.as_bytes())?;
    file.sync_all()?;
    fs::rename(temporary, root.join("a"))?;
    File::open(root)?.sync_all()
}

fn without_a_sync(root: &Path, value: &str) -> io::Result<()> {
    let temporary = root.join("a.tmp");
    fs::write(&temporary, value)?;
    fs::rename(temporary, root.join("a"))?;
    File::open(root)?.sync_all()
}

fn in_place(root: &Path, value: &str) -> io::Result<()> {
    let mut file = File::create(root.join("a"))?;
    file.write_all(value.as_bytes())?;
    file.sync_all()
}

fn without_a_loop(root: &Path, value: &str) -> io::Result<()> {
    let temporary = root.join("a.tmp");
    let _ = File::create(&temporary)?.write(value.as_bytes())?;
    fs::rename(temporary, root.join("a"))
}

fn without_a_look_at_errors(root: &Path, value: &str) -> io::Result<()> {
    let temporary = root.join("a.tmp");
    fs::write(&temporary, value)?;
    let _ = fs::rename(temporary, root.join("a"));
    Ok(())
}

/// What is wrong with a store: each fault after which it has something else than the old value or the
/// new one, or the old one after a success.
fn faults(set: Set) -> Vec<String> {
    let place = || {
        let folder = tempfile::tempdir().expect("a temporary directory");
        set(folder.path(), "old").expect("nothing goes wrong");
        let session = Session::new(folder.path()).expect("calls can be seen");
        (folder, session)
    };
    let (folder, session) = place();
    let armed = session.arm().expect("not armed before");
    set(folder.path(), "newer").expect("nothing goes wrong");
    drop(armed);
    let crashes = [FaultKind::Crash { half: false }, FaultKind::Crash { half: true }];
    let mut wrong = Vec::new();
    for call in session.take_calls() {
        for fault in faults_for(call.address.kind()).iter().chain(&crashes) {
            let strike = Strike { at: call.address, fault: *fault };
            let (folder, session) = place();
            session.strike(strike);
            let armed = session.arm().expect("not armed before");
            let answer = set(folder.path(), "newer");
            drop(armed);
            assert!(session.struck(), "{strike} did not strike");
            let found = fs::read_to_string(folder.path().join("a")).unwrap_or_default();
            let is_right = found == "newer" || found == "old" && answer.is_err();
            if !is_right {
                wrong.push(strike.to_string());
            }
        }
    }
    wrong
}

/// What is wrong with a store when the power goes: each policy under which a value is neither the old
/// one nor the new one at some time, or not the new one at the end.
fn cuts(set: Set) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary directory");
    set(folder.path(), "old").expect("nothing goes wrong");
    let start = Tree::read(folder.path()).expect("it can be read");
    let session = Session::new(folder.path()).expect("calls can be seen");
    session.keep_journal();
    let armed = session.arm().expect("not armed before");
    set(folder.path(), "newer").expect("nothing goes wrong");
    drop(armed);
    let journal = session.take_journal();
    let mut wrong = Vec::new();
    for policy in PowerPolicy::ALL {
        for length in 0..=journal.len() {
            let after = start.after(&journal.entries()[..length]).expect("all names are known");
            let target = tempfile::tempdir().expect("a temporary directory");
            after.lay_out(*policy, target.path()).expect("it can be laid out");
            let found = fs::read_to_string(target.path().join("a")).unwrap_or_default();
            let is_right = found == "newer" || found == "old" && length < journal.len();
            if !is_right {
                wrong.push(format!("{policy} after {length}"));
            }
        }
    }
    wrong
}

#[test]
fn a_careful_store_stands_all_faults_and_cuts() {
    assert_eq!(faults(careful), [""; 0]);
    assert_eq!(cuts(careful), [""; 0]);
}

#[test]
fn a_store_that_writes_in_place_is_found() {
    let wrong = faults(in_place);
    assert!(wrong.contains(&"write#1 EIO".to_owned()), "{wrong:?}");
    assert!(wrong.contains(&"write#1 crash-half".to_owned()), "{wrong:?}");
    assert!(!wrong.contains(&"open#1 EIO".to_owned()), "{wrong:?}");
    assert!(cuts(in_place).contains(&"kill after 1".to_owned()));
}

#[test]
fn a_store_that_does_not_sync_is_found_by_cuts_alone() {
    assert_eq!(faults(without_a_sync), [""; 0]);
    let wrong = cuts(without_a_sync);
    assert_eq!(wrong, ["strict after 4", "metadata-first after 3", "metadata-first after 4"]);
}

#[test]
fn a_store_that_believes_every_answer_is_found() {
    assert_eq!(faults(without_a_loop), ["write#1 short"]);
    let wrong = faults(without_a_look_at_errors);
    assert_eq!(wrong, ["rename#1 EIO", "rename#1 crash", "rename#1 crash-half"]);
}
