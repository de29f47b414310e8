//! The port: what is asked of a store under test, and of the adapter that opens it.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use zarr_conform_model::contract::Traffic;
use zarr_conform_model::plan::Fault;
use zarr_conform_model::{
    Capabilities, Declaration, Dialect, Names, Operation, Outcome, ReferenceModel,
};
use zarrs_storage::{Bytes, StoreKey};

use crate::trace::Trace;
use crate::turns::{Chooser, TurnsEnd};
use crate::words::words_of;

/// Everything that a store holds: the value of each key, in the byte order of the keys.
///
/// Whoever opens a store over contents makes of them what the store reads: an archive, a packed file,
/// the answers of a server. Directories are not in it, since they are no more than what the keys
/// say, and a value may have no bytes.
///
/// # Examples
///
/// ```
/// use zarr_conform_store::Contents;
///
/// fn pack(contents: &Contents) -> Vec<u8> {
///     let mut packed = Vec::new();
///     for (key, value) in contents {
///         packed.extend(format!("{} {}\n", key.as_str(), value.len()).bytes());
///         packed.extend(value);
///     }
///     packed
/// }
/// # assert!(pack(&Contents::new()).is_empty());
/// ```
pub type Contents = BTreeMap<StoreKey, Bytes>;

/// A store that can be asked operations.
///
/// Panics are caught and deadlines kept by whoever asks; an implementation only translates.
pub trait StoreUnderTest: Send {
    /// Asks one operation, with the table that its ids belong to.
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome;

    /// Asks one operation, with what is to go wrong on its way to the files or the service below, and
    /// says what was seen there.
    ///
    /// Everything works again when this returns. Of a fault that
    /// [ends the store](Fault::ends_the_store), it is opened anew at its place, and the outcome is that
    /// of opening it.
    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        let _ = way;
        self.answer(names, operation)
    }

    /// The directory that all its files are in, if it keeps files and [`Operation::Reopen`] opens it
    /// there again.
    fn place(&self) -> Option<&Path> {
        None
    }

    /// How callers ask it at the same time; none, if it is asked by one at a time.
    fn callers(&mut self) -> Option<&mut dyn Callers> {
        None
    }

    /// Drops the store, and says what became of it: done, if nothing is left of it.
    #[must_use = "it says what became of the store"]
    fn close(self: Box<Self>) -> Outcome {
        drop(self);
        Outcome::Done
    }

    /// What the service below the store has been asked so far, if somebody counts it; a store that
    /// does declares [`Capabilities::traffic`](zarr_conform_model::Capabilities::traffic).
    fn traffic(&self) -> Option<Traffic> {
        None
    }
}

/// A store that callers ask at the same time: each on a thread, through a handle of its own, or all with
/// futures that are polled in turns.
pub trait Callers {
    /// The same store once more, for another caller; none, if callers ask with futures.
    ///
    /// [`Operation::Reopen`] is asked of the first one alone, when all others are gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use zarr_conform_model::{Outcome, Plan};
    /// use zarr_conform_store::{Callers, StoreUnderTest, ZarrsStore};
    /// use zarrs_storage::store::MemoryStore;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let plan: Plan = "set a \"x\"; get a".parse()?;
    /// let mut store = ZarrsStore::of(Arc::new(MemoryStore::new()));
    /// let mut other = store.share().expect("it has a lock").store;
    /// other.answer(plan.names(), &plan.steps()[0].operation);
    /// let read = store.answer(plan.names(), &plan.steps()[1].operation);
    /// assert_eq!(read, Outcome::Value("x".into()));
    /// # Ok(())
    /// # }
    /// ```
    fn share(&mut self) -> Option<Handle>;

    /// A second store, opened at the same place while this one is open; none, if there is no such place. A
    /// store that gives one declares
    /// [`Capabilities::second_handle`](zarr_conform_model::Capabilities::second_handle).
    ///
    /// # Errors
    ///
    /// Returns an [`OpenError`] if it cannot be opened.
    fn open_second(&mut self) -> Result<Option<Box<dyn StoreUnderTest>>, OpenError> {
        Ok(None)
    }

    /// Asks what each of some callers asks, one operation after the other, in futures that are polled one
    /// at a time; none, if it is not asked with futures, or if somebody else wakes them.
    fn answer_in_turns(
        &mut self,
        names: &Names,
        callers: &[Vec<Operation>],
        chooser: &mut dyn Chooser,
    ) -> Option<TurnsEnd> {
        let _ = (names, callers, chooser);
        None
    }
}

/// The same store once more, for another caller.
pub struct Handle {
    /// The store.
    pub store: Box<dyn StoreUnderTest>,
    /// Whether threads of others have a part in what it is asked: those of a runtime, a pool or a
    /// service.
    ///
    /// Callers of such a store wait for threads that nobody sees; so they ask in whatever order comes
    /// of it, and not in turns.
    pub has_other_threads: bool,
}

impl Handle {
    /// Of a store that does all that it is asked on the thread that asks.
    #[must_use]
    pub fn on_callers_thread(store: impl StoreUnderTest + 'static) -> Self {
        Self { store: Box::new(store), has_other_threads: false }
    }

