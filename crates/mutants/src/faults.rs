//! Injected I/O errors: with a bug that they bring out, and without.

use std::path::Path;

use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{ErrorClass, Names, Operation, Outcome, Refusal};
use zarr_conform_store::{Callers, StoreUnderTest, Way};

use crate::host::Bug;

/// Every this many sets of a store's life, one meets an injected error.
const EVERY: u64 = 4;

/// Says which sets meet an injected error.
#[derive(Debug, Default)]
struct Faults {
    sets: u64,
}

impl Faults {
    /// Counts a set; whether it is to fail.
    const fn strike(&mut self) -> bool {
        self.sets += 1;
        self.sets.is_multiple_of(EVERY)
    }
}

fn injected() -> Outcome {
    Outcome::Refused(Refusal::new(ErrorClass::Transient, "injected I/O error"))
}

/// A store whose every fourth set meets an injected I/O error, and changes nothing.
///
/// The control for [`F01`](crate::Mutant::F01), which meets the same errors: a tester that
/// injects them should find that store wrong and this one right.
pub struct Faulty {
    store: Box<dyn StoreUnderTest>,
    faults: Faults,
}

impl Faulty {
    /// Injects errors in front of `store`.
    #[must_use]
    pub fn new(store: Box<dyn StoreUnderTest>) -> Self {
        Self { store, faults: Faults::default() }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl StoreUnderTest for Faulty {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        if matches!(operation, Operation::Set { .. }) && self.faults.strike() {
            return injected();
        }
        self.store.answer(names, operation)
    }

    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        let _ = way;
        self.answer(names, operation)
    }

    fn place(&self) -> Option<&Path> {
        self.store.place()
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        // Sets are counted for one caller.
        None
    }

    fn close(self: Box<Self>) -> Outcome {
        self.store.close()
    }

    fn traffic(&self) -> Option<Traffic> {
        self.store.traffic()
    }
}

pub(crate) fn error_partial_write() -> Bug {
    let mut faults = Faults::default();
    let mut failed = None;
    Box::new(move |host, operation| {
        let Operation::Set { key, value } = operation else {
            return host.ask(operation);
        };
        let name = host.names.key(*key);
        let is_retry = failed.take().is_some_and(|failed| failed == *name);
        let fails = faults.strike();
        if !is_retry && !fails {
            return host.ask(operation);
        }
        // A retry goes on where the failed attempt stopped, as a file opened to append does.
        let left = host.value(*key).filter(|_| is_retry).unwrap_or_default();
        let written = if fails { value.len() / 2 } else { value.len() };
        let outcome = host.set(*key, &[&left, &value.to_bytes()[..written]].concat());
        if fails && outcome == Outcome::Done {
            failed = Some(name.clone());
            return injected();
        }
        outcome
    })
}
