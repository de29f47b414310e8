//! Who decides, and does it reach calls that are made in other ways than std's?

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(unsafe_code, reason = "functions of libc are called as C calls them")]

use std::ffi::CString;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use zarr_conform_gate::{Call, CallKind, Decider, Decision, Errno, Session};

/// Decides by the kind of a call, and remembers what it was asked.
#[derive(Default)]
struct Notes {
    kinds: Mutex<Vec<CallKind>>,
}

impl Decider for Notes {
    fn before(&self, call: &Call) -> Decision {
        // What a decider does itself is seen by nobody.
        fs::read_dir("/proc/self/fd").expect("a listing").for_each(drop);
        let kind = call.address.kind();
        self.kinds.lock().expect("no panic").push(kind);
        match kind {
            CallKind::Rename => Decision::Fail(Errno::EXDEV),
            CallKind::Sleep | CallKind::Yield => Decision::Skip,
            CallKind::Write => Decision::Short,
            CallKind::Truncate => Decision::Crash { half: false },
            _ => Decision::Go,
        }
    }

    fn random(&self, bytes: &mut [u8]) -> bool {
        bytes.fill(7);
        true
    }
}

fn place() -> (TempDir, Session, Arc<Notes>) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let notes = Arc::new(Notes::default());
    let decider = Arc::clone(&notes);
    let session = Session::with_decider(folder.path(), decider).expect("calls can be seen");
    (folder, session, notes)
}

fn c(path: &Path) -> CString {
    CString::new(path.to_str().expect("it is text")).expect("it has no NUL")
}

#[test]
fn a_decider_speaks_at_every_call() {
    let (folder, session, notes) = place();
    let armed = session.arm().expect("not armed before");
    fs::write(folder.path().join("a"), "text").expect("std goes on after short writes");
    let failed = fs::rename(folder.path().join("a"), folder.path().join("b"));
    assert_eq!(failed.expect_err("it fails").kind(), std::io::ErrorKind::CrossesDevices);
    std::thread::sleep(std::time::Duration::from_hours(1));
    std::thread::yield_now();
    let file = File::options().write(true).open(folder.path().join("a")).expect("it is there");
    file.set_len(1).expect_err("it crashes");
    fs::read(folder.path().join("a")).expect_err("it has crashed");
    drop(armed);
    assert_eq!(fs::read(folder.path().join("a")).expect("it is there"), b"text");
    let asked = std::mem::take(&mut *notes.kinds.lock().expect("no panic"));
    let names: Vec<&str> = asked.iter().map(|kind| kind.name()).collect();
    let writes = ["create", "write", "write", "write", "rename", "sleep", "yield"];
    assert_eq!(names, [&writes[..], &["open", "truncate", "open"]].concat());
    assert!(session.escapes().is_empty(), "{:?}", session.escapes());
}

#[test]
fn random_bytes_can_be_drawn_by_the_decider() {
    let (_folder, session, _) = place();
    let mut bytes = [0_u8; 5];
    let armed = session.arm().expect("not armed before");
    // SAFETY: so many bytes can be written.
    let count = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    drop(armed);
    assert_eq!((count, bytes), (5, [7; 5]));
}

#[test]
fn a_call_by_its_number_is_the_same_call() {
    let (folder, session, _) = place();
    let path = c(&folder.path().join("a"));
    let armed = session.arm().expect("not armed before");
    // SAFETY: the path ends with a NUL, and the bytes can be read.
    let (written, renamed) = unsafe {
        let flags = libc::O_CREAT | libc::O_WRONLY;
        let fd = libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags, 0o600);
        assert!(fd >= 0);
        let written = libc::syscall(libc::SYS_pwrite64, fd, b"text".as_ptr(), 4_usize, 0_i64);
        libc::close(fd as i32);
        let (from, to) = (path.as_ptr(), path.as_ptr());
        let here = libc::AT_FDCWD;
        (written, libc::syscall(libc::SYS_renameat2, here, from, here, to, 0))
    };
    let error = std::io::Error::last_os_error();
    drop(armed);
    assert_eq!((written, renamed), (2, -1));
    assert_eq!(error.raw_os_error(), Some(Errno::EXDEV.number()));
    let calls: Vec<String> = session.take_calls().iter().map(ToString::to_string).collect();
    assert_eq!(calls, ["create#1 a", "write#1 a 0+4", "rename#1 a -> a"]);
}

