//! Odd names: kinds of names that stores take for others, keep for themselves, or lose.
//!
//! A kind is a way to draw a few names that belong together, beside a key that is there already. Each
//! kind comes in every default campaign, since tables take turns.

use crate::generate::choices::Choices;

/// A kind of odd names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OddNames {
    /// A name and the same with other separators: `a.b`, `a/b`, `a-b`, `a_b`, `a:b`, `a%2Fb`.
    Separators,
    /// A name, and the same with what stores put behind names for themselves.
    OwnSuffixes,
    /// Names that the specification keeps: those with `__` in front, and what is below them.
    Reserved,
    /// White space other than U+0020 at an end of a segment.
    OuterWhite,
    /// Long names of characters of several bytes.
    LongUnicode,
    /// Names that look like drives, devices, or hosts.
    Drives,
    /// Names of more than ten levels.
    Deep,
    /// Names of around a kilobyte, whose segments are no longer than 200 bytes.
    Kilobyte,
    /// All documents of one node.
    Documents,
    /// Chunks of one array, in every encoding of their keys.
    Chunks,
    /// Names with characters that do not show, or that go together with others.
    Controls,
    /// Names that begin with a name, each a little longer: `a`, `aa`, `a0`, `a/0`.
    Beginnings,
    /// Characters that mean something in URLs, shells, queries or patterns, wherever they stand.
    Marks,
    /// Names as long as file systems have them, and a byte longer.
    Longest,
}

/// What stores put behind the names of files that they write, lock, keep or replace.
pub(super) const OWN_SUFFIXES: &[&str] = &[
    ".tmp",
    ".part",
    ".lock",
    "~",
    ".bak",
    "#1",
    ".__temp",
    ";1",
    ".1",
    ".new",
    ".old",
    "@1",
    ".crc",
    ".gz",
    ".json",
    "_$folder$",
    ".swp",
    "#0",
    ".meta",
    ".tmp.1",
    "_lock",
    "-journal",
    "-wal",
];

/// So many of them are drawn each time.
const USUAL_SUFFIXES: usize = 9;

pub(super) const SEPARATORS: &[&str] = &[".", "/", "-", "_", ":", "%2F"];

/// White space that is not U+0020, and that functions which trim take away.
pub(super) const WHITE: &[&str] =
    &["\t", "\n", "\r", "\u{b}", "\u{85}", "\u{a0}", "\u{2003}", "\u{3000}"];

/// ASCII characters that show and are neither letters nor digits, but for the slash: each means
/// something to some protocol, shell or pattern.
pub(super) const MARKS: &str = "!\"#$%&'()*+,-.:;<=>?@[\\]^_`{|}~ ";

pub(super) const DRIVES: &[&str] = &[
    "c:",
    "C:",
    "a/c:",
    "c:a",
    "aux",
    "con.txt",
    "lpt1",
    "nul",
    "file:",
    "s3:",
    "localhost",
    "~root",
    "$RECYCLE.BIN",
];

pub(super) const CONTROLS: &[&str] = &[
    "a\u{1}b",
    "\u{1b}[0m",
    "a\u{7f}",
    "\u{feff}a",
    "a\u{200d}b",
    "a\u{ad}b",
    "a\u{301}",
    "\u{fffd}",
    "a\u{ffff}",
    "a\rb",
    "a\nb",
    "\u{10ffff}",
    "a\u{202e}b",
];

pub(super) const DOCUMENTS: &[&str] = &[
    "zarr.json",
    ".zgroup",
    ".zarray",
    ".zattrs",
    ".zmetadata",
    "zarr.json.tmp",
    "zarr.js",
    "Zarr.json",
];

pub(super) const CHUNKS: &[&str] =
    &["c/0/1", "c.0.1", "0/1", "0.1", "c/0", "c/01", "c/0/10", "c", "0", "c0", "-1"];

impl OddNames {
    /// Every kind. Tables with odd names have two of them each, so that any default campaign has each
    /// kind in two tables at the least.
    pub(crate) const ALL: &[Self] = &[
        Self::Separators,
        Self::OwnSuffixes,
        Self::Beginnings,
        Self::Reserved,
        Self::OuterWhite,
        Self::LongUnicode,
        Self::Drives,
        Self::Deep,
        Self::Kilobyte,
        Self::Documents,
        Self::Chunks,
        Self::Controls,
        Self::Marks,
        Self::Longest,
    ];