    /// Of a store that has other threads do it, or wake whoever waits.
    #[must_use]
    pub fn on_other_threads(store: impl StoreUnderTest + 'static) -> Self {
        Self { store: Box::new(store), has_other_threads: true }
    }

    /// With a store around it.
    #[must_use]
    pub fn wrapped<S: StoreUnderTest + 'static>(
        self,
        wrap: impl FnOnce(Box<dyn StoreUnderTest>) -> S,
    ) -> Self {
        Self { store: Box::new(wrap(self.store)), ..self }
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle")
            .field("has_other_threads", &self.has_other_threads)
            .finish_non_exhaustive()
    }
}

/// The way of one operation to the files or the service below a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// What is to go wrong.
    pub fault: Option<Fault>,
    /// Whether it found the call that it was to strike; always, if nothing is to go wrong.
    pub struck: bool,
    /// What could have gone wrong, in the order of what the operation does there.
    pub faults: Vec<Fault>,
    /// Whether something changed at the store's place though no call was seen that changed it.
    pub escaped: bool,
}

/// A kind of store: how to open a fresh one and what it promises.
///
/// `zarr_conform_machines::store_machine` makes one of a closure.
pub trait Adapter: Send + Sync {
    /// The name in reports and in replay commands: `fs` or `fs:sorted`.
    fn name(&self) -> &str;

    /// What the store can be asked; all of `zarrs_storage`'s traits, if the adapter does not say.
    fn capabilities(&self) -> Capabilities {
        Capabilities::ZARRS
    }

    /// What the store documents where the contract leaves it open; nothing, if the adapter does not
    /// say.
    fn dialect(&self) -> Dialect {
        Dialect::ZARRS
    }

    /// Both together.
    fn declared(&self) -> Declaration {
        Declaration { capabilities: self.capabilities(), dialect: self.dialect() }
    }

    /// The model of an empty store over these names, if it is another one than the dialect asks for.
    ///
    /// Plans are drawn for the dialect; the model says which answers are right.
    fn model(&self, names: &Arc<Names>) -> Option<ReferenceModel> {
        let _ = names;
        None
    }

    /// The crates that its stores are of, each with its version; none, if the adapter does not say.
    ///
    /// Reports name them, so that whoever mends a store knows which one it was.
    fn tested(&self) -> &[(&'static str, &'static str)] {
        &[]
    }

    /// Disagreements that are known, in the TOML form that `zarr_conform_machines::KnownIssue`
    /// reads; none, if the adapter does not say.
    fn known_issues(&self) -> &str {
        ""
    }

    /// Whether faults can strike its stores; see [`StoreUnderTest::answer_on_way`].
    fn injects(&self) -> bool {
        false
    }

    /// Disagreements that are known and take a fault, as [`known_issues`](Self::known_issues) has
    /// them; none, if the adapter does not say.
    fn known_fault_issues(&self) -> &str {
        ""
    }

    /// Disagreements that are known and take callers at the same time, as
    /// [`known_issues`](Self::known_issues) has them; none, if the adapter does not say.
    fn known_concurrent_issues(&self) -> &str {
        ""
    }

    /// What its stores are made of, if they are a library over stores of another adapter.
    fn layered(&self) -> Option<&dyn Layered> {
        None
    }

    /// Opens a store that is empty and shares nothing with any other.
    ///
    /// # Errors
    ///
    /// Returns an [`OpenError`] that says what to do if the store cannot be opened here.
    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError>;

    /// Opens a store that holds these contents, and shares nothing with any other: for stores that
    /// can only be read, or that are filled by somebody else before they are opened.
    ///
    /// `OverContents` in `zarr-conform-machines` asks for it; [`open`](Self::open) is a store over no
    /// contents then.
    ///
    /// # Errors
    ///
    /// Returns an [`OpenError`] if the store cannot be opened, or if the adapter opens none over
    /// contents: that is so if it does not say.
    fn open_over(&self, contents: Contents) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let _ = contents;
        Err(OpenError::new(format!(
            "{} opens no stores over contents: implement `Adapter::open_over`",
            self.name()
        )))
    }
}

/// A library over the stores of another adapter, such as one for arrays.
pub trait Layered {
    /// The adapter of the stores below.
    fn below(&self) -> &Arc<dyn Adapter>;

    /// The same library over other stores.
    fn over(&self, below: Arc<dyn Adapter>) -> Arc<dyn Adapter>;

    /// [`Adapter::open`] with a record of everything that the store below is asked.
    ///
    /// # Errors
    ///
    /// Returns an [`OpenError`] that says what to do if the store cannot be opened here.
    fn open_traced(&self, trace: Arc<Trace>) -> Result<Box<dyn StoreUnderTest>, OpenError>;
}

/// A store that could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("the store could not be opened: {reason}")]
pub struct OpenError {
    reason: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl OpenError {
    /// The reason, and what to do about it.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), source: None }
    }

    /// The error that the store gave.
    #[must_use]
    pub fn from_error(error: impl Error + Send + Sync + 'static) -> Self {
        Self { reason: words_of(&error), source: Some(Box::new(error)) }
    }

    /// The reason alone, without the words before it.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}
