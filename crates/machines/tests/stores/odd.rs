//! A right store with a hook at each of its operations: what misbehaves is a short closure.

use std::sync::Arc;

use zarr_conform_machines::model::{Dialect, Names, Operation, OperationKind, Outcome};
use zarr_conform_machines::mutants::ReferenceAdapter;
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};
use zarr_conform_machines::{Machine, Report};

/// One operation that a store is asked, with the right store behind it.
pub struct Ask<'a> {
    store: &'a mut dyn StoreUnderTest,
    pub names: &'a Names,
    pub operation: &'a Operation,
}

impl<'a> Ask<'a> {
    /// What is asked, whatever is asked besides.
    pub const fn operation(&self) -> &'a Operation {
        self.operation
    }

    /// The right answer; the right store does what it is asked.
    pub fn right(&mut self) -> Outcome {
        self.store.answer(self.names, self.operation)
    }

    /// The right answer to something else.
    pub fn other(&mut self, operation: &Operation) -> Outcome {
        self.store.answer(self.names, operation)
    }

    pub fn kind(&self) -> OperationKind {
        self.operation.kind()
    }

    pub fn is(&self, kind: OperationKind) -> bool {
        self.kind() == kind
    }
}

/// What is done in place of an operation.
pub type Hook = Box<dyn FnMut(&mut Ask<'_>) -> Outcome + Send>;

/// Opens right stores, each with a hook.
#[derive(Clone)]
pub struct Odd {
    dialect: Dialect,
    hook: Arc<dyn Fn() -> Hook + Send + Sync>,
    store: Arc<dyn Fn() -> Box<dyn StoreUnderTest> + Send + Sync>,
    dropped: fn(),
}

struct OddStore {
    hook: Hook,
    store: Box<dyn StoreUnderTest>,
    dropped: fn(),
}

impl Odd {
    /// Right in all that is asked.
    pub fn right() -> Self {
        Self::asked(|ask| ask.other(ask.operation))
    }

    /// With a hook that remembers nothing.
    pub fn asked(hook: impl Fn(&mut Ask<'_>) -> Outcome + Clone + Send + Sync + 'static) -> Self {
        Self::each(move || hook.clone())
    }

    /// With a hook of its own for each store.
    pub fn each<H: FnMut(&mut Ask<'_>) -> Outcome + Send + 'static>(
        hook: impl Fn() -> H + Send + Sync + 'static,
    ) -> Self {
        Self {
            dialect: Dialect::ZARRS,
            hook: Arc::new(move || Box::new(hook())),
            store: Arc::new(|| ReferenceAdapter::new(Dialect::ZARRS).open().unwrap()),
            dropped: || {},
        }
    }

    /// With other stores behind the hooks.
    pub fn over(self, store: impl Fn() -> Box<dyn StoreUnderTest> + Send + Sync + 'static) -> Self {
        Self { store: Arc::new(store), ..self }
    }

    /// With something to do when a store is dropped.
    pub fn dropped(self, dropped: fn()) -> Self {
        Self { dropped, ..self }
    }

    /// With another dialect than that of the right store.
    pub fn declaring(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// A machine that looks for failures alone.
    pub fn machine(&self) -> Machine {
        Machine::of(self.clone()).required_goals([]).planted_bug(false)
    }
}

impl Adapter for Odd {
    fn name(&self) -> &str {
        "odd"
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(Box::new(OddStore { hook: (self.hook)(), store: (self.store)(), dropped: self.dropped }))
    }
}

impl StoreUnderTest for OddStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        (self.hook)(&mut Ask { store: &mut *self.store, names, operation })
    }
}

impl Drop for OddStore {
    fn drop(&mut self) {
        (self.dropped)();
    }
}

/// The plan of a failure without its first line.
pub fn plan(report: &Report, at: usize) -> String {
    let plan = report.failures[at].plan.to_string();
    plan.strip_prefix("zarr-conform plan 1\n").unwrap().trim_end().to_owned()
}
