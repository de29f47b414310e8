//! `Faulty`: stores whose calls to the system can go wrong.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use zarr_conform_gate::power::Tree;
use zarr_conform_gate::{Effect, GateError, Session};
use zarr_conform_model::contract::{Durable, Traffic};
use zarr_conform_model::plan::{BoundaryCall, Fault, PowerPolicy};
use zarr_conform_model::{
    Capabilities, Declaration, Dialect, ErrorClass, Names, Operation, Outcome, ReferenceModel,
    Refusal,
};
use zarr_conform_store::{Adapter, Callers, Contents, Layered, OpenError, StoreUnderTest, Way};

use crate::boundary::{calls, files};

/// An adapter whose stores' calls to the system can go wrong.
///
/// Errors strike any store. Crashes and power cuts need a place at which it is opened again.
pub(crate) struct Faulty {
    adapter: Arc<dyn Adapter>,
}

impl Faulty {
    /// The same stores, with their calls seen; the same adapter, if it injects faults of its own.
    pub(crate) fn over(adapter: Arc<dyn Adapter>) -> Arc<dyn Adapter> {
        static FOLLOW: Once = Once::new();
        FOLLOW.call_once(|| zarr_conform_store::on_thread_start(zarr_conform_gate::follow));
        if adapter.injects() { adapter } else { Arc::new(Self { adapter }) }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl Adapter for Faulty {
    fn name(&self) -> &str {
        self.adapter.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.adapter.capabilities()
    }

    fn dialect(&self) -> Dialect {
        self.adapter.dialect()
    }

    fn declared(&self) -> Declaration {
        self.adapter.declared()
    }

    fn model(&self, names: &Arc<Names>) -> Option<ReferenceModel> {
        self.adapter.model(names)
    }

    fn tested(&self) -> &[(&'static str, &'static str)] {
        self.adapter.tested()
    }

    fn known_issues(&self) -> &str {
        self.adapter.known_issues()
    }

    fn injects(&self) -> bool {
        true
    }

    fn known_fault_issues(&self) -> &str {
        self.adapter.known_fault_issues()
    }

    fn known_concurrent_issues(&self) -> &str {
        self.adapter.known_concurrent_issues()
    }

    /// Of a library over stores, the way to the files is that of the stores below.
    fn layered(&self) -> Option<&dyn Layered> {
        None
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = self.adapter.open()?;
        Ok(Box::new(FaultyStore::new(Arc::clone(&self.adapter), store)?))
    }

    fn open_over(&self, contents: Contents) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = self.adapter.open_over(contents)?;
        Ok(Box::new(FaultyStore::new(Arc::clone(&self.adapter), store)?))
    }
}

/// A store whose calls to the system can go wrong.
struct FaultyStore {
    adapter: Arc<dyn Adapter>,
    store: Box<dyn StoreUnderTest>,
    session: Session,
    /// The place at which it is opened again, if it has one.
    place: Option<Place>,
    /// What it was asked.
    asked: Vec<Operation>,
    /// How it was before an error struck, if one did.
    before: Option<Before>,
}

/// Where a store keeps its files.
struct Place {
    root: PathBuf,
    /// What was there when the store was opened, if its calls are in a journal since. They are of a
    /// store that promises that what it acknowledged is on the device. Of another one, a power cut
    /// may leave of earlier writes whatever it likes, so that it does not matter what was synced.
    start: Option<Tree>,
}

/// How a store was before anything went wrong.
struct Before {
    /// The table of what it was asked, so that another one can be asked the same without faults.
    names: Names,
    /// Files beyond one for each key, if that can be told.
    spare: Option<usize>,
}

impl FaultyStore {
    fn new(adapter: Arc<dyn Adapter>, store: Box<dyn StoreUnderTest>) -> Result<Self, OpenError> {
        let is_durable = adapter.dialect().durable != Durable::No;
        // Of a store that can not be opened again, any file may be one of its own.
        let root = store.place().filter(|_| adapter.capabilities().reopen).map(Path::to_owned);
        let session = Session::new(root.as_deref().unwrap_or(Path::new("/"))).map_err(refused)?;
        let place = match root {
            Some(root) => {
                let start = is_durable.then(|| Tree::read(&root)).transpose();
                let start = start.map_err(OpenError::from_error)?;
                if start.is_some() {
                    session.keep_journal();
                }
                Some(Place { root, start })
            }
            None => None,
        };
        Ok(Self { adapter, store, session, place, asked: Vec::new(), before: None })
    }

