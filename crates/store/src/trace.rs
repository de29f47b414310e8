//! `Trace`: what the store below a library was asked.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use zarr_conform_model::{Names, Operation, Plan};

/// The operations that a store was asked, each with names of its own, in the order in which they
/// came.
///
/// A library over a store asks for keys that no plan names. What it asked is a plan all the same,
/// and that plan can be played on the store alone: whether the store or the library is to blame for
/// a wrong answer is seen there.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Plan;
/// use zarr_conform_store::Trace;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let trace = Trace::default();
/// for line in ["set a/c/0 \"x\"", "get a/c/0"] {
///     let asked: Plan = line.parse()?;
///     trace.record(asked.names(), &asked.steps()[0].operation);
/// }
/// assert_eq!(trace.plan().to_string(), "zarr-conform plan 1\nset a/c/0 \"x\"\nget a/c/0\n");
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Trace {
    asked: Mutex<Vec<Plan>>,
    tell: Option<Tell>,
}

/// Told every operation, as a plan of one.
type Tell = Box<dyn Fn(&Plan) + Send + Sync>;

impl Trace {
    /// A record that also tells each operation, as a plan of one, before the store is asked it: who
    /// listens knows what a store was asked that does not come back.
    #[must_use]
    pub fn told(tell: impl Fn(&Plan) + Send + Sync + 'static) -> Self {
        Self { asked: Mutex::default(), tell: Some(Box::new(tell)) }
    }

    /// Takes down an operation, with the table that its ids belong to.
    pub fn record(&self, names: &Names, operation: &Operation) {
        let keys = operation.keys().map(|key| names.key(key).clone());
        let prefixes = operation.prefixes().map(|prefix| names.prefix(prefix).clone());
        let own = Names::new(keys, prefixes);
        let operation = operation.moved(names, &own);
        let asked = Plan::new(Arc::new(own), [operation]);
        if let Some(tell) = &self.tell {
            tell(&asked);
        }
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
    }

    /// All of them as one plan.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = asked.iter().flat_map(|plan| {
            let names = plan.names();
            names.keys().map(|key| names.key(key).clone())
        });
        let prefixes = asked.iter().flat_map(|plan| {
            let names = plan.names();
            names.prefixes().map(|prefix| names.prefix(prefix).clone())
        });
        let names = Names::new(keys, prefixes);
        let operations = asked.iter().flat_map(|plan| {
            plan.operations().map(|operation| operation.moved(plan.names(), &names))
        });
        let operations: Vec<Operation> = operations.collect();
        Plan::new(Arc::new(names), operations)
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("asked", &self.asked).finish_non_exhaustive()
    }
}
