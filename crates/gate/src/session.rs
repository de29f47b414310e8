//! How are the calls of some threads, below one directory, seen and decided?

use std::path::Path;
use std::sync::Arc;

use crate::armed::{self, Armed, Leading};
use crate::call::Call;
use crate::decider::Decider;
use crate::error::GateError;
use crate::fault::Strike;
use crate::hooks;
use crate::journal::Journal;
use crate::ledger::{Escape, Root, Shared};
use crate::snapshot::{Escaped, Snapshot};

/// The boundary calls on files below a root, of the threads that are armed for it.
///
/// All other calls pass unseen: those of other threads, on other files, of the standard streams. A
/// file is below the root by the name that the kernel has for it, so it does not matter who opened
/// it, when, under which name, and how often the descriptor was duplicated.
///
/// Clones are the same session.
#[derive(Clone, Debug)]
pub struct Session {
    shared: Arc<Shared>,
}

impl Session {
    /// A session that decides nothing until a [`Strike`] is set.
    ///
    /// # Errors
    ///
    /// Returns [`GateError::Root`] if the root is no directory, and [`GateError::Unsupported`]
    /// where calls cannot be seen.
    pub fn new(root: &Path) -> Result<Self, GateError> {
        Self::build(root, None)
    }

    /// A session whose calls are decided by somebody else, and by strikes.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_decider(root: &Path, decider: Arc<dyn Decider>) -> Result<Self, GateError> {
        Self::build(root, Some(decider))
    }

    fn build(root: &Path, decider: Option<Arc<dyn Decider>>) -> Result<Self, GateError> {
        Ok(Self::at(Self::look_up(root)?, decider))
    }

    /// A session whose root was looked up before: several share one.
    pub(crate) fn at(root: Arc<Root>, decider: Option<Arc<dyn Decider>>) -> Self {
        Self { shared: Arc::new(Shared::new(root, decider)) }
    }

    /// Looks up a root.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub(crate) fn look_up(root: &Path) -> Result<Arc<Root>, GateError> {
        if !hooks::are_linked() {
            return Err(GateError::Unsupported);
        }
        let wrong = |source| GateError::Root { path: root.to_owned(), source };
        let canonical = root.canonicalize().map_err(wrong)?;
        if !canonical.is_dir() {
            return Err(wrong(std::io::ErrorKind::NotADirectory.into()));
        }
        let given = std::path::absolute(root).map_err(wrong)?;
        Ok(Arc::new(Root { canonical, given }))
    }

    /// Arms this thread until the guard is dropped. Any number of threads may be armed at a time.
    ///
    /// # Errors
    ///
    /// Returns [`GateError::AlreadyArmed`] if the thread is armed, for this session or another one.
    pub fn arm(&self) -> Result<Armed, GateError> {
        Armed::new(Arc::clone(&self.shared))
    }

    /// Arms this thread until it ends: for `on_thread_start` of a runtime.
    ///
    /// # Errors
    ///
    /// As [`arm`](Self::arm).
    pub fn arm_until_thread_ends(&self) -> Result<(), GateError> {
        self.arm().map(Armed::keep)
    }

    /// Leads the threads that [`follow`](crate::follow) until the guard is dropped, once no other
    /// session does; nothing, if there was never such a thread.
    #[must_use = "the session leads while the guard lives"]
    pub fn lead(&self) -> Option<Leading> {
        Leading::begin(&self.shared)
    }

    /// Begins an operation: ordinals start at 1 again, and the record is empty.
    pub fn begin_operation(&self) {
        self.shared.begin_operation();
    }

    /// The calls since the operation began, or since they were last taken, in the order in which
    /// they were about to be made.
    #[must_use]
    pub fn take_calls(&self) -> Vec<Call> {
        self.shared.take_calls()
    }

    /// Sets the fault that strikes next; it replaces one that has not struck.
    pub fn strike(&self, strike: Strike) {
        self.shared.strike(strike);
    }

    /// Whether the last strike struck. A short read or write of less than two bytes is not short,
    /// so it does not count.
    #[must_use]
    pub fn struck(&self) -> bool {
        self.shared.struck()
    }

    /// Forgets a strike that has not struck, and frees a full disk. A crash stays.
    pub fn heal(&self) {
        self.shared.heal();
    }

    /// From now on every call fails with [`Errno::EIO`](crate::Errno::EIO) and changes nothing, until
    /// the session is revived.
    pub fn crash(&self) {
        self.shared.crash();
    }

    /// Ends a crash: what is opened from now on works again.
    pub fn revive(&self) {
        self.shared.revive();
    }

    /// Whether the session has crashed, and was not revived.
    #[must_use]
    pub fn is_crashed(&self) -> bool {
        self.shared.is_crashed()
    }

    /// Begins a journal of what calls change, with the bytes; it replaces an earlier one.
    pub fn keep_journal(&self) {
        self.shared.keep_journal();
    }

    /// How many changes the journal has by now.
    #[must_use]
    pub fn journal_length(&self) -> usize {
        self.shared.journal_length()
    }

    /// The journal, which ends by that. It is empty if none was kept.
    #[must_use]
    pub fn take_journal(&self) -> Journal {
        self.shared.take_journal()
    }

    /// What armed threads named outside of the root, and mapped into memory below it so that writes
    /// to it are not seen: each once, in order.
    #[must_use]
    pub fn escapes(&self) -> Vec<Escape> {
        self.shared.escapes()
    }

    /// Runs `body` and looks whether a file below the root was changed that no call of this session
    /// changed: by a store that enters the kernel past libc, by one that maps files, or by a thread
    /// that is not armed.
    ///
    /// Names, kinds, lengths and times are compared, not bytes. `body` arms what it wants to be
    /// seen.
    ///
    /// # Errors
    ///
    /// Returns [`Escaped`] with the names.
    pub fn verify<T>(&self, body: impl FnOnce() -> T) -> Result<T, Escaped> {
        let look = || armed::unseen(|| Snapshot::of(&self.shared.root.canonical));
        let before = look();
        self.shared.watch_names();
        let answer = body();
        let touched = self.shared.names_watched();
        before.compare(&look(), &touched).map(|()| answer)
    }
}
