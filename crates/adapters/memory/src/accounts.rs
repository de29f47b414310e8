//! Accounts: what the wrappers of `zarrs_storage` that only watch say they saw.
//!
//! They pass on every question, so no answer tells whether they count and log rightly. So what they
//! say of each question stands beside what was asked, and has to agree with it like the answers of
//! two ways into one store.

use std::sync::{Arc, Mutex, PoisonError};

use zarr_conform_model::{ErrorClass, Names, Operation, OperationKind, Outcome, Refusal};
use zarr_conform_store::StoreUnderTest;
use zarrs_storage::storage_adapter::performance_metrics::PerformanceMetricsStorageAdapter;

/// A store in a wrapper that keeps an account.
pub(crate) struct Accounted<S, A> {
    pub(crate) store: S,
    pub(crate) account: A,
}

/// What a wrapper says that it saw.
pub(crate) trait Account: Send {
    /// What is wrong with what it says of the last operation, if something is.
    fn wrong(&mut self, operation: &Operation, outcome: &Outcome) -> Option<String>;
}

impl<S: StoreUnderTest, A: Account> StoreUnderTest for Accounted<S, A> {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let outcome = self.store.answer(names, operation);
        match self.account.wrong(operation, &outcome) {
            Some(words) => {
                let wrong = Outcome::Refused(Refusal::new(ErrorClass::Other, words));
                Outcome::diverged(outcome, wrong)
            }
            None => outcome,
        }
    }
}

/// What performance metrics count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    reads: usize,
    bytes_read: usize,
    writes: usize,
    bytes_written: usize,
    keys_erased: usize,
}

impl Counts {
    fn of<S: ?Sized>(metrics: &PerformanceMetricsStorageAdapter<S>) -> Self {
        Self {
            reads: metrics.reads(),
            bytes_read: metrics.bytes_read(),
            writes: metrics.writes(),
            bytes_written: metrics.bytes_written(),
            keys_erased: metrics.keys_erased(),
        }
    }

    /// What an operation adds to them; none, where it is not documented.
    fn by(operation: &Operation, outcome: &Outcome) -> Option<Self> {
        let read = match outcome {
            Outcome::Value(value) => value.len(),
            _ => 0,
        };
        let none = Self::default();
        Some(match operation {
            Operation::Get { .. } | Operation::GetPartial { .. } => {
                Self { reads: 1, bytes_read: read, ..none }
            }
            Operation::Set { value, .. } => Self { writes: 1, bytes_written: value.len(), ..none },
            Operation::SetPartial { .. } | Operation::SetPartialMany { .. } => {
                let patches = operation.patches();
                let bytes_written = patches.iter().map(|patch| patch.value.len()).sum();
                Self { writes: patches.len(), bytes_written, ..none }
            }
            Operation::Erase { .. } => Self { keys_erased: 1, ..none },
            Operation::EraseMany { keys } => Self { keys_erased: keys.len(), ..none },
            Operation::ErasePrefix { .. } | Operation::Clear => none,
            _ => return None,
        })
    }

    fn since(self, before: Self) -> Self {
        Self {
            reads: self.reads - before.reads,
            bytes_read: self.bytes_read - before.bytes_read,
            writes: self.writes - before.writes,
            bytes_written: self.bytes_written - before.bytes_written,
            keys_erased: self.keys_erased - before.keys_erased,
        }
    }
}

/// The counts of performance metrics.
pub(crate) struct Counted<S: ?Sized> {
    metrics: Arc<PerformanceMetricsStorageAdapter<S>>,
    before: Counts,
}

impl<S: ?Sized> Counted<S> {
    pub(crate) fn by(metrics: Arc<PerformanceMetricsStorageAdapter<S>>) -> Self {
        Self { metrics, before: Counts::default() }
    }
}

