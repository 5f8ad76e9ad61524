//! What is kept in memory of a segment: bounds and places of its row groups.
//!
//! The Parquet metadata of a daily file takes megabytes when unpacked; this takes some twenty kilobytes.

use super::{Segment, schema};
use crate::{error::AnalyticsError, tail::Span};
use parquet::{
    basic::Compression,
    file::{
        metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData},
        statistics::Statistics,
    },
};
use std::{fs::File, path::Path};
use tracely_core::time::Timestamp;

/// The key under which checksums are stored: hexadecimal CRC-32, comma-separated, of each column chunk in file order,
/// then of the bounds and places of all row groups.
/// The Parquet writer has no page checksums yet, and the footer never has one.
pub(crate) const CHECKSUMS: &str = "tracely.crc32";

/// The bounds and places of one row group.
#[derive(Debug, Clone)]
pub(crate) struct RowGroup {
    /// Its place in the file.
    pub(crate) index: u32,
    pub(crate) rows: usize,
    pub(crate) span: Span,
    pub(crate) min_value: f64,
    pub(crate) max_value: f64,
    /// Series, instant and value.
    pub(super) chunks: [Chunk; 3],
}

/// The place of one column of a row group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    pub(super) offset: u64,
    pub(super) bytes: u64,
    pub(super) has_dictionary: bool,
    pub(super) checksum: u32,
}

/// Reads the row groups of a segment and compares them with what the database knows.
pub(super) fn read(path: &Path, segment: &Segment) -> Result<Vec<RowGroup>, AnalyticsError> {
    let read_error = |source| AnalyticsError::Read { file: segment.file.clone(), source };
    let file = File::open(path).map_err(read_error)?;
    let actual = file.metadata().map_err(read_error)?.len();
    if actual != segment.bytes {
        return Err(AnalyticsError::Size { file: segment.file.clone(), expected: segment.bytes, actual });
    }
    let metadata = ParquetMetaDataReader::new()
        .parse_and_finish(&file)
        .map_err(|source| AnalyticsError::Decode { file: segment.file.clone(), source })?;
    let damaged = |reason| AnalyticsError::Damaged { file: segment.file.clone(), reason };
    let groups = row_groups(&metadata, actual).map_err(damaged)?;
    compare(&groups, segment).map_err(damaged)?;
    Ok(groups)
}

fn row_groups(metadata: &ParquetMetaData, file_bytes: u64) -> Result<Vec<RowGroup>, &'static str> {
    if !schema::same_columns(metadata.file_metadata().schema_descr()) {
        return Err("its columns are not those of a segment");
    }
    let mut checksums = checksums(metadata)?;
    let expected = checksums.pop();
    let groups = summarize(metadata.row_groups(), &checksums, file_bytes)?;
    if expected == Some(digest(&groups)) { Ok(groups) } else { Err("the checksum of its footer differs") }
}

/// Picks what is kept in memory from the Parquet metadata; `checksums` has one for each column of each row group.
pub(super) fn summarize(
    groups: &[RowGroupMetaData],
    checksums: &[u32],
    file_bytes: u64,
) -> Result<Vec<RowGroup>, &'static str> {
    if checksums.len() != groups.len() * 3 {
        return Err("checksums are missing");
    }
    let groups = groups.iter().zip(checksums.chunks_exact(3)).enumerate();
    groups.map(|(index, (group, sums))| row_group(index, group, sums, file_bytes)).collect()
}

/// Sums up everything that is kept of the row groups.
pub(super) fn digest(groups: &[RowGroup]) -> u32 {
    let mut digest = crc32fast::Hasher::new();
    for group in groups {
        let RowGroup { index, rows, span, min_value, max_value, chunks } = group;
        let Span { min_series, max_series, min_instant, max_instant } = span;
        let numbers = [u64::from(*index), *rows as u64, u64::from(*min_series), u64::from(*max_series)];
        let bounds = [
            min_instant.cast_unsigned(),
            max_instant.cast_unsigned(),
            min_value.to_bits(),
            max_value.to_bits(),
        ];
        for number in numbers.iter().chain(&bounds) {
            digest.update(&number.to_le_bytes());
        }
        for Chunk { offset, bytes, has_dictionary, checksum } in chunks {
            for number in [*offset, *bytes, u64::from(*has_dictionary), u64::from(*checksum)] {
                digest.update(&number.to_le_bytes());
            }
        }
    }
    digest.finalize()
}

