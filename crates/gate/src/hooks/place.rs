//! Which file below the root does a call mean?
//!
//! The kernel knows the name of every open file, under `/proc/self/fd`. Asking it costs a
//! microsecond and needs no table of descriptors, which would have to follow every `close`, `dup`,
//! inherited descriptor and thread.

#![allow(unsafe_code, reason = "the kernel is asked with pointers")]

use std::ffi::{CStr, CString, OsStr, c_char, c_int};
use std::io::Write;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::kernel::{self, kernel};
use crate::ledger::Root;

/// What follows the name of an open file that has no name any more.
const DELETED: &[u8] = b" (deleted)";

/// An open file below the root.
pub(super) struct OpenFile {
    /// Its name, from the root.
    pub(super) path: PathBuf,
    /// Whether the name is gone, so that nobody will find what is written.
    pub(super) deleted: bool,
}

/// Where a path leads.
pub(super) enum Spot {
    /// Below the root, or the root itself: from the root.
    Below(PathBuf),
    /// Elsewhere.
    Outside(PathBuf),
}

/// The open file below the root that a descriptor stands for.
pub(super) fn open_file(root: &Root, fd: c_int) -> Option<OpenFile> {
    let name = name_of(fd)?;
    let path = root.strip(&name)?;
    if let Some(path) = path.as_os_str().as_bytes().strip_suffix(DELETED)
        && !exists(name.as_os_str())
    {
        return Some(OpenFile { path: OsStr::from_bytes(path).into(), deleted: true });
    }
    Some(OpenFile { path: path.to_owned(), deleted: false })
}

/// Where a path leads that is given from an open directory, or from the working directory.
pub(super) fn of_path(root: &Root, directory: c_int, path: &CStr) -> Option<Spot> {
    let path = Path::new(OsStr::from_bytes(path.to_bytes()));
    let full = if path.is_absolute() { path.to_owned() } else { base(directory)?.join(path) };
    // Without `.` and doubled slashes.
    let full: PathBuf = full.components().collect();
    let climbs = full.components().any(|part| part.as_os_str() == "..");
    if !climbs && let Some(path) = root.strip(&full) {
        return Some(Spot::Below(path.to_owned()));
    }
    // What `..` means is known to the kernel, and a path may lead into the root through a link.
    let full = resolved(&full).unwrap_or(full);
    Some(match root.strip(&full) {
        Some(path) => Spot::Below(path.to_owned()),
        None => Spot::Outside(full),
    })
}

fn base(directory: c_int) -> Option<PathBuf> {
    if directory == libc::AT_FDCWD { read_link(c"/proc/self/cwd") } else { name_of(directory) }
}

/// The path with its directory as the kernel names it.
fn resolved(full: &Path) -> Option<PathBuf> {
    let (directory, name) = match full.file_name() {
        Some(name) => (full.parent()?, name),
        None => (full, OsStr::new("")),
    };
    let text = CString::new(directory.as_os_str().as_bytes()).ok()?;
    let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: the path ends with a NUL, and lives during the call.
    let fd = unsafe { kernel!(libc::SYS_openat, libc::AT_FDCWD, text.as_ptr(), flags, 0_i32) };
    if kernel::error_in(fd).is_some() {
        return None;
    }
    let found = name_of(fd as c_int);
    // SAFETY: the descriptor was opened above, and nobody else knows it.
    unsafe { kernel!(libc::SYS_close, fd) };
    Some(found?.join(name).components().collect())
}

/// The absolute path of an open file; `None` for what has no path, such as a socket.
fn name_of(fd: c_int) -> Option<PathBuf> {
    if fd < 0 {
        return None;
    }
    // A name of a descriptor is short, and ends with a NUL here.
    let mut name = [0_u8; 32];
    write!(&mut name[..], "/proc/self/fd/{fd}").ok()?;
    read_link(CStr::from_bytes_until_nul(&name).ok()?)
}

fn read_link(path: &CStr) -> Option<PathBuf> {
    let mut buffer = [0_u8; libc::PATH_MAX as usize];
    // SAFETY: the path ends with a NUL, and the kernel writes at most the length of the buffer.
    let length = unsafe {
        kernel!(
            libc::SYS_readlinkat,
            libc::AT_FDCWD,
            path.as_ptr(),
            buffer.as_mut_ptr(),
            buffer.len()
        )
    };
    let found = buffer.get(..usize::try_from(length).ok()?)?;
    found.starts_with(b"/").then(|| OsStr::from_bytes(found).into())
}

fn exists(path: &OsStr) -> bool {
    let text = CString::new(path.as_bytes());
    text.is_ok_and(|text| is_there(libc::AT_FDCWD, text.as_ptr(), libc::AT_SYMLINK_NOFOLLOW))
}

/// Whether a path exists that ends with a NUL.
pub(super) fn is_there(directory: c_int, path: *const c_char, flags: c_int) -> bool {
    let mut status = MaybeUninit::<libc::stat64>::uninit();
    // SAFETY: the callers' paths end with a NUL, and the kernel fills a `stat64` of this
    // architecture.
    let answer =
        unsafe { kernel!(libc::SYS_newfstatat, directory, path, status.as_mut_ptr(), flags) };
    kernel::error_in(answer).is_none()
}

/// The length of an open file.
pub(super) fn length_of(fd: c_int) -> Option<u64> {
    let mut status = MaybeUninit::<libc::stat64>::uninit();
    // SAFETY: the kernel fills a `stat64` of this architecture.
    let answer = unsafe { kernel!(libc::SYS_fstat, fd, status.as_mut_ptr()) };
    // SAFETY: it did so, as it found no error.
    let status = kernel::error_in(answer).is_none().then(|| unsafe { status.assume_init() })?;
    u64::try_from(status.st_size).ok()
}
