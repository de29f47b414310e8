//! The doors to passports: what a store answers, beside what it declares.

use std::time::Duration;

use zarrs_storage::{ListableStorageTraits, ReadableStorageTraits, WritableStorageTraits};

use crate::doors::store_machine;
use crate::machine::Machine;
use crate::passport::Passport;
use crate::play::midst::Midst;
use crate::report::known_issue::KnownIssue;
use crate::settings::{Mode, ShrinkBudget};

/// The passport of stores with all of `zarrs_storage`'s readable, writable and listable traits; see
/// [`Machine::passport`].
///
/// # Examples
///
/// ```
/// use zarrs_storage::store::AsyncMemoryStore;
/// # use zarrs_storage::store::MemoryStore;
///
/// let passport = zarr_conform_machines::passport(|| MemoryStore::new());
/// // `MemoryStore` documents no order, and keeps to one.
/// let lines = passport.lines();
/// assert!(lines.contains(&"dialect.order = ListOrder::Bytes;"), "{lines:?}");
/// ```
#[must_use]
pub fn passport<S>(open: impl Fn() -> S + Send + Sync + 'static) -> Passport
where
    S: ReadableStorageTraits + WritableStorageTraits + ListableStorageTraits + 'static,
{
    store_machine(open).passport()
}

impl Machine {
    /// Asks the store every question that the contract leaves open, in all states in which it is the
    /// same question, and says what it keeps to, beside what is declared.
    ///
    /// The plans are always the same; those of a short campaign, which says which clauses are kept, are
    /// those of the seed 0, and are made small within the [calls](ShrinkBudget::calls) of the machine, not
    /// by a clock. With the feature `faults` every write is asked with all that can go wrong on
    /// its way, too, unless the stores are [isolated](Self::isolated).
    ///
    /// # Examples
    ///
    /// ```
    /// use zarr_conform_machines::model::contract::Reply;
    /// use zarrs_storage::store::AsyncMemoryStore;
    ///
    /// let machine = zarr_conform_machines::async_store_machine(|| AsyncMemoryStore::new());
    /// let passport = machine.passport();
    /// assert_eq!(passport.dialect().erase_missing, Reply::Answer);
    /// // What was found holds in a campaign.
    /// assert!(machine.dialect(passport.dialect()).cases(20).required_goals([]).run().conforms());
    /// ```
    #[must_use]
    pub fn passport(&self) -> Passport {
        let _midst = Midst::begin();
        let mut machine = self.clone();
        machine.options.settings.mode = Mode::InSequence;
        machine.options.regressions = None;
        machine.options.failures = None;
        let campaign = machine
            .seed(0)
            .cases(Passport::CASES)
            .steps(Passport::STEPS)
            .exhaustive(None)
            .crowds(false)
            .required_goals([])
            .planted_bug(false)
            .environment(false)
            // What depends on time would be another page each time.
            .shrink_budget(ShrinkBudget {
                time: Duration::from_hours(1),
                ..self.options.shrink_budget
            })
            .time_budget(None)
            .shrink_allowance(None);
        let adapter = &self.options.adapter;
        let listed = |text: &str| KnownIssue::read(text).unwrap_or_default();
        let mut issues = self.options.known_issues.clone().unwrap_or_else(|| {
            // What cannot be read is told by the campaign.
            listed(adapter.known_issues())
        });
        issues.extend(listed(adapter.known_fault_issues()));
        issues.extend(listed(adapter.known_concurrent_issues()));
        let limits = self.options.watched().limits();
        let is_here = !self.options.is_isolated();
        Passport::of(adapter, &limits, &issues, is_here, &campaign.run())
    }
}
