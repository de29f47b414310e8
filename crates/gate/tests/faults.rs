//! Does a fault reach code that uses `std::fs`, and only that?

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use tempfile::TempDir;
use zarr_conform_gate::{CallKind, Errno, FaultKind, Session, Strike, faults_for};

/// A folder with a file `old` and a folder `folder`, and a session for it.
fn place() -> (TempDir, Session) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    fs::write(folder.path().join("old"), "0123456789").expect("a file");
    fs::create_dir(folder.path().join("folder")).expect("a folder");
    let session = Session::new(folder.path()).expect("calls can be seen");
    (folder, session)
}

/// What an operation makes of a fault.
fn struck<T>(strike: &str, operation: impl Fn(&Path) -> io::Result<T>) -> Result<T, io::Error> {
    let (folder, session) = place();
    session.strike(strike.parse().expect("a strike"));
    let armed = session.arm().expect("not armed before");
    let answer = operation(folder.path());
    drop(armed);
    assert!(session.struck(), "{strike} did not strike: {:?}", session.take_calls());
    answer
}

#[track_caller]
fn check<T>(strike: &str, operation: impl Fn(&Path) -> io::Result<T>) {
    let strike: Strike = strike.parse().expect("a strike");
    let FaultKind::Error(errno) = strike.fault else { panic!("{strike} is no error") };
    let found = struck(&strike.to_string(), operation).err().expect("the fault shows");
    assert_eq!(found.raw_os_error(), Some(errno.number()), "{found}");
}

#[test]
fn an_error_reaches_std() {
    check("create#1 ENOSPC", |root| File::create(root.join("new")));
    check("open#1 EMFILE", |root| File::create(root.join("old")));
    check("open#1 EIO", |root| File::open(root.join("old")));
    check("read#1 EIO", |root| fs::read(root.join("old")));
    check("read#1 EIO", |root| File::open(root.join("old"))?.read_at(&mut [0; 4], 2));
    check("write#1 EIO", |root| fs::write(root.join("new"), "x"));
    check("write#1 EIO", |root| {
        OpenOptions::new().write(true).open(root.join("old"))?.write_at(b"x", 3)
    });
    check("sync#1 EIO", |root| File::open(root.join("old"))?.sync_all());
    check("sync#1 EIO", |root| File::open(root.join("folder"))?.sync_data());
    check("truncate#1 EIO", |root| {
        OpenOptions::new().write(true).open(root.join("old"))?.set_len(3)
    });
    check("rename#1 EIO", |root| fs::rename(root.join("old"), root.join("new")));
    check("remove#1 EIO", |root| fs::remove_file(root.join("old")));
    check("make_directory#1 EIO", |root| fs::create_dir(root.join("new")));
    check("make_directory#2 EIO", |root| fs::create_dir_all(root.join("new/deep")));
    check("remove_directory#1 EIO", |root| fs::remove_dir(root.join("folder")));
    check("remove_directory#1 EIO", |root| fs::remove_dir_all(root.join("folder")));
    check("stat#1 EIO", |root| fs::metadata(root.join("old")));
    check("stat#1 EIO", |root| fs::symlink_metadata(root.join("old")));
    check("stat#1 EIO", |root| root.join("old").try_exists());
    check("list#1 EIO", |root| fs::read_dir(root).map(|_| ()));
    check("entry#2 EIO", |root| fs::read_dir(root)?.collect::<io::Result<Vec<_>>>());
    check("link#1 EIO", |root| fs::hard_link(root.join("old"), root.join("new")));
    check("link#1 EIO", |root| std::os::unix::fs::symlink("old", root.join("new")));
    check("lock#1 EIO", |root| File::open(root.join("old"))?.lock());
    check("copy#1 EIO", |root| fs::copy(root.join("old"), root.join("new")));
    check("attributes#1 EIO", |root| {
        fs::set_permissions(root.join("old"), fs::metadata(root.join("old"))?.permissions())
    });
}

#[test]
fn std_tries_again_when_interrupted() {
    let read = struck("read#1 EINTR", |root| fs::read(root.join("old"))).expect("it tries again");
    assert_eq!(read, b"0123456789");
    struck("write#1 EINTR", |root| fs::write(root.join("new"), "whole")).expect("it tries again");
}

