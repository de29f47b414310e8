//! Files and directories get names, other names, and lose them.

#![allow(unsafe_code, reason = "libc's functions are defined here")]

use std::ffi::{CStr, OsStr, c_char, c_int, c_uint};
use std::os::unix::ffi::OsStrExt;

use libc::{AT_FDCWD, mode_t};

use super::change::Change;
use super::define::hooks;
use super::draft::Draft;
use super::kernel::kernel;
use crate::address::CallKind;
use crate::ledger::Shared;

hooks! {
    fn rename(from: *const c_char, to: *const c_char) -> c_int {
        |session| renamed(session, (AT_FDCWD, from), (AT_FDCWD, to), 0);
        |_| kernel!(libc::SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0_u32)
    }
    fn renameat(from_fd: c_int, from: *const c_char, to_fd: c_int, to: *const c_char) -> c_int {
        |session| renamed(session, (from_fd, from), (to_fd, to), 0);
        |_| kernel!(libc::SYS_renameat2, from_fd, from, to_fd, to, 0_u32)
    }
    fn renameat2(
        from_fd: c_int, from: *const c_char, to_fd: c_int, to: *const c_char, flags: c_uint,
    ) -> c_int {
        |session| renamed(session, (from_fd, from), (to_fd, to), flags);
        |_| kernel!(libc::SYS_renameat2, from_fd, from, to_fd, to, flags)
    }
    fn unlink(path: *const c_char) -> c_int {
        |session| removed(session, AT_FDCWD, path, 0);
        |_| kernel!(libc::SYS_unlinkat, AT_FDCWD, path, 0_i32)
    }
    fn unlinkat(fd: c_int, path: *const c_char, flags: c_int) -> c_int {
        |session| removed(session, fd, path, flags);
        |_| kernel!(libc::SYS_unlinkat, fd, path, flags)
    }
    fn rmdir(path: *const c_char) -> c_int {
        |session| removed(session, AT_FDCWD, path, libc::AT_REMOVEDIR);
        |_| kernel!(libc::SYS_unlinkat, AT_FDCWD, path, libc::AT_REMOVEDIR)
    }
    fn remove(path: *const c_char) -> c_int {
        |session| removed(session, AT_FDCWD, path, removal(path));
        |_| kernel!(libc::SYS_unlinkat, AT_FDCWD, path, removal(path))
    }
    fn mkdir(path: *const c_char, mode: mode_t) -> c_int {
        |session| made(session, AT_FDCWD, path);
        |_| kernel!(libc::SYS_mkdirat, AT_FDCWD, path, mode)
    }
    fn mkdirat(fd: c_int, path: *const c_char, mode: mode_t) -> c_int {
        |session| made(session, fd, path);
        |_| kernel!(libc::SYS_mkdirat, fd, path, mode)
    }
    fn link(from: *const c_char, to: *const c_char) -> c_int {
        |session| linked(session, (AT_FDCWD, from), (AT_FDCWD, to));
        |_| kernel!(libc::SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0_i32)
    }
    fn linkat(
        from_fd: c_int, from: *const c_char, to_fd: c_int, to: *const c_char, flags: c_int,
    ) -> c_int {
        |session| linked(session, (from_fd, from), (to_fd, to));
        |_| kernel!(libc::SYS_linkat, from_fd, from, to_fd, to, flags)
    }
    fn symlink(target: *const c_char, path: *const c_char) -> c_int {
        |session| pointed(session, target, AT_FDCWD, path);
        |_| kernel!(libc::SYS_symlinkat, target, AT_FDCWD, path)
    }
    fn symlinkat(target: *const c_char, fd: c_int, path: *const c_char) -> c_int {
        |session| pointed(session, target, fd, path);
        |_| kernel!(libc::SYS_symlinkat, target, fd, path)
    }
    jumps {}
}

/// # Safety
///
/// The paths are null, or end with a NUL and can be read.
unsafe fn renamed(
    session: &Shared,
    from: (c_int, *const c_char),
    to: (c_int, *const c_char),
    flags: c_uint,
) -> Option<Draft> {
    // SAFETY: the caller of this function answers for it.
    let draft = unsafe { Draft::on_paths(session, CallKind::Rename, from, to) }?;
    Some(draft.changing(Change::Rename { exchange: flags & libc::RENAME_EXCHANGE != 0 }))
}

/// # Safety
///
/// The path is null, or ends with a NUL and can be read.
unsafe fn removed(session: &Shared, fd: c_int, path: *const c_char, flags: c_int) -> Option<Draft> {
    let (kind, change) = if flags & libc::AT_REMOVEDIR == 0 {
        (CallKind::Remove, Change::Remove)
    } else {
        (CallKind::RemoveDirectory, Change::RemoveDirectory)
    };
    // SAFETY: the caller of this function answers for it.
    Some(unsafe { Draft::on_path(session, kind, true, fd, path) }?.changing(change))
}

/// How C's `remove` removes: a directory is told by asking for an entry of it.
fn removal(path: *const c_char) -> c_int {
    let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    // SAFETY: the path is that of a caller of `remove`, and the descriptor is closed at once.
    let is_directory = unsafe {
        let fd = kernel!(libc::SYS_openat, AT_FDCWD, path, flags, 0_i32);
        fd >= 0 && kernel!(libc::SYS_close, fd) == 0
    };
    if is_directory { libc::AT_REMOVEDIR } else { 0 }
}

/// # Safety
///
/// The path is null, or ends with a NUL and can be read.
unsafe fn made(session: &Shared, fd: c_int, path: *const c_char) -> Option<Draft> {
    // SAFETY: the caller of this function answers for it.
    let draft = unsafe { Draft::on_path(session, CallKind::MakeDirectory, true, fd, path) }?;
    Some(draft.changing(Change::MakeDirectory))
}

/// # Safety
///
/// The paths are null, or end with a NUL and can be read.
unsafe fn linked(
    session: &Shared,
    from: (c_int, *const c_char),
    to: (c_int, *const c_char),
) -> Option<Draft> {
    // SAFETY: the caller of this function answers for it.
    Some(unsafe { Draft::on_paths(session, CallKind::Link, from, to) }?.changing(Change::Link))
}

/// # Safety
///
/// The paths are null, or end with a NUL and can be read.
unsafe fn pointed(
    session: &Shared,
    target: *const c_char,
    fd: c_int,
    path: *const c_char,
) -> Option<Draft> {
    if target.is_null() {
        return None;
    }
    // SAFETY: it is not null, and the caller of this function answers for the rest.
    let (target, draft) = unsafe {
        (CStr::from_ptr(target), Draft::on_path(session, CallKind::Link, true, fd, path)?)
    };
    Some(draft.changing(Change::Symlink(OsStr::from_bytes(target.to_bytes()).into())))
}
