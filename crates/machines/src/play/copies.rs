//! Copies of the process that a store makes with `fork`.
//!
//! A copy that comes back from a question would play the rest of the campaign beside the original: it
//! would write a report of its own, and two processes would serve one connection. So it ends at once,
//! and the original hears of it.

use zarr_conform_exit_guard::{is_copy, leave, was_copied, watch_copies};

/// What a Rust test program ends with that failed; so does a copy.
pub(super) const FAILED: u8 = 101;

/// Has copies end when they come back, from now on.
pub(crate) fn watch() {
    watch_copies();
    #[cfg(unix)]
    line::open();
}

/// Ends the process if it is a copy; the original hears of those that ended since.
pub(crate) fn attend() {
    if is_copy() {
        #[cfg(unix)]
        line::tell();
        leave(FAILED);
    }
    #[cfg(unix)]
    if was_copied() {
        line::hear();
    }
}

/// The line from copies to the original.
#[cfg(unix)]
mod line {
    use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
    use std::process;
    use std::sync::OnceLock;

    use rustix::io::ioctl_fionbio;
    use rustix::process::{Pid, WaitOptions, waitpid};

    use crate::play::alarms;

    /// What is said of each copy.
    const CAME_BACK: &str = "the store called `fork`, and the copy of the process came back from a question: it was ended there";

    /// Where there is no room for it, copies end without a word.
    static LINE: OnceLock<Option<(PipeReader, PipeWriter)>> = OnceLock::new();

    pub(super) fn open() {
        LINE.get_or_init(|| {
            let (reader, writer) = pipe().ok()?;
            ioctl_fionbio(&reader, true).ok()?;
            Some((reader, writer))
        });
    }

    /// Tells the original which process this is.
    pub(super) fn tell() {
        if let Some(Some((_, writer))) = LINE.get() {
            // Nobody else can be told.
            let _ = (&*writer).write_all(&process::id().to_ne_bytes());
        }
    }

    pub(super) fn hear() {
        let Some(Some((reader, _))) = LINE.get() else {
            return;
        };
        let mut id = [0; 4];
        // A number is written, and read, as one.
        while (&*reader).read_exact(&mut id).is_ok() {
            alarms::raise(CAME_BACK);
            if let Some(copy) = Pid::from_raw(i32::from_ne_bytes(id)) {
                // It ends at once, and takes a place in the system until somebody asks for its status;
                // if the store did, there is none.
                let _ = waitpid(Some(copy), WaitOptions::empty());
            }
        }
    }
}
