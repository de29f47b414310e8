//! Files are locked and unlocked.
//!
//! Where somebody decides who goes first, a lock that would block is tried again when others have
//! gone on: the kernel must not hold the thread whose turn it is.

#![allow(unsafe_code, reason = "libc's functions are defined here")]

use std::cell::RefCell;
use std::ffi::{c_int, c_long};
use std::sync::Arc;

use super::define::jump_to;
use super::draft::Draft;
use super::kernel::{self, kernel};
use super::passage;
use crate::address::CallKind;
use crate::decider::{Decider, Resume, Wait};
use crate::ledger::Shared;

/// Each function of libc that is defined here.
pub(super) fn table() -> Vec<(&'static str, *const ())> {
    vec![
        ("flock", flock as *const ()),
        ("fcntl", fcntl as *const ()),
        ("fcntl64", fcntl64 as *const ()),
    ]
}

#[unsafe(no_mangle)]
unsafe extern "C" fn flock(fd: c_int, operation: c_int) -> c_int {
    let lock = |flags| {
        // SAFETY: no pointer is involved.
        unsafe { kernel!(libc::SYS_flock, fd, operation | flags) }
    };
    let draft = |session: &Shared| Draft::on_file(session, CallKind::Lock, fd);
    if operation & libc::LOCK_NB != 0 {
        // SAFETY: the draft names no buffer.
        return kernel::answer(unsafe { passage::pass(draft, |_| lock(0)) }) as c_int;
    }
    kernel::answer(patiently(draft, || lock(libc::LOCK_NB), || lock(0))) as c_int
}

#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn fcntl() {
    jump_to!(fcntl_with_argument)
}

#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn fcntl64() {
    jump_to!(fcntl_with_argument)
}

/// The kernel's answer goes back as it is. One question is asked by libc in another way: who owns a
/// socket's signals, if that is a group of processes.
unsafe extern "C" fn fcntl_with_argument(fd: c_int, command: c_int, argument: c_long) -> c_int {
    let enter = |command: c_int| {
        // SAFETY: the caller keeps libc's contract: the argument is what the command takes.
        unsafe { kernel!(libc::SYS_fcntl, fd, command, argument) }
    };
    let at_once = match command {
        libc::F_SETLKW | libc::F_SETLK => libc::F_SETLK,
        libc::F_OFD_SETLKW | libc::F_OFD_SETLK => libc::F_OFD_SETLK,
        _ => return kernel::answer(enter(command)) as c_int,
    };
    let draft = |session: &Shared| Draft::on_file(session, CallKind::Lock, fd);
    if at_once == command {
        // SAFETY: the draft names no buffer.
        return kernel::answer(unsafe { passage::pass(draft, |_| enter(command)) }) as c_int;
    }
    kernel::answer(patiently(draft, || enter(at_once), || enter(command))) as c_int
}

/// Locks at once, or asks when to try again; blocks in the kernel if nobody wants to be asked.
fn patiently(
    draft: impl FnOnce(&Shared) -> Option<Draft>,
    at_once: impl Fn() -> isize,
    blocking: impl Fn() -> isize,
) -> isize {
    let asked: RefCell<Option<Arc<dyn Decider>>> = RefCell::new(None);
    let draft = |session: &Shared| {
        let draft = draft(session)?;
        asked.borrow_mut().clone_from(&session.decider);
        Some(draft)
    };
    let real = |_| {
        let Some(decider) = asked.take() else { return blocking() };
        loop {
            let answer = at_once();
            if !matches!(kernel::error_in(answer), Some(libc::EAGAIN | libc::EACCES)) {
                return answer;
            }
            match decider.blocked(Wait::FileLock) {
                Resume::Kernel => return blocking(),
                Resume::Retry => {}
                Resume::TimedOut => return answer,
            }
        }
    };
    // SAFETY: the draft names no buffer.
    unsafe { passage::pass(draft, real) }
}
