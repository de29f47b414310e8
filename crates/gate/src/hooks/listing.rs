//! Directories are listed.
//!
//! A listing is kept in memory of libc, so libc's own functions go on with it.

#![allow(unsafe_code, reason = "libc's functions are defined here")]

use std::cell::Cell;
use std::ffi::{c_char, c_int};

use libc::{AT_FDCWD, DIR, dirent, dirent64};

use super::define::jump_to;
use super::draft::Draft;
use super::kernel::{self, hidden};
use super::passage;
use crate::address::CallKind;
use crate::ledger::Shared;

type Open = unsafe extern "C" fn(*const c_char) -> *mut DIR;
type OpenFd = unsafe extern "C" fn(c_int) -> *mut DIR;
type Next = unsafe extern "C" fn(*mut DIR) -> *mut dirent64;
type NextInto = unsafe extern "C" fn(*mut DIR, *mut dirent64, *mut *mut dirent64) -> c_int;

hidden! {
    opendir_of_libc: c"opendir" as Open;
    fdopendir_of_libc: c"fdopendir" as OpenFd;
    readdir_of_libc: c"readdir64" as Next;
    readdir_r_of_libc: c"readdir64_r" as NextInto;
}

/// Each function of libc that is defined here.
pub(super) fn table() -> Vec<(&'static str, *const ())> {
    vec![
        ("opendir", opendir as *const ()),
        ("fdopendir", fdopendir as *const ()),
        ("readdir64", readdir64 as *const ()),
        ("readdir", readdir as *const ()),
        ("readdir64_r", readdir64_r as *const ()),
        ("readdir_r", readdir_r as *const ()),
    ]
}

#[unsafe(no_mangle)]
unsafe extern "C" fn opendir(path: *const c_char) -> *mut DIR {
    // SAFETY: the caller keeps libc's contract: the path ends with a NUL.
    unsafe {
        pass(
            |session| Draft::on_path(session, CallKind::List, false, AT_FDCWD, path),
            || opendir_of_libc().map(|open| open(path)),
        )
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdopendir(fd: c_int) -> *mut DIR {
    // SAFETY: the caller keeps libc's contract: the descriptor is handed over.
    unsafe {
        pass(
            |session| Draft::on_file(session, CallKind::List, fd),
            || fdopendir_of_libc().map(|open| open(fd)),
        )
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn readdir64(listing: *mut DIR) -> *mut dirent64 {
    // SAFETY: the caller keeps libc's contract: the listing is open.
    unsafe {
        pass(|session| entry(session, listing), || readdir_of_libc().map(|next| next(listing)))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn readdir64_r(
    listing: *mut DIR,
    entry_place: *mut dirent64,
    result: *mut *mut dirent64,
) -> c_int {
    // SAFETY: the caller keeps libc's contract: the listing is open, and the places can be written.
    unsafe {
        // The error is the answer here.
        let real = |_| match readdir_r_of_libc() {
            Some(next) => -(next(listing, entry_place, result) as isize),
            None => -(libc::ENOSYS as isize),
        };
        let error = kernel::error_in(passage::pass(|session| entry(session, listing), real));
        if error.is_some() && !result.is_null() {
            *result = std::ptr::null_mut();
        }
        error.unwrap_or(0)
    }
}

// A `dirent` is a `dirent64` on 64-bit systems.
const _: () = assert!(size_of::<dirent>() == size_of::<dirent64>());

#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn readdir() {
    jump_to!(readdir64)
}

#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn readdir_r() {
    jump_to!(readdir64_r)
}

/// # Safety
///
/// The listing is open, or null.
unsafe fn entry(session: &Shared, listing: *mut DIR) -> Option<Draft> {
    if listing.is_null() {
        return None;
    }
    // SAFETY: it is not null, and the caller of this function answers for the rest.
    Draft::on_file(session, CallKind::Entry, unsafe { libc::dirfd(listing) })
}

/// As [`passage::pass`], for functions that answer with a pointer, or null: which is an error if
/// `errno` says so, and the end of a listing otherwise.
///
/// # Safety
///
/// As there.
unsafe fn pass<T>(
    draft: impl FnOnce(&Shared) -> Option<Draft>,
    real: impl Fn() -> Option<*mut T>,
) -> *mut T {
    let before = kernel::errno();
    let found = Cell::new(std::ptr::null_mut());
    let real = |_| {
        kernel::set_errno(0);
        found.set(real().unwrap_or_else(|| {
            kernel::set_errno(libc::ENOSYS);
            std::ptr::null_mut()
        }));
        if found.get().is_null() { -(kernel::errno() as isize) } else { 0 }
    };
    // SAFETY: the draft names no buffer.
    let answer = unsafe { passage::pass(draft, real) };
    kernel::set_errno(kernel::error_in(answer).unwrap_or(before));
    found.get()
}
