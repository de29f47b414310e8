//! What files are is asked and changed: kind, length, permissions, owner, times.

#![allow(unsafe_code, reason = "libc's functions are defined here")]

use std::ffi::{c_char, c_int, c_uint, c_void};

use libc::{AT_EMPTY_PATH, AT_FDCWD, gid_t, mode_t, size_t, ssize_t, timespec, uid_t};

use super::define::hooks;
use super::draft::Draft;
use super::kernel::kernel;
use crate::address::CallKind::{Attributes, Stat};
use crate::ledger::Shared;

const NO_FOLLOW: c_int = libc::AT_SYMLINK_NOFOLLOW;

hooks! {
    fn statx(
        fd: c_int, path: *const c_char, flags: c_int, mask: c_uint, status: *mut libc::statx,
    ) -> c_int {
        |session| asked(session, fd, path);
        |_| kernel!(libc::SYS_statx, fd, path, flags, mask, status)
    }
    fn stat64(path: *const c_char, status: *mut libc::stat64) -> c_int {
        |session| asked(session, AT_FDCWD, path);
        |_| kernel!(libc::SYS_newfstatat, AT_FDCWD, path, status, 0_i32)
    }
    fn lstat64(path: *const c_char, status: *mut libc::stat64) -> c_int {
        |session| asked(session, AT_FDCWD, path);
        |_| kernel!(libc::SYS_newfstatat, AT_FDCWD, path, status, NO_FOLLOW)
    }
    fn fstat64(fd: c_int, status: *mut libc::stat64) -> c_int {
        |session| Draft::on_file(session, Stat, fd);
        |_| kernel!(libc::SYS_fstat, fd, status)
    }
    fn fstatat64(fd: c_int, path: *const c_char, status: *mut libc::stat64, flags: c_int) -> c_int {
        |session| asked(session, fd, path);
        |_| kernel!(libc::SYS_newfstatat, fd, path, status, flags)
    }
    fn access(path: *const c_char, mode: c_int) -> c_int {
        |session| asked(session, AT_FDCWD, path);
        |_| kernel!(libc::SYS_faccessat, AT_FDCWD, path, mode)
    }
    // The kernel's older call has no flags; the newer one is that of Linux 5.8, as is libc's.
    fn faccessat(fd: c_int, path: *const c_char, mode: c_int, flags: c_int) -> c_int {
        |session| asked(session, fd, path);
        |_| if flags == 0 {
            kernel!(libc::SYS_faccessat, fd, path, mode)
        } else {
            kernel!(libc::SYS_faccessat2, fd, path, mode, flags)
        }
    }
    fn readlink(path: *const c_char, buffer: *mut c_char, size: size_t) -> ssize_t {
        |session| asked(session, AT_FDCWD, path);
        |_| kernel!(libc::SYS_readlinkat, AT_FDCWD, path, buffer, size)
    }
    fn readlinkat(fd: c_int, path: *const c_char, buffer: *mut c_char, size: size_t) -> ssize_t {
        |session| asked(session, fd, path);
        |_| kernel!(libc::SYS_readlinkat, fd, path, buffer, size)
    }
    fn chmod(path: *const c_char, mode: mode_t) -> c_int {
        |session| changed(session, AT_FDCWD, path);
        |_| kernel!(libc::SYS_fchmodat, AT_FDCWD, path, mode)
    }
    fn fchmod(fd: c_int, mode: mode_t) -> c_int {
        |session| Draft::on_file(session, Attributes, fd);
        |_| kernel!(libc::SYS_fchmod, fd, mode)
    }
    fn chown(path: *const c_char, user: uid_t, group: gid_t) -> c_int {
        |session| changed(session, AT_FDCWD, path);
        |_| kernel!(libc::SYS_fchownat, AT_FDCWD, path, user, group, 0_i32)
    }
    fn lchown(path: *const c_char, user: uid_t, group: gid_t) -> c_int {
        |session| changed(session, AT_FDCWD, path);
        |_| kernel!(libc::SYS_fchownat, AT_FDCWD, path, user, group, NO_FOLLOW)
    }
    fn fchown(fd: c_int, user: uid_t, group: gid_t) -> c_int {
        |session| Draft::on_file(session, Attributes, fd);
        |_| kernel!(libc::SYS_fchownat, fd, c"".as_ptr(), user, group, AT_EMPTY_PATH)
    }
    fn fchownat(fd: c_int, path: *const c_char, user: uid_t, group: gid_t, flags: c_int) -> c_int {
        |session| changed(session, fd, path);
        |_| kernel!(libc::SYS_fchownat, fd, path, user, group, flags)
    }
    fn utimensat(fd: c_int, path: *const c_char, times: *const timespec, flags: c_int) -> c_int {
        |session| changed(session, fd, path);
        |_| kernel!(libc::SYS_utimensat, fd, path, times, flags)
    }
    fn futimens(fd: c_int, times: *const timespec) -> c_int {
        |session| Draft::on_file(session, Attributes, fd);
        |_| kernel!(libc::SYS_utimensat, fd, std::ptr::null::<c_char>(), times, 0_i32)
    }
    fn setxattr(
        path: *const c_char, name: *const c_char, value: *const c_void, size: size_t, flags: c_int,
    ) -> c_int {
        |session| changed(session, AT_FDCWD, path);
        |_| kernel!(libc::SYS_setxattr, path, name, value, size, flags)
    }
    fn fsetxattr(
        fd: c_int, name: *const c_char, value: *const c_void, size: size_t, flags: c_int,
    ) -> c_int {
        |session| Draft::on_file(session, Attributes, fd);
        |_| kernel!(libc::SYS_fsetxattr, fd, name, value, size, flags)
    }
    fn getxattr(
        path: *const c_char, name: *const c_char, value: *mut c_void, size: size_t,
    ) -> ssize_t {
        |session| asked(session, AT_FDCWD, path);
        |_| kernel!(libc::SYS_getxattr, path, name, value, size)
    }
    fn fgetxattr(fd: c_int, name: *const c_char, value: *mut c_void, size: size_t) -> ssize_t {
        |session| Draft::on_file(session, Stat, fd);
        |_| kernel!(libc::SYS_fgetxattr, fd, name, value, size)
    }
    jumps {
        stat => stat64;
        lstat => lstat64;
        fstat => fstat64;
        fstatat => fstatat64;
    }
}

/// # Safety
///
/// The path is null, or ends with a NUL and can be read.
unsafe fn asked(session: &Shared, fd: c_int, path: *const c_char) -> Option<Draft> {
    // SAFETY: the caller of this function answers for it.
    unsafe { Draft::on_path(session, Stat, false, fd, path) }
}

/// # Safety
///
/// The path is null, or ends with a NUL and can be read.
unsafe fn changed(session: &Shared, fd: c_int, path: *const c_char) -> Option<Draft> {
    // SAFETY: the caller of this function answers for it.
    unsafe { Draft::on_path(session, Attributes, true, fd, path) }
}
