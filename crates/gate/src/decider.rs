//! Who decides what happens at a boundary call?

use crate::call::Call;
use crate::errno::Errno;

/// What happens at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is made.
    Go,
    /// It fails, and nothing is done.
    Fail(Errno),
    /// Half of the bytes are read or written, and at least one; as [`Go`](Self::Go) for other
    /// calls.
    Short,
    /// It and every call after it fails with [`Errno::EIO`].
    Crash {
        /// Whether the first half of the bytes of a write is written before.
        half: bool,
    },
    /// It succeeds without the kernel: for yields and sleeps, in virtual time. As [`Go`](Self::Go)
    /// for calls on files.
    Skip,
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Until a futex is woken: a lock or a condition of std or of `parking_lot`.
    Futex {
        /// Which one.
        address: usize,
        /// Whether it waits for a limited time.
        timed: bool,
    },
    /// Until somebody unlocks a file.
    FileLock,
}

/// How a wait goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// The kernel waits.
    Kernel,
    /// The wait is over, or is to be looked at again.
    Retry,
    /// The limited time is over.
    TimedOut,
}

/// Decides at the boundary calls of a session.
///
/// It is asked on the calling thread, before the call, and may block there: the thread holds no
/// lock of libc. What it calls itself is seen by no session. It must not panic, as that ends the
/// process: its callers are C functions.
pub trait Decider: Send + Sync {
    /// What happens at this call. The faults of the session come after it.
    fn before(&self, call: &Call) -> Decision {
        let _ = call;
        Decision::Go
    }

    /// The thread would wait now. It comes back when the thread may look again.
    fn blocked(&self, wait: Wait) -> Resume {
        let _ = wait;
        Resume::Kernel
    }

    /// The thread wakes up to `count` threads that wait for a futex; the kernel is told afterwards.
    fn woken(&self, address: usize, count: u32) {
        let _ = (address, count);
    }

    /// Fills `bytes` in place of the kernel's randomness; or says `false`, and leaves it to the
    /// kernel.
    fn random(&self, bytes: &mut [u8]) -> bool {
        let _ = bytes;
        false
    }
}
