//! `Isolated`: an adapter whose stores are in processes of their own.

use std::path::Path;
use std::sync::Arc;

use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{
    Capabilities, Declaration, Dialect, ErrorClass, Names, Operation, Outcome, ReferenceModel,
    Refusal,
};
use zarr_conform_store::{
    Adapter, Callers, Contents, Layered, OpenError, StoreUnderTest, Trace, Way,
};
use zarr_conform_wire::{Which, WireError};

use crate::isolation::child::Process;
use crate::isolation::inside;
use crate::isolation::pool::Pool;
use crate::play::farewell;
use crate::play::watch::patience;

/// An adapter as it is, but that its stores are in processes of their own.
///
/// What a process does to itself while it is asked is an outcome; one that does not answer in time
/// is killed.
pub(crate) struct Isolated {
    adapter: Arc<dyn Adapter>,
    pool: Arc<Pool>,
    layer: u32,
    below: Option<Arc<dyn Adapter>>,
}

impl Isolated {
    /// The adapter with its stores in the processes of a pool, which open those of the same adapter.
    pub(crate) fn new(adapter: Arc<dyn Adapter>, pool: Arc<Pool>) -> Self {
        Self::at(adapter, pool, 0)
    }

    fn at(adapter: Arc<dyn Adapter>, pool: Arc<Pool>, layer: u32) -> Self {
        let below = adapter.layered().map(|layered| {
            let below = Self::at(Arc::clone(layered.below()), Arc::clone(&pool), layer + 1);
            Arc::new(below) as Arc<dyn Adapter>
        });
        Self { adapter, pool, layer, below }
    }

    fn open_which(&self, trace: Option<Arc<Trace>>) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        inside::decline_to_run();
        let mut process = self.pool.take().map_err(OpenError::from_error)?;
        process.wait_for(patience()).map_err(OpenError::from_error)?;
        match process.client.open(Which { layer: self.layer, trace }) {
            Ok(opened) => {
                opened.map_err(|error| OpenError::new(process.reword(error.reason())))?;
                let pool = Arc::clone(&self.pool);
                Ok(Box::new(IsolatedStore { pool, state: State::Open(process) }))
            }
            Err(error) => Err(OpenError::new(match process.broke(&error) {
                Outcome::TimedOut => "opening it did not end before the deadline".to_owned(),
                outcome => format!("its process {outcome} while it was opened"),
            })),
        }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl Adapter for Isolated {
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
        false
    }

    fn known_fault_issues(&self) -> &str {
        self.adapter.known_fault_issues()
    }

    fn known_concurrent_issues(&self) -> &str {
        self.adapter.known_concurrent_issues()
    }

    fn layered(&self) -> Option<&dyn Layered> {
        self.below.is_some().then_some(self)
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.open_which(None)
    }

    /// In this process: what writes the contents is isolated together with the store.
    fn open_over(&self, contents: Contents) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.adapter.open_over(contents)
    }
}

impl Layered for Isolated {
    fn below(&self) -> &Arc<dyn Adapter> {
        self.below.as_ref().unwrap_or(&self.adapter)
    }

    /// The same library over stores of this process: nobody could open those in another one.
    fn over(&self, below: Arc<dyn Adapter>) -> Arc<dyn Adapter> {
        match self.adapter.layered() {
            Some(layered) => layered.over(below),
            None => below,
        }
    }

    fn open_traced(&self, trace: Arc<Trace>) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        self.open_which(Some(trace))
    }
}

/// A store in a process of its own.
struct IsolatedStore {
    pool: Arc<Pool>,
    state: State,
}

enum State {
    Open(Process),
    /// The process ended, and this is what whoever asked then was told.
    Ended(Outcome),
}

impl IsolatedStore {
    /// Gives up the process, and says what became of it.
    fn broke(&mut self, error: &WireError) -> Outcome {
        let nothing = State::Ended(Outcome::TimedOut);
        if let State::Open(process) = std::mem::replace(&mut self.state, nothing) {
            self.state = State::Ended(process.broke(error));
        }
        match &self.state {
            State::Ended(outcome) => outcome.clone(),
            State::Open(_) => unreachable!("it was ended just now"),
        }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl StoreUnderTest for IsolatedStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let process = match &mut self.state {
            State::Open(process) => process,
            State::Ended(outcome) => return outcome.clone(),
        };
        match process.client.ask(names, operation) {
            Ok(Outcome::Panicked(message)) => Outcome::Panicked(process.reword(&message)),
            Ok(outcome) => outcome.reworded(|words| process.reword(words)),
            // The store is there, and its answer is none.
            Err(
                error @ (WireError::Key(_)
                | WireError::Prefix(_)
                | WireError::Bytes { .. }
                | WireError::TooLong { .. }),
            ) => Outcome::Refused(Refusal::new(ErrorClass::Other, error.to_string())),
            Err(error) => self.broke(&error),
        }
    }

    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        let _ = way;
        self.answer(names, operation)
    }

    fn place(&self) -> Option<&Path> {
        None
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        // A process is asked one question after the other.
        None
    }

    fn close(self: Box<Self>) -> Outcome {
        drop(self);
        Outcome::Done
    }

    fn traffic(&self) -> Option<Traffic> {
        match &self.state {
            State::Open(process) => process.client.traffic(),
            State::Ended(_) => None,
        }
    }
}

impl Drop for IsolatedStore {
    fn drop(&mut self) {
        let State::Open(process) = &mut self.state else {
            return;
        };
        let error = match process.client.drop_store() {
            Ok(dropped) => {
                if let Some(message) = &dropped.panicked {
                    farewell::leave(Outcome::Panicked(process.reword(message)));
                }
                let ended = State::Ended(Outcome::Done);
                if let State::Open(process) = std::mem::replace(&mut self.state, ended) {
                    self.pool.give_back(process, dropped.threads);
                }
                return;
            }
            Err(error) => error,
        };
        farewell::leave(self.broke(&error));
    }
}
