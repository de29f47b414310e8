//! The longest key, and the longest name between two slashes, that a store holds.

use zarr_conform_model::Outcome;

use crate::passport::asking::{Asker, Asking};
use crate::passport::question::{core, parse};

/// Longer ones are not asked for. What a service has for a limit is half of it; where the system has
/// one for whole paths, that counts the path of the store's root, which is another one everywhere.
pub(super) const LONGEST: usize = 2048;

/// Names in keys whose length is asked for: short enough for any store that has names at all.
const NAME: usize = 15;

/// What is as long as it is to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Long {
    /// A key of short names.
    Key,
    /// A key of one name.
    Name,
}

impl Long {
    /// A key of so many bytes.
    pub(super) fn of(self, bytes: usize) -> String {
        match self {
            Self::Name => "n".repeat(bytes),
            Self::Key => {
                // No slash at the end, and none beside another.
                let slash = |at: usize| at % (NAME + 1) == NAME && at + 1 < bytes;
                (0..bytes).map(|at| if slash(at) { '/' } else { 'k' }).collect()
            }
        }
    }
}

impl Asker<'_> {
    /// The longest one that is held, of up to so many bytes, if longer ones are refused or lost.
    pub(super) fn longest(&mut self, long: Long, most: usize) -> Option<usize> {
        if self.holds(long, most) {
            return None;
        }
        let (mut held, mut lost) = (0, most);
        while lost - held > 1 {
            let between = usize::midpoint(held, lost);
            if self.holds(long, between) {
                held = between;
            } else {
                lost = between;
            }
        }
        Some(held)
    }

    fn holds(&mut self, long: Long, bytes: usize) -> bool {
        let key = long.of(bytes);
        let Some(asking) = self.ask(parse(&format!("set {key} \"1\"\nget {key}")), 0) else {
            return false;
        };
        matches!(asking.outcomes(), [Outcome::Done, Outcome::Value(value)] if value == "1")
    }

    /// Asks around a limit, and at lengths that others have for a limit, in all states.
    pub(super) fn around(&mut self, long: Long, limit: Option<usize>, most: usize) -> Vec<Asking> {
        let usual = [1, 64, 127, 128, 255, 256, 1023, 1024, 1025, most];
        let near = limit.into_iter().flat_map(|limit| [limit, limit + 1]);
        let mut lengths: Vec<usize> =
            usual.into_iter().chain(near).filter(|bytes| (1..=most).contains(bytes)).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let askings = lengths.into_iter().flat_map(|bytes| {
            let key = long.of(bytes);
            self.in_all_states(&core("", format!("set {key} \"1\"\nget {key}")))
        });
        askings.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_keys_are_as_long_as_they_say_and_keys() {
        for bytes in 1..200 {
            for long in [Long::Key, Long::Name] {
                let key = long.of(bytes);
                assert_eq!(key.len(), bytes);
                assert!(!key.ends_with('/') && !key.contains("//"), "{key}");
            }
        }
    }
}
