//! One column of a row group, read in chunks and only if somebody looks at it.

use super::{footer::Chunk, schema};
use crate::error::AnalyticsError;
use bytes::Bytes;
use parquet::{
    basic::{Compression, ZstdLevel},
    column::reader::{ColumnReaderImpl, get_column_reader, get_typed_column_reader},
    data_type::DataType,
    errors::ParquetError,
    file::{metadata::ColumnChunkMetaData, serialized_reader::SerializedPageReader},
};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    sync::Arc,
};

/// A column that is fetched from the file at the first read; rows skipped before cost nothing.
pub(super) struct Column<'a, T: DataType> {
    file_name: &'a str,
    file: Arc<File>,
    place: usize,
    chunk: Chunk,
    rows: usize,
    skipped: usize,
    reader: Option<ColumnReaderImpl<T>>,
}

impl<'a, T: DataType> Column<'a, T> {
    /// Describes the column at this place of the schema.
    pub(super) fn new(file_name: &'a str, file: Arc<File>, place: usize, chunk: Chunk, rows: usize) -> Self {
        Self { file_name, file, place, chunk, rows, skipped: 0, reader: None }
    }

    /// Leaves out the next rows.
    pub(super) fn skip(&mut self, rows: usize) {
        self.skipped += rows;
    }

    /// Replaces the content of `values` by the next rows.
    pub(super) fn read(&mut self, rows: usize, values: &mut Vec<T::T>) -> Result<(), AnalyticsError> {
        values.clear();
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.open()?,
        };
        let skipped = reader.skip_records(self.skipped).map_err(|source| self.decode_error(source))?;
        let (read, _, _) =
            reader.read_records(rows, None, None, values).map_err(|source| self.decode_error(source))?;
        if skipped != self.skipped || read != rows || values.len() != rows {
            return Err(self.damaged("a column is shorter than its row group"));
        }
        self.skipped = 0;
        self.reader = Some(reader);
        Ok(())
    }

    fn open(&self) -> Result<ColumnReaderImpl<T>, AnalyticsError> {
        let bytes = self.fetch()?;
        let descriptor = schema::schema().column(self.place);
        let metadata = ColumnChunkMetaData::builder(descriptor.clone())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_num_values(self.rows as i64)
            .set_total_compressed_size(bytes.len() as i64)
            .set_data_page_offset(0)
            .set_dictionary_page_offset(self.chunk.has_dictionary.then_some(0))
            .build()
            .map_err(|source| self.decode_error(source))?;
        let pages = SerializedPageReader::new(Arc::new(bytes), &metadata, self.rows, None)
            .map_err(|source| self.decode_error(source))?;
        Ok(get_typed_column_reader(get_column_reader(descriptor, Box::new(pages))))
    }

    fn fetch(&self) -> Result<Bytes, AnalyticsError> {
        let mut bytes = Vec::with_capacity(self.chunk.bytes as usize);
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.chunk.offset))
            .and_then(|_| file.take(self.chunk.bytes).read_to_end(&mut bytes))
            .map_err(|source| AnalyticsError::Read { file: self.file_name.to_owned(), source })?;
        if bytes.len() as u64 != self.chunk.bytes {
            return Err(self.damaged("a column ends after the file"));
        }
        if crc32fast::hash(&bytes) != self.chunk.checksum {
            return Err(self.damaged("a checksum differs"));
        }
        Ok(bytes.into())
    }

    fn decode_error(&self, source: ParquetError) -> AnalyticsError {
        AnalyticsError::Decode { file: self.file_name.to_owned(), source }
    }

    fn damaged(&self, reason: &'static str) -> AnalyticsError {
        AnalyticsError::Damaged { file: self.file_name.to_owned(), reason }
    }
}
