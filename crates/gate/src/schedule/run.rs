//! How are callers run on threads, one at a time?

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::plan::{Caller, Schedule, Switch};
use super::turns::{End, Step, Turns};
use crate::call::Call;
use crate::decider::{Decider, Decision, Resume, Wait};
use crate::error::GateError;
use crate::session::Session;

/// What a caller does.
pub type Body<T> = Box<dyn FnOnce(&Branch) -> T + Send>;

/// What a caller knows of its run.
#[derive(Clone)]
pub struct Branch {
    session: Session,
    turns: Arc<Turns>,
    caller: Caller,
}

impl std::fmt::Debug for Branch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Branch").field("caller", &self.caller).finish_non_exhaustive()
    }
}

impl Branch {
    /// Who it is.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.caller
    }

    /// The session of this caller alone, for which its thread is armed: faults may strike it.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Goes on with the caller's next operation: ordinals start at 1 again.
    pub fn next_operation(&self) {
        self.session.begin_operation();
        self.turns.next_operation(self.caller.index());
    }
}

/// What happened in a run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Run<T> {
    /// What each caller answered, or its panic; `None` if it is not through.
    pub answers: Vec<Option<thread::Result<T>>>,
    /// The calls, in the order in which callers came to them. A caller that is switched away there
    /// makes its call when its turn comes back.
    pub trace: Vec<Step>,
    /// How it ended.
    pub end: End,
    /// The switches of the schedule that did not happen: there was no such call, or the other
    /// caller could not go on.
    pub missed: Vec<Switch>,
}

/// Decides for one caller.
struct InTurn {
    turns: Arc<Turns>,
    me: usize,
    /// A stream of random bytes of this caller, the same in every run.
    random: AtomicU64,
}

impl Decider for InTurn {
    fn before(&self, call: &Call) -> Decision {
        self.turns.step(self.me, call)
    }

    fn blocked(&self, wait: Wait) -> Resume {
        self.turns.blocked(self.me, wait)
    }

    fn woken(&self, address: usize, count: u32) {
        self.turns.woken(address, count);
    }

    fn random(&self, bytes: &mut [u8]) -> bool {
        for chunk in bytes.chunks_mut(8) {
            let drawn = split_mix(self.random.fetch_add(1, Ordering::Relaxed)).to_le_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
        true
    }
}

/// The output function of `SplitMix64`.
fn split_mix(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Runs callers on files below a root, in the order of a schedule.
///
/// Each runs on a thread of its own, armed for a session of its own. The same schedule gives the
/// same run, as long as callers draw nothing from clocks, addresses or threads that take no part.
///
/// # Errors
///
/// As [`Session::new`].
pub fn run<T: Send + 'static>(
    root: &Path,
    schedule: &Schedule,
    callers: Vec<Body<T>>,
) -> Result<Run<T>, GateError> {
    let turns = Arc::new(Turns::new(callers.len(), schedule));
    let root = Session::look_up(root)?;
    let branches = (0..callers.len()).map(|me| {
        let random = AtomicU64::new((me as u64 + 1) << 32);
        let decider: Arc<dyn Decider> = Arc::new(InTurn { turns: Arc::clone(&turns), me, random });
        let session = Session::at(Arc::clone(&root), Some(decider));
        Branch { session, turns: Arc::clone(&turns), caller: Caller::at(me) }
    });
    let branches: Vec<Branch> = branches.collect();
    let answers = Arc::new(Mutex::new((0..callers.len()).map(|_| None).collect::<Vec<_>>()));
    let threads: Vec<_> = branches
        .into_iter()
        .zip(callers)
        .map(|(branch, body)| {
            let answers = Arc::clone(&answers);
            thread::spawn(move || {
                let me = branch.caller.index();
                branch.turns.wait_for_turn(me);
                let answer = catch_unwind(AssertUnwindSafe(|| in_session(&branch, body)));
                answers.lock().unwrap_or_else(PoisonError::into_inner)[me] = Some(answer);
                branch.turns.finish(me);
            })
        })
        .collect();
    let (end, trace, missed) = turns.wait_for_end();
    if end == End::Done {
        for thread in threads {
            // It catches the panics of its caller.
            let _ = thread.join();
        }
    }
    let answers = std::mem::take(&mut *answers.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Run { answers, trace, end, missed })
}

fn in_session<T>(branch: &Branch, body: Body<T>) -> T {
    let _armed = branch.session.arm().expect("a new thread is not armed");
    body(branch)
}
