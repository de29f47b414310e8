//! What happens between a call of C and the kernel?

#![allow(unsafe_code, reason = "the caller's buffers are read for the journal")]

use super::draft::Draft;
use super::kernel::{self, kernel};
use crate::address::CallKind;
use crate::armed;
use crate::decider::Decision;
use crate::errno::Errno;
use crate::ledger::Shared;

/// Asks the session of this thread, if there is one and it is a boundary call, and enters the
/// kernel.
///
/// `real` takes the number of bytes that it is limited to. The answer is the kernel's.
///
/// # Safety
///
/// The buffers that the draft names can be read until this returns.
#[inline]
pub(super) unsafe fn pass(
    draft: impl FnOnce(&Shared) -> Option<Draft>,
    real: impl Fn(Option<usize>) -> isize,
) -> isize {
    let decided = armed::deciding(|session| {
        // SAFETY: the caller of this function answers for it.
        draft(session).map(|draft| unsafe { decide(session, draft, &real) })
    });
    decided.flatten().unwrap_or_else(|| real(None))
}

/// # Safety
///
/// As for [`pass`].
unsafe fn decide(
    session: &Shared,
    mut draft: Draft,
    real: &dyn Fn(Option<usize>) -> isize,
) -> isize {
    let kind = draft.kind();
    let call = session.announce(kind, |address| draft.call(address));
    let decision = session.decide(&call);
    let is_journaled = session.is_journaled();
    if is_journaled {
        draft.change.prepare();
    }
    let half = call.length.map_or(0, |length| length as usize) / 2;
    let answer = match decision {
        Decision::Fail(errno) => return -(errno.number() as isize),
        Decision::Crash { half: true } if kind == CallKind::Write && half > 0 => real(Some(half)),
        Decision::Crash { .. } => return -(Errno::EIO.number() as isize),
        Decision::Skip if !kind.is_on_files() => return 0,
        Decision::Short if kind == CallKind::Write && half > 0 => {
            session.note_short();
            real(Some(half))
        }
        Decision::Short if kind == CallKind::Read => short_read(session, &draft, real(None)),
        Decision::Go | Decision::Short | Decision::Skip => real(None),
    };
    if kernel::error_in(answer).is_none() {
        let effects = if is_journaled {
            // SAFETY: the caller of this function answers for it.
            unsafe { draft.change.effects(&call, answer) }
        } else {
            Vec::new()
        };
        session.conclude(&call, effects);
    }
    match decision {
        Decision::Crash { .. } => -(Errno::EIO.number() as isize),
        _ => answer,
    }
}

/// Half of what was read: how much there is to read is known only then. What is behind it in the
/// buffer is not for the caller, who is told the number.
fn short_read(session: &Shared, draft: &Draft, answer: isize) -> isize {
    if answer < 2 {
        return answer;
    }
    let kept = answer / 2;
    if let Some(fd) = draft.seek_back {
        // SAFETY: no pointer is involved.
        unsafe { kernel!(libc::SYS_lseek, fd, kept - answer, libc::SEEK_CUR) };
    }
    session.note_short();
    kept
}
