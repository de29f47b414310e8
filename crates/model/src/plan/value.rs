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

    /// The bytes themselves. Patterns of up to 64 KiB are slices of one static buffer and cost
    /// no allocation.
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

/// The noise repeats after this many bytes.
const PERIOD: usize = 1 << 16;

/// How much further in the noise each period of a long pattern begins; odd, so that all of up to
/// 65,536 periods differ. A guess.
const NEXT_PERIOD: usize = 24_001;

/// Two periods, so that every pattern of up to one period is one slice.
static NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let words = (0..(PERIOD / 8) as u64).map(mix);
    let period: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
    period.repeat(2)
});

/// A well-mixed word for each `n`: the output function of `SplitMix64` (Steele, Lea, Flood 2014).
const fn mix(n: u64) -> u64 {
    let z = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn pattern(length: usize, id: u32) -> Bytes {
    // An odd factor spreads neighbouring ids over the period without collisions.
    let start = id.wrapping_mul(40_503) as usize % PERIOD;
    let noise: &'static [u8] = &NOISE;
    if length <= PERIOD {
        return Bytes::from_static(&noise[start..start + length]);
    }
    let mut bytes = Vec::with_capacity(length);
    // Each period begins elsewhere in the noise, or parts that change places would not show.
    for period in 0..length.div_ceil(PERIOD) {
        let start = (start + period * NEXT_PERIOD) % PERIOD;
        let missing = (length - bytes.len()).min(PERIOD);
        bytes.extend_from_slice(&noise[start..start + missing]);
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_one_id_agree_on_their_common_length() {
        for id in [0, 1, 7, 65_535, 1 << 20] {
            let long = pattern(200_000, id);
            for length in [0, 1, 4096, 65_535, 65_536, 65_537, 131_072] {
                assert_eq!(pattern(length, id), long.slice(..length), "{length} of {id}");
            }
        }
    }

    #[test]
    fn patterns_show_shifts_and_other_versions() {
        let one = pattern(64, 1);
        assert_ne!(one, pattern(64, 2));
        assert_ne!(one.slice(1..), pattern(63, 1));
        let long = pattern(3 * PERIOD, 1);
        assert_ne!(long.slice(..PERIOD), long.slice(PERIOD..2 * PERIOD));
        assert_ne!(long.slice(PERIOD..2 * PERIOD), long.slice(2 * PERIOD..));
    }
}
