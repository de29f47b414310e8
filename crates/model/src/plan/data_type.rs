//! Elements of arrays: their data types, their bits, and the patterns that plans write.

use std::fmt;

/// The data types that plans give to arrays.
///
/// An element is its bits, in the low end of 64: the model compares bits, so that NaN is NaN and
/// `-0` is not `0`. A string is the number that stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataType {
    /// `bool`.
    Bool,
    /// `uint8`.
    UInt8,
    /// `int16`.
    Int16,
    /// `int32`.
    Int32,
    /// `float32`.
    Float32,
    /// `float64`.
    Float64,
    /// `string`: the text of a number, empty for 0.
    String,
}

impl DataType {
    /// Every data type, the simplest first.
    pub const ALL: [Self; 7] = [
        Self::UInt8,
        Self::Bool,
        Self::Int16,
        Self::Int32,
        Self::Float32,
        Self::Float64,
        Self::String,
    ];

    /// The name in plans.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::UInt8 => "u8",
            Self::Int16 => "i16",
            Self::Int32 => "i32",
            Self::Float32 => "f32",
            Self::Float64 => "f64",
            Self::String => "string",
        }
    }

    /// The name in Zarr v3 metadata.
    #[must_use]
    pub const fn zarr_name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::UInt8 => "uint8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::String => "string",
        }
    }

    /// The name in Zarr v2 metadata: a type of `NumPy`, little endian.
    #[must_use]
    pub const fn v2_name(self) -> &'static str {
        match self {
            Self::Bool => "|b1",
            Self::UInt8 => "|u1",
            Self::Int16 => "<i2",
            Self::Int32 => "<i4",
            Self::Float32 => "<f4",
            Self::Float64 => "<f8",
            Self::String => "|O",
        }
    }

    /// The length of an element in bytes; `None` if elements differ in length.
    #[must_use]
    pub const fn size(self) -> Option<usize> {
        match self {
            Self::Bool | Self::UInt8 => Some(1),
            Self::Int16 => Some(2),
            Self::Int32 | Self::Float32 => Some(4),
            Self::Float64 => Some(8),
            Self::String => None,
        }
    }

    /// The bits of an element that stands for a number; numbers that the type does not have wrap
    /// around.
    #[must_use]
    pub fn bits(self, scalar: Scalar) -> u64 {
        match (self, scalar) {
            (Self::Float32, Scalar::Number(number)) => u64::from((number as f32).to_bits()),
            (Self::Float64, Scalar::Number(number)) => f64::from(number).to_bits(),
            (Self::Float32, Scalar::NaN) => u64::from(f32::NAN.to_bits()),
            (Self::Float64, Scalar::NaN) => f64::NAN.to_bits(),
            (Self::Float32, Scalar::NegativeZero) => u64::from((-0.0_f32).to_bits()),
            (Self::Float64, Scalar::NegativeZero) => (-0.0_f64).to_bits(),
            (Self::Float32, Scalar::Infinity) => u64::from(f32::INFINITY.to_bits()),
            (Self::Float64, Scalar::Infinity) => f64::INFINITY.to_bits(),
            (Self::Float32, Scalar::NegativeInfinity) => u64::from(f32::NEG_INFINITY.to_bits()),
            (Self::Float64, Scalar::NegativeInfinity) => f64::NEG_INFINITY.to_bits(),
            (_, Scalar::Number(number)) => self.wrapped(u64::from(number)),
            // Types without such values have their largest in its place.
            (_, Scalar::NegativeZero) => 0,
            (Self::String, _) => u64::from(u32::MAX),
            (_, _) => self.wrapped(u64::MAX),
        }
    }

    fn wrapped(self, bits: u64) -> u64 {
        match self {
            Self::Bool => bits & 1,
            Self::UInt8 => bits & 0xff,
            Self::Int16 => bits & 0xffff,
            Self::Int32 => bits & 0xffff_ffff,
            Self::Float32 | Self::Float64 | Self::String => bits,
        }
    }

    /// The text of a string element.
    #[must_use]
    pub fn text_of(bits: u64) -> String {
        if bits == 0 { String::new() } else { bits.to_string() }
    }

    /// The element that a text stands for; texts that no plan writes are `u64::MAX`.
    #[must_use]
    pub fn bits_of_text(text: &str) -> u64 {
        match text.parse() {
            _ if text.is_empty() => 0,
            Ok(bits) if Self::text_of(bits) == text => bits,
            _ => u64::MAX,
        }
    }
}

/// A number that an element stands for, in no type yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scalar {
    /// A whole number.
    Number(u32),
    /// `-0`.
    NegativeZero,
    /// `nan`.
    NaN,
    /// `inf`.
    Infinity,
    /// `-inf`.
    NegativeInfinity,
}

impl Scalar {
    /// Those that are no whole numbers, with their text.
    pub const SPECIAL: [(Self, &'static str); 4] = [
        (Self::NegativeZero, "-0"),
        (Self::NaN, "nan"),
        (Self::Infinity, "inf"),
        (Self::NegativeInfinity, "-inf"),
    ];
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            special => {
                let found = Self::SPECIAL.iter().find(|(scalar, _)| scalar == special);
                f.write_str(found.map_or("", |(_, text)| text))
            }
        }
    }
}

/// What a plan writes into a part of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Elements {
    /// The array's fill value, everywhere: `fill`.
    Fill,
    /// One number everywhere: `7`.
    All(Scalar),
    /// A number and those that follow it, in C order: `7..`.
    From(u32),
}

impl Elements {
    /// The bits of `count` elements, given those of the fill value.
    #[must_use]
    pub fn bits(self, data_type: DataType, fill: u64, count: usize) -> Vec<u64> {
        match self {
            Self::Fill => vec![fill; count],
            Self::All(scalar) => vec![data_type.bits(scalar); count],
            Self::From(first) => {
                let numbers = (0..count).map(|at| Scalar::Number(first.wrapping_add(at as u32)));
                numbers.map(|number| data_type.bits(number)).collect()
            }
        }
    }
}

impl fmt::Display for Elements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fill => f.write_str("fill"),
            Self::All(scalar) => scalar.fmt(f),
            Self::From(first) => write!(f, "{first}.."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_tell_apart_what_equality_does_not() {
        let float = DataType::Float64;
        assert_ne!(float.bits(Scalar::NegativeZero), float.bits(Scalar::Number(0)));
        assert_eq!(float.bits(Scalar::Number(7)), 7.0_f64.to_bits());
        assert!(f64::from_bits(float.bits(Scalar::NaN)).is_nan());
        assert_eq!(DataType::UInt8.bits(Scalar::Number(258)), 2);
        assert_eq!(DataType::Bool.bits(Scalar::NaN), 1);
    }

    #[test]
    fn texts_are_the_numbers_in_them() {
        for bits in [0, 1, 4_000_000_000] {
            assert_eq!(DataType::bits_of_text(&DataType::text_of(bits)), bits);
        }
        assert_eq!(DataType::bits_of_text("01"), u64::MAX);
        assert_eq!(DataType::bits_of_text("x"), u64::MAX);
    }

    #[test]
    fn patterns_are_written_in_order() {
        assert_eq!(Elements::From(3).bits(DataType::UInt8, 9, 3), [3, 4, 5]);
        assert_eq!(Elements::Fill.bits(DataType::UInt8, 9, 2), [9, 9]);
        assert_eq!(Elements::All(Scalar::Number(2)).to_string(), "2");
        assert_eq!(Elements::From(7).to_string(), "7..");
    }
}
