//! The key table of a plan: every key and prefix its operations may name, in byte order.
//!
//! Keys are positions in a table that is fixed for the plan: erased keys come back, and renaming
//! one entry renames every use. It is in byte order, so the keys below a prefix are a range of
//! positions, and a world of the model is a vector.

use std::ops::Range;

use zarrs_storage::{StoreKey, StorePrefix};

/// The position of a key in its plan's [`Names`].
///
/// Ids follow byte order: a smaller id is a smaller key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u32);

/// The position of a prefix in its plan's [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrefixId(u32);

impl KeyId {
    /// The position as an index, below [`Names::key_count`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl PrefixId {
    /// The position as an index, below [`Names::prefix_count`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The keys and prefixes that the operations of one plan name.
///
/// The table is fixed for the plan and knows nothing of which keys are live, so an operation
/// means the same in every state and any part of a plan is a plan.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Names;
/// use zarrs_storage::{StoreKey, StorePrefix};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = ["foo/x", "foo-bar", "foo"].map(|key| StoreKey::new(key).unwrap());
/// let names = Names::new(keys, [StorePrefix::new("foo/")?]);
///
/// // `-` sorts before `/`, so `foo-bar` stands between `foo` and what is below it.
/// let in_order: Vec<_> = names.keys().map(|key| names.key(key).as_str()).collect();
/// assert_eq!(in_order, ["foo", "foo-bar", "foo/x"]);
/// assert_eq!(names.below("foo/"), 2..3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    keys: Vec<StoreKey>,
    prefixes: Vec<StorePrefix>,
    /// The positions of the keys below each prefix.
    below: Vec<Range<u32>>,
    climb: usize,
}

impl Names {
    /// Builds a table; the order does not matter and repeated names count once.
    ///
    /// # Panics
    ///
    /// Panics on more than `u32::MAX` keys or prefixes.
    #[must_use]
    pub fn new(
        keys: impl IntoIterator<Item = StoreKey>,
        prefixes: impl IntoIterator<Item = StorePrefix>,
    ) -> Self {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        let mut prefixes: Vec<_> = prefixes.into_iter().collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        assert!(
            u32::try_from(keys.len().max(prefixes.len())).is_ok(),
            "a plan names fewer than 2^32 keys and prefixes"
        );
        let below = prefixes.iter().map(|prefix| {
            let Range { start, end } = below(&keys, prefix.as_str());
            start as u32..end as u32
        });
        let below = below.collect();
        let names = keys.iter().map(StoreKey::as_str);
        let names = names.chain(prefixes.iter().map(StorePrefix::as_str));
        let climb = names.map(climb).max().unwrap_or(0);
        Self { keys, prefixes, below, climb }
    }

    /// The key at `id`.
    ///
    /// # Panics
    ///
    /// Panics if `id` comes from a larger table.
    #[must_use]
    pub fn key(&self, id: KeyId) -> &StoreKey {
        &self.keys[id.index()]
    }

    /// The prefix at `id`.
    ///
    /// # Panics
    ///
    /// Panics if `id` comes from a larger table.
    #[must_use]
    pub fn prefix(&self, id: PrefixId) -> &StorePrefix {
        &self.prefixes[id.index()]
    }

    /// How many keys the table holds.
    #[must_use]
    pub fn key_count(&self) -> usize {
        self.keys.len()
    }

    /// How many prefixes the table holds.
    #[must_use]
    pub fn prefix_count(&self) -> usize {
        self.prefixes.len()
    }

    /// The id at a position.
    ///
    /// # Panics
    ///
    /// Panics if `index` is not below [`key_count`](Self::key_count).
    #[must_use]
    pub fn key_at(&self, index: usize) -> KeyId {
        assert!(index < self.keys.len(), "no key at position {index}");
        KeyId(index as u32)
    }