    fn is_journaled(&self) -> bool {
        self.place.as_ref().is_some_and(|place| place.start.is_some())
    }

    /// Asks the store, whose calls are seen.
    fn ask(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let _leading = self.session.lead();
        // A thread that is armed already would be so by somebody who asks within an answer.
        let _armed = self.session.arm().ok();
        self.store.answer(names, operation)
    }

    /// Asks the store, and gives a panic as a value.
    fn try_to(&mut self, names: &Names, operation: &Operation) -> std::thread::Result<Outcome> {
        catch_unwind(AssertUnwindSafe(|| self.ask(names, operation)))
    }

    fn strike(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        let Some(fault) = way.fault else { return self.record(names, operation, way) };
        self.session.begin_operation();
        if let Fault::PowerCut { after, policy } = fault {
            return self.cut_power(names, operation, after, policy, way);
        }
        let Some(strike) = calls::strike(fault) else {
            return refusal("a fault of requests strikes a service, and this store has none");
        };
        if !fault.ends_the_store() {
            self.look(names);
        }
        self.session.strike(strike);
        let outcome = self.try_to(names, operation);
        way.struck = self.session.struck();
        self.session.heal();
        match outcome {
            // Nobody hears what a process says when it is gone.
            _ if way.struck && fault.ends_the_store() => self.open_again(names, None),
            Ok(outcome) => outcome,
            Err(panic) => resume_unwind(panic),
        }
    }

    fn record(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        self.session.begin_operation();
        let outcome = if self.place.is_some() {
            let session = self.session.clone();
            let mut outcome = None;
            way.escaped = session.verify(|| outcome = Some(self.ask(names, operation))).is_err();
            outcome.unwrap_or_else(|| refusal("the store was not asked"))
        } else {
            self.ask(names, operation)
        };
        let is_durable = self.adapter.dialect().durable != Durable::No;
        let calls = self.session.take_calls();
        way.faults = calls::faults_of(&calls, self.place.is_some(), is_durable);
        way.struck = true;
        outcome
    }

    fn cut_power(
        &mut self,
        names: &Names,
        operation: &Operation,
        after: BoundaryCall,
        policy: PowerPolicy,
        way: &mut Way,
    ) -> Outcome {
        let start = match self
            .place
            .as_ref()
            .map(|place| place.start.clone().map_or_else(|| Tree::read(&place.root), Ok))
        {
            Some(Ok(start)) => start,
            Some(Err(error)) => return refusal(&format!("the place cannot be read: {error}")),
            None => {
                return refusal(
                    "a store that is not opened again at its place has no power to lose",
                );
            }
        };
        if !self.is_journaled() {
            self.session.keep_journal();
        }
        let before = self.session.journal_length();
        let outcome = self.try_to(names, operation);
        let address = calls::address(after);
        way.struck = self.session.take_calls().iter().any(|call| Some(call.address) == address);
        if !way.struck {
            // Of a journal that goes on, all is still needed.
            if !self.is_journaled() {
                drop(self.session.take_journal());
            }
            return outcome.unwrap_or_else(|panic| resume_unwind(panic));
        }
        let journal = self.session.take_journal();
        let of_operation = &journal.entries()[before..];
        let last = of_operation.iter().rposition(|(call, _)| Some(*call) == address);
        // A call that failed changed nothing, and neither did what came before it change then.
        let length = before + last.map_or(0, |last| last + 1);
        let changes = &journal.entries()[..length];
        let changes: Vec<_> =
            changes.iter().filter(|(_, effect)| !is_of_root(effect)).cloned().collect();
        let left = match start.after(&changes) {
            Ok(left) => left,
            Err(error) => return refusal(&error.to_string()),
        };
        self.session.crash();
        self.open_again(names, Some((left, policy)))
    }

