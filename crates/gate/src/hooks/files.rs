//! Files are synced, cut, given space, and mapped.

#![allow(unsafe_code, reason = "libc's functions are defined here")]

use std::ffi::{c_char, c_int, c_uint, c_void};

use libc::{AT_FDCWD, off64_t, size_t};

use super::change::Change;
use super::define::hooks;
use super::draft::Draft;
use super::kernel::{error_in, kernel};
use super::passage;
use crate::address::CallKind;
use crate::ledger::{Escape, Shared};

hooks! {
    fn fsync(fd: c_int) -> c_int {
        |session| synced(session, fd);
        |_| kernel!(libc::SYS_fsync, fd)
    }
    fn fdatasync(fd: c_int) -> c_int {
        |session| synced(session, fd);
        |_| kernel!(libc::SYS_fdatasync, fd)
    }
    // It waits for bytes, and neither for the length nor for where they are: nothing is sure by it.
    fn sync_file_range(fd: c_int, offset: off64_t, count: off64_t, flags: c_uint) -> c_int {
        |session| Some(Draft::on_file(session, CallKind::Sync, fd)?.at(Some(offset)));
        |_| kernel!(libc::SYS_sync_file_range, fd, offset, count, flags)
    }
    fn syncfs(fd: c_int) -> c_int {
        |session| Some(Draft::on_file(session, CallKind::Sync, fd)?.changing(Change::SyncAll));
        |_| kernel!(libc::SYS_syncfs, fd)
    }
    fn ftruncate64(fd: c_int, length: off64_t) -> c_int {
        |session| Some(cut(Draft::on_file(session, CallKind::Truncate, fd)?, length));
        |_| kernel!(libc::SYS_ftruncate, fd, length)
    }
    fn truncate64(path: *const c_char, length: off64_t) -> c_int {
        |session| {
            let draft = Draft::on_path(session, CallKind::Truncate, true, AT_FDCWD, path)?;
            Some(cut(draft, length))
        };
        |_| kernel!(libc::SYS_truncate, path, length)
    }
    fn fallocate64(fd: c_int, mode: c_int, offset: off64_t, length: off64_t) -> c_int {
        |session| allocated(session, fd, mode, offset, length);
        |_| kernel!(libc::SYS_fallocate, fd, mode, offset, length)
    }
    fn mmap64(
        start: *mut c_void, length: size_t,
        protection: c_int, flags: c_int, fd: c_int, offset: off64_t,
    ) -> *mut c_void {
        |session| mapped(session, length, protection, flags, fd, offset);
        |_| kernel!(libc::SYS_mmap, start, length, protection, flags, fd, offset)
    }
    jumps {
        ftruncate => ftruncate64;
        truncate => truncate64;
        fallocate => fallocate64;
        mmap => mmap64;
        posix_fallocate => posix_fallocate64;
    }
}

/// As libc's: the error is the answer. Where a file system cannot do it, libc writes zeros, and
/// this says `EOPNOTSUPP`, which POSIX allows.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn posix_fallocate64(
    fd: c_int,
    offset: off64_t,
    length: off64_t,
) -> c_int {
    let draft = |session: &Shared| allocated(session, fd, 0, offset, length);
    // SAFETY: no pointer is involved.
    let real = |_| unsafe { kernel!(libc::SYS_fallocate, fd, 0_i32, offset, length) };
    // SAFETY: the draft names no buffer.
    error_in(unsafe { passage::pass(draft, real) }).unwrap_or(0)
}

fn synced(session: &Shared, fd: c_int) -> Option<Draft> {
    Some(Draft::on_file(session, CallKind::Sync, fd)?.changing(Change::Sync))
}

fn cut(draft: Draft, length: off64_t) -> Draft {
    let length = length.cast_unsigned();
    draft.long(length as usize).changing(Change::Length(length))
}

fn allocated(
    session: &Shared,
    fd: c_int,
    mode: c_int,
    offset: off64_t,
    length: off64_t,
) -> Option<Draft> {
    let draft = Draft::on_file(session, CallKind::Allocate, fd)?;
    let change = match mode {
        0 => Change::Grow(fd),
        libc::FALLOC_FL_KEEP_SIZE => Change::Nothing,
        // Bytes become zeros, or move.
        _ => Change::Refill { fd, offset: Some(offset), length: Some(length.cast_unsigned()) },
    };
    Some(draft.at(Some(offset)).long(length.cast_unsigned() as usize).changing(change))
}

fn mapped(
    session: &Shared,
    length: usize,
    protection: c_int,
    flags: c_int,
    fd: c_int,
    offset: off64_t,
) -> Option<Draft> {
    // Memory alone: an allocator may be asking, so nothing may be allocated here.
    if fd < 0 || flags & libc::MAP_ANONYMOUS != 0 {
        return None;
    }
    let draft = Draft::on_file(session, CallKind::Map, fd)?.at(Some(offset)).long(length);
    // A map that is read alone now may be made writable later; that is taken for rare.
    let is_written = protection & libc::PROT_WRITE != 0 && flags & libc::MAP_SHARED != 0;
    if is_written {
        let path = draft.path().to_owned();
        session.note_escape(Escape { kind: CallKind::Map, path, changes: true });
    }
    Some(draft)
}
