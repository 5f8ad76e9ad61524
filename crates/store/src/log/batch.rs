//! How accepted points are written to the log: compressed columns with a checksum.
//!
//! ```text
//! byte 0      format: 1 = plain, 2 = pco
//! plain       count, then for each point: series, instant as the difference to the one before, value
//!             (counts and series as LEB128, differences zigzagged first, values as 8 bytes little-endian)
//! pco         count as 4 bytes little-endian, then three columns, each as length (4 bytes) and a pco file
//! last 4      CRC-32 of everything before, little-endian
//! ```
//! Small batches are plain, because a pco file costs about 40 bytes and some microseconds before its first number.
//! The order of points is kept: it is the order in which they were accepted.

use pco::ChunkConfig;
use pco::data_types::Number;
use tracely_core::metric::PointBatch;

/// Batches below this many points are written plain.
const PLAIN_BELOW: usize = 64;
/// More points than any batch has; a greater count means damage.
const MAX_POINTS: usize = 16 << 20;
/// How hard pco tries. Higher levels save little on real values and cost much.
const PCO_LEVEL: usize = 3;

const FORMAT_PLAIN: u8 = 1;
const FORMAT_PCO: u8 = 2;

/// Says why bytes are no batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The checksum differs, so the bytes were damaged.
    #[error("batch of points: the checksum does not match")]
    Checksum,
    /// The format is none that this version knows.
    #[error("batch of points: format {0} is unknown")]
    Format(u8),
    /// The columns do not add up.
    #[error("batch of points: {0}")]
    Content(&'static str),
}

/// Writes a batch.
pub fn encode(batch: &PointBatch) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(16 + batch.len() * 8);
    if batch.len() < PLAIN_BELOW {
        encode_plain(batch, &mut bytes);
    } else {
        encode_pco(batch, &mut bytes);
    }
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Reads a batch.
pub fn decode(bytes: &[u8]) -> Result<PointBatch, BatchError> {
    let (content, checksum) = bytes.split_last_chunk::<4>().ok_or(BatchError::Content("too short"))?;
    if crc32fast::hash(content) != u32::from_le_bytes(*checksum) {
        return Err(BatchError::Checksum);
    }
    match content.split_first() {
        Some((&FORMAT_PLAIN, rest)) => decode_plain(rest),
        Some((&FORMAT_PCO, rest)) => decode_pco(rest),
        Some((format, _)) => Err(BatchError::Format(*format)),
        None => Err(BatchError::Content("too short")),
    }
}

fn encode_plain(batch: &PointBatch, bytes: &mut Vec<u8>) {
    bytes.push(FORMAT_PLAIN);
    push_varint(bytes, batch.len() as u64);
    let mut previous = 0_i64;
    for point in batch.iter() {
        push_varint(bytes, u64::from(point.series.0));
        let difference = point.instant.0.wrapping_sub(previous);
        push_varint(bytes, ((difference << 1) ^ (difference >> 63)) as u64);
        bytes.extend_from_slice(&point.value.to_le_bytes());
        previous = point.instant.0;
    }
}

fn decode_plain(mut bytes: &[u8]) -> Result<PointBatch, BatchError> {
    let count = take_varint(&mut bytes)? as usize;
    if count > MAX_POINTS {
        return Err(BatchError::Content("the count is impossible"));
    }
    let mut batch = PointBatch::default();
    let mut previous = 0_i64;
    for _ in 0..count {
        let series = take_varint(&mut bytes)?;
        let zigzag = take_varint(&mut bytes)?;
        let difference = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
        previous = previous.wrapping_add(difference);
        let (value, rest) =
            bytes.split_first_chunk::<8>().ok_or(BatchError::Content("a value is cut off"))?;
        bytes = rest;
        batch
            .series
            .push(u32::try_from(series).map_err(|_| BatchError::Content("a series number is too large"))?);
        batch.instants.push(previous);
        batch.values.push(f64::from_le_bytes(*value));
    }
    if bytes.is_empty() { Ok(batch) } else { Err(BatchError::Content("bytes are left over")) }
}

