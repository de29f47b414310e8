//! How do threads that take turns hand them over quickly?

#![allow(unsafe_code, reason = "the system is asked about cores with pointers")]

/// Runs `body` with this thread, and all that are started in it, on the core where it is.
///
/// Callers that take turns gain nothing from a second core, and lose by waking it up: a run is up
/// to five times as fast on one. A store that counts cores while it is run counts one. Nothing is
/// done where the system does not let it.
pub fn on_one_core<T>(body: impl FnOnce() -> T) -> T {
    let _pinned = pinned::Pinned::new();
    body()
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod pinned {
    use std::mem::{MaybeUninit, size_of};

    use libc::cpu_set_t;

    /// This thread is on one core, until it is let go.
    pub(super) struct Pinned {
        before: cpu_set_t,
    }

    impl Pinned {
        pub(super) fn new() -> Option<Self> {
            let mut before = MaybeUninit::<cpu_set_t>::uninit();
            // SAFETY: so many bytes can be written, and zeros are the empty set.
            let before = unsafe {
                before.as_mut_ptr().write_bytes(0, 1);
                if libc::sched_getaffinity(0, size_of::<cpu_set_t>(), before.as_mut_ptr()) != 0 {
                    return None;
                }
                before.assume_init()
            };
            // SAFETY: no pointer is involved.
            let core = usize::try_from(unsafe { libc::sched_getcpu() }).ok()?;
            let mut one = before;
            // SAFETY: both are on a set of this thread's stack, and check how many cores it has.
            unsafe {
                libc::CPU_ZERO(&mut one);
                libc::CPU_SET(core, &mut one);
            }
            set(&one).then_some(Self { before })
        }
    }

    impl Drop for Pinned {
        fn drop(&mut self) {
            set(&self.before);
        }
    }

    fn set(cores: &cpu_set_t) -> bool {
        // SAFETY: the set can be read, and 0 is this thread.
        unsafe { libc::sched_setaffinity(0, size_of::<cpu_set_t>(), cores) == 0 }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod pinned {
    pub(super) struct Pinned;

    impl Pinned {
        pub(super) fn new() -> Option<Self> {
            None
        }
    }
}
