//! What is not known after an operation of which some may have been done: a part of the tree, and
//! not all of it.
//!
//! A library does several things one after the other, and an error leaves some of them done. So
//! nothing is held against what is said of those names, what is below them, and what is above them,
//! which lists them. All else is judged as before.

use std::collections::BTreeSet;

use crate::hierarchy_model::path::inside;

/// The names of nodes and keys of which nothing is known, nor of what is below them.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubt(BTreeSet<String>);

impl Doubt {
    /// From now on, nothing is known of these.
    pub(super) fn add(&mut self, names: impl IntoIterator<Item = String>) {
        self.0.extend(names);
    }

    pub(super) fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something below a name, or above it, is in doubt.
    pub(super) fn bears_on(&self, name: &str) -> bool {
        self.0.iter().any(|doubted| {
            doubted == name || inside(doubted, name).is_some() || inside(name, doubted).is_some()
        })
    }

    /// Nothing is left below a directory, so nothing there is in doubt.
    pub(super) fn settle_below(&mut self, directory: &str) {
        self.0.retain(|doubted| inside(directory, doubted).is_none());
    }

    /// Nothing is left of a node, nor below it.
    pub(super) fn settle(&mut self, path: &str) {
        self.0.remove(path);
        self.settle_below(path);
    }
}
