//! Plans: sequences of operations over one key table, and their text form.

use std::fmt;
use std::sync::Arc;

use crate::plan::names::Names;
use crate::plan::operation::Operation;

/// The version of the text form, in its first line.
pub const PLAN_VERSION: u32 = 1;

/// A sequence of operations on a store that starts empty.
///
/// Any part of a plan is a plan. In text, a plan is one operation a line; blank lines and
/// lines that start with `#` are skipped, and a first line `zarr-conform plan 1` says which
/// version of the text form it is.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Plan;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = r#"
///     set a/b "x"
///     ## whole segments match
///     list_prefix a/
/// "#.parse()?;
/// assert_eq!(plan.operations().len(), 2);
/// assert_eq!(plan.to_string(), "zarr-conform plan 1\nset a/b \"x\"\nlist_prefix a/\n");
///
/// let error = "set a/b".parse::<Plan>().unwrap_err();
/// assert_eq!(error.to_string(), "1:8: expected a value such as \"text\", 0xff, 9*0xff or 9*#1, found the end of the line");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Plan {
    names: Arc<Names>,
    operations: Vec<Operation>,
}

impl Plan {
    /// A plan of operations over the names they were drawn from.
    ///
    /// # Panics
    ///
    /// Panics if an operation names a key or prefix that `names` does not hold.
    #[must_use]
    pub fn new(names: Arc<Names>, operations: Vec<Operation>) -> Self {
        for operation in &operations {
            let keys_fit = operation.keys().iter().all(|key| key.index() < names.key_count());
            let prefixes_fit =
                operation.prefixes().all(|prefix| prefix.index() < names.prefix_count());
            assert!(keys_fit && prefixes_fit, "{operation:?} is not over these names");
        }
        Self { names, operations }
    }

    /// The key table.
    #[must_use]
    pub fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// The operations, first to last.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// How many operations the plan has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether the plan asks nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The same names with other operations.
    ///
    /// # Panics
    ///
    /// Panics if an operation names a key or prefix that the table does not hold.
    #[must_use]
    pub fn with_operations(&self, operations: Vec<Operation>) -> Self {
        Self::new(Arc::clone(&self.names), operations)
    }

    /// The first operations, all if there are no more than `count`.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        let operations = self.operations[..count.min(self.len())].to_vec();
        Self { names: Arc::clone(&self.names), operations }
    }

    /// The operations of which `keep` says so, given their positions.
    #[must_use]
    pub fn keep(&self, mut keep: impl FnMut(usize, &Operation) -> bool) -> Self {
        let operations = self.operations.iter().enumerate();
        let kept = operations.filter(|(at, operation)| keep(*at, operation));
        let operations = kept.map(|(_, operation)| operation.clone()).collect();
        Self { names: Arc::clone(&self.names), operations }
    }

    /// The plan over a table of just the names that it uses.
    #[must_use]
    pub fn compact(&self) -> Self {
        let operations = || self.operations.iter();
        let keys = operations().flat_map(Operation::keys);
        let prefixes = operations().flat_map(Operation::prefixes);
        let names = Names::new(
            keys.map(|key| self.names.key(*key).clone()),
            prefixes.map(|prefix| self.names.prefix(prefix).clone()),
        );
        let renamed = operations().map(|operation| operation.moved(&self.names, &names));
        let operations = renamed.collect();
        Self::new(Arc::new(names), operations)
    }
}

impl Operation {
    /// The same operation on the same names in another table.
    ///
    /// # Panics
    ///
    /// Panics if `to` does not hold them.
    #[must_use]
    pub fn moved(&self, from: &Names, to: &Names) -> Self {
        self.rename(
            |key| {
                to.find_key(from.key(key).as_str())
                    .expect("the new table holds every key that is used")
            },
            |prefix| {
                to.find_prefix(from.prefix(prefix).as_str())
                    .expect("the new table holds every prefix that is used")
            },
        )
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "zarr-conform plan {PLAN_VERSION}")?;
        for operation in &self.operations {
            writeln!(f, "{}", operation.display(&self.names))?;
        }
        Ok(())
    }
}

/// The same as [`Display`](fmt::Display), on lines of its own: a failing test shows a plan that can
/// be pasted.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}
