//! Every way in which an answer can miss is told from the others.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde_json::json;
use zarr_conform_model::contract::{Death, ErrorClasses, ListOrder, MismatchKind, Part};
use zarr_conform_model::plan::NodeKind;
use zarr_conform_model::{Clause, ErrorClass, Expected, Outcome, Refusal, Want};
use zarrs_storage::{StoreKey, StorePrefix};

fn value(text: &'static str) -> Outcome {
    Outcome::Value(Bytes::from_static(text.as_bytes()))
}

fn key(name: &str) -> StoreKey {
    StoreKey::new(name).unwrap_or_else(|_| StoreKey::root())
}

fn keys(names: &[&str]) -> Outcome {
    Outcome::Keys(names.iter().map(|name| key(name)).collect())
}

fn directory(names: &[&str]) -> Outcome {
    let prefixes = names.iter().filter_map(|name| StorePrefix::new(*name).ok()).collect();
    Outcome::Directory { keys: Vec::new(), prefixes }
}

fn listed_nodes(paths: &[&str]) -> Outcome {
    Outcome::Nodes(paths.iter().map(|path| ((*path).to_owned(), NodeKind::Group)).collect())
}

fn refused(class: ErrorClass) -> Outcome {
    Outcome::Refused(Refusal::new(class, "no"))
}

/// How an outcome misses what is wanted.
fn miss(want: &Want<'_>, order: ListOrder, outcome: &Outcome) -> Option<MismatchKind> {
    let expected = Expected { order, ..Expected::only(Clause::R1, want.clone()) };
    expected.judge(outcome).err().map(|mismatch| mismatch.kind)
}

#[test]
fn each_mismatch_has_an_answer_that_shows_it() {
    use MismatchKind as Kind;
    let (a, b) = (key("a"), key("b"));
    let listed = Want::Keys(vec![&a, &b]);
    let in_directory =
        Want::Directory { keys: Vec::new(), prefixes: vec!["a/", "b/"], optional: Vec::new() };
    let document = Want::Document(json!({"a": 1}));
    let nodes = ["a", "b"].map(|path| (path.to_owned(), NodeKind::Group));
    let nodes = Want::Nodes(nodes.to_vec());
    let parts = Want::Values(vec![Part::Bytes(b"a")]);
    let invalid = ErrorClasses::of(&[ErrorClass::InvalidRange]);
    let death = Death::Exit { status: 0, words: String::new() };
    let cases = [
        (Want::Value(b"ab"), value("a"), Kind::ValueTooShort),
        (Want::Value(b"ab"), value("abc"), Kind::ValueTooLong),
        (Want::Value(b"ab"), value("xb"), Kind::ValueDiffers),
        (Want::Value(b"ab"), Outcome::Absent, Kind::ValueLost),
        (Want::Absent, value(""), Kind::EmptyForAbsent),
        (Want::Absent, value("a"), Kind::ValueForAbsent),
        (parts.clone(), Outcome::Values(Vec::new()), Kind::PartCount),
        (parts, Outcome::Values(vec![Ok(Some(Bytes::from_static(b"x")))]), Kind::ValueDiffers),
        (listed.clone(), keys(&["b"]), Kind::KeyMissing),
        (listed.clone(), keys(&["a", "b", "c"]), Kind::KeyUnexpected),
        (listed.clone(), keys(&["a", "b", "a"]), Kind::KeyRepeated),
        (listed.clone(), keys(&["b", "a"]), Kind::Order),
        (in_directory.clone(), directory(&["b/"]), Kind::PrefixMissing),
        (in_directory.clone(), directory(&["a/", "b/", "c/"]), Kind::PrefixUnexpected),
        (in_directory, directory(&["a/", "b/", "b/"]), Kind::PrefixRepeated),
        (Want::Size(2), Outcome::Size(1), Kind::SizeTooSmall),
        (Want::Size(2), Outcome::Size(3), Kind::SizeTooLarge),
        (Want::Truth(true), Outcome::Truth(false), Kind::TruthDiffers),
        (Want::Done, refused(ErrorClass::Other), Kind::ErrorForAnswer),
        (Want::Error(invalid), Outcome::Done, Kind::AnswerForError),
        (Want::Error(invalid), refused(ErrorClass::Other), Kind::ErrorClassDiffers),
        (Want::Done, Outcome::Panicked("no".to_owned()), Kind::Panicked),
        (Want::Done, Outcome::TimedOut, Kind::TimedOut),
        (Want::Anything, Outcome::Died(death), Kind::Died),
        (Want::Anything, Outcome::Overlong { bytes: 9, names: 0 }, Kind::Overlong),
        (Want::Anything, Outcome::StillAsking(64), Kind::StillAsking),
        (Want::Done, Outcome::LeftBehind("1 file".to_owned()), Kind::LeftBehind),
        (Want::Anything, Outcome::diverged(Outcome::Done, Outcome::Absent), Kind::Diverged),
        (Want::Done, Outcome::Size(1), Kind::WrongShape),
        (Want::Elements(vec![1]), Outcome::Elements(vec![2]), Kind::ElementsDiffer),
        (document.clone(), Outcome::Document(json!({"a": 2})), Kind::DocumentDiffers),
        (document.clone(), value("{"), Kind::DocumentDiffers),
        (document, Outcome::Absent, Kind::ValueLost),
        (Want::Present, Outcome::Absent, Kind::ValueLost),
        (Want::Bytes(vec![97, 98]), value("a"), Kind::ValueTooShort),
        (nodes.clone(), listed_nodes(&["a"]), Kind::NodeMissing),
        (nodes.clone(), listed_nodes(&["a", "b", "c"]), Kind::NodeUnexpected),
        (nodes.clone(), listed_nodes(&["a", "b", "a"]), Kind::NodeRepeated),
        (
            Want::Nodes(vec![("a".to_owned(), NodeKind::Array)]),
            listed_nodes(&["a"]),
            Kind::NodeKindDiffers,
        ),
    ];
    let mut shown = BTreeSet::from([Kind::BytesChanged, Kind::TooManyRequests]);
    for (want, outcome, kind) in cases {
        assert_eq!(miss(&want, ListOrder::Bytes, &outcome), Some(kind), "{want} {outcome}");
        shown.insert(kind);
    }
    // Bytes that change after they were returned, and requests, are seen by the machine, not by the
    // judge.
    assert_eq!(shown, Kind::ALL.iter().copied().collect());
    assert_eq!(miss(&listed, ListOrder::Unordered, &keys(&["b", "a"])), None);
}

#[test]
fn the_nearest_of_several_allowed_answers_says_how_one_misses() {
    let expected = Expected::only(Clause::W6, Want::Absent).or(Want::Value(b"ab"));
    let kind = expected.judge(&value("a")).map_err(|mismatch| mismatch.kind);
    assert_eq!(kind, Err(MismatchKind::ValueTooShort));
    assert_eq!(expected.judge(&Outcome::Absent), Ok(()));
}
