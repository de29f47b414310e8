//! How long an answer may be: what is longer is neither copied, nor compared, nor shown.
//!
//! A listing of ten million names takes a store a second, and whoever compares it, sorts it and makes
//! text of it many times as long, for each of thousands of candidates.

use zarr_conform_model::{Names, Operation, Outcome};
use zarrs_storage::{StoreKey, StorePrefix};

use crate::play::panics;

/// What a name in a listing counts at the least: it takes some memory however short it is.
const NAME: u64 = 64;

/// The longest words of an error that are kept, 4 KiB: a report shows their first line. A guess.
const WORDS: usize = 1 << 12;

/// How long the answers of a store may be: so many bytes beyond what it was told.
#[derive(Debug)]
pub(super) struct Bounds {
    pub(super) beyond: u64,
    /// What the names of the plan count.
    names: u64,
    /// The longest value that was written, wholly or in part.
    longest: u64,
}

impl Bounds {
    pub(super) fn new(beyond: u64, names: &Names) -> Self {
        let keys = names.keys().map(|key| counted(names.key(key).as_str()));
        let prefixes = names.prefixes().map(|prefix| counted(names.prefix(prefix).as_str()));
        Self { beyond, names: keys.chain(prefixes).sum(), longest: 0 }
    }

    /// Takes note of what an operation writes.
    pub(super) fn heed(&mut self, operation: &Operation) {
        if let Operation::Set { value, .. } | Operation::SetIfAbsent { value, .. } = operation {
            self.longest = self.longest.max(value.len() as u64);
        }
        for patch in operation.patches() {
            let end = patch.offset.saturating_add(patch.value.len() as u64);
            self.longest = self.longest.max(end);
        }
    }

    /// The answer, or how long it is if that is too long; its words are cut.
    pub(super) fn hold(&self, outcome: Outcome) -> Outcome {
        let (bytes, names) = lengths(&outcome);
        let told = match &outcome {
            Outcome::Values(parts) => self.longest.saturating_mul(parts.len() as u64),
            _ if names > 0 => self.names,
            _ => self.longest,
        };
        if bytes.max(names.saturating_mul(NAME)) > self.beyond.saturating_add(told) {
            // What came is too long, whatever dropping it does.
            let _ = panics::let_go(outcome);
            return Outcome::Overlong { bytes, names };
        }
        match outcome {
            Outcome::Refused(refusal) if refusal.message.len() <= WORDS => {
                Outcome::Refused(refusal)
            }
            Outcome::Panicked(words) if words.len() > WORDS => Outcome::Panicked(cut(&words)),
            Outcome::Refused(_) | Outcome::Values(_) => outcome.reworded(cut),
            other => other,
        }
    }
}

/// The bytes of the values and names in an answer, and how many names there are.
fn lengths(outcome: &Outcome) -> (u64, u64) {
    let all = |lengths: &mut dyn Iterator<Item = usize>| {
        let length = |(bytes, names), length| (bytes + length as u64, names + 1);
        lengths.fold((0, 0), length)
    };
    let keys = |keys: &[StoreKey]| all(&mut keys.iter().map(|key| key.as_str().len()));
    match outcome {
        Outcome::Value(value) => (value.len() as u64, 0),
        Outcome::Values(parts) => {
            let values = parts.iter().filter_map(|part| part.as_ref().ok()?.as_ref());
            (values.map(|value| value.len() as u64).sum(), 0)
        }
        Outcome::Keys(listed) => keys(listed),
        Outcome::Directory { keys: listed, prefixes } => {
            let (one, other) = (keys(listed), |prefix: &StorePrefix| prefix.as_str().len());
            let (bytes, names) = all(&mut prefixes.iter().map(other));
            (one.0 + bytes, one.1 + names)
        }
        Outcome::Nodes(nodes) => all(&mut nodes.iter().map(|(path, _)| path.len())),
        Outcome::Elements(elements) => (elements.len() as u64 * 8, 0),
        Outcome::Diverged(answers) => {
            let [(bytes, names), (more, others)] = answers.each_ref().map(lengths);
            (bytes + more, names + others)
        }
        _ => (0, 0),
    }
}

fn counted(name: &str) -> u64 {
    (name.len() as u64).max(NAME)
}

/// The beginning of long words, with how long they are.
fn cut(words: &str) -> String {
    if words.len() <= WORDS {
        return words.to_owned();
    }
    let end = words.floor_char_boundary(WORDS);
    format!("{}… ({} bytes)", &words[..end], words.len())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use zarr_conform_model::{ErrorClass, Plan, Refusal};

    use super::*;

    fn held(beyond: u64, plan: &str, outcome: Outcome) -> String {
        let plan: Plan = plan.parse().unwrap();
        let mut bounds = Bounds::new(beyond, plan.names());
        plan.operations().for_each(|operation| bounds.heed(operation));
        bounds.hold(outcome).to_string()
    }

    fn listing(names: usize) -> Outcome {
        Outcome::Keys((0..names).map(|at| StoreKey::new(at.to_string()).unwrap()).collect())
    }

    #[test]
    fn what_a_plan_wrote_may_be_answered_whatever_the_bound() {
        let value = |length| Outcome::Value(Bytes::from(vec![0; length]));
        let plan = "set a 9*0x78\nset_partial a 90 \"xy\"";
        assert!(!held(8, plan, value(8 + 92)).contains("too long"));
        let overlong = held(8, plan, value(8 + 93));
        assert_eq!(overlong, "101 bytes, which is too long an answer");
    }

    #[test]
    fn names_count_however_short_they_are() {
        assert!(held(128, "get a", listing(3)).starts_with('['));
        let overlong = held(128, "get a", listing(4));
        assert_eq!(overlong, "4 names of 4 bytes, which is too long an answer");
    }

    #[test]
    fn long_words_are_cut() {
        let refusal = Refusal::new(ErrorClass::Other, "ä".repeat(5_000));
        let words = held(0, "get a", Outcome::Refused(refusal));
        assert!(words.len() < 4_200, "{words}");
        assert!(cut(&"ä".repeat(5_000)).ends_with("ä… (10000 bytes)"));
    }
}
