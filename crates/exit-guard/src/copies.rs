//! Whether this process is a copy of the one that began: somebody called `fork`.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static IS_COPY: AtomicBool = AtomicBool::new(false);

static WAS_COPIED: AtomicBool = AtomicBool::new(false);

static WATCH: Once = Once::new();

/// Has [`is_copy`] and [`was_copied`] tell of copies from now on.
pub fn watch_copies() {
    WATCH.call_once(register);
}

/// Whether this process is a copy of the one that called [`watch_copies`], made by `fork`.
///
/// It costs no call of the system. A program that the process starts is no copy.
#[must_use]
pub fn is_copy() -> bool {
    IS_COPY.load(Ordering::Relaxed)
}

/// Whether this process was copied by `fork` since: to start a program may be one of the reasons.
#[must_use]
pub fn was_copied() -> bool {
    WAS_COPIED.load(Ordering::Relaxed)
}

/// Ends the process at once: no handler is asked, and what is to be dropped stays the original's.
pub fn leave(status: u8) -> ! {
    #[cfg(unix)]
    // SAFETY: it ends the process at once, and takes any number.
    #[expect(unsafe_code, reason = "`std::process::exit` asks handlers")]
    unsafe {
        libc::_exit(status.into())
    }
    #[cfg(not(unix))]
    std::process::exit(status.into())
}

#[cfg(unix)]
fn register() {
    // SAFETY: both stay as long as the process does, and do nothing but store a flag.
    #[expect(unsafe_code, reason = "the standard library has no `fork`")]
    let failed = unsafe { libc::pthread_atfork(None, Some(in_original), Some(in_copy)) } != 0;
    debug_assert!(!failed, "there is memory for one handler");
}

#[cfg(not(unix))]
fn register() {}

#[cfg(unix)]
extern "C" fn in_original() {
    WAS_COPIED.store(true, Ordering::Relaxed);
}

#[cfg(unix)]
extern "C" fn in_copy() {
    IS_COPY.store(true, Ordering::Relaxed);
}
