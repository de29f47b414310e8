//! What reads returned, which is compared here: what goes over the wire is a copy.

use bytes::Bytes;
use zarr_conform_model::Outcome;

/// How many values are held of each store, as many as where stores are not isolated. A guess.
const HELD: usize = 2;

/// What is said of a store whose values change.
pub(crate) const CHANGED: &str = "what an earlier read returned has changed since (R12)";

/// Values, and copies of them.
#[derive(Default)]
pub(crate) struct Held(Vec<(Bytes, Vec<u8>)>);

impl Held {
    /// Holds the value that a read returned.
    pub(crate) fn hold(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Value(value) if self.0.len() < HELD && !value.is_empty() => {
                self.0.push((value.clone(), value.to_vec()));
            }
            _ => {}
        }
    }

    /// Whether one is another than it was. The memory is the store's: to look at it may end the process.
    pub(crate) fn has_changed(&self) -> bool {
        self.0.iter().any(|(now, then)| now != then)
    }

    /// Lets go of all. A store's values may panic then.
    pub(crate) fn release(&mut self) {
        self.0.clear();
    }
}