    /// The prefix id at a position.
    ///
    /// # Panics
    ///
    /// Panics if `index` is not below [`prefix_count`](Self::prefix_count).
    #[must_use]
    pub fn prefix_at(&self, index: usize) -> PrefixId {
        assert!(index < self.prefixes.len(), "no prefix at position {index}");
        PrefixId(index as u32)
    }

    /// Every key's id, in byte order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = KeyId> + ExactSizeIterator + use<> {
        (0..self.keys.len() as u32).map(KeyId)
    }

    /// Every prefix's id, in byte order.
    pub fn prefixes(
        &self,
    ) -> impl DoubleEndedIterator<Item = PrefixId> + ExactSizeIterator + use<> {
        (0..self.prefixes.len() as u32).map(PrefixId)
    }

    /// The id of `key`, if the table holds it.
    #[must_use]
    pub fn find_key(&self, key: &str) -> Option<KeyId> {
        let position = self.keys.binary_search_by(|held| held.as_str().cmp(key));
        position.ok().map(|index| KeyId(index as u32))
    }

    /// The id of `prefix`, if the table holds it.
    #[must_use]
    pub fn find_prefix(&self, prefix: &str) -> Option<PrefixId> {
        let position = self.prefixes.binary_search_by(|held| held.as_str().cmp(prefix));
        position.ok().map(|index| PrefixId(index as u32))
    }

    /// The positions of the keys that start with `prefix`, which in byte order stand together.
    ///
    /// `a/` covers `a/b`, and neither `a` nor `ab`; the empty prefix covers every key.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Range<usize> {
        below(&self.keys, prefix)
    }

    /// [`below`](Self::below) for a prefix of the table, without a search.
    ///
    /// # Panics
    ///
    /// Panics if `prefix` comes from a larger table.
    #[must_use]
    pub fn below_prefix(&self, prefix: PrefixId) -> Range<usize> {
        let Range { start, end } = self.below[prefix.index()];
        start as usize..end as usize
    }

    /// The positions of the keys below `key` taken as a directory: `a/b` for `a`, and not `ab`.
    ///
    /// Nothing is below the empty key: as a directory it would be the root.
    #[must_use]
    pub fn children(&self, key: KeyId) -> Range<usize> {
        let name = self.key(key).as_str().as_bytes();
        if name.is_empty() {
            return 0..0;
        }
        // Names that begin with the key's come behind it: first those that go on with what sorts
        // before `/`, then the children.
        let first = key.index() + 1;
        let goes_on = |other: &StoreKey, with: fn(u8) -> bool| {
            let rest = other.as_str().as_bytes().strip_prefix(name);
            rest.and_then(<[u8]>::first).is_some_and(|byte| with(*byte))
        };
        let affixed = |other: &StoreKey| goes_on(other, |byte| byte < b'/');
        let start = first + self.keys[first..].partition_point(affixed);
        let below = |other: &StoreKey| goes_on(other, |byte| byte == b'/');
        start..start + self.keys[start..].partition_point(below)
    }

    /// The keys in the table that are a directory of `key`: `a` and `a/b` for `a/b/c`.
    pub fn ancestors(&self, key: KeyId) -> impl Iterator<Item = KeyId> + '_ {
        let name = self.key(key).as_str();
        name.match_indices('/').filter_map(|(slash, _)| self.find_key(&name[..slash]))
    }

    /// How many levels above the store's root the names reach through `..`, at the most.
    ///
    /// A store that maps keys to paths needs at least as many levels around its root to keep the
    /// rest of the machine out of reach; see [`Dialect::climb`](crate::Dialect::climb).
    #[must_use]
    pub fn climb(&self) -> usize {
        self.climb
    }
}

/// The positions of the keys that start with `prefix`.
/// Names in the order in which they come up, while nobody knows yet which others will.
#[derive(Debug, Default)]
pub(super) struct Draft {
    keys: Vec<StoreKey>,
    prefixes: Vec<StorePrefix>,
}