#[test]
fn calls_that_only_c_makes_are_seen() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let session = Session::new(folder.path()).expect("calls can be seen");
    let path = c(&folder.path().join("a"));
    let armed = session.arm().expect("not armed before");
    // SAFETY: paths end with a NUL, descriptors are open, and what is pointed to lives.
    unsafe {
        let fd = libc::creat(path.as_ptr(), 0o640);
        assert_eq!(libc::posix_fallocate(fd, 0, 10), 0);
        assert_eq!(libc::posix_fallocate(-1, 0, 10), libc::EBADF);
        let mut lock: libc::flock = std::mem::zeroed();
        lock.l_type = libc::F_WRLCK as libc::c_short;
        assert_eq!(libc::fcntl(fd, libc::F_SETLKW, &raw const lock), 0);
        // Other commands pass.
        assert_eq!(libc::fcntl(fd, libc::F_GETFL) & libc::O_ACCMODE, libc::O_WRONLY);
        assert_eq!(libc::remove(path.as_ptr()), 0);
        assert_eq!(libc::remove(path.as_ptr()), -1);
        assert_eq!(*libc::__errno_location(), libc::ENOENT);
        libc::close(fd);
    }
    let mode = |mode: libc::mode_t| {
        // SAFETY: the path ends with a NUL.
        let fd = unsafe { libc::open(path.as_ptr(), libc::O_CREAT | libc::O_RDWR, mode) };
        // SAFETY: the descriptor is open, and nobody else has it.
        drop(unsafe { <File as std::os::fd::FromRawFd>::from_raw_fd(fd) });
        let metadata = fs::metadata(folder.path().join("a")).expect("it is there");
        fs::remove_file(folder.path().join("a")).expect("it can be removed");
        std::os::unix::fs::MetadataExt::mode(&metadata) & 0o777
    };
    // The third argument of a function that varies arrives.
    assert_eq!((mode(0o400), mode(0o700)), (0o400, 0o700));
    drop(armed);
    let calls: Vec<String> = session.take_calls().iter().map(ToString::to_string).collect();
    let wanted = ["create#1 a", "allocate#1 a 0+10", "lock#1 a", "remove#1 a", "remove#2 a"];
    assert_eq!(calls[..5], wanted);
}

#[test]
fn all_of_a_listing_is_seen_and_its_end_is_no_error() {
    let (folder, session, _) = place();
    for name in ["a", "b", "c"] {
        fs::create_dir(folder.path().join(name)).expect("a folder");
    }
    let armed = session.arm().expect("not armed before");
    let count = fs::read_dir(folder.path()).expect("a listing").map(|entry| entry.expect("one"));
    assert_eq!(count.count(), 3);
    drop(armed);
    let entries = session.take_calls().into_iter().map(|call| call.address.kind());
    // With `.`, `..`, and that there is no more.
    assert_eq!(entries.filter(|kind| *kind == CallKind::Entry).count(), 6);
}

#[test]
fn a_descriptor_of_a_socket_is_no_file() {
    let (_folder, session, _) = place();
    let (one, mut other) = std::os::unix::net::UnixStream::pair().expect("a pair");
    let armed = session.arm().expect("not armed before");
    std::io::Write::write_all(&mut other, b"x").expect("it can be written");
    assert!(one.as_raw_fd() >= 0);
    drop(armed);
    assert_eq!(session.take_calls(), []);
}
