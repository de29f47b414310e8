//! A store in a sandbox: opened there, opened again, and audited.

use std::fmt::Display;
use std::path::Path;

use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{ErrorClass, Names, Operation, Outcome, Refusal};

use crate::port::{Callers, Handle, OpenError, StoreUnderTest, Way};
use crate::sandbox::Sandbox;
use crate::turns::{Chooser, TurnsEnd};

type Open<S> = Box<dyn Fn(&Path) -> Result<S, OpenError> + Send>;

/// A store whose files are in a [`Sandbox`] of its own.
///
/// [`Operation::Reopen`] opens it again at the same root, [`Operation::Audit`] looks at what is
/// around the root. The root, which is another one each time, is cut out of the words of errors.
pub struct Sandboxed<S> {
    /// None, while it cannot be opened.
    store: Option<S>,
    sandbox: Sandbox,
    open: Open<S>,
}

impl<S: StoreUnderTest> Sandboxed<S> {
    /// Makes a sandbox, and opens a store at its root.
    ///
    /// # Errors
    ///
    /// Returns what `open` does, or an [`OpenError`] that says that the temporary directory cannot
    /// be written.
    pub fn open(
        open: impl Fn(&Path) -> Result<S, OpenError> + Send + 'static,
    ) -> Result<Self, OpenError> {
        let sandbox = Sandbox::new().map_err(|error| {
            OpenError::new(format!(
                "no temporary directory could be made in {}: {error}",
                std::env::temp_dir().display()
            ))
        })?;
        let store = open(sandbox.root())?;
        Ok(Self { store: Some(store), sandbox, open: Box::new(open) })
    }
}

impl<S> Sandboxed<S> {
    fn reworded(&self, outcome: Outcome) -> Outcome {
        without(&self.sandbox.root().display(), outcome)
    }
}

/// An outcome without the root in its words.
fn without(root: &impl Display, outcome: Outcome) -> Outcome {
    outcome.reworded(|words| words.replace(&root.to_string(), "…"))
}

/// The store of another caller at the same root, or another store there.
struct Shared {
    store: Box<dyn StoreUnderTest>,
    root: String,
}

impl StoreUnderTest for Shared {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        without(&self.root, self.store.answer(names, operation))
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        Some(self)
    }
}

impl Callers for Shared {
    fn share(&mut self) -> Option<Handle> {
        let root = self.root.clone();
        Some(self.store.callers()?.share()?.wrapped(|store| Self { store, root }))
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl<S: StoreUnderTest + 'static> StoreUnderTest for Sandboxed<S> {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        match operation {
            Operation::Reopen => {
                // The old one goes first: two at one place is another question.
                self.store = None;
                match (self.open)(self.sandbox.root()) {
                    Ok(store) => {
                        self.store = Some(store);
                        Outcome::Done
                    }
                    Err(error) => self.reworded(other(error.to_string())),
                }
            }
            Operation::Audit => self.sandbox.audit().map_or_else(other, |()| Outcome::Done),
            _ => match &mut self.store {
                Some(store) => {
                    let outcome = store.answer(names, operation);
                    self.reworded(outcome)
                }
                None => other("the store could not be opened again".to_owned()),
            },
        }
    }

    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        match (operation, &mut self.store) {
            (Operation::Reopen | Operation::Audit, _) | (_, None) => self.answer(names, operation),
            (_, Some(store)) => {
                let outcome = store.answer_on_way(names, operation, way);
                self.reworded(outcome)
            }
        }
    }

    fn place(&self) -> Option<&Path> {
        Some(self.sandbox.root())
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        Some(self)
    }

    fn close(self: Box<Self>) -> Outcome {
        let Self { store, sandbox, .. } = *self;
        let outcome = store.map_or(Outcome::Done, |store| Box::new(store).close());
        drop(sandbox);
        outcome
    }

    fn traffic(&self) -> Option<Traffic> {
        self.store.as_ref().and_then(StoreUnderTest::traffic)
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl<S: StoreUnderTest + 'static> Callers for Sandboxed<S> {
    fn share(&mut self) -> Option<Handle> {
        let root = self.sandbox.root().display().to_string();
        Some(self.store.as_mut()?.callers()?.share()?.wrapped(|store| Shared { store, root }))
    }

    fn open_second(&mut self) -> Result<Option<Box<dyn StoreUnderTest>>, OpenError> {
        let root = self.sandbox.root().display().to_string();
        let reworded = |error: OpenError| OpenError::new(error.reason().replace(&root, "…"));
        let store = Box::new((self.open)(self.sandbox.root()).map_err(reworded)?);
        Ok(Some(Box::new(Shared { store, root })))
    }

    fn answer_in_turns(
        &mut self,
        names: &Names,
        callers: &[Vec<Operation>],
        chooser: &mut dyn Chooser,
    ) -> Option<TurnsEnd> {
        self.store.as_mut()?.callers()?.answer_in_turns(names, callers, chooser)
    }
}

fn other(message: String) -> Outcome {
    Outcome::Refused(Refusal::new(ErrorClass::Other, message))
}
