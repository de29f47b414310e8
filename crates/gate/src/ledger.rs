//! What does a session remember, and what do its faults say to a call?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::address::{CallAddress, CallKind};
use crate::call::Call;
use crate::decider::{Decider, Decision};
use crate::errno::Errno;
use crate::fault::{FaultKind, Strike};
use crate::journal::{Effect, Journal};

/// What the threads of a session share.
pub(crate) struct Shared {
    pub(crate) root: Arc<Root>,
    pub(crate) decider: Option<Arc<dyn Decider>>,
    ledger: Mutex<Ledger>,
}

/// A root, under both of its names.
#[derive(Debug)]
pub(crate) struct Root {
    /// Without symbolic links, as the kernel tells the names of open files.
    pub(crate) canonical: PathBuf,
    /// As it was given, which is how a store may name its files.
    pub(crate) given: PathBuf,
}

impl Root {
    /// `path` from the root, if it is below it and has no `..`.
    pub(crate) fn strip<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        path.strip_prefix(&self.canonical).or_else(|_| path.strip_prefix(&self.given)).ok()
    }
}

/// A call outside of the root, or one whose effects cannot be seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Escape {
    /// What was called.
    pub kind: CallKind,
    /// Where: an absolute path, or a path from the root for a map that can be written.
    pub path: PathBuf,
    /// Whether it may change what is there.
    pub changes: bool,
}

#[derive(Debug, Default)]
struct Ledger {
    ordinals: BTreeMap<CallKind, u32>,
    calls: Vec<Call>,
    strike: Option<Strike>,
    struck: bool,
    full: bool,
    crashed: bool,
    journal: Option<Journal>,
    escapes: BTreeSet<Escape>,
    /// The names that were changed, while somebody wants to know.
    touched: Option<BTreeSet<PathBuf>>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("root", &self.root.canonical).finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn new(root: Arc<Root>, decider: Option<Arc<dyn Decider>>) -> Self {
        Self { root, decider, ledger: Mutex::default() }
    }

    /// The ledger is whole between any two of its changes, so a panic elsewhere does not matter.
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin_operation(&self) {
        let mut ledger = self.ledger();
        ledger.ordinals.clear();
        ledger.calls.clear();
    }

    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.ledger().calls)
    }

    pub(crate) fn strike(&self, strike: Strike) {
        let mut ledger = self.ledger();
        ledger.strike = Some(strike);
        ledger.struck = false;
    }

    pub(crate) fn struck(&self) -> bool {
        self.ledger().struck
    }

    pub(crate) fn heal(&self) {
        let mut ledger = self.ledger();
        ledger.strike = None;
        ledger.full = false;
    }

    pub(crate) fn crash(&self) {
        self.ledger().crashed = true;
    }

    pub(crate) fn revive(&self) {
        self.ledger().crashed = false;
    }

    pub(crate) fn is_crashed(&self) -> bool {
        self.ledger().crashed
    }

    pub(crate) fn keep_journal(&self) {
        self.ledger().journal = Some(Journal::default());
    }

    pub(crate) fn journal_length(&self) -> usize {
        self.ledger().journal.as_ref().map_or(0, Journal::len)
    }

    pub(crate) fn take_journal(&self) -> Journal {
        self.ledger().journal.take().unwrap_or_default()
    }

    pub(crate) fn escapes(&self) -> Vec<Escape> {
        self.ledger().escapes.iter().cloned().collect()
    }

    pub(crate) fn watch_names(&self) {
        self.ledger().touched = Some(BTreeSet::new());
    }

    pub(crate) fn names_watched(&self) -> BTreeSet<PathBuf> {
        self.ledger().touched.take().unwrap_or_default()
    }
}

/// What the hooks ask.
impl Shared {
    pub(crate) fn is_journaled(&self) -> bool {
        self.ledger().journal.is_some()
    }

    pub(crate) fn note_escape(&self, escape: Escape) {
        self.ledger().escapes.insert(escape);
    }

    /// Gives a call its address, and remembers it.
    pub(crate) fn announce(&self, kind: CallKind, call: impl FnOnce(CallAddress) -> Call) -> Call {
        let mut ledger = self.ledger();
        let before = ledger.ordinals.entry(kind).or_default();
        let call = call(CallAddress::after(kind, *before));
        *before += 1;
        ledger.calls.push(call.clone());
        call
    }

    /// What happens at a call: the decider speaks first, since it may block, and then the faults.
    pub(crate) fn decide(&self, call: &Call) -> Decision {
        let decided = self.decider.as_ref().map_or(Decision::Go, |decider| decider.before(call));
        if !call.address.kind().is_on_files() {
            return decided;
        }
        let mut ledger = self.ledger();
        let decision = match ledger.faults(call) {
            Decision::Go => decided,
            fault => fault,
        };
        if let Decision::Crash { .. } = decision {
            ledger.crashed = true;
        }
        decision
    }

    /// A short read or write came out shorter than it would have been.
    pub(crate) fn note_short(&self) {
        self.ledger().struck = true;
    }

    /// Remembers what a call changed.
    pub(crate) fn conclude(&self, call: &Call, effects: Vec<Effect>) {
        let mut ledger = self.ledger();
        if let Some(touched) = &mut ledger.touched
            && call.changes
        {
            touched.insert(call.path.clone());
            touched.extend(call.to.clone());
        }
        if let Some(journal) = &mut ledger.journal {
            journal.extend(call.address, effects);
        }
    }
}

impl Ledger {
    fn faults(&mut self, call: &Call) -> Decision {
        if self.crashed {
            return Decision::Fail(Errno::EIO);
        }
        let struck = self.strike.take_if(|strike| strike.at == call.address);
        if let Some(Strike { fault, .. }) = struck {
            // Whether a read or a write came out short is known when it is made.
            self.struck = fault != FaultKind::Short;
            match fault {
                FaultKind::Error(errno) => return Decision::Fail(errno),
                FaultKind::Short => return Decision::Short,
                FaultKind::Crash { half } => return Decision::Crash { half },
                FaultKind::FullDisk => self.full = true,
            }
        }
        if self.full && call.address.kind().needs_space() {
            return Decision::Fail(Errno::ENOSPC);
        }
        Decision::Go
    }
}
