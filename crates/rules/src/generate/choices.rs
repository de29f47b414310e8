//! The stream of choices: the one source of randomness in a plan.

use std::iter;
use std::sync::Arc;

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
    /// What is taken before the generator is asked.
    given: Option<Given>,
}

/// Bytes that somebody else chose.
#[derive(Clone, Debug)]
struct Given {
    bytes: Arc<[u8]>,
    taken: usize,
}

impl Given {
    /// The number that the next bytes are; those that are missing are 0.
    fn take(&mut self, count: usize) -> u64 {
        let taken = self.bytes.get(self.taken..).unwrap_or_default();
        let next = taken.iter().copied().chain(iter::repeat(0)).take(count);
        self.taken += count;
        next.fold(0, |number, byte| number << 8 | u64::from(byte))
    }

    fn is_spent(&self) -> bool {
        self.taken >= self.bytes.len()
    }
}

impl Choices {
    /// The stream of one case of a campaign.
    #[must_use]
    pub fn new(seed: u64, case: u64) -> Self {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        let word = generator.next_u64() ^ case.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { generator: Xoshiro256PlusPlus::seed_from_u64(word), given: None }
    }

    /// The stream that bytes are, and another one of no meaning behind them.
    ///
    /// For fuzzers, which change bytes and watch what comes of it: a choice takes no more bytes than
    /// it has answers to tell apart, and each answer is that of some bytes, so every plan is.
    ///
    /// # Examples
    ///
    /// ```
    /// use zarr_conform_rules::Choices;
    ///
    /// let mut choices = Choices::from_bytes(&[0, 128, 255]);
    /// assert_eq!([choices.below(4), choices.below(4), choices.below(1)], [0, 2, 0]);
    /// assert!(!choices.is_spent());
    /// assert_eq!(choices.below(4), 3);
    /// assert!(choices.is_spent());
    /// ```
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let given = Given { bytes: bytes.into(), taken: 0 };
        Self { given: Some(given), ..Self::new(0, 0) }
    }

    /// Whether the bytes that the stream [is](Self::from_bytes) are at their end; one of a seed has
    /// none.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.given.as_ref().is_some_and(Given::is_spent)
    }

    /// A stream that another generator of random numbers starts.
    pub fn from_rng(rng: &mut impl Rng) -> Self {
        Self { generator: Xoshiro256PlusPlus::seed_from_u64(rng.next_u64()), given: None }
    }

    /// Any word.
    pub fn word(&mut self) -> u64 {
        match &mut self.given {
            Some(given) if !given.is_spent() => given.take(8),
            _ => self.generator.next_u64(),
        }
    }

    /// A number below `bound`, and 0 if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if let Some(given) = self.given.as_mut().filter(|given| !given.is_spent()) {
            let bits = usize::BITS - bound.saturating_sub(1).leading_zeros();
            let count = bits.div_ceil(8);
            let product = u128::from(given.take(count as usize)) * bound as u128;
            return (product >> (8 * count)) as usize;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_below_a_bound_is_that_of_some_bytes() {
        for bound in [1, 2, 3, 100, 255, 256, 257, 1000] {
            let count = if bound > 256 { 1 << 16 } else { 1 << 8 };
            let of = |bytes: u32| {
                let bytes = bytes.to_be_bytes();
                let used = if bound > 256 { &bytes[2..] } else { &bytes[3..] };
                let mut choices = Choices::from_bytes(used);
                let number = choices.below(bound);
                assert_eq!(choices.is_spent(), bound > 1, "{bound}");
                number
            };
            let numbers: std::collections::BTreeSet<usize> = (0..count).map(of).collect();
            assert!(numbers.into_iter().eq(0..bound), "{bound}");
        }
    }

    #[test]
    fn bytes_that_are_missing_are_zero_and_then_come_those_of_a_seed() {
        let mut choices = Choices::from_bytes(&[1]);
        assert_eq!(choices.word(), 1 << 56);
        assert_eq!(choices.word(), Choices::new(0, 0).word());
        assert!(Choices::from_bytes(&[]).is_spent() && !Choices::new(0, 0).is_spent());
    }
}
