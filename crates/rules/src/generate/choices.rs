//! The stream of choices: the one source of randomness in a plan.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// A reproducible stream of choices.
///
/// A seed and a case number give the same stream on every machine, on any number of threads,
/// and in every version that keeps the plan format's version.
///
/// # Examples
///
/// ```
/// use zarr_conform_rules::Choices;
///
/// let mut choices = Choices::new(0x5eed, 7);
/// let mut again = Choices::new(0x5eed, 7);
/// assert_eq!(choices.below(1000), again.below(1000));
/// assert!(["a", "b"].contains(choices.pick(&["a", "b"])));
/// ```
#[derive(Clone, Debug)]
pub struct Choices {
    generator: Xoshiro256PlusPlus,
}

impl Choices {
    /// The stream of one case of a campaign.
    #[must_use]
    pub fn new(seed: u64, case: u64) -> Self {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        let word = generator.next_u64() ^ case.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { generator: Xoshiro256PlusPlus::seed_from_u64(word) }
    }

    /// A stream that another generator of random numbers starts.
    pub fn from_rng(rng: &mut impl Rng) -> Self {
        Self { generator: Xoshiro256PlusPlus::seed_from_u64(rng.next_u64()) }
    }

    /// Any word.
    pub fn word(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A number below `bound`, and 0 if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        // The high half of a product is uniform up to one part in 2^64 / bound.
        let product = u128::from(self.word()) * bound as u128;
        (product >> 64) as usize
    }

    /// A number from `low` up to and including `high`.
    ///
    /// # Panics
    ///
    /// Panics if `high` is below `low`.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        assert!(low <= high, "no number between {low} and {high}");
        low + self.below(high - low + 1)
    }

    /// Yes in `part` of `whole` cases.
    pub fn chance(&mut self, part: usize, whole: usize) -> bool {
        self.below(whole) < part
    }

    /// One of the items.
    ///
    /// # Panics
    ///
    /// Panics if there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        assert!(!items.is_empty(), "nothing to pick from");
        &items[self.below(items.len())]
    }

    /// The position of one of the weights, each as likely as it is heavy.
    ///
    /// # Panics
    ///
    /// Panics if the weights sum to 0.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: usize = weights.iter().map(|weight| *weight as usize).sum();
        assert!(total > 0, "nothing has weight");
        let mut rest = self.below(total);
        for (index, weight) in weights.iter().enumerate() {
            match rest.checked_sub(*weight as usize) {
                Some(left) => rest = left,
                None => return index,
            }
        }
        unreachable!("a number below the sum falls into one of the weights")
    }

    /// A number from 0 up, each next one half as likely, and `most` at the most.
    pub fn halving(&mut self, most: usize) -> usize {
        most.min(self.word().trailing_ones() as usize)
    }
}
