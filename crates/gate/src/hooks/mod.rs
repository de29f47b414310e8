//! Which functions of libc are defined here, and why does the linker keep them?
//!
//! A program that is linked with this crate has these functions in place of libc's: the linker
//! looks into the program's own objects first, and only then into shared libraries. So std and
//! every crate call them; nothing is changed in a store, and nothing has to be set up.
//! [`are_linked`] refers to all of them, and a session cannot be had without it, so the linker
//! cannot drop them.
//!
//! A function that takes a varying number of arguments, such as `open`, cannot be defined in stable
//! Rust. Each is a single jump, to a function that takes the most arguments that there may be.
//! Arguments are passed in the same places on `x86_64` and `aarch64` Linux, whether they are
//! declared or vary; those that were not passed are whatever is there, and go on to the kernel,
//! which does not look at them. C libraries do the same. As the jump is assembly, no optimiser sees
//! two types of one function.

mod attributes;
mod change;
mod define;
mod draft;
mod files;
mod kernel;
mod listing;
mod locks;
mod names;
mod opening;
mod passage;
mod place;
mod threads;
mod transfer;

/// Each function that is defined here, with its address.
fn table() -> impl Iterator<Item = (&'static str, *const ())> {
    [
        attributes::table(),
        files::table(),
        listing::table(),
        locks::table(),
        names::table(),
        opening::table(),
        threads::table(),
        transfer::table(),
    ]
    .into_iter()
    .flatten()
}

/// Refers to every function, so that all of them are part of the program.
pub(crate) fn are_linked() -> bool {
    for (_, function) in table() {
        std::hint::black_box(function);
    }
    true
}

/// The names of libc's functions that are defined here, in order; none where calls cannot be seen.
#[must_use]
pub fn hooked() -> Vec<&'static str> {
    let mut names: Vec<_> = table().map(|(name, _)| name).collect();
    names.sort_unstable();
    names
}