    /// Some names of this kind, beside a key.
    pub(crate) fn draw(self, choices: &mut Choices, key: &str) -> Vec<String> {
        let directory = key.rfind('/').map_or("", |slash| &key[..=slash]).to_owned();
        let name = key.rsplit('/').next().unwrap_or_default().to_owned();
        let below = |name: &&str| format!("{directory}{name}");
        match self {
            Self::Separators => {
                let (first, last) =
                    (choices.pick(&["a", "c", "0", "x"]), choices.pick(&["b", "0", "1"]));
                let twins = SEPARATORS.iter().map(|between| format!("{first}{between}{last}"));
                let twins: Vec<_> = twins.map(|twin| below(&twin.as_str())).collect();
                some(choices, &twins, 6)
            }
            Self::OwnSuffixes => {
                let is_plain = !key.is_empty() && !key.ends_with('.');
                let stem = if is_plain { key } else { "a" };
                let (usual, others) = OWN_SUFFIXES.split_at(USUAL_SUFFIXES);
                let mut suffixes = usual.to_vec();
                suffixes.extend(some(choices, others, others.len() / 4));
                let own = suffixes.iter().map(|suffix| format!("{stem}{suffix}"));
                let hidden =
                    suffixes.iter().take(1).map(|suffix| format!("{directory}.{name}{suffix}"));
                own.chain([stem.to_owned()]).chain(hidden).collect()
            }
            Self::Reserved => {
                let names =
                    ["__x", "__x/y", "__x/zarr.json", "__", "a__b", "__init__.py", "zarr.json/x"];
                some(choices, &names.map(|name| below(&name)), 4)
            }
            Self::OuterWhite => {
                let white = *choices.pick(WHITE);
                let names = [
                    format!("a{white}"),
                    format!("{white}a"),
                    format!("a{white}/b"),
                    "a".to_owned(),
                    white.to_owned(),
                ];
                some(choices, &names.map(|name| below(&name.as_str())), 4)
            }
            Self::LongUnicode => {
                let letter = *choices.pick(&["é", "日", "😀", "e\u{301}"]);
                let most = *choices.pick(&[255_usize, 254, 128, 100, 64]);
                let long = letter.repeat(most / letter.len());
                vec![
                    below(&long.as_str()),
                    below(&format!("{long}a").as_str()),
                    below(&format!("{long}b").as_str()),
                ]
            }
            Self::Drives => some(choices, &DRIVES.iter().map(below).collect::<Vec<_>>(), 4),
            Self::Deep => {
                let levels = choices.between(9, 40);
                let segment = *choices.pick(&["a", "d", "0", "ab"]);
                let deep = vec![segment; levels].join("/");
                vec![format!("{deep}/x"), format!("{deep}/y"), deep]
            }
            Self::Kilobyte => {
                let length = *choices.pick(&[512_usize, 900, 1000, 1023, 1024, 1025, 2048]);
                let segment = choices.between(40, 200);
                let mut long = "k".repeat(length);
                for at in (segment..length - 1).step_by(segment + 1) {
                    long.replace_range(at..=at, "/");
                }
                if long.ends_with('/') {
                    long.pop();
                }
                vec![format!("{}2", &long[..long.len() - 1]), long]
            }
            Self::Documents => some(choices, &DOCUMENTS.iter().map(below).collect::<Vec<_>>(), 5),
            Self::Chunks => some(choices, &CHUNKS.iter().map(below).collect::<Vec<_>>(), 5),
            Self::Controls => some(choices, &CONTROLS.iter().map(below).collect::<Vec<_>>(), 3),
            Self::Beginnings => {
                let longer = ["a", "aa", "a0", "a/0", "aab", "a-", "aa/0", "a."];
                some(choices, &longer.map(|name| below(&name)), 5)
            }
            Self::Marks => {
                let marks: Vec<String> = MARKS.chars().map(String::from).collect();
                let names = some(choices, &marks, 4).into_iter().flat_map(|mark| {
                    let around = [format!("{mark}a"), format!("a{mark}"), format!("a{mark}b")];
                    around.map(|name| below(&name.as_str()))
                });
                names.collect()
            }
            Self::Longest => {
                let letter = *choices.pick(&["n", "N", "0"]);
                [254, 255, 256].map(|length| below(&letter.repeat(length).as_str())).into()
            }
        }
    }
}

/// Up to so many of the items, one after the other from any of them on, so that none comes twice.
fn some<T: Clone>(choices: &mut Choices, items: &[T], most: usize) -> Vec<T> {
    let first = choices.below(items.len());
    let step = if choices.chance(1, 2) { 1 } else { items.len() - 1 };
    (0..most.min(items.len())).map(|at| items[(first + at * step) % items.len()].clone()).collect()
}
