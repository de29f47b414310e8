//! The key table of a plan: every key and prefix its operations may name, in byte order.

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
        Self { keys, prefixes }
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
        let start = self.keys.partition_point(|key| key.as_str() < prefix);
        let length = self.keys[start..].partition_point(|key| key.as_str().starts_with(prefix));
        start..start + length
    }

    /// The positions of the keys below `key` taken as a directory: `a/b` for `a`, and not `ab`.
    ///
    /// Nothing is below the empty key: as a directory it would be the root.
    #[must_use]
    pub fn children(&self, key: KeyId) -> Range<usize> {
        match self.key(key).as_str() {
            "" => 0..0,
            name => self.below(&format!("{name}/")),
        }
    }

    /// The keys in the table that are a directory of `key`: `a` and `a/b` for `a/b/c`.
    pub fn ancestors(&self, key: KeyId) -> impl Iterator<Item = KeyId> + '_ {
        let name = self.key(key).as_str();
        name.match_indices('/').filter_map(|(slash, _)| self.find_key(&name[..slash]))
    }

    /// How many levels above the store's root the names reach through `..`, at the most.
    ///
    /// An adapter whose store maps keys to paths needs at least as many levels of its own
    /// around the root to keep the rest of the machine out of reach.
    #[must_use]
    pub fn climb(&self) -> usize {
        let keys = self.keys.iter().map(StoreKey::as_str);
        let prefixes = self.prefixes.iter().map(StorePrefix::as_str);
        keys.chain(prefixes).map(climb).max().unwrap_or(0)
    }
}

/// How far `path` climbs above where it starts: 1 for `../a`, 0 for `a/../b`.
fn climb(path: &str) -> usize {
    if !path.contains("..") {
        return 0;
    }
    let (mut depth, mut highest) = (0_isize, 0_isize);
    for segment in path.split('/') {
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
