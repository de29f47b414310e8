//! A word when the process calls `exit`.

use std::sync::OnceLock;

/// Whether the process should not exit, and with which status it ends if so.
pub type AtExit = fn() -> Option<u8>;

static AT_EXIT: OnceLock<AtExit> = OnceLock::new();

/// Asks the handler whenever the process calls `exit`, on the thread that calls it; if the handler
/// gives a status, the process ends with that one, and without what else was to be done at its exit.
///
/// The first handler stays, and others are not asked. A process that ends by a signal, or by `_exit`,
/// asks nobody.
pub fn at_exit(handler: AtExit) {
    if AT_EXIT.set(handler).is_ok() {
        register();
    }
}

#[cfg(unix)]
fn register() {
    // SAFETY: `ask` is a function without captures, which stays as long as the process does, and
    // does not unwind: that a panic ends the process here is what `extern "C"` says.
    #[expect(unsafe_code, reason = "the standard library has no `atexit`")]
    let failed = unsafe { libc::atexit(ask) } != 0;
    debug_assert!(!failed, "there is room for 32 handlers at the least");
}

#[cfg(not(unix))]
fn register() {}

#[cfg(unix)]
extern "C" fn ask() {
    let Some(status) = AT_EXIT.get().and_then(|handler| handler()) else {
        return;
    };
    // SAFETY: it ends the process at once, and takes any number.
    #[expect(unsafe_code, reason = "`exit` must not be called while it runs")]
    unsafe {
        libc::_exit(status.into())
    }
}
