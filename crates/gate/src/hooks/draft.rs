//! How is a call of C described, before it has an address?

#![allow(unsafe_code, reason = "C's callers hand over pointers")]

use std::ffi::{CStr, c_char, c_int};
use std::path::PathBuf;

use super::change::Change;
use super::place::{self, Spot};
use crate::address::{CallAddress, CallKind};
use crate::call::Call;
use crate::ledger::{Escape, Shared};

/// A boundary call that has no address yet.
pub(super) struct Draft {
    kind: CallKind,
    path: PathBuf,
    to: Option<PathBuf>,
    offset: Option<u64>,
    length: Option<u64>,
    /// The open file has no name, so nobody will find what is changed.
    deleted: bool,
    pub(super) change: Change,
    /// How a read is made short once it is known what there was to read.
    pub(super) seek_back: Option<c_int>,
}

impl Draft {
    /// A call on no file.
    pub(super) fn of(kind: CallKind) -> Self {
        Self {
            kind,
            path: PathBuf::new(),
            to: None,
            offset: None,
            length: None,
            deleted: false,
            change: Change::Nothing,
            seek_back: None,
        }
    }

    /// A call on an open file; `None` if that is not below the root.
    pub(super) fn on_file(session: &Shared, kind: CallKind, fd: c_int) -> Option<Self> {
        let file = place::open_file(&session.root, fd)?;
        Some(Self { path: file.path, deleted: file.deleted, ..Self::of(kind) })
    }

    /// A call on a path; `None` if that is not below the root, which is an escape, and if there is
    /// no path. An empty path is the open file itself.
    ///
    /// # Safety
    ///
    /// The path is null, or ends with a NUL and can be read.
    pub(super) unsafe fn on_path(
        session: &Shared,
        kind: CallKind,
        changes: bool,
        directory: c_int,
        path: *const c_char,
    ) -> Option<Self> {
        if path.is_null() {
            return None;
        }
        // SAFETY: it is not null, and the caller answers for the rest.
        let path = unsafe { CStr::from_ptr(path) };
        if path.is_empty() {
            return Self::on_file(session, kind, directory);
        }
        match place::of_path(&session.root, directory, path)? {
            Spot::Below(path) => Some(Self { path, ..Self::of(kind) }),
            Spot::Outside(path) => {
                session.note_escape(Escape { kind, path, changes });
                None
            }
        }
    }

    /// A call on two paths; `None` if neither is below the root. One that is not is an escape.
    ///
    /// # Safety
    ///
    /// As for [`on_path`](Self::on_path), for both.
    pub(super) unsafe fn on_paths(
        session: &Shared,
        kind: CallKind,
        from: (c_int, *const c_char),
        to: (c_int, *const c_char),
    ) -> Option<Self> {
        let name = |(directory, path): (c_int, *const c_char)| {
            if path.is_null() {
                return None;
            }
            // SAFETY: it is not null, and the caller answers for the rest.
            place::of_path(&session.root, directory, unsafe { CStr::from_ptr(path) })
        };
        let (from, to) = (name(from)?, name(to)?);
        let any_below = matches!(from, Spot::Below(_)) || matches!(to, Spot::Below(_));
        let path = |spot| match spot {
            Spot::Below(path) => path,
            Spot::Outside(path) => {
                session.note_escape(Escape { kind, path: path.clone(), changes: true });
                path
            }
        };
        let (path, to) = (path(from), path(to));
        any_below.then(|| Self { path, to: Some(to), ..Self::of(kind) })
    }

    pub(super) fn at(self, offset: Option<i64>) -> Self {
        Self { offset: offset.and_then(|offset| offset.try_into().ok()), ..self }
    }

    pub(super) fn long(self, length: usize) -> Self {
        Self { length: Some(length as u64), ..self }
    }

    pub(super) fn changing(self, change: Change) -> Self {
        Self { change: if self.deleted { Change::Nothing } else { change }, ..self }
    }

    /// A read that moves the position of the file.
    pub(super) fn moving(self, fd: c_int) -> Self {
        Self { seek_back: Some(fd), ..self }
    }

    pub(super) fn path(&self) -> &std::path::Path {
        &self.path
    }

    pub(super) fn kind(&self) -> CallKind {
        self.kind
    }

    pub(super) fn call(&self, address: CallAddress) -> Call {
        Call {
            address,
            path: self.path.clone(),
            to: self.to.clone(),
            offset: self.offset,
            length: self.length,
            changes: self.kind.changes() || matches!(self.change, Change::Cut),
        }
    }
}
