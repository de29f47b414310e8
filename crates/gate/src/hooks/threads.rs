//! Threads wait for each other, give way, sleep, and draw random bytes; and whatever is called by
//! its number.

#![allow(unsafe_code, reason = "libc's functions are defined here")]

use std::ffi::{c_int, c_long, c_uint, c_void};
use std::ptr::{with_exposed_provenance as pointer, with_exposed_provenance_mut as pointer_mut};
use std::sync::atomic::{AtomicU32, Ordering};

use libc::{clockid_t, size_t, ssize_t, timespec};

use super::define::hooks;
use super::draft::Draft;
use super::kernel::{self, kernel};
use super::{attributes, files, names, opening, passage, transfer};
use crate::address::CallKind;
use crate::armed;
use crate::decider::{Resume, Wait};
use crate::ledger::{Escape, Shared};

hooks! {
    fn sched_yield() -> c_int {
        |session| decided(session, CallKind::Yield);
        |_| kernel!(libc::SYS_sched_yield)
    }
    fn nanosleep(time: *const timespec, left: *mut timespec) -> c_int {
        |session| decided(session, CallKind::Sleep);
        |_| kernel!(libc::SYS_nanosleep, time, left)
    }
    jumps {
        clock_nanosleep => clock_nanosleep_or_error;
        getrandom => getrandom_or_drawn;
        syscall => syscall_with_arguments;
    }
}

/// A call that only a decider cares for: it is neither counted nor recorded without one.
fn decided(session: &Shared, kind: CallKind) -> Option<Draft> {
    session.decider.is_some().then(|| Draft::of(kind))
}

/// The error is the answer.
unsafe extern "C" fn clock_nanosleep_or_error(
    clock: clockid_t,
    flags: c_int,
    time: *const timespec,
    left: *mut timespec,
) -> c_int {
    // SAFETY: the caller keeps libc's contract, and the draft names no buffer.
    let answer = unsafe {
        passage::pass(
            |session| decided(session, CallKind::Sleep),
            |_| kernel!(libc::SYS_clock_nanosleep, clock, flags, time, left),
        )
    };
    kernel::error_in(answer).unwrap_or(0)
}

unsafe extern "C" fn getrandom_or_drawn(
    buffer: *mut c_void,
    length: size_t,
    flags: c_uint,
) -> ssize_t {
    let drawn = armed::deciding(|session| {
        let decider = session.decider.as_ref()?;
        // What is behind the pointer may be without a value yet, so there is no slice of it.
        let mut bytes = vec![0_u8; length];
        decider.random(&mut bytes).then_some(bytes)
    });
    match drawn.flatten() {
        Some(bytes) => {
            // SAFETY: the caller keeps libc's contract: so many bytes can be written.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), buffer.cast::<u8>(), length) };
            length.cast_signed()
        }
        // SAFETY: the same contract.
        None => kernel::answer(unsafe { kernel!(libc::SYS_getrandom, buffer, length, flags) }),
    }
}

/// All that is called by its number. Seven arguments are what `syscall` of C libraries passes on,
/// too; the last is on the stack on x86-64, where there is always something to read above a return
/// address.
unsafe extern "C" fn syscall_with_arguments(
    number: c_long,
    first: usize,
    second: usize,
    third: usize,
    fourth: usize,
    fifth: usize,
    sixth: usize,
) -> c_long {
    let arguments = [first, second, third, fourth, fifth, sixth];
    // SAFETY: the caller keeps the contract of the system call.
    unsafe {
        if armed::is_armed()
            && let Some(answer) = by_number(number, arguments)
        {
            return answer as c_long;
        }
        kernel::answer(kernel::enter(number, arguments)) as c_long
    }
}

