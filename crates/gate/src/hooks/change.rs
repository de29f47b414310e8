//! What did a call change that succeeded?

#![allow(unsafe_code, reason = "the bytes of a write are behind C's pointers")]

use std::ffi::c_int;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::kernel::{self, kernel};
use super::place;
use crate::call::Call;
use crate::journal::Effect;

/// What a call is going to change, as far as it is known before.
pub(super) enum Change {
    Nothing,
    Create,
    /// An open cuts the file to nothing.
    Cut,
    Length(u64),
    /// The length is known afterwards.
    Grow(c_int),
    /// Bytes, at an offset or where the file stands.
    Bytes {
        fd: c_int,
        pieces: Vec<Piece>,
        offset: Option<i64>,
    },
    /// Bytes that are read from the file afterwards; as many as the call says, or a given number.
    Refill {
        fd: c_int,
        offset: Option<i64>,
        length: Option<u64>,
    },
    Rename {
        exchange: bool,
    },
    Link,
    Symlink(PathBuf),
    Remove,
    MakeDirectory,
    RemoveDirectory,
    Sync,
    SyncAll,
}

/// A part of a buffer of the caller.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) start: *const u8,
    pub(super) length: usize,
}

impl Change {
    /// Before the call: writes learn where the file stands.
    pub(super) fn prepare(&mut self) {
        if let Self::Bytes { fd, offset, .. } | Self::Refill { fd, offset, .. } = self {
            let fd = *fd;
            if flags(fd) & libc::O_APPEND != 0 {
                *offset = place::length_of(fd).and_then(|length| length.try_into().ok());
            } else if offset.is_none() {
                // SAFETY: no pointer is involved.
                let position = unsafe { kernel!(libc::SYS_lseek, fd, 0_i64, libc::SEEK_CUR) };
                *offset = kernel::error_in(position).is_none().then_some(position as i64);
            }
        }
    }

    /// After the call, with its answer.
    ///
    /// # Safety
    ///
    /// The pieces can still be read.
    pub(super) unsafe fn effects(self, call: &Call, answer: isize) -> Vec<Effect> {
        let path = call.path.clone();
        let to = call.to.clone().unwrap_or_default();
        let effect = match self {
            Self::Nothing => return Vec::new(),
            Self::Create => Effect::Create { path },
            Self::Cut => Effect::Truncate { path, length: 0 },
            Self::Length(length) => Effect::Truncate { path, length },
            Self::Grow(fd) => match place::length_of(fd) {
                Some(length) => Effect::Truncate { path, length },
                None => return Vec::new(),
            },
            Self::Bytes { fd, pieces, offset } => {
                // SAFETY: the caller of this function answers for it.
                let bytes = unsafe { gather(&pieces, answer.cast_unsigned()) };
                return write(call, fd, offset, bytes);
            }
            Self::Refill { fd, offset, length } => {
                let length = length.map_or(answer.cast_unsigned(), |length| length as usize);
                let bytes = offset.and_then(|offset| read_back(fd, offset, length));
                return bytes.map_or_else(Vec::new, |bytes| write(call, fd, offset, bytes));
            }
            Self::Rename { exchange } => Effect::Rename { from: path, to, exchange },
            Self::Link => Effect::Link { from: path, to },
            Self::Symlink(target) => Effect::Symlink { target, path },
            Self::Remove => Effect::Remove { path },
            Self::MakeDirectory => Effect::MakeDirectory { path },
            Self::RemoveDirectory => Effect::RemoveDirectory { path },
            Self::Sync => Effect::Sync { path },
            Self::SyncAll => Effect::SyncAll,
        };
        vec![effect]
    }
}

fn write(call: &Call, fd: c_int, offset: Option<i64>, bytes: Vec<u8>) -> Vec<Effect> {
    let Some(offset) = offset.and_then(|offset| offset.try_into().ok()) else {
        return Vec::new();
    };
    let path = call.path.clone();
    let mut effects = vec![Effect::Write { path: path.clone(), offset, bytes }];
    // `O_SYNC` has the bits of `O_DSYNC`.
    if flags(fd) & libc::O_DSYNC != 0 {
        effects.push(Effect::Sync { path });
    }
    effects
}

fn flags(fd: c_int) -> c_int {
    // SAFETY: no pointer is involved.
    let flags = unsafe { kernel!(libc::SYS_fcntl, fd, libc::F_GETFL, 0_i32) };
    if kernel::error_in(flags).is_some() { 0 } else { flags as c_int }
}

/// The first `count` bytes of the pieces.
///
/// # Safety
///
/// The pieces can be read.
unsafe fn gather(pieces: &[Piece], count: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count);
    for piece in pieces {
        let length = piece.length.min(count - bytes.len());
        if length > 0 {
            // SAFETY: the caller of this function answers for it, and the kernel has read it.
            bytes.extend_from_slice(unsafe { std::slice::from_raw_parts(piece.start, length) });
        }
    }
    bytes
}

fn read_back(fd: c_int, offset: i64, length: usize) -> Option<Vec<u8>> {
    // The descriptor may be one that cannot be read. This thread's calls are unseen now.
    let file = File::open(format!("/proc/self/fd/{fd}")).ok()?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, offset.try_into().ok()?).ok()?;
    Some(bytes)
}