fn checksums(metadata: &ParquetMetaData) -> Result<Vec<u32>, &'static str> {
    let entries = metadata.file_metadata().key_value_metadata();
    let entry = entries.and_then(|entries| entries.iter().find(|entry| entry.key == CHECKSUMS));
    let text = entry.and_then(|entry| entry.value.as_deref()).ok_or("checksums are missing")?;
    text.split(',').map(|sum| u32::from_str_radix(sum, 16).map_err(|_| "a checksum is malformed")).collect()
}

fn row_group(
    index: usize,
    group: &RowGroupMetaData,
    sums: &[u32],
    file_bytes: u64,
) -> Result<RowGroup, &'static str> {
    let column = |place: usize| chunk(group.column(place), sums[place], file_bytes);
    let chunks = [column(schema::SERIES)?, column(schema::INSTANT)?, column(schema::VALUE)?];
    let (min_series, max_series) = match group.column(schema::SERIES).statistics() {
        Some(Statistics::Int32(bounds)) => bounds.min_opt().zip(bounds.max_opt()),
        _ => None,
    }
    .ok_or("the bounds of series are missing")?;
    let (min_instant, max_instant) = match group.column(schema::INSTANT).statistics() {
        Some(Statistics::Int64(bounds)) => bounds.min_opt().zip(bounds.max_opt()),
        _ => None,
    }
    .ok_or("the bounds of instants are missing")?;
    let (min_value, max_value) = match group.column(schema::VALUE).statistics() {
        Some(Statistics::Double(bounds)) => bounds.min_opt().zip(bounds.max_opt()),
        _ => None,
    }
    .unwrap_or((&f64::NEG_INFINITY, &f64::INFINITY));
    Ok(RowGroup {
        index: index as u32,
        rows: usize::try_from(group.num_rows()).map_err(|_| "a row count is negative")?,
        span: Span {
            min_series: *min_series as u32,
            max_series: *max_series as u32,
            min_instant: *min_instant,
            max_instant: *max_instant,
        },
        min_value: *min_value,
        max_value: *max_value,
        chunks,
    })
}

fn chunk(column: &ColumnChunkMetaData, checksum: u32, file_bytes: u64) -> Result<Chunk, &'static str> {
    if !matches!(column.compression(), Compression::ZSTD(_)) {
        return Err("a column is not compressed with zstd");
    }
    let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let (Ok(offset), Ok(bytes)) = (u64::try_from(start), u64::try_from(column.compressed_size())) else {
        return Err("a column has no place in the file");
    };
    if offset.checked_add(bytes).is_none_or(|end| end > file_bytes) {
        return Err("a column ends after the file");
    }
    Ok(Chunk { offset, bytes, has_dictionary: column.dictionary_page_offset().is_some(), checksum })
}

fn compare(groups: &[RowGroup], segment: &Segment) -> Result<(), &'static str> {
    let rows: u64 = groups.iter().map(|group| group.rows as u64).sum();
    let spans = || groups.iter().map(|group| group.span);
    let same = rows == segment.rows
        && spans().map(|span| span.min_series).min() == Some(segment.min_series)
        && spans().map(|span| span.max_series).max() == Some(segment.max_series)
        && spans().map(|span| Timestamp(span.min_instant)).min() == Some(segment.min_instant)
        && spans().map(|span| Timestamp(span.max_instant)).max() == Some(segment.max_instant);
    if same { Ok(()) } else { Err("its rows or bounds are not those of its row in the database") }
}
