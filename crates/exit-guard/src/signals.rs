//! A word when a signal ends the process.

use std::fmt;
use std::sync::OnceLock;

/// Says what there is to say of a signal, by its name.
///
/// It is called in the midst of anything, so it must neither allocate nor wait: it writes.
pub type Say = fn(signal: &str, to: &mut dyn fmt::Write) -> fmt::Result;

static SAY: OnceLock<Say> = OnceLock::new();

/// Has a word on standard error before a signal ends the process, on the thread that it comes to.
///
/// Those are meant that end a process for its own doing. A signal that somebody else handles or
/// ignores says nothing, but for those of the standard library, which come after: a stack overflow is
/// still called one. Ctrl-C, SIGTERM and SIGKILL are of others' doing. The first to ask for it stays.
pub fn at_signal(say: Say) {
    if SAY.set(say).is_ok() {
        signals::watch();
    }
}

#[cfg(not(unix))]
mod signals {
    pub(super) fn watch() {}
}

#[cfg(unix)]
mod signals {
    use std::fmt;
    use std::mem::MaybeUninit;
    use std::ptr;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};

    use libc::{c_int, c_void, sigaction, siginfo_t};

    /// Each signal, and what there was to do about it before.
    static SIGNALS: [(c_int, &str, OnceLock<sigaction>); 15] = [
        (libc::SIGABRT, "SIGABRT", OnceLock::new()),
        (libc::SIGALRM, "SIGALRM", OnceLock::new()),
        (libc::SIGBUS, "SIGBUS", OnceLock::new()),
        (libc::SIGFPE, "SIGFPE", OnceLock::new()),
        (libc::SIGILL, "SIGILL", OnceLock::new()),
        (libc::SIGIO, "SIGIO", OnceLock::new()),
        (libc::SIGPROF, "SIGPROF", OnceLock::new()),
        (libc::SIGSEGV, "SIGSEGV", OnceLock::new()),
        (libc::SIGSYS, "SIGSYS", OnceLock::new()),
        (libc::SIGTRAP, "SIGTRAP", OnceLock::new()),
        (libc::SIGUSR1, "SIGUSR1", OnceLock::new()),
        (libc::SIGUSR2, "SIGUSR2", OnceLock::new()),
        (libc::SIGVTALRM, "SIGVTALRM", OnceLock::new()),
        (libc::SIGXCPU, "SIGXCPU", OnceLock::new()),
        (libc::SIGXFSZ, "SIGXFSZ", OnceLock::new()),
    ];

    /// Signals of an instruction that comes again, and the signal with it, where nobody sent them.
    const COMES_AGAIN: [c_int; 4] = [libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGSEGV];

    /// Signals that the standard library handles, to tell stack overflows.
    const OF_STD: [c_int; 2] = [libc::SIGBUS, libc::SIGSEGV];

    /// Whether something was said: what comes after is of the same cause.
    static HAS_SAID: AtomicBool = AtomicBool::new(false);

    pub(super) fn watch() {
        for (number, _, before) in &SIGNALS {
            let Some(old) = current(*number) else { continue };
            if old.sa_sigaction != libc::SIG_DFL && !OF_STD.contains(number) {
                continue;
            }
            let mut new = old;
            new.sa_sigaction = on_signal as *const () as usize;
            // A stack overflow leaves no room but on the other stack.
            new.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            before.get_or_init(|| old);
            set(*number, &new);
        }
    }

    fn current(number: c_int) -> Option<sigaction> {
        let mut old = MaybeUninit::uninit();
        // SAFETY: there is room for what it writes, and it writes all of it if it gives 0.
        #[expect(unsafe_code, reason = "the standard library has no signals")]
        unsafe {
            (sigaction(number, ptr::null(), old.as_mut_ptr()) == 0).then(|| old.assume_init())
        }
    }

    fn set(number: c_int, action: &sigaction) {
        // SAFETY: the action is one that was there, or that with `on_signal`, which takes the three
        // arguments that the flag asks for, and does nothing but what may be done in a handler.
        #[expect(unsafe_code, reason = "the standard library has no signals")]
        unsafe {
            sigaction(number, action, ptr::null_mut());
        }
    }

    extern "C" fn on_signal(number: c_int, info: *const siginfo_t, _: *mut c_void) {
        let Some((_, name, before)) = SIGNALS.iter().find(|(signal, ..)| *signal == number) else {
            return;
        };
        if !HAS_SAID.swap(true, Ordering::Relaxed)
            && let Some(say) = super::SAY.get()
        {
            // Nobody else can be told.
            let _ = say(name, &mut StandardError);
        }
        let Some(mut before) = before.get().copied() else { return };
        // SAFETY: the kernel gives what it knows of the signal.
        #[expect(unsafe_code, reason = "the standard library has no signals")]
        let was_sent = unsafe { (*info).si_code } <= 0;
        if !was_sent && COMES_AGAIN.contains(&number) {
            set(number, &before);
            return;
        }
        // The standard library takes one that does not come again for nothing.
        before.sa_sigaction = libc::SIG_DFL;
        set(number, &before);
        // SAFETY: it takes any number; the signal waits until this handler returns.
        #[expect(unsafe_code, reason = "the standard library has no signals")]
        unsafe {
            libc::raise(number);
        }
    }

    /// Standard error without a lock, which the thread may hold that was interrupted.
    struct StandardError;

    impl fmt::Write for StandardError {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            // Not `libc::write`, before which the program may have put something that takes more room than
            // there is on the other stack.
            rustix::io::write(rustix::stdio::stderr(), text.as_bytes())
                .map(drop)
                .map_err(|_| fmt::Error)
        }
    }
}
