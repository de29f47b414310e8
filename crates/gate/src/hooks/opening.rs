//! Files are opened, and made by that.

#![allow(unsafe_code, reason = "libc's functions are defined here")]

use std::ffi::{c_char, c_int};

use libc::{AT_FDCWD, mode_t, size_t};

use super::change::Change;
use super::define::hooks;
use super::draft::Draft;
use super::kernel::kernel;
use super::place;
use crate::address::CallKind;
use crate::ledger::Shared;

hooks! {
    fn creat(path: *const c_char, mode: mode_t) -> c_int {
        |session| opened(session, AT_FDCWD, path, CREAT);
        |_| kernel!(libc::SYS_openat, AT_FDCWD, path, CREAT, mode)
    }
    behind {
        fn open_with_mode(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
            |session| opened(session, AT_FDCWD, path, flags);
            |_| kernel!(libc::SYS_openat, AT_FDCWD, path, flags, mode)
        }
        fn openat_with_mode(fd: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
            |session| opened(session, fd, path, flags);
            |_| kernel!(libc::SYS_openat, fd, path, flags, mode)
        }
        // libc has no function for it: it is called by its number.
        fn openat2(
            fd: c_int, path: *const c_char, how: *const libc::open_how, size: size_t,
        ) -> c_int {
            |session| opened(session, fd, path, how.as_ref()?.flags as c_int);
            |_| kernel!(libc::SYS_openat2, fd, path, how, size)
        }
    }
    jumps {
        creat64 => creat;
        open => open_with_mode;
        open64 => open_with_mode;
        openat => openat_with_mode;
        openat64 => openat_with_mode;
    }
}

const CREAT: c_int = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC;

/// # Safety
///
/// The path is null, or ends with a NUL and can be read.
unsafe fn opened(
    session: &Shared,
    directory: c_int,
    path: *const c_char,
    flags: c_int,
) -> Option<Draft> {
    let has = |flag| flags & flag == flag;
    let is_written = flags & libc::O_ACCMODE != libc::O_RDONLY;
    // `O_TMPFILE` contains `O_DIRECTORY`.
    let is_nameless = has(libc::O_TMPFILE);
    let follow =
        if has(libc::O_EXCL) || has(libc::O_NOFOLLOW) { libc::AT_SYMLINK_NOFOLLOW } else { 0 };
    let creates = is_nameless
        || has(libc::O_CREAT) && !path.is_null() && !place::is_there(directory, path, follow);
    let kind = if creates { CallKind::Create } else { CallKind::Open };
    // SAFETY: the caller of this function answers for it.
    let draft = unsafe { Draft::on_path(session, kind, creates || is_written, directory, path) }?;
    Some(draft.changing(match kind {
        _ if is_nameless => Change::Nothing,
        CallKind::Create => Change::Create,
        _ if has(libc::O_TRUNC) && is_written => Change::Cut,
        _ => Change::Nothing,
    }))
}
