//! Known issues: disagreements that a store's author knows of and lives with for now.

use crate::report::Failure;

/// A disagreement that is known, and does not make a run fail.
///
/// It hides nothing else: a failure is known only if its minimal plan has exactly this signature.
/// One that no longer shows makes the run fail, so that it gets removed.
///
/// # Examples
///
/// ```
/// use zarr_conform_machines::KnownIssue;
///
/// let issue = KnownIssue::new(
///     "suffix-panics",
///     "get_partial: panic (live, suffix longer than the value)",
///     "https://example.org/issues/1",
/// );
/// assert_eq!(issue.id, "suffix-panics");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownIssue {
    /// A short name.
    pub id: String,
    /// The signature of the minimal plan, as reports print it.
    pub signature: String,
    /// Where it is discussed, or why it stays.
    pub reason: String,
}

impl KnownIssue {
    /// A known issue.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        signature: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self { id: id.into(), signature: signature.into(), reason: reason.into() }
    }

    /// Whether `failure` is this issue.
    #[must_use]
    pub fn matches(&self, failure: &Failure) -> bool {
        self.signature == failure.signature
    }
}
