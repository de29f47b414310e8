//! Values as operations carry them: a few words of data that stand for up to gigabytes of bytes.

use std::fmt;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;

use crate::plan::text;

/// The bytes that a write stores, described so that plans stay small and print short.
///
/// The three kinds print as `"text"` or `0xhex`, `4097*0xab` and `4097*#12`.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Value;
///
/// let ones = Value::Repeat { length: 3, byte: 1 };
/// assert_eq!(ones.to_bytes(), [1, 1, 1].as_slice());
/// assert_eq!(ones.to_string(), "3*0x01");
/// assert_eq!(Value::from("hi").to_string(), "\"hi\"");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Value {
    /// These very bytes.
    Literal(Arc<[u8]>),
    /// One byte, repeated.
    Repeat {
        /// Length in bytes.
        length: u32,
        /// The byte.
        byte: u8,
    },
    /// The first `length` bytes of the noise that belongs to `id`.
    ///
    /// Every byte depends on the id and on its offset, so that a torn, shifted or stale
    /// read shows. Two patterns of one id agree on their common length: this is how a value
    /// that is a prefix of the old one, or longer by one byte, is asked for.
    Pattern {
        /// Length in bytes.
        length: u32,
        /// Which noise; ids that are equal modulo 65,536 give the same.
        id: u32,
    },
}

impl Value {
    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Literal(bytes) => bytes.len(),
            Self::Repeat { length, .. } | Self::Pattern { length, .. } => *length as usize,
        }
    }

    /// Whether the value has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes themselves. Patterns of up to 17 MiB are slices of a static buffer and cost no
    /// allocation.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Literal(bytes) => Bytes::copy_from_slice(bytes),
            Self::Repeat { length, byte } => vec![*byte; *length as usize].into(),
            Self::Pattern { length, id } => pattern(*length as usize, *id),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Literal(text.as_bytes().into())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(bytes) => text::write_bytes(f, bytes),
            Self::Repeat { length, byte } => write!(f, "{length}*0x{byte:02x}"),
            Self::Pattern { length, id } => write!(f, "{length}*#{id}"),
        }
    }
}

/// In how many places of the noise patterns begin.
const STARTS: usize = 1 << 16;

/// The longest that rules draw, but for large values.
const LONGEST: usize = 1 << 20;

/// The longest of large values, and a bit.
const LONGEST_LARGE: usize = 17 << 20;

/// What patterns are slices of: to make each anew took a quarter of a campaign's time.
static NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| noise(STARTS + LONGEST));

/// The same for large values; it begins as the other does, and takes some 10 ms to make.
static LARGE_NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| noise(STARTS + LONGEST_LARGE));

/// The first bytes of a noise that never repeats, so that parts that change places show.
fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length.next_multiple_of(8)];
    for (word, n) in bytes.chunks_exact_mut(8).zip(0..) {
        word.copy_from_slice(&mix(n).to_le_bytes());
    }
    bytes
}

/// A well-mixed word for each `n`: the output function of `SplitMix64` (Steele, Lea, Flood 2014).
const fn mix(n: u64) -> u64 {
    let z = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn pattern(length: usize, id: u32) -> Bytes {
    // An odd factor spreads neighbouring ids over the starts without collisions.
    let start = id.wrapping_mul(40_503) as usize % STARTS;
    let end = start + length;
    if length <= LONGEST {
        Bytes::from_static(&NOISE[start..end])
    } else if length <= LONGEST_LARGE {
        Bytes::from_static(&LARGE_NOISE[start..end])
    } else {
        Bytes::from(noise(end)).slice(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_one_id_agree_on_their_common_length() {
        for id in [0, 1, 7, 65_535, 1 << 20] {
            let long = pattern(LONGEST_LARGE + 1, id);
            for length in [0, 1, 4096, LONGEST, LONGEST + 1, LONGEST_LARGE] {
                assert_eq!(pattern(length, id), long.slice(..length), "{length} of {id}");
            }
        }
    }

    #[test]
    fn patterns_show_shifts_and_other_versions() {
        let one = pattern(64, 1);
        assert_ne!(one, pattern(64, 2));
        assert_ne!(one.slice(1..), pattern(63, 1));
        let long = pattern(3 << 16, 1);
        let [first, second, third] = [0, 1, 2].map(|at| long.slice(at << 16..(at + 1) << 16));
        assert!(first != second && second != third && third != first);
    }
}
