//! What is asked to find each knob of a dialect, and in which words.

use zarr_conform_model::Outcome;
use zarr_conform_model::contract::Knob;

use crate::passport::entry::Tier;
use crate::passport::question::{Core, core, quoted};

/// How the value of a knob is found.
pub(super) enum Way {
    /// By the answers to these questions.
    Asked(Vec<Core>),
    /// By those to these questions that tell something, as this says of the answers to what is asked.
    Telling(Vec<Core>, fn(&[Outcome]) -> bool),
    /// By the longest key that is held.
    LongestKey,
    /// By the longest name that is held.
    LongestName,
    /// By the errors among all answers.
    Transients,
    /// By what is left when something goes wrong.
    Faults,
    /// By what callers at the same time see of each other.
    Callers,
    /// By what a second store sees that is opened where the first one is.
    Second,
    /// By nothing that is asked here, and why.
    NotAsked(&'static str),
}

/// What is given where parts of a value are read: five bytes, or none.
const FIVE: &str = "set a \"hello\"";
const NONE: &str = "set a \"\"";

/// How the value of `knob` is found.
pub(super) fn way(knob: Knob) -> Way {
    match knob {
        Knob::KeyBelowKey => Way::Asked(vec![
            // The refused one is not read: what is read below a key is another question.
            core("set a \"1\"", "set a/b \"22\"\nget a"),
            core("set a/b \"1\"", "set a \"22\"\nget a/b"),
            core("set a/b/c/d \"1\"", "set a/b \"22\"\nget a/b/c/d"),
            core("set a \"1\"", "set a/b \"22\"\nget a\nlist"),
            core("set a/b \"1\"", "set a \"22\"\nget a/b\nlist"),
        ]),
        Knob::EraseMissing => Way::Asked(vec![
            core("", "erase a"),
            core("", "erase a/b/c"),
            core("set a-b \"1\"", "erase a\nget a-b"),
            core("set b \"1\"", "erase_many [a, c]\nget b"),
        ]),
        Knob::EraseMissingPrefix => Way::Asked(vec![
            core("", "erase_prefix p/"),
            core("", "erase_prefix p/q/"),
            core("set p-q/k \"1\"", "erase_prefix p/\nget p-q/k"),
        ]),
        Knob::ListMissingPrefix => Way::Asked(vec![
            core("", "list_prefix p/"),
            core("", "list_dir p/"),
            core("", "is_empty p/"),
            core("", "size_prefix p/"),
            core("set p-q/k \"1\"", "list_prefix p/\nlist_dir p/q/"),
        ]),
        Knob::WritePartialMissing => Way::Asked(vec![
            core("", "set_partial a 0 \"xy\"\nget a"),
            core("", "set_partial a/b 0 \"x\"\nget a/b"),
            core("", "set_partial_many a [0 \"x\", 1 \"y\"]\nget a"),
        ]),
        Knob::WritePartialGap => Way::Asked(vec![
            core("set a \"1\"", "set_partial a 3 \"xy\"\nget a"),
            core(NONE, "set_partial a 1 \"x\"\nget a"),
            core(FIVE, "set_partial_many a [0 \"H\", 9 \"!\"]\nget a"),
            core(FIVE, "set_partial a 5000 \"!\"\nsize_key a"),
        ]),
        Knob::BoundedOverEnd => ranges(&["2..9", "0..6", "4..18446744073709551615"], &[]),
        Knob::BoundedPastEnd => ranges(&["5..9", "9..12"], &["0..1", "3..9"]),
        Knob::ZeroLengthInside => ranges(&["2..2", "5..5", "0..0"], &["0..0"]),
        Knob::ZeroLengthPastEnd => ranges(&["6..6", "9..9"], &["1..1"]),
        Knob::OffsetAtEnd => ranges(&["5.."], &["0.."]),
        Knob::OffsetPastEnd => ranges(&["6..", "9.."], &["1.."]),
        Knob::SuffixOver => ranges(&["-6..", "-9.."], &["-1.."]),
        Knob::SuffixZero => ranges(&["-0.."], &["-0.."]),
        Knob::Order => Way::Asked(ORDERS.map(|keys| core(set(keys), LISTED)).into()),
        Knob::CaseSensitive => Way::Asked(vec![
            core("set a \"1\"", "set A \"22\"\nget a\nget A"),
            core("set Chunk/x \"1\"", "set Chunk/X \"22\"\nget Chunk/x\nget Chunk/X"),
        ]),
        Knob::UnicodeKeys => Way::Asked(
            ["é", "日本/語", "🦀", "e\u{301}", "ß/é"]
                .map(|name| {
                    let name = quoted(name);
                    core("", format!("set {name} \"1\"\nget {name}\nlist"))
                })
                .into(),
        ),
        Knob::MaxNameBytes => Way::LongestName,
        Knob::MaxKeyBytes => Way::LongestKey,
        Knob::Climb => {
            Way::NotAsked("it says which plans may be played, and of no answer that it is right")
        }
        Knob::PhantomDirs => Way::Asked(vec![
            core("set p/a \"1\"\nerase p/a", "list_dir /"),
            core("set p/a \"1\"\nset q \"2\"\nerase p/a", "list_dir /"),
            core("set p/a/k \"1\"\nset p/b \"2\"\nerase p/a/k", "list_dir p/"),
            core("set p/a/k \"1\"\nset q \"2\"\nerase_prefix p/a/", "list_dir /"),
            core("set p/a/k \"1\"\nset q \"2\"\nerase_many [p/a/k]", "list_dir /"),
        ]),
        Knob::EmptyChunks => {
            Way::NotAsked("the machine `hierarchy` asks it, of an array library over the store")
        }
        Knob::AtomicMany => Way::Telling(
            vec![
                core("set a \"1\"\nset b \"2\"", "erase_many [a, c, b]\nget a\nget b"),
                core("set a \"1\"\nset b \"2\"", "erase_many [a, b, \"c\\u{0}d\"]\nget a\nget b"),
            ],
            |answers| matches!(answers.first(), Some(Outcome::Refused(_))),
        ),
        Knob::TransientErrors => Way::Transients,
        Knob::AtomicSet | Knob::Durable | Knob::Retries | Knob::Checksums => Way::Faults,
        Knob::Overlap | Knob::PartialWrites => Way::Callers,
        Knob::SecondHandle => Way::Second,
        Knob::Requests => Way::NotAsked("it is a limit; what calls cost is at the end"),
    }
}

/// Each range of a value with five bytes, and of one with none, asked for alone and among others.
fn ranges(of_five: &[&str], of_none: &[&str]) -> Way {
    let mut cores = Vec::new();
    for (given, ranges, inside) in [(FIVE, of_five, "1..2"), (NONE, of_none, "0..0")] {
        for range in ranges {
            cores.push(core(given, format!("get_partial a {range}")));
            cores.push(core(given, format!("get_partial_many a [{range}]")));
            cores.push(core(given, format!("get_many [a {range}, a]")));
            if given == FIVE {
                cores.push(core(given, format!("get_partial_many a [{inside}, {range}]")));
            }
        }
    }
    Way::Asked(cores)
}

/// Keys whose order tells bytes from segments, and either from that in which they were set.
const ORDERS: [&[&str]; 3] = [
    &["b", "a/c", "a-b", "c/z", "c/a/x", "c/a-", "c/b", "a.b/c", "d", "a/b", "0"],
    &["z", "y", "x/2", "x/10", "x/1", "x-1", "w", "x.1", "c/0/0", "c/1", "zarr.json"],
    &["n", "m", "o", "l", "p", "k", "q/a", "q/b/c", "q!", "j", "q0"],
];

/// What is listed of them.
const LISTED: &str = "list\nlist_prefix c/\nlist_dir /\nlist_dir x/\nlist_dir q/";

fn set(keys: &[&str]) -> String {
    let sets = keys.iter().enumerate().map(|(at, key)| format!("set {key} \"{at}\""));
    // One below each prefix that is listed, so that none is missing.
    let below = ["c/k", "x/k", "q/k"].map(|key| format!("set {key} \"k\""));
    sets.chain(below).collect::<Vec<_>>().join("\n")
}

/// What a knob asks, for whoever reads the answer.
pub(super) const fn words(knob: Knob) -> &'static str {
    match knob {
        Knob::KeyBelowKey => "a key and a key below it both have values",
        Knob::EraseMissing => "erasing a key that has no value",
        Knob::EraseMissingPrefix => "erasing a prefix that covers nothing",
        Knob::ListMissingPrefix => "listing a prefix that covers nothing",
        Knob::WritePartialMissing => "a partial write of a key that has no value",
        Knob::WritePartialGap => "a partial write that starts beyond the end",
        Knob::BoundedOverEnd => "`2..9` of 5 bytes",
        Knob::BoundedPastEnd => "`5..9` of 5 bytes",
        Knob::ZeroLengthInside => "`2..2` of 5 bytes",
        Knob::ZeroLengthPastEnd => "`9..9` of 5 bytes",
        Knob::OffsetAtEnd => "`5..` of 5 bytes",
        Knob::OffsetPastEnd => "`9..` of 5 bytes",
        Knob::SuffixOver => "`-9..` of 5 bytes",
        Knob::SuffixZero => "`-0..` of any value",
        Knob::Order => "the order of listings",
        Knob::CaseSensitive => "keys that differ in case alone are different keys",
        Knob::UnicodeKeys => "keys with characters outside ASCII",
        Knob::MaxNameBytes => "the longest name between two slashes",
        Knob::MaxKeyBytes => "the longest key",
        Knob::Climb => "levels above the root that names may reach",
        Knob::PhantomDirs => "directories are listed below which no key is left",
        Knob::EmptyChunks => "chunks of nothing but the fill value may stay",
        Knob::AtomicMany => "an erase of many keys that is refused changed none",
        Knob::TransientErrors => "any operation may fail for now",
        Knob::AtomicSet => "a write that fails leaves the old value or the new one",
        Knob::Durable => "an acknowledged write is there after a power cut",
        Knob::Retries => "a request that goes wrong once is asked again",
        Knob::Checksums => "bytes that come back changed are found out",
        Knob::Overlap => "calls at the same time",
        Knob::PartialWrites => "partial writes of one key at the same time",
        Knob::SecondHandle => "what a second handle sees",
        Knob::Requests => "requests that an operation may cost",
    }
}

