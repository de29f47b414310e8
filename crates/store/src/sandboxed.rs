//! A store in a sandbox: opened there, opened again, and audited.

use std::path::Path;

use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{ErrorClass, Names, Operation, Outcome, Refusal};

use crate::port::{OpenError, StoreUnderTest};
use crate::sandbox::Sandbox;

type Open<S> = Box<dyn Fn(&Path) -> Result<S, OpenError> + Send>;

/// A store whose files are in a [`Sandbox`] of its own.
///
/// [`Operation::Reopen`] opens it again at the same root, [`Operation::Audit`] looks at what is
/// around the root. The root, which is another one each time, is cut out of the words of errors.
pub struct Sandboxed<S> {
    store: S,
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
        Ok(Self { store, sandbox, open: Box::new(open) })
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl<S: StoreUnderTest> StoreUnderTest for Sandboxed<S> {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        match operation {
            Operation::Reopen => match (self.open)(self.sandbox.root()) {
                Ok(store) => {
                    self.store = store;
                    Outcome::Done
                }
                Err(error) => other(error.to_string()),
            },
            Operation::Audit => self.sandbox.audit().map_or_else(other, |()| Outcome::Done),
            _ => {
                let outcome = self.store.answer(names, operation);
                let root = || self.sandbox.root().display().to_string();
                outcome.reworded(|words| words.replace(&root(), "…"))
            }
        }
    }

    fn traffic(&self) -> Option<Traffic> {
        self.store.traffic()
    }
}

fn other(message: String) -> Outcome {
    Outcome::Refused(Refusal::new(ErrorClass::Other, message))
}
