//! Pages of listings, from keys in order.
//!
//! A page takes time for what is on it: keys are in an ordered map, and a common prefix is passed
//! over with one step.

use std::collections::BTreeMap;
use std::ops::Bound;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Listing<'a> {
    pub(crate) prefix: &'a str,
    /// Keys with this behind the prefix are listed together, as one common prefix.
    pub(crate) delimiter: Option<&'a str>,
    /// Keys and common prefixes up to this one, with it, are left out.
    pub(crate) after: Option<&'a str>,
    /// How many keys and common prefixes make a page.
    pub(crate) limit: usize,
}

/// A page: keys and common prefixes, together in byte order.
#[derive(Debug)]
pub(crate) struct Page<'a, V> {
    pub(crate) entries: Vec<Entry<'a, V>>,
    /// Whether there are more behind them.
    pub(crate) is_truncated: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry<'a, V> {
    Object(&'a str, &'a V),
    CommonPrefix(&'a str),
}

impl<'a, V> Entry<'a, V> {
    /// The key, or the common prefix.
    pub(crate) fn name(&self) -> &'a str {
        match self {
            Self::Object(name, _) | Self::CommonPrefix(name) => name,
        }
    }
}

impl Listing<'_> {
    /// The page of `objects` that is asked for.
    ///
    /// It takes time for what is listed, not for what is left out: behind a common prefix, it goes
    /// on after the last key that it covers.
    pub(crate) fn page<'a, V>(&self, objects: &'a BTreeMap<String, V>) -> Page<'a, V> {
        let mut page = Page { entries: Vec::new(), is_truncated: false };
        // As AWS does it: who asks for nothing is not told that there is more.
        if self.limit == 0 {
            return page;
        }
        let mut start = self.start();
        'runs: while let Some(bound) = start.take() {
            let range = objects.range::<str, _>((as_ref(&bound), Bound::Unbounded));
            for (key, value) in range {
                let Some(rest) = key.strip_prefix(self.prefix) else { break 'runs };
                if page.entries.len() == self.limit {
                    page.is_truncated = true;
                    break 'runs;
                }
                let Some(length) = self.common_length(rest) else {
                    page.entries.push(Entry::Object(key, value));
                    continue;
                };
                let common_prefix = &key[..length];
                page.entries.push(Entry::CommonPrefix(common_prefix));
                start = behind(common_prefix).map(Bound::Included);
                continue 'runs;
            }
            break;
        }
        page
    }

    /// Where the first key of the page may be; `None` if there cannot be one.
    fn start(&self) -> Option<Bound<String>> {
        let after = match self.after {
            Some(after) if after >= self.prefix => after,
            _ => return Some(Bound::Included(self.prefix.to_owned())),
        };
        // All keys that the same common prefix covers are listed with it, and it is left out.
        match after.strip_prefix(self.prefix).and_then(|rest| self.common_length(rest)) {
            Some(length) => behind(&after[..length]).map(Bound::Included),
            None => Some(Bound::Excluded(after.to_owned())),
        }
    }

    /// How long the common prefix of a key is that has `rest` behind the prefix, if it has one.
    fn common_length(&self, rest: &str) -> Option<usize> {
        let delimiter = self.delimiter?;
        rest.find(delimiter).map(|at| self.prefix.len() + at + delimiter.len())
    }
}

fn as_ref(bound: &Bound<String>) -> Bound<&str> {
    match bound {
        Bound::Included(key) => Bound::Included(key),
        Bound::Excluded(key) => Bound::Excluded(key),
        Bound::Unbounded => Bound::Unbounded,
    }
}

/// The first text behind all that begin with `prefix`, if there is one.
fn behind(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // The order of characters is that of their bytes in UTF-8.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[&str] =
        &["a", "a/b", "a/c/d", "a/c/e", "a0", "b/", "b/x", "c", "é/f", "\u{10ffff}/g"];

    /// All pages that `listing` comes to, one after the other.
    fn pages(listing: Listing<'_>) -> Vec<Vec<String>> {
        let objects: BTreeMap<String, usize> =
            KEYS.iter().enumerate().map(|(at, key)| ((*key).to_owned(), at)).collect();
        let mut pages = Vec::new();
        let mut after = listing.after.map(str::to_owned);
        loop {
            let page = Listing { after: after.as_deref(), ..listing }.page(&objects);
            pages.push(page.entries.iter().map(|entry| entry.name().to_owned()).collect());
            if !page.is_truncated {
                return pages;
            }
            after = page.entries.last().map(|entry| entry.name().to_owned());
        }
    }

    /// What a listing gives, as slowly and plainly as can be.
    fn plainly(listing: Listing<'_>) -> Vec<String> {
        let listed = KEYS.iter().filter(|key| key.starts_with(listing.prefix)).map(|key| {
            let rest = &key[listing.prefix.len()..];
            match listing.delimiter.and_then(|it| rest.find(it).map(|at| at + it.len())) {
                Some(end) => key[..listing.prefix.len() + end].to_owned(),
                None => (*key).to_owned(),
            }
        });
        let mut names: Vec<String> =
            listed.filter(|name| listing.after.is_none_or(|after| name.as_str() > after)).collect();
        names.dedup();
        names
    }

    #[test]
    fn pages_of_any_size_give_what_a_plain_listing_gives() {
        let afters =
            [None, Some(""), Some("a/c"), Some("a/c/"), Some("a/c/d"), Some("b/"), Some("zz")];
        for prefix in ["", "a", "a/", "a/c/", "b/", "é", "x", "\u{10ffff}/"] {
            for delimiter in [None, Some("/"), Some("c"), Some("/c/")] {
                for after in afters {
                    for limit in 1..=KEYS.len() + 1 {
                        let listing = Listing { prefix, delimiter, after, limit };
                        let pages = pages(listing);
                        assert_eq!(pages.concat(), plainly(listing), "{listing:?}");
                        let (last, full) = pages.split_last().unwrap();
                        assert!(full.iter().all(|page| page.len() == limit), "{listing:?}");
                        assert!(full.is_empty() || !last.is_empty(), "{listing:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_page_of_nothing_is_not_truncated() {
        assert_eq!(pages(Listing::default()), [Vec::<String>::new()]);
    }

    #[test]
    fn behind_the_last_character_there_is_nothing() {
        assert_eq!(behind("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(behind("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(behind("\u{10ffff}"), None);
        assert_eq!(behind(""), None);
    }
}
