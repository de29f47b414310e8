//! Elements as `zarrs` holds them in memory, and as bits.

use zarr_conform_model::Refusal;
use zarr_conform_model::plan::DataType;
use zarrs::array::{ArrayBytes, ArrayBytesOffsets, FillValue};
use zarrs::plugin::ExtensionName;

use crate::refusal::other;

/// Which data type of plans a data type of `zarrs` is.
pub(crate) fn data_type_of(found: &zarrs::array::DataType) -> Result<DataType, Refusal> {
    let name = found.name_v3().unwrap_or_default();
    let same = DataType::ALL.into_iter().find(|data_type| data_type.zarr_name() == name);
    same.ok_or_else(|| other(format!("an array of `{name}`, which no plan makes")))
}

/// The bytes of one element in memory.
fn to_bytes(data_type: DataType, bits: u64) -> Vec<u8> {
    let Some(size) = data_type.size() else {
        return DataType::text_of(bits).into_bytes();
    };
    let mut bytes = bits.to_le_bytes()[..size].to_vec();
    if cfg!(target_endian = "big") {
        bytes.reverse();
    }
    bytes
}

/// The bits of one element in memory.
fn from_bytes(data_type: DataType, bytes: &[u8]) -> u64 {
    if data_type == DataType::String {
        return std::str::from_utf8(bytes).map_or(u64::MAX, DataType::bits_of_text);
    }
    let add = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
    if cfg!(target_endian = "big") {
        bytes.iter().fold(0, add)
    } else {
        bytes.iter().rev().fold(0, add)
    }
}

/// A fill value of these bits.
pub(crate) fn fill_value(data_type: DataType, bits: u64) -> FillValue {
    FillValue::new(to_bytes(data_type, bits))
}

/// The bits of a fill value.
pub(crate) fn fill_bits(data_type: DataType, fill: &FillValue) -> u64 {
    from_bytes(data_type, fill.as_ne_bytes())
}

/// Elements of these bits.
pub(crate) fn encode(data_type: DataType, bits: &[u64]) -> Result<ArrayBytes<'static>, Refusal> {
    let mut bytes = Vec::new();
    let mut offsets = vec![0];
    for bits in bits {
        bytes.extend(to_bytes(data_type, *bits));
        offsets.push(bytes.len());
    }
    if data_type.size().is_some() {
        return Ok(ArrayBytes::new_flen(bytes));
    }
    let offsets = ArrayBytesOffsets::new(offsets).map_err(|error| other(error.to_string()))?;
    ArrayBytes::new_vlen(bytes, offsets).map_err(|error| other(error.to_string()))
}

/// The bits of elements.
pub(crate) fn decode(data_type: DataType, elements: ArrayBytes<'_>) -> Result<Vec<u64>, Refusal> {
    let read = |bytes: &[u8]| from_bytes(data_type, bytes);
    if let Some(size) = data_type.size() {
        let bytes = elements.into_fixed().map_err(|error| other(error.to_string()))?;
        return Ok(bytes.chunks(size).map(read).collect());
    }
    let elements = elements.into_variable().map_err(|error| other(error.to_string()))?;
    let (bytes, offsets) = elements.into_parts();
    Ok(offsets.windows(2).map(|ends| read(&bytes[ends[0]..ends[1]])).collect())
}

#[cfg(test)]
mod tests {
    use zarr_conform_model::plan::Scalar;

    use super::*;

    #[test]
    fn bits_survive_memory() {
        for data_type in DataType::ALL {
            let scalars = [Scalar::Number(0), Scalar::Number(300), Scalar::NegativeZero];
            let scalars = scalars.into_iter().chain([Scalar::NaN, Scalar::NegativeInfinity]);
            let bits: Vec<_> = scalars.map(|scalar| data_type.bits(scalar)).collect();
            let elements = encode(data_type, &bits).unwrap();
            assert_eq!(decode(data_type, elements).unwrap(), bits);
            for bits in bits {
                assert_eq!(fill_bits(data_type, &fill_value(data_type, bits)), bits);
            }
        }
    }

    #[test]
    fn no_elements_are_no_bits() {
        for data_type in DataType::ALL {
            assert!(decode(data_type, encode(data_type, &[]).unwrap()).unwrap().is_empty());
        }
    }
}