/// Where the knob stands in a passport.
pub(super) const fn tier(knob: Knob) -> Tier {
    match knob {
        Knob::BoundedOverEnd
        | Knob::BoundedPastEnd
        | Knob::ZeroLengthInside
        | Knob::ZeroLengthPastEnd
        | Knob::OffsetAtEnd
        | Knob::OffsetPastEnd
        | Knob::SuffixOver
        | Knob::SuffixZero => Tier::Ranges,
        Knob::KeyBelowKey
        | Knob::CaseSensitive
        | Knob::UnicodeKeys
        | Knob::MaxNameBytes
        | Knob::MaxKeyBytes
        | Knob::Climb => Tier::Names,
        Knob::WritePartialMissing
        | Knob::WritePartialGap
        | Knob::EraseMissing
        | Knob::EraseMissingPrefix
        | Knob::AtomicMany => Tier::Writes,
        Knob::ListMissingPrefix | Knob::Order | Knob::PhantomDirs => Tier::Listings,
        Knob::EmptyChunks | Knob::TransientErrors => Tier::Lifecycle,
        Knob::SecondHandle => Tier::Beside,
        Knob::AtomicSet | Knob::Retries | Knob::Checksums => Tier::FailedWrites,
        Knob::Durable => Tier::PowerCuts,
        Knob::Overlap | Knob::PartialWrites => Tier::Callers,
        Knob::Requests => Tier::Cost,
    }
}

/// The order in which knobs are found: what others depend on comes first.
pub(super) fn in_order() -> Vec<Knob> {
    let mut knobs = Knob::ALL.to_vec();
    knobs.sort_by_key(|knob| match knob {
        Knob::TransientErrors => 0,
        // Erases stand before many questions, and names in all.
        Knob::KeyBelowKey | Knob::UnicodeKeys | Knob::MaxKeyBytes => 1,
        Knob::MaxNameBytes => 2,
        _ => 3,
    });
    knobs
}

/// What is asked while something goes wrong, by parts.
pub(super) const STRUCK: [(Tier, &str, &str); 3] = [
    (
        Tier::FailedWrites,
        "faults.errors",
        "what was there before or what was written, after an error",
    ),
    (Tier::Crashes, "faults.crashes", "what was acknowledged is there after the process ended"),
    (Tier::PowerCuts, "faults.power_cuts", "whole values are there after the power was cut"),
];