#[test]
fn a_short_write_is_gone_on_with() {
    let text = struck("write#1 short", |root| {
        File::create(root.join("new"))?.write_all(b"whole")?;
        fs::read_to_string(root.join("new"))
    });
    assert_eq!(text.expect("it goes on"), "whole");
    let count = struck("write#1 short", |root| File::create(root.join("new"))?.write(b"whole"));
    assert_eq!(count.expect("it is no error"), 2);
    let pieces = [io::IoSlice::new(b"abc"), io::IoSlice::new(b"defg")];
    let text = struck("write#1 short", |root| {
        let count = File::create(root.join("new"))?.write_vectored(&pieces)?;
        Ok((count, fs::read_to_string(root.join("new"))?))
    });
    assert_eq!(text.expect("it is no error"), (3, "abc".to_owned()));
}

#[test]
fn a_short_read_leaves_the_rest_to_be_read() {
    let read = struck("read#1 short", |root| {
        let mut file = File::open(root.join("old"))?;
        let mut buffer = [0; 100];
        let count = file.read(&mut buffer)?;
        let mut rest = String::new();
        file.read_to_string(&mut rest)?;
        Ok((count, rest, file.stream_position()?))
    });
    assert_eq!(read.expect("it is no error"), (5, "56789".to_owned(), 10));
    let whole = struck("read#1 short", |root| fs::read(root.join("old")));
    assert_eq!(whole.expect("std reads on"), b"0123456789");
}

#[test]
fn a_full_disk_stays_full_until_it_is_healed() {
    let (folder, session) = place();
    session.strike("write#2 full-disk".parse().expect("a strike"));
    let armed = session.arm().expect("not armed before");
    let write = |name: &str| fs::write(folder.path().join(name), "x").map_err(|error| error.kind());
    assert_eq!(write("a"), Ok(()));
    assert_eq!(write("b"), Err(io::ErrorKind::StorageFull));
    assert_eq!(write("c"), Err(io::ErrorKind::StorageFull));
    assert!(fs::read(folder.path().join("old")).is_ok());
    fs::remove_file(folder.path().join("a")).expect("removing needs no space");
    session.heal();
    assert_eq!(write("c"), Ok(()));
    drop(armed);
}

/// A store that tidies up when it is dropped.
struct Tidy<'a>(&'a Path);

impl Drop for Tidy<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.0.join("old"));
        let _ = fs::rename(self.0.join("folder"), self.0.join("moved"));
        let _ = fs::write(self.0.join("tidied"), "");
    }
}

#[test]
fn after_a_crash_nothing_changes_even_when_dropped() {
    for (fault, left) in [("crash", ""), ("crash-half", "ab")] {
        let (folder, session) = place();
        session.strike(format!("write#1 {fault}").parse().expect("a strike"));
        let armed = session.arm().expect("not armed before");
        let tidy = Tidy(folder.path());
        let failed = fs::write(folder.path().join("new"), "abcd").expect_err("it crashes");
        assert_eq!(failed.raw_os_error(), Some(Errno::EIO.number()));
        drop(tidy);
        assert!(session.is_crashed());
        drop(armed);
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .expect("a listing")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["folder", "new", "old"]);
        assert_eq!(fs::read_to_string(folder.path().join("new")).expect("it was made"), left);
        session.revive();
        let _armed = session.arm().expect("not armed before");
        fs::write(folder.path().join("new"), "abcd").expect("it works again");
    }
}

#[test]
fn unarmed_threads_and_other_files_see_nothing() {
    let (folder, session) = place();
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    session.strike("create#1 EIO".parse().expect("a strike"));
    fs::write(folder.path().join("a"), "x").expect("this thread is not armed");
    let armed = session.arm().expect("not armed before");
    std::thread::scope(|scope| {
        let other = scope.spawn(|| fs::write(folder.path().join("b"), "x"));
        other.join().expect("no panic").expect("that thread is not armed");
    });
    fs::write(elsewhere.path().join("c"), "x").expect("another folder");
    println!("standard output is not below the root");
    assert!(!session.struck());
    assert_eq!(session.take_calls(), []);
    let escapes = session.escapes();
    let name = elsewhere.path().canonicalize().expect("it exists").join("c");
    assert!(escapes.iter().any(|escape| escape.path == name && escape.changes), "{escapes:?}");
    assert!(session.arm().is_err(), "a thread is armed once");
    drop(armed);
}

#[test]
fn every_kind_has_its_faults() {
    for kind in CallKind::ALL {
        assert_eq!(faults_for(*kind).is_empty(), !kind.is_on_files(), "{kind}");
        for fault in faults_for(*kind) {
            assert_eq!(fault.to_string().parse(), Ok(*fault));
        }
    }
    assert!(faults_for(CallKind::Create).contains(&FaultKind::Error(Errno::ENOSPC)));
    for errno in Errno::ALL {
        assert_eq!(errno.name().parse(), Ok(*errno));
    }
}
