//! Bytes go from files to memory, back, and from file to file.

#![allow(unsafe_code, reason = "libc's functions are defined here")]

use std::ffi::{c_int, c_uint, c_void};

use libc::{iovec, off64_t, size_t, ssize_t};

use super::change::{Change, Piece};
use super::define::hooks;
use super::draft::Draft;
use super::kernel::kernel;
use crate::address::CallKind;
use crate::ledger::Shared;

hooks! {
    fn read(fd: c_int, buffer: *mut c_void, count: size_t) -> ssize_t {
        |session| Some(Draft::on_file(session, CallKind::Read, fd)?.long(count).moving(fd));
        |_| kernel!(libc::SYS_read, fd, buffer, count)
    }
    fn pread64(fd: c_int, buffer: *mut c_void, count: size_t, offset: off64_t) -> ssize_t {
        |session| Some(Draft::on_file(session, CallKind::Read, fd)?.long(count).at(Some(offset)));
        |_| kernel!(libc::SYS_pread64, fd, buffer, count, offset)
    }
    fn readv(fd: c_int, pieces: *const iovec, count: c_int) -> ssize_t {
        |session| Some(reads(session, fd, pieces, count, None)?.moving(fd));
        |_| kernel!(libc::SYS_readv, fd, pieces, count)
    }
    fn preadv64(fd: c_int, pieces: *const iovec, count: c_int, offset: off64_t) -> ssize_t {
        |session| reads(session, fd, pieces, count, Some(offset));
        |_| kernel!(libc::SYS_preadv, fd, pieces, count, offset, 0_i32)
    }
    fn preadv64v2(
        fd: c_int, pieces: *const iovec, count: c_int, offset: off64_t, flags: c_int,
    ) -> ssize_t {
        |session| reads_v2(session, fd, pieces, count, offset);
        |_| kernel!(libc::SYS_preadv2, fd, pieces, count, offset, 0_i32, flags)
    }
    fn write(fd: c_int, buffer: *const c_void, count: size_t) -> ssize_t {
        |session| writes(session, fd, &one(buffer, count), None);
        |limit| kernel!(libc::SYS_write, fd, buffer, limit.unwrap_or(count))
    }
    fn pwrite64(fd: c_int, buffer: *const c_void, count: size_t, offset: off64_t) -> ssize_t {
        |session| writes(session, fd, &one(buffer, count), Some(offset));
        |limit| kernel!(libc::SYS_pwrite64, fd, buffer, limit.unwrap_or(count), offset)
    }
    fn writev(fd: c_int, pieces: *const iovec, count: c_int) -> ssize_t {
        |session| writes(session, fd, several(pieces, count), None);
        |limit| cut(pieces, count, limit, |pieces, count| {
            kernel!(libc::SYS_writev, fd, pieces, count)
        })
    }
    fn pwritev64(fd: c_int, pieces: *const iovec, count: c_int, offset: off64_t) -> ssize_t {
        |session| writes(session, fd, several(pieces, count), Some(offset));
        |limit| cut(pieces, count, limit, |pieces, count| {
            kernel!(libc::SYS_pwritev, fd, pieces, count, offset, 0_i32)
        })
    }
    fn pwritev64v2(
        fd: c_int, pieces: *const iovec, count: c_int, offset: off64_t, flags: c_int,
    ) -> ssize_t {
        |session| writes(session, fd, several(pieces, count), (offset != -1).then_some(offset));
        |limit| cut(pieces, count, limit, |pieces, count| {
            kernel!(libc::SYS_pwritev2, fd, pieces, count, offset, 0_i32, flags)
        })
    }
    fn copy_file_range(
        from: c_int, from_offset: *mut off64_t, to: c_int, to_offset: *mut off64_t,
        count: size_t, flags: c_uint,
    ) -> ssize_t {
        |session| copies(session, to, to_offset.as_ref().copied(), count);
        |_| kernel!(libc::SYS_copy_file_range, from, from_offset, to, to_offset, count, flags)
    }
    fn sendfile64(to: c_int, from: c_int, offset: *mut off64_t, count: size_t) -> ssize_t {
        |session| copies(session, to, None, count);
        |_| kernel!(libc::SYS_sendfile, to, from, offset, count)
    }
    fn splice(
        from: c_int, from_offset: *mut off64_t, to: c_int, to_offset: *mut off64_t,
        count: size_t, flags: c_uint,
    ) -> ssize_t {
        |session| copies(session, to, to_offset.as_ref().copied(), count);
        |_| kernel!(libc::SYS_splice, from, from_offset, to, to_offset, count, flags)
    }
    jumps {
        pread => pread64;
        preadv => preadv64;
        preadv2 => preadv64v2;
        pwrite => pwrite64;
        pwritev => pwritev64;
        pwritev2 => pwritev64v2;
        sendfile => sendfile64;
    }
}