/// The calls that are boundary calls, or threads waiting for each other; `None` for all others.
///
/// # Safety
///
/// The arguments are those of the call.
unsafe fn by_number(number: c_long, arguments: [usize; 6]) -> Option<isize> {
    let [first, second, third, fourth, fifth, _] = arguments;
    let fd = |word: usize| word.cast_signed() as c_int;
    // SAFETY: the caller of this function answers for the arguments.
    Some(unsafe {
        match number {
            libc::SYS_futex => kernel::answer(futex(arguments)),
            libc::SYS_read => transfer::read(fd(first), pointer_mut(second), third),
            libc::SYS_write => transfer::write(fd(first), pointer(second), third),
            libc::SYS_pread64 => transfer::pread64(
                fd(first),
                pointer_mut(second),
                third,
                fourth.cast_signed() as i64,
            ),
            libc::SYS_pwrite64 => {
                transfer::pwrite64(fd(first), pointer(second), third, fourth.cast_signed() as i64)
            }
            libc::SYS_copy_file_range => transfer::copy_file_range(
                fd(first),
                pointer_mut(second),
                fd(third),
                pointer_mut(fourth),
                fifth,
                arguments[5] as c_uint,
            ),
            libc::SYS_openat => {
                opening::openat_with_mode(fd(first), pointer(second), fd(third), fourth as u32)
                    as isize
            }
            libc::SYS_openat2 => {
                opening::openat2(fd(first), pointer(second), pointer(third), fourth) as isize
            }
            libc::SYS_fsync => files::fsync(fd(first)) as isize,
            libc::SYS_fdatasync => files::fdatasync(fd(first)) as isize,
            libc::SYS_ftruncate => {
                files::ftruncate64(fd(first), second.cast_signed() as i64) as isize
            }
            libc::SYS_renameat2 => names::renameat2(
                fd(first),
                pointer(second),
                fd(third),
                pointer(fourth),
                fifth as c_uint,
            ) as isize,
            libc::SYS_unlinkat => names::unlinkat(fd(first), pointer(second), fd(third)) as isize,
            libc::SYS_mkdirat => names::mkdirat(fd(first), pointer(second), third as u32) as isize,
            libc::SYS_linkat => {
                names::linkat(fd(first), pointer(second), fd(third), pointer(fourth), fd(fifth))
                    as isize
            }
            libc::SYS_statx => attributes::statx(
                fd(first),
                pointer(second),
                fd(third),
                fourth as c_uint,
                pointer_mut(fifth),
            ) as isize,
            libc::SYS_getrandom => getrandom_or_drawn(pointer_mut(first), second, third as c_uint),
            libc::SYS_sched_yield => sched_yield() as isize,
            libc::SYS_io_uring_setup => {
                armed::deciding(note_ring);
                return None;
            }
            _ => return None,
        }
    })
}

/// What goes through a ring of requests is not seen.
fn note_ring(session: &Shared) {
    let path = "io_uring".into();
    session.note_escape(Escape { kind: CallKind::Write, path, changes: true });
}

/// A thread waits, or wakes others.
///
/// # Safety
///
/// The arguments are those of the call.
unsafe fn futex(arguments: [usize; 6]) -> isize {
    let [address, operation, value, timeout, ..] = arguments;
    let flags = libc::FUTEX_PRIVATE_FLAG | libc::FUTEX_CLOCK_REALTIME;
    let decided = match operation.cast_signed() as c_int & !flags {
        libc::FUTEX_WAIT | libc::FUTEX_WAIT_BITSET => armed::deciding(|session| {
            let decider = session.decider.as_ref()?;
            // SAFETY: the caller of this function answers for the word, which is one that threads
            // share.
            let word = unsafe { AtomicU32::from_ptr(pointer_mut(address)) };
            if word.load(Ordering::SeqCst) != value as u32 {
                return Some(-(libc::EAGAIN as isize));
            }
            match decider.blocked(Wait::Futex { address, timed: timeout != 0 }) {
                Resume::Kernel => None,
                Resume::Retry => Some(0),
                Resume::TimedOut => Some(-(libc::ETIMEDOUT as isize)),
            }
        }),
        libc::FUTEX_WAKE | libc::FUTEX_WAKE_BITSET => armed::deciding(|session| {
            session.decider.as_ref()?.woken(address, value as u32);
            // Others, which are not armed, may wait in the kernel.
            None
        }),
        _ => None,
    };
    // SAFETY: the caller of this function answers for the arguments.
    decided.flatten().unwrap_or_else(|| unsafe { kernel::enter(libc::SYS_futex, arguments) })
}
