//! Are all I/O functions of this program hooked, or left out for a reason?

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::collections::HashMap;
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use zarr_conform_gate::{Session, SymbolsError, hooked, unhooked_symbols};

/// Whatever std does with files, so that this program has all that it calls.
fn everything(root: &Path) -> io::Result<()> {
    let name = |name: &str| root.join(name);
    fs::create_dir_all(name("a/b"))?;
    fs::write(name("a/c"), "text")?;
    let mut file = OpenOptions::new().read(true).append(true).open(name("a/c"))?;
    let _ = file.write_vectored(&[IoSlice::new(b"x"), IoSlice::new(b"y")])?;
    let _ = file.read_vectored(&mut [IoSliceMut::new(&mut [0; 4])])?;
    file.write_at(b"z", 1)?;
    file.read_at(&mut [0; 2], 0)?;
    file.rewind()?;
    file.read_to_end(&mut Vec::new())?;
    file.try_clone()?.set_len(3)?;
    file.set_permissions(file.metadata()?.permissions())?;
    file.set_times(FileTimes::new().set_modified(std::time::SystemTime::UNIX_EPOCH))?;
    file.sync_all()?;
    file.sync_data()?;
    file.lock()?;
    file.unlock()?;
    let _ = file.try_lock_shared();
    fs::copy(name("a/c"), name("a/d"))?;
    io::copy(&mut File::open(name("a/c"))?, &mut File::create(name("a/e"))?)?;
    fs::hard_link(name("a/c"), name("a/f"))?;
    std::os::unix::fs::symlink("c", name("a/g"))?;
    fs::read_link(name("a/g"))?;
    fs::canonicalize(name("a/g"))?;
    std::os::unix::fs::lchown(name("a/g"), None, None)?;
    fs::set_permissions(name("a/c"), fs::symlink_metadata(name("a/c"))?.permissions())?;
    fs::exists(name("a/c"))?;
    fs::rename(name("a/d"), name("a/h"))?;
    fs::remove_file(name("a/h"))?;
    fs::remove_dir(name("a/b"))?;
    for entry in fs::read_dir(name("a"))? {
        entry?.metadata()?;
    }
    fs::remove_dir_all(name("a"))
}

/// The same for what is beside std.
fn more_than_std(root: &Path) -> io::Result<()> {
    let lock = parking_lot::Mutex::new(HashMap::from([(1, 2)]));
    lock.lock().insert(3, 4);
    std::thread::yield_now();
    std::thread::sleep(std::time::Duration::from_nanos(1));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        tokio::fs::write(root.join("a"), "x").await?;
        tokio::fs::read(root.join("a")).await?;
        tokio::fs::remove_file(root.join("a")).await
    })
}

#[test]
fn no_function_of_this_program_escapes() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let session = Session::new(folder.path()).expect("calls can be seen");
    let armed = session.arm().expect("not armed before");
    let seen = session.verify(|| everything(folder.path()));
    drop(armed);
    seen.expect("every change is seen").expect("nothing goes wrong");
    more_than_std(folder.path()).expect("nothing goes wrong");

    let program = std::env::current_exe().expect("this program is a file");
    let unhooked = unhooked_symbols(&program).expect("its symbols can be told");
    assert!(unhooked.is_empty(), "neither hooked nor left out for a reason: {unhooked:?}");
    assert!(hooked().contains(&"pwrite64"));
}

#[test]
fn a_program_without_the_hooks_is_found_out() {
    // The shell calls libc's own functions.
    let unhooked = unhooked_symbols(Path::new("/bin/sh")).expect("its symbols can be told");
    assert!(unhooked.iter().any(|name| name == "read"), "{unhooked:?}");
    let wrong = unhooked_symbols(Path::new("/dev/null")).expect_err("it is no program");
    assert!(matches!(wrong, SymbolsError::Format { .. }), "{wrong}");
}
