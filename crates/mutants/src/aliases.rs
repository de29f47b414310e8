//! Bugs of names: a name is taken for another one, so that two keys are one.

use zarr_conform_model::plan::climb;
use zarr_conform_model::{Names, Operation};
use zarrs_storage::{StoreKey, StorePrefix};

use crate::host::Bug;

pub(crate) fn case_fold() -> Bug {
    takes_names_for(|name| {
        let folds = name.bytes().any(|byte| byte.is_ascii_uppercase());
        folds.then(|| name.to_ascii_lowercase())
    })
}

pub(crate) fn percent_decoded() -> Bug {
    takes_names_for(|name| {
        if !name.contains('%') {
            return None;
        }
        let (mut decoded, mut rest) = (Vec::new(), name.as_bytes());
        while let [first, tail @ ..] = rest {
            let code = rest.get(1..3).filter(|_| *first == b'%').and_then(hex);
            decoded.push(code.unwrap_or(*first));
            rest = if code.is_some() { &tail[2..] } else { tail };
        }
        String::from_utf8(decoded).ok()
    })
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digits = str::from_utf8(digits).ok()?;
    // A sign is no digit, though `from_str_radix` takes one.
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

pub(crate) fn long_keys_truncated() -> Bug {
    takes_names_for(|name| {
        (name.len() > 64).then(|| name[..name.floor_char_boundary(64)].to_owned())
    })
}

pub(crate) fn dots_are_slashes() -> Bug {
    takes_names_for(|name| name.contains('.').then(|| name.replace('.', "/")))
}

pub(crate) fn dashes_are_underscores() -> Bug {
    takes_names_for(|name| name.contains('-').then(|| name.replace('-', "_")))
}

pub(crate) fn colons_are_slashes() -> Bug {
    takes_names_for(|name| name.contains(':').then(|| name.replace(':', "/")))
}

pub(crate) fn underscores_are_dots() -> Bug {
    takes_names_for(|name| name.contains('_').then(|| name.replace('_', ".")))
}

pub(crate) fn dashes_are_slashes() -> Bug {
    takes_names_for(|name| {
        let is_between = |(at, _): &(usize, &str)| {
            let (before, behind) = (&name[..*at], &name[at + 1..]);
            before.ends_with(char::is_alphanumeric) && behind.starts_with(char::is_alphanumeric)
        };
        let mut dashes = name.match_indices('-').filter(is_between).peekable();
        dashes.peek()?;
        let mut slashed = name.to_owned();
        dashes.for_each(|(at, _)| slashed.replace_range(at..=at, "/"));
        Some(slashed)
    })
}

pub(crate) fn pluses_are_spaces() -> Bug {
    takes_names_for(|name| name.contains('+').then(|| name.replace('+', " ")))
}

pub(crate) fn queries_cut() -> Bug {
    takes_names_for(|name| cut_at(name, '?'))
}

pub(crate) fn revisions_cut() -> Bug {
    takes_names_for(|name| cut_at(name, '@'))
}

pub(crate) fn cut_at_nul() -> Bug {
    takes_names_for(|name| cut_at(name, '\0'))
}

/// What stands before a mark, unless that is nothing.
fn cut_at(name: &str, mark: char) -> Option<String> {
    let (before, _) = name.split_once(mark)?;
    (!before.is_empty() && !before.ends_with('/')).then(|| before.to_owned())
}

pub(crate) fn carets_dropped() -> Bug {
    takes_names_for(|name| {
        let dropped = |segment: &str| {
            segment.strip_prefix('^').filter(|rest| !rest.is_empty()).map(str::to_owned)
        };
        let segments =
            name.split('/').map(|segment| dropped(segment).unwrap_or(segment.to_owned()));
        name.contains('^').then(|| segments.collect::<Vec<_>>().join("/"))
    })
}

pub(crate) fn names_of_256_cut() -> Bug {
    takes_names_for(|name| {
        let cut = |segment: &str| segment[..segment.floor_char_boundary(255)].to_owned();
        let segments = name.split('/').map(cut);
        (name.len() > 255).then(|| segments.collect::<Vec<_>>().join("/"))
    })
}

pub(crate) fn composed() -> Bug {
    takes_names_for(|name| name.contains("e\u{301}").then(|| name.replace("e\u{301}", "\u{e9}")))
}

pub(crate) fn nothing_shown_dropped() -> Bug {
    const HIDDEN: [char; 4] = ['\u{200b}', '\u{200d}', '\u{ad}', '\u{feff}'];
    takes_names_for(|name| {
        let shown: String = name.chars().filter(|char| !HIDDEN.contains(char)).collect();
        (shown != name && !shown.is_empty()).then_some(shown)
    })
}

pub(crate) fn outer_white_space_trimmed() -> Bug {
    takes_names_for(|name| {
        let trimmed: Vec<_> = name.split('/').map(str::trim).collect();
        Some(trimmed.join("/")).filter(|trimmed| trimmed != name)
    })
}

pub(crate) fn doubled_slashes_collapsed() -> Bug {
    takes_names_for(|name| name.contains("//").then(|| name.replace("//", "/")))
}

pub(crate) fn versions_cut() -> Bug {
    takes_names_for(|name| {
        let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let stem = stem.strip_suffix(";")?;
        (stem.len() + 1 < name.len()).then(|| stem.to_owned())
    })
}

/// Asks the store with other names where `other` has one: keys and prefixes alike.
///
/// A name that is none, or that climbs higher than the plan's own, is left alone: a store that
/// maps keys to paths may only be as well guarded as the plan's names need.
pub(crate) fn takes_names_for(other: fn(&str) -> Option<String>) -> Bug {
    let other = move |name: &str| other(name).filter(|other| climb(other) <= climb(name));
    let key_for = move |key: &StoreKey| StoreKey::new(other(key.as_str())?).ok();
    let prefix_for = move |prefix: &StorePrefix| StorePrefix::new(other(prefix.as_str())?).ok();
    Box::new(move |host, operation| {
        let names = host.names;
        let has_other = operation.keys().any(|key| key_for(names.key(key)).is_some())
            || operation.prefix().is_some_and(|prefix| prefix_for(names.prefix(prefix)).is_some());
        if !has_other {
            return host.ask(operation);
        }
        let key_for = |key| key_for(names.key(key)).unwrap_or_else(|| names.key(key).clone());
        let prefix_for = |prefix| {
            prefix_for(names.prefix(prefix)).unwrap_or_else(|| names.prefix(prefix).clone())
        };
        let others = Names::new(operation.keys().map(&key_for), operation.prefix().map(prefix_for));
        let renamed: Operation = operation.rename(
            |key| others.find_key(key_for(key).as_str()).expect("every key was put in"),
            |prefix| {
                others.find_prefix(prefix_for(prefix).as_str()).expect("every prefix was put in")
            },
        );
        host.under(&others).ask(&renamed)
    })
}