impl Draft {
    /// A key, and its id until the table is settled.
    pub(super) fn key(&mut self, key: StoreKey) -> KeyId {
        self.keys.push(key);
        KeyId(self.keys.len() as u32 - 1)
    }

    /// A prefix, and its id until the table is settled.
    pub(super) fn prefix(&mut self, prefix: StorePrefix) -> PrefixId {
        self.prefixes.push(prefix);
        PrefixId(self.prefixes.len() as u32 - 1)
    }

    /// The table of all names, and their ids there, by those of the draft.
    pub(super) fn settle(self) -> (Names, Vec<KeyId>, Vec<PrefixId>) {
        let names = Names::new(self.keys.iter().cloned(), self.prefixes.iter().cloned());
        let key = |key: &StoreKey| names.find_key(key.as_str());
        let prefix = |prefix: &StorePrefix| names.find_prefix(prefix.as_str());
        let keys = self.keys.iter().filter_map(key).collect();
        let prefixes = self.prefixes.iter().filter_map(prefix).collect();
        (names, keys, prefixes)
    }
}

fn below(keys: &[StoreKey], prefix: &str) -> Range<usize> {
    let start = keys.partition_point(|key| key.as_str() < prefix);
    let length = keys[start..].partition_point(|key| key.as_str().starts_with(prefix));
    start..start + length
}

/// How many levels `path` climbs above where it starts: 1 for `../a`, 0 for `a/../b`.
#[must_use]
pub fn climb(path: &str) -> usize {
    if !path.contains("..") {
        return 0;
    }
    let (mut depth, mut highest) = (0_isize, 0_isize);
    // On some systems a backslash separates directories too.
    for segment in path.split(['/', '\\']) {
        depth += match segment {
            ".." => -1,
            "" | "." => 0,
            _ => 1,
        };
        highest = highest.min(depth);
    }
    highest.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(keys: &[&str]) -> Names {
        Names::new(keys.iter().map(|key| StoreKey::new(*key).unwrap()), [])
    }

    #[test]
    fn below_takes_whole_segments() {
        let names = names(&["a", "a-b", "a/b", "a/c/d", "a0", "b"]);
        let below = names.below("a/");
        let keys: Vec<_> = below.map(|at| names.key(names.key_at(at)).as_str()).collect();
        assert_eq!(keys, ["a/b", "a/c/d"]);
        assert_eq!(names.below(""), 0..6);
        assert_eq!(names.below("c/").len(), 0);
    }

    #[test]
    fn children_are_what_is_below_the_key_as_a_directory() {
        let names = names(
            &["", "a", "a-b", "a.b/c", "a/", "a/b", "a/c/d", "a0", "ab/c", "b"]
                .map(|key| key.trim_end_matches('/')),
        );
        for key in names.keys().filter(|key| !names.key(*key).as_str().is_empty()) {
            let searched = names.below(&format!("{}/", names.key(key)));
            let children = names.children(key);
            assert_eq!(children.len(), searched.len(), "{}", names.key(key));
            assert!(children.is_empty() || children == searched, "{}", names.key(key));
        }
        assert_eq!(names.children(names.key_at(0)), 0..0);
    }

    #[test]
    fn ancestors_are_the_directories_that_are_keys_too() {
        let names = names(&["a", "a/b/c/d", "a/b/c", "a-"]);
        let key = names.find_key("a/b/c/d").unwrap();
        let ancestors: Vec<_> = names.ancestors(key).map(|id| names.key(id).as_str()).collect();
        assert_eq!(ancestors, ["a", "a/b/c"]);
    }

    #[test]
    fn climbing_counts_the_highest_point_and_not_the_end() {
        assert_eq!(names(&["a/../b"]).climb(), 0);
        assert_eq!(names(&["../../a/b"]).climb(), 2);
        assert_eq!(names(&["a/../../b", "x"]).climb(), 1);
        assert_eq!(names(&["a..b"]).climb(), 0);
    }
}
