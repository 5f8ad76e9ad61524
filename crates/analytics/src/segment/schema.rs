//! The Parquet schema of segments, and how their columns are packed.

use crate::{config::Config, error::AnalyticsError};
use parquet::{
    basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as PhysicalType, ZstdLevel},
    file::{
        metadata::SortingColumn,
        properties::{EnabledStatistics, WriterProperties, WriterVersion},
    },
    schema::types::{ColumnPath, SchemaDescPtr, SchemaDescriptor, Type, TypePtr},
};
use std::sync::{Arc, LazyLock};

/// Points of a data page; a reader of one series unpacks whole pages.
pub(crate) const PAGE_ROWS: usize = 16 * 1024;
/// Bytes of a dictionary of values: 65 536 different ones in a row group.
///
/// Measured in bytes a point, with 10 s points, instants of three milliseconds and a daily pattern with noise:
/// values of two decimals take 2.3 with a dictionary, 3.2 plain and 6.0 split by byte, all with zstd; values of three
/// decimals 4.0, 3.9 and 7.2.
/// Values of full precision take 9.9, 8.0 and 7.5, so a full dictionary gives way to byte streams.
const DICTIONARY_BYTES: usize = 512 * 1024;
/// The places of the columns in the file.
pub(crate) const SERIES: usize = 0;
pub(crate) const INSTANT: usize = 1;
pub(crate) const VALUE: usize = 2;

static SCHEMA: LazyLock<SchemaDescPtr> = LazyLock::new(|| Arc::new(SchemaDescriptor::new(message())));

/// Returns the schema: series, instant and value, all required.
pub(crate) fn schema() -> &'static SchemaDescPtr {
    &SCHEMA
}

fn message() -> TypePtr {
    let unsigned = LogicalType::integer(32, false);
    let micros = LogicalType::timestamp(true, TimeUnit::MICROS);
    let columns = [
        ("series", PhysicalType::INT32, Some(unsigned)),
        ("instant", PhysicalType::INT64, Some(micros)),
        ("value", PhysicalType::DOUBLE, None),
    ];
    let fields = columns.map(|(name, physical, logical)| {
        let column = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(logical)
            .build();
        Arc::new(column.expect("a fixed column is well-formed"))
    });
    let message = Type::group_type_builder("points").with_fields(fields.to_vec()).build();
    Arc::new(message.expect("a group of fixed columns is well-formed"))
}

/// Returns how segments are written.
pub(crate) fn properties(config: &Config) -> Result<WriterProperties, AnalyticsError> {
    let level = config.zstd_level;
    let zstd = ZstdLevel::try_new(level).map_err(|source| AnalyticsError::ZstdLevel { level, source })?;
    let column = |place: usize| schema().column(place).path().clone();
    let sorting = [SERIES, INSTANT].map(|place| SortingColumn {
        column_idx: place as i32,
        descending: false,
        nulls_first: false,
    });
    Ok(WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_created_by("tracely".to_owned())
        .set_compression(Compression::ZSTD(zstd))
        .set_sorting_columns(Some(sorting.to_vec()))
        .set_max_row_group_row_count(None)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS)
        .set_data_page_size_limit(PAGE_ROWS * size_of::<f64>() * 2)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_dictionary_enabled(false)
        .set_column_encoding(column(SERIES), Encoding::DELTA_BINARY_PACKED)
        .set_column_encoding(column(INSTANT), Encoding::DELTA_BINARY_PACKED)
        .set_column_dictionary_enabled(column(VALUE), true)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_column_encoding(column(VALUE), Encoding::BYTE_STREAM_SPLIT)
        .build())
}

/// Says whether a column path belongs to a segment.
pub(crate) fn same_columns(other: &SchemaDescriptor) -> bool {
    let shape = |schema: &SchemaDescriptor| -> Vec<(ColumnPath, PhysicalType, i16)> {
        let columns = schema.columns().iter();
        columns
            .map(|column| (column.path().clone(), column.physical_type(), column.max_def_level()))
            .collect()
    };
    shape(other) == shape(schema())
}
