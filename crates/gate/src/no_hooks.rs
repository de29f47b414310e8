//! What stands in for the hooks on a system whose calls cannot be seen?

/// They are not.
pub(crate) fn are_linked() -> bool {
    false
}

/// The names of libc's functions that are defined here, in order; none where calls cannot be seen.
#[must_use]
pub fn hooked() -> Vec<&'static str> {
    Vec::new()
}
