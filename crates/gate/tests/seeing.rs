//! Which calls are seen, under which address and name, and what escapes?

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zarr_conform_gate::{CallKind, Session};

fn place() -> (TempDir, Session) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let session = Session::new(folder.path()).expect("calls can be seen");
    (folder, session)
}

fn seen(session: &Session, body: impl FnOnce()) -> Vec<String> {
    session.begin_operation();
    let armed = session.arm().expect("not armed before");
    body();
    drop(armed);
    session.take_calls().iter().map(ToString::to_string).collect()
}

/// A store's usual way to replace a file.
fn replace(root: &Path) {
    fs::write(root.join("a.tmp"), "text").expect("it can be written");
    fs::rename(root.join("a.tmp"), root.join("a")).expect("it can be renamed");
}

#[test]
fn calls_are_counted_by_kind_within_an_operation() {
    let (folder, session) = place();
    let calls = ["create#1 a.tmp", "write#1 a.tmp 4", "rename#1 a.tmp -> a"];
    for _ in 0..3 {
        assert_eq!(seen(&session, || replace(folder.path())), calls);
    }
    let twice = seen(&session, || {
        replace(folder.path());
        replace(folder.path());
    });
    assert_eq!(twice[3..], ["create#2 a.tmp", "write#2 a.tmp 4", "rename#2 a.tmp -> a"]);
}

#[test]
fn an_open_file_is_known_however_it_came_to_be_open() {
    let (folder, session) = place();
    let before = File::create(folder.path().join("before")).expect("it can be made");
    let calls = seen(&session, || {
        (&before).write_all(b"x").expect("it can be written");
        before.try_clone().expect("it can be cloned").write_all(b"y").expect("it can be written");
        let owned = before.as_fd().try_clone_to_owned().expect("it can be cloned");
        fs::rename(folder.path().join("before"), folder.path().join("after")).expect("renamed");
        File::from(owned).write_all(b"z").expect("it can be written");
        let other = std::thread::scope(|scope| {
            scope.spawn(|| File::open(folder.path().join("after"))).join().expect("no panic")
        });
        other.expect("it is there").read_exact(&mut [0; 3]).expect("it can be read");
    });
    let calls_wanted = [
        "write#1 before 1",
        "write#2 before 1",
        "rename#1 before -> after",
        "write#3 after 1",
        "read#1 after 3",
    ];
    assert_eq!(calls, calls_wanted);
}

#[test]
fn a_path_may_be_relative_climb_and_go_through_links() {
    let (folder, session) = place();
    let root = folder.path().canonicalize().expect("it exists");
    fs::create_dir(root.join("folder")).expect("a folder");
    let here = std::env::current_dir().expect("there is one");
    let up: PathBuf = here.components().skip(1).map(|_| "..").collect();
    let relative = up.join(root.strip_prefix("/").expect("it is absolute"));
    let linked = tempfile::tempdir().expect("a temporary directory");
    std::os::unix::fs::symlink(&root, linked.path().join("link")).expect("a link");
    for path in [
        relative.join("a"),
        root.join("folder/../a"),
        root.join("./folder/.././/a"),
        linked.path().join("link/a"),
    ] {
        let calls = seen(&session, || drop(fs::symlink_metadata(&path)));
        assert_eq!(calls, ["stat#1 a"], "{}", path.display());
    }
    let outside = root.join("../a");
    assert_eq!(seen(&session, || drop(fs::symlink_metadata(&outside))), [""; 0]);

    // A root that is given through a link is the same root.
    let session = Session::new(&linked.path().join("link")).expect("calls can be seen");
    let calls = seen(&session, || drop(fs::symlink_metadata(linked.path().join("link/a"))));
    assert_eq!(calls, ["stat#1 a"]);
    assert_eq!(seen(&session, || drop(fs::symlink_metadata(root.join("a")))), ["stat#1 a"]);
}

#[test]
fn folders_that_are_open_are_known_to_what_is_named_in_them() {
    let (folder, session) = place();
    fs::create_dir_all(folder.path().join("a/b")).expect("folders");
    fs::write(folder.path().join("a/b/c"), "").expect("a file");
    let calls = seen(&session, || fs::remove_dir_all(folder.path().join("a")).expect("gone"));
    assert!(calls.contains(&"remove#1 a/b/c".to_owned()), "{calls:?}");
    assert!(calls.contains(&"remove_directory#1 a/b".to_owned()), "{calls:?}");
    assert!(calls.contains(&"remove_directory#2 a".to_owned()), "{calls:?}");
}

#[test]
fn a_root_that_is_not_there_is_told() {
    let (folder, _) = place();
    let wrong = Session::new(&folder.path().join("none")).expect_err("there is none");
    assert!(wrong.to_string().contains("none cannot be used"), "{wrong}");
    fs::write(folder.path().join("file"), "").expect("a file");
    Session::new(&folder.path().join("file")).expect_err("it is no directory");
}

#[test]
fn the_files_of_tokio_are_seen_on_its_own_thread() {
    let (folder, session) = place();
    let of_threads = session.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .on_thread_start(move || of_threads.arm_until_thread_ends().expect("a new thread"))
        .build()
        .expect("a runtime");
    let name = folder.path().join("a");
    runtime.block_on(tokio::fs::write(&name, "text")).expect("it can be written");
    let calls: Vec<String> = session.take_calls().iter().map(ToString::to_string).collect();
    assert_eq!(calls, ["create#1 a", "write#1 a 4"]);

    session.begin_operation();
    session.strike("read#1 EIO".parse().expect("a strike"));
    runtime.block_on(tokio::fs::read(&name)).expect_err("it fails");
    assert!(session.struck());
    drop(runtime);
}

#[test]
fn what_enters_the_kernel_past_libc_is_found_out() {
    let (folder, session) = place();
    let name = folder.path().join("a");
    let make = || {
        let _armed = session.arm().expect("not armed before");
        let flags = rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY;
        let file = rustix::fs::open(&name, flags, rustix::fs::Mode::RWXU).expect("it can be made");
        rustix::io::write(&file, b"text").expect("it can be written");
    };
    let escaped = session.verify(make).expect_err("nothing was seen");
    assert_eq!(escaped.names(), [Path::new("a")]);
    assert!(escaped.to_string().contains("past libc"), "{escaped}");
    let seen = session.verify(|| {
        let _armed = session.arm().expect("not armed before");
        fs::write(&name, "text again").expect("it can be written");
        fs::create_dir_all(folder.path().join("b/c")).expect("it can be made");
        fs::write(folder.path().join("b/c/d"), "").expect("it can be written");
        fs::rename(folder.path().join("b"), folder.path().join("e")).expect("it can be renamed");
    });
    seen.expect("each change is seen");
    let by_others = session.verify(|| fs::write(&name, "by a thread that is not armed"));
    by_others.expect_err("nothing was seen");
}

#[test]
fn a_map_that_can_be_written_escapes() {
    let (folder, session) = place();
    let name = folder.path().join("a");
    fs::write(&name, "text").expect("it can be written");
    let file = File::options().read(true).write(true).open(&name).expect("it can be opened");
    let armed = session.arm().expect("not armed before");
    #[expect(unsafe_code, reason = "a map is unsafe to make")]
    // SAFETY: nobody changes the file while it is mapped.
    let mapped = unsafe { memmap2::MmapMut::map_mut(&file) }.expect("it can be mapped");
    drop(armed);
    drop(mapped);
    let calls = session.take_calls();
    assert!(calls.iter().any(|call| call.address.kind() == CallKind::Map), "{calls:?}");
    assert_eq!(session.escapes()[0].path, Path::new("a"));
}