impl<S: ?Sized + Send + Sync> Account for Counted<S> {
    fn wrong(&mut self, operation: &Operation, outcome: &Outcome) -> Option<String> {
        let now = Counts::of(&self.metrics);
        let told = now.since(self.before);
        self.before = now;
        // What was refused may have been counted or not.
        let is_refused = matches!(outcome, Outcome::Refused(_));
        let asked = Counts::by(operation, outcome).filter(|_| !is_refused)?;
        (told != asked).then(|| format!("{told:?}, and not {asked:?}"))
    }
}

/// What each line of the log begins with.
pub(crate) const MARK: &str = "[log] ";

/// The log, which is emptied after each operation.
pub(crate) struct Logged(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Account for Logged {
    fn wrong(&mut self, operation: &Operation, _: &Outcome) -> Option<String> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = std::mem::take(&mut *log);
        let begins = format!("{MARK}{}(", method(operation.kind())?);
        let told = told.get(..begins.len()).unwrap_or(&told);
        let is_said = told == begins.as_bytes();
        // The names that a line begins with may be any: they are not shown.
        (!is_said).then(|| format!("the log does not begin with `{begins}`"))
    }
}

/// The method that is called first to ask an operation.
const fn method(kind: OperationKind) -> Option<&'static str> {
    Some(match kind {
        OperationKind::Get => "get",
        OperationKind::SizeKey | OperationKind::Exists => "size_key",
        OperationKind::Set => "set",
        OperationKind::SetPartial | OperationKind::SetPartialMany => "set_partial_many",
        OperationKind::Erase => "erase",
        OperationKind::EraseMany => "erase_many",
        OperationKind::ErasePrefix | OperationKind::Clear => "erase_prefix",
        OperationKind::List => "list",
        OperationKind::ListPrefix => "list_prefix",
        OperationKind::ListDir => "list_dir",
        OperationKind::Size => "size",
        OperationKind::SizePrefix => "size_prefix",
        // One that fails is not logged.
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use zarr_conform_model::Plan;
    use zarr_conform_store::ZarrsStore;
    use zarrs_storage::storage_adapter::usage_log::UsageLogStorageAdapter;
    use zarrs_storage::store::MemoryStore;

    use super::*;

    /// What a store says to each operation of a plan.
    fn answers(mut store: impl StoreUnderTest, plan: &str) -> Vec<String> {
        let plan: Plan = plan.parse().unwrap();
        plan.operations().map(|asked| store.answer(plan.names(), asked).to_string()).collect()
    }

    #[test]
    fn counts_that_miss_a_write_are_a_second_answer() {
        let memory = Arc::new(MemoryStore::new());
        let metrics = Arc::new(PerformanceMetricsStorageAdapter::new(memory.clone()));
        let counted = |store| Accounted { store, account: Counted::by(metrics.clone()) };
        let plan =
            "set a \"xy\"; get a; set_partial_many a [0 \"z\", 3 \"v\"]; erase_many [a, b]; list";
        let right = answers(counted(ZarrsStore::of(metrics.clone())), plan);
        assert_eq!(right, ["done", "\"xy\"", "done", "done", "[]"]);
        // This one is not counted.
        let wrong = answers(counted(ZarrsStore::of(metrics.clone()).writable(memory)), plan);
        assert_eq!(right[1], wrong[1]);
        for at in [0, 2, 3] {
            assert!(wrong[at].starts_with("first: done; second: error Other"), "{wrong:?}");
        }
    }

    #[test]
    fn a_log_that_misses_a_question_is_a_second_answer() {
        let memory = Arc::new(MemoryStore::new());
        let log = Arc::new(Mutex::new(Vec::new()));
        let logged = UsageLogStorageAdapter::new(memory.clone(), log.clone(), || MARK.to_owned());
        let store = ZarrsStore::of(Arc::new(logged));
        let account = |store| Accounted { store, account: Logged(log.clone()) };
        assert_eq!(answers(account(store.clone()), "set a \"\"; list"), ["done", "[a]"]);
        let wrong = answers(account(store.listable(memory)), "set a \"\"; list");
        assert!(wrong[1].starts_with("first: [a]; second: error Other"), "{wrong:?}");
    }
}