fn encode_pco(batch: &PointBatch, bytes: &mut Vec<u8>) {
    bytes.push(FORMAT_PCO);
    bytes.extend_from_slice(&(batch.len() as u32).to_le_bytes());
    push_column(bytes, &batch.series);
    push_column(bytes, &batch.instants);
    push_column(bytes, &batch.values);
}

fn decode_pco(mut bytes: &[u8]) -> Result<PointBatch, BatchError> {
    let count = take_u32(&mut bytes)? as usize;
    if count > MAX_POINTS {
        return Err(BatchError::Content("the count is impossible"));
    }
    let batch = PointBatch {
        series: take_column(&mut bytes, count)?,
        instants: take_column(&mut bytes, count)?,
        values: take_column(&mut bytes, count)?,
    };
    if bytes.is_empty() { Ok(batch) } else { Err(BatchError::Content("bytes are left over")) }
}

fn push_column<T: Number>(bytes: &mut Vec<u8>, numbers: &[T]) {
    let config = ChunkConfig::default().with_compression_level(PCO_LEVEL);
    let column = pco::standalone::simple_compress(numbers, &config)
        .expect("pco compresses any numbers at a level between 0 and 12");
    bytes.extend_from_slice(&(column.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&column);
}

fn take_column<T: Number>(bytes: &mut &[u8], count: usize) -> Result<Vec<T>, BatchError> {
    let length = take_u32(bytes)? as usize;
    let (column, rest) = bytes.split_at_checked(length).ok_or(BatchError::Content("a column is cut off"))?;
    *bytes = rest;
    let numbers = pco::standalone::simple_decompress::<T>(column)
        .map_err(|_| BatchError::Content("a column cannot be decompressed"))?;
    if numbers.len() == count { Ok(numbers) } else { Err(BatchError::Content("columns differ in length")) }
}

fn take_u32(bytes: &mut &[u8]) -> Result<u32, BatchError> {
    let (number, rest) = bytes.split_first_chunk::<4>().ok_or(BatchError::Content("a length is cut off"))?;
    *bytes = rest;
    Ok(u32::from_le_bytes(*number))
}

fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number as u8) | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_varint(bytes: &mut &[u8]) -> Result<u64, BatchError> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(BatchError::Content("a number is cut off"))?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(BatchError::Content("a number is too long"))
}

#[cfg(test)]
mod tests {
    use super::{BatchError, decode, encode};
    use proptest::prelude::*;
    use tracely_core::id::SeriesId;
    use tracely_core::metric::{Point, PointBatch};
    use tracely_core::time::Timestamp;

    fn any_batch() -> impl Strategy<Value = PointBatch> {
        let value = prop_oneof![
            any::<f64>().prop_filter("finite", |value| value.is_finite()),
            Just(-0.0),
            Just(145.5)
        ];
        prop::collection::vec((any::<u32>(), any::<i64>(), value), 0..300).prop_map(|points| {
            let mut batch = PointBatch::default();
            for (series, instant, value) in points {
                batch.push(Point { series: SeriesId(series), instant: Timestamp(instant), value });
            }
            batch
        })
    }

    fn bits(batch: &PointBatch) -> (Vec<u32>, Vec<i64>, Vec<u64>) {
        (
            batch.series.clone(),
            batch.instants.clone(),
            batch.values.iter().map(|value| value.to_bits()).collect(),
        )
    }

    proptest! {
        #[test]
        fn a_batch_is_read_back_to_the_bit(batch in any_batch()) {
            let decoded = decode(&encode(&batch)).unwrap();
            prop_assert_eq!(bits(&decoded), bits(&batch));
        }

        #[test]
        fn damage_is_noticed(batch in any_batch(), place in any::<prop::sample::Index>(), flip in 1..=255_u8) {
            let mut bytes = encode(&batch);
            let place = place.index(bytes.len());
            bytes[place] ^= flip;
            prop_assert_eq!(decode(&bytes), Err(BatchError::Checksum));
        }

        #[test]
        fn any_bytes_are_read_or_refused_without_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), format in 0..4_u8) {
            if let Some(first) = bytes.first_mut() {
                *first = format;
            }
            let checksum = crc32fast::hash(&bytes);
            bytes.extend_from_slice(&checksum.to_le_bytes());
            let _read_or_refused = decode(&bytes);
        }
    }
}