fn one(buffer: *const c_void, count: usize) -> [iovec; 1] {
    [iovec { iov_base: buffer.cast_mut(), iov_len: count }]
}

/// # Safety
///
/// If there are so many pieces as the kernel takes, they can be read.
unsafe fn several<'a>(pieces: *const iovec, count: c_int) -> &'a [iovec] {
    match usize::try_from(count) {
        Ok(count) if !pieces.is_null() && count <= libc::UIO_MAXIOV as usize => {
            // SAFETY: the caller of this function answers for it.
            unsafe { std::slice::from_raw_parts(pieces, count) }
        }
        // The kernel will refuse them.
        _ => &[],
    }
}

fn total(pieces: &[iovec]) -> usize {
    pieces.iter().fold(0, |total, piece| total.saturating_add(piece.iov_len))
}

/// # Safety
///
/// As for [`several`].
unsafe fn reads(
    session: &Shared,
    fd: c_int,
    pieces: *const iovec,
    count: c_int,
    offset: Option<off64_t>,
) -> Option<Draft> {
    // SAFETY: the caller of this function answers for it.
    let length = total(unsafe { several(pieces, count) });
    Some(Draft::on_file(session, CallKind::Read, fd)?.long(length).at(offset))
}

/// # Safety
///
/// As for [`several`].
unsafe fn reads_v2(
    session: &Shared,
    fd: c_int,
    pieces: *const iovec,
    count: c_int,
    offset: off64_t,
) -> Option<Draft> {
    // SAFETY: the caller of this function answers for it.
    unsafe {
        // -1 stands for where the file is.
        if offset == -1 {
            Some(reads(session, fd, pieces, count, None)?.moving(fd))
        } else {
            reads(session, fd, pieces, count, Some(offset))
        }
    }
}

fn writes(session: &Shared, fd: c_int, pieces: &[iovec], offset: Option<off64_t>) -> Option<Draft> {
    let draft = Draft::on_file(session, CallKind::Write, fd)?;
    let piece = |piece: &iovec| Piece { start: piece.iov_base.cast::<u8>(), length: piece.iov_len };
    let change = Change::Bytes { fd, pieces: pieces.iter().map(piece).collect(), offset };
    Some(draft.long(total(pieces)).at(offset).changing(change))
}

fn copies(session: &Shared, fd: c_int, offset: Option<off64_t>, count: usize) -> Option<Draft> {
    let draft = Draft::on_file(session, CallKind::Copy, fd)?;
    Some(draft.long(count).at(offset).changing(Change::Refill { fd, offset, length: None }))
}

/// Enters the kernel with the pieces, or with as much of them as the limit says.
///
/// # Safety
///
/// As for [`several`].
unsafe fn cut(
    pieces: *const iovec,
    count: c_int,
    limit: Option<usize>,
    enter: impl Fn(*const iovec, c_int) -> isize,
) -> isize {
    let Some(mut left) = limit else {
        return enter(pieces, count);
    };
    let mut kept = Vec::new();
    // SAFETY: the caller of this function answers for it.
    for piece in unsafe { several(pieces, count) } {
        let length = piece.iov_len.min(left);
        left -= length;
        kept.push(iovec { iov_base: piece.iov_base, iov_len: length });
    }
    enter(kept.as_ptr(), count)
}
