//! How the model goes on with names of which nothing is known.

use crate::hierarchy_model::hierarchy_model::HierarchyModel;
use crate::hierarchy_model::path::ancestors;
use crate::plan::node::{NodeAction, NodeOperation};
use crate::plan::operation::Operation;

impl HierarchyModel {
    /// Whether nothing is known of what an operation is about.
    pub(super) fn is_doubtful(&self, operation: &Operation) -> bool {
        !self.doubt.is_none() && self.subjects(operation).any(|name| self.doubt.bears_on(name))
    }

    /// From now on, nothing is known of what an operation is about.
    pub(super) fn doubt(&mut self, operation: &Operation) {
        // Groups above a node are made with it: the first that was not there is in doubt, too.
        let top = |name: &str| {
            let above = ancestors(name).filter(|path| !self.nodes().contains_key(*path)).last();
            above.unwrap_or(name).to_owned()
        };
        let makes = matches!(operation, Operation::Node(_));
        let subjects = self.subjects(operation);
        let names: Vec<String> =
            subjects.map(|name| if makes { top(name) } else { name.to_owned() }).collect();
        self.doubt.add(names);
    }

    /// What is done to names in doubt settles them if it removes all that is there, and spreads the
    /// doubt if it does not.
    pub(super) fn advance_in_doubt(&mut self, operation: &Operation, is_done: bool) {
        let removed = match operation {
            Operation::Clear => Some(""),
            Operation::ErasePrefix { prefix } => {
                Some(self.table().prefix(*prefix).as_str().trim_end_matches('/'))
            }
            Operation::Node(NodeOperation { node, action })
                if matches!(**action, NodeAction::DeleteNode) =>
            {
                Some(self.path(*node))
            }
            _ => None,
        };
        match removed.filter(|_| is_done).map(ToOwned::to_owned) {
            Some(directory) => {
                self.apply(operation);
                match operation {
                    Operation::Node(_) => self.doubt.settle(&directory),
                    _ => self.doubt.settle_below(&directory),
                }
            }
            None => self.doubt(operation),
        }
    }

    /// The names that an operation is about.
    fn subjects<'a>(&'a self, operation: &'a Operation) -> impl Iterator<Item = &'a str> {
        let names = self.table();
        let keys = operation.keys().map(|key| names.key(key).as_str());
        let prefixes = operation.prefixes();
        let prefixes = prefixes.map(|prefix| names.prefix(prefix).as_str().trim_end_matches('/'));
        // What names nothing is about everything.
        let is_about_some = operation.keys().next().is_some() || operation.prefix().is_some();
        keys.chain(prefixes).chain((!is_about_some).then_some(""))
    }
}