    /// Drops the store while nothing that it does has an effect, and opens it anew at its place, on
    /// what a power cut left if it was one.
    fn open_again(&mut self, names: &Names, left: Option<(Tree, PowerPolicy)>) -> Outcome {
        // The old one is dropped by that; the new one may not open yet, and nobody asks it.
        let _ = self.try_to(names, &Operation::Reopen);
        self.session.revive();
        if let (Some(place), Some((tree, policy))) = (&self.place, left) {
            let laid_out = files::empty(&place.root)
                .and_then(|()| tree.lay_out(calls::policy(policy), &place.root));
            if let Err(error) = laid_out {
                return refusal(&format!("what the power cut left could not be laid out: {error}"));
            }
        }
        if let Some(place) = &mut self.place {
            // A store may remove its place when it is cleared.
            let made = files::made(&place.root);
            let start = made
                .and_then(|()| place.start.is_some().then(|| Tree::read(&place.root)).transpose());
            match start {
                Ok(start) => place.start = start,
                Err(error) => return refusal(&format!("the place cannot be read: {error}")),
            }
            if place.start.is_some() {
                self.session.keep_journal();
            }
        }
        // What is left now need not be what is left without a fault.
        self.before = None;
        self.ask(names, &Operation::Reopen)
    }

    /// Looks at what there is before an error strikes.
    fn look(&mut self, names: &Names) {
        if self.before.is_none() && self.place.is_some() {
            self.before = Some(Before { names: names.clone(), spare: self.spare(names) });
        }
    }

    /// How many files there are beyond one for each key; nothing, if that cannot be told.
    fn spare(&mut self, names: &Names) -> Option<usize> {
        let root = self.place.as_ref()?.root.clone();
        match self.store.answer(names, &Operation::List) {
            Outcome::Keys(keys) => files::count(&root).checked_sub(keys.len()),
            _ => None,
        }
    }

    /// What is left of a store that met errors, and not of one that was asked the same in peace.
    fn left_behind(&mut self) -> Option<String> {
        let Before { names, spare } = self.before.take()?;
        let before = spare?;
        let now = self.spare(&names)?;
        if now <= before {
            return None;
        }
        let mut twin = self.adapter.open().ok()?;
        for operation in &self.asked {
            twin.answer(&names, operation);
        }
        let same = twin.answer(&names, &Operation::List);
        let place = twin.place()?.to_owned();
        let in_peace = match (&same, self.store.answer(&names, &Operation::List)) {
            (Outcome::Keys(wanted), Outcome::Keys(keys)) if wanted.len() == keys.len() => {
                files::count(&place).checked_sub(wanted.len())?
            }
            // They hold different keys, so that there is nothing to compare.
            _ => return None,
        };
        let more = now.checked_sub(in_peace).filter(|more| *more > 0)?;
        Some(format!("{more} file{} of no key", if more == 1 { "" } else { "s" }))
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl StoreUnderTest for FaultyStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.asked.push(operation.clone());
        if self.is_journaled() {
            self.ask(names, operation)
        } else {
            self.store.answer(names, operation)
        }
    }

    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        self.asked.push(operation.clone());
        self.strike(names, operation, way)
    }

    fn place(&self) -> Option<&Path> {
        self.store.place()
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        // What struck one caller would strike another.
        None
    }

    fn close(mut self: Box<Self>) -> Outcome {
        let met_errors = self.before.is_some();
        let files = self.left_behind();
        let Self { store, place, session, .. } = *self;
        // Nothing strikes any more, so nobody has to see what removes the store's place.
        drop(session);
        let outcome = store.close();
        let open = place.filter(|_| met_errors).map_or(0, |place| files::open_below(&place.root));
        let handles = (open > 0)
            .then(|| format!("{open} file{} still open", if open == 1 { " is" } else { "s are" }));
        match (outcome, files.or(handles)) {
            (Outcome::Done, Some(left)) => Outcome::LeftBehind(left),
            (outcome, _) => outcome,
        }
    }

    fn traffic(&self) -> Option<Traffic> {
        self.store.traffic()
    }
}

/// Whether a change is one of the place itself, which a store may remove and make again.
fn is_of_root(effect: &Effect) -> bool {
    match effect {
        Effect::MakeDirectory { path } | Effect::RemoveDirectory { path } => {
            path.as_os_str().is_empty()
        }
        _ => false,
    }
}

fn refusal(words: &str) -> Outcome {
    Outcome::Refused(Refusal::new(ErrorClass::Unsupported, words))
}

fn refused(error: GateError) -> OpenError {
    match error {
        GateError::Unsupported => OpenError::new(
            "calls to the system cannot be seen here: faults are played on Linux with a shared glibc, \
             on x86-64 and aarch64",
        ),
        other => OpenError::from_error(other),
    }
}
