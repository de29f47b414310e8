//! Questions that no dialect has a knob for, since any answer is right; yet a store keeps to one.

use zarr_conform_model::Outcome;

use crate::passport::entry::Tier;
use crate::passport::question::{Core, core, quoted};

/// What an answer says, if it says anything.
type Reading = fn(&[Outcome]) -> Option<&'static str>;

/// A question without a knob.
pub(super) struct Fact {
    pub(super) tier: Tier,
    pub(super) subject: &'static str,
    pub(super) question: &'static str,
    pub(super) cores: Vec<Core>,
    pub(super) reading: Reading,
}

/// All of them.
pub(super) fn facts() -> Vec<Fact> {
    let name = |subject, question, keys: &[&str]| Fact {
        tier: Tier::Names,
        subject,
        question,
        cores: keys.iter().map(|key| held(key)).collect(),
        reading: is_held,
    };
    let other = |tier, subject, question, reading, cores: Vec<(&str, &str)>| Fact {
        tier,
        subject,
        question,
        cores: cores.into_iter().map(|(given, asked)| core(given, asked)).collect(),
        reading,
    };
    vec![
        name("names.empty", "the empty key", &[""]),
        name("names.nul", "a name with a NUL", &["a\0b", "a/\0"]),
        name("names.dot", "a name with the segment `.`", &["a/./b", "./a"]),
        name("names.dot_dot", "a name with the segment `..`", &["a/../b"]),
        name("names.outer_space", "a name that begins or ends with a space", &[" a", "a ", "a/ b"]),
        name("names.percent", "a name with a percent sign", &["a%2Fb", "%", "100%", "%zz"]),
        name(
            "names.punctuation",
            "a name that an address would encode",
            &["a+b", "a b", "a?b=c", "a#b", "a&b;c", "~a", "!$'()*,:@"],
        ),
        name("names.backslash", "a name with a backslash", &["a\\b", "\\"]),
        name(
            "names.outer_dots",
            "a name that begins or ends with dots",
            &["...", ".a", "a.", "a.."],
        ),
        name("names.control", "a name with a control character", &["a\tb", "a\nb", "\u{7f}"]),
        name("names.devices", "a name that Windows has for a device", &["con", "aux.txt", "nul"]),
        name("names.zarr", "a name that Zarr uses", &["zarr.json", "c/0/0", ".zarray", "0.0"]),
        other(
            Tier::Ranges,
            "ranges.bad_among_others",
            "a bad range among several: `1..2` and `9..12` of 5 bytes",
            how_a_bad_range_fails,
            vec![
                ("set a \"hello\"", "get_partial_many a [1..2, 9..12]"),
                ("set a \"hello\"", "get_partial_many a [9..12, 1..2]"),
            ],
        ),
        other(
            Tier::Writes,
            "create.answer",
            "creating a key if it has no value says whether it did",
            how_creation_is_told,
            vec![
                ("", "set_if_absent a \"1\"\nget a"),
                ("set a \"1\"", "set_if_absent a \"2\"\nget a"),
                ("set a \"\"", "set_if_absent a \"2\"\nget a"),
            ],
        ),
        other(
            Tier::Writes,
            "copy.onto_itself",
            "copying a key onto itself",
            is_done,
            vec![("set a \"1\"", "copy a a\nget a")],
        ),
        other(
            Tier::Writes,
            "rename.onto_itself",
            "renaming a key to its own name",
            is_done,
            vec![("set a \"1\"", "rename a a\nget a")],
        ),
        other(
            Tier::Writes,
            "copy.replaces",
            "copying onto a key that has a value",
            is_done,
            vec![("set a \"1\"\nset b \"22\"", "copy a b\nget b\nget a")],
        ),
        other(
            Tier::Writes,
            "rename.replaces",
            "renaming to a key that has a value",
            is_done,
            vec![("set a \"1\"\nset b \"22\"", "rename a b\nget b\nget a")],
        ),
        other(
            Tier::Writes,
            "write_partial.nothing",
            "a partial write of no bytes of a key that has no value",
            what_nothing_makes,
            vec![("", "set_partial a 0 \"\"\nget a"), ("", "set_partial_many a []\nget a")],
        ),
    ]
}

fn held(key: &str) -> Core {
    let key = quoted(key);
    core("", format!("set {key} \"1\"\nget {key}"))
}

fn is_held(answers: &[Outcome]) -> Option<&'static str> {
    match answers.first()? {
        Outcome::Done => Some("held"),
        Outcome::Refused(_) => Some("refused"),
        _ => None,
    }
}

fn is_done(answers: &[Outcome]) -> Option<&'static str> {
    match answers.first()? {
        Outcome::Done => Some("done"),
        Outcome::Refused(_) => Some("refused"),
        _ => None,
    }
}

fn how_a_bad_range_fails(answers: &[Outcome]) -> Option<&'static str> {
    match answers.first()? {
        Outcome::Refused(_) => Some("fails the call"),
        Outcome::Values(parts) if parts.iter().any(Result::is_err) => Some("fails alone"),
        Outcome::Values(_) => Some("is answered"),
        _ => None,
    }
}

fn how_creation_is_told(answers: &[Outcome]) -> Option<&'static str> {
    match answers.first()? {
        Outcome::Truth(_) => Some("yes"),
        Outcome::Done => Some("no, only that there is one now"),
        _ => None,
    }
}

fn what_nothing_makes(answers: &[Outcome]) -> Option<&'static str> {
    match (answers.first()?, answers.get(1)?) {
        (Outcome::Refused(_), _) => Some("refused"),
        (_, Outcome::Absent) => Some("does nothing"),
        (_, Outcome::Value(_)) => Some("creates the key"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::passport::question::parse;

    #[test]
    fn facts_are_plans_and_have_anchors_of_their_own() {
        let facts = facts();
        let subjects: BTreeSet<_> = facts.iter().map(|fact| fact.subject).collect();
        assert_eq!(subjects.len(), facts.len());
        for core in facts.iter().flat_map(|fact| &fact.cores) {
            parse(&core.given);
            assert!(!parse(&core.asked).is_empty());
        }
    }
}
