//! An answer that the contract does not allow.

use zarr_conform_model::contract::MismatchKind;
use zarr_conform_model::{Clause, Outcome, Signature};

use crate::finding::likeness;

/// An answer that the contract does not allow.
#[derive(Clone, Debug)]
pub(crate) struct Disagreement {
    pub(crate) signature: Signature,
    pub(crate) clause: Clause,
    pub(crate) outcome: Outcome,
    /// The first name in a listing that is wrong, if a listing is.
    pub(crate) offender: Option<String>,
}

impl Disagreement {
    /// Whether the store may have been left in the middle of something.
    pub(crate) fn is_violent(&self) -> bool {
        likeness::is_violent(self.signature.mismatch)
    }

    /// Whether the answer is right, and only took too much.
    pub(crate) fn is_costly(&self) -> bool {
        self.signature.mismatch == MismatchKind::TooManyRequests
    }

    /// Whether the answer shows that the store holds something else than the model.
    pub(crate) fn is_divergence(&self) -> bool {
        likeness::is_divergence(self.signature)
    }

    /// What kind of error came and with which words, if an error came.
    pub(crate) fn words(&self) -> Option<String> {
        let Outcome::Refused(refusal) = &self.outcome else { return None };
        Some(format!("{} {}", refusal.class.name(), plain_words(&refusal.message)))
    }

    /// Where the store panicked, or, if that is not known, with which words, without the numbers and
    /// the temporary paths in them: those are others in every store. Of one that ended its process, how.
    pub(crate) fn panic_site(&self) -> Option<String> {
        let death;
        let message = match &self.outcome {
            Outcome::Panicked(message) => message,
            Outcome::Died(died) => {
                death = died.to_string();
                &death
            }
            _ => return None,
        };
        let (words, place) = message.rsplit_once(" at ").unwrap_or((message, ""));
        // The same panic has other words for another key.
        if !place.is_empty() && matches!(self.outcome, Outcome::Panicked(_)) {
            return Some(place.to_owned());
        }
        let words = without_temporary(words, &std::env::temp_dir().display().to_string());
        let words: String = words.chars().filter(|char| !char.is_ascii_digit()).collect();
        Some(format!("{words} at {place}"))
    }
}

/// The words of an error without names, paths and numbers: what two plans with one reason have in
/// common. A name is what has a slash, a digit or no more than two letters.
fn plain_words(message: &str) -> String {
    let is_word = |word: &&str| {
        word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
    };
    let pieces = message.split_whitespace().filter(|piece| !piece.contains('/'));
    let words = pieces.map(|piece| piece.trim_matches(|char: char| !char.is_ascii_alphanumeric()));
    words.filter(is_word).collect::<Vec<_>>().join(" ")
}

/// The words without what follows the name of the temporary directory, up to the next separator: the
/// name that a directory in it has by chance.
fn without_temporary(words: &str, directory: &str) -> String {
    let directory = directory.trim_end_matches(['/', '\\']);
    let mut parts = words.split(directory);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push('…');
        let name = part.strip_prefix(['/', '\\']);
        let is_end = |char: char| char.is_whitespace() || "/\\\"'`,;:)]".contains(char);
        text += name.map_or(part, |name| name.find(is_end).map_or("", |end| &name[end..]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_error_are_those_of_any_names() {
        let of = |from: &str, to: &str| {
            plain_words(&format!("Unable to copy {from} to {to}: Is a directory (os error 21)"))
        };
        assert_eq!(of("/tmp/x1/a", "b"), of("/tmp/yy/a-b", "/tmp/yy/c"));
        assert_eq!(of("a", "b"), "Unable copy directory error");
        assert_eq!(plain_words("created outside the root: ../esc"), "created outside the root");
    }

    #[test]
    fn names_that_temporary_directories_have_by_chance_tell_no_failures_apart() {
        let of = |words: &str| without_temporary(words, "/tmp/");
        assert_eq!(of("no /tmp/.tmpAbC/root/a: 2"), "no …/root/a: 2");
        assert_eq!(of("no \"/tmp/.tmpAbC\", nor /tmp/x"), "no \"…\", nor …");
        assert_eq!(of("no such key"), "no such key");
    }
}
