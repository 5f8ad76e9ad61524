//! Writes a segment: to an unfinished file, synced, then renamed, so that a name stands for a whole file.

use super::{Entries, Segment, SegmentName, footer, name::UNFINISHED, schema};
use crate::{config::Config, error::AnalyticsError, tail::Span};
use parquet::{
    data_type::{DataType, DoubleType, Int32Type, Int64Type},
    errors::ParquetError,
    file::{
        metadata::{KeyValue, RowGroupMetaData},
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
};
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};
use tracely_core::{metric::PointBatch, time::Timestamp};

/// A segment being written; points are added in order.
pub(crate) struct SegmentWriter {
    directory: PathBuf,
    file: String,
    day: i64,
    row_group_rows: usize,
    writer: SerializedFileWriter<File>,
    pending: PointBatch,
    span: Option<Span>,
    rows: u64,
}

impl SegmentWriter {
    /// Creates the unfinished file of a segment; what an earlier attempt left is overwritten.
    pub(crate) fn create(
        directory: &Path,
        day: i64,
        name: SegmentName,
        config: &Config,
    ) -> Result<Self, AnalyticsError> {
        let file = name.file(day);
        let properties = Arc::new(schema::properties(config)?);
        let unfinished = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(directory.join(format!("{file}{UNFINISHED}")))
            .map_err(|source| AnalyticsError::Write { file: file.clone(), source })?;
        let root = schema::schema().root_schema_ptr();
        let writer = SerializedFileWriter::new(unfinished, root, properties)
            .map_err(|source| AnalyticsError::Encode { file: file.clone(), source })?;
        let row_group_rows = config.row_group_rows.max(1);
        let pending = PointBatch::with_capacity(row_group_rows);
        let directory = directory.to_owned();
        Ok(Self { directory, file, day, row_group_rows, writer, pending, span: None, rows: 0 })
    }

    /// Adds points that come after those added before.
    pub(crate) fn push(
        &mut self,
        mut series: &[u32],
        mut instants: &[i64],
        mut values: &[f64],
    ) -> Result<(), AnalyticsError> {
        while !series.is_empty() {
            let count = series.len().min(self.row_group_rows - self.pending.len());
            self.pending.series.extend_from_slice(&series[..count]);
            self.pending.instants.extend_from_slice(&instants[..count]);
            self.pending.values.extend_from_slice(&values[..count]);
            (series, instants, values) = (&series[count..], &instants[count..], &values[count..]);
            if self.pending.len() == self.row_group_rows {
                self.write_row_group()?;
            }
        }
        Ok(())
    }

    /// Completes the file; none, and no file, if no point was added. Where the points come from is not known here.
    pub(crate) fn finish(mut self) -> Result<Option<Segment>, AnalyticsError> {
        if let Err(error) = self.write_row_group() {
            self.remove();
            return Err(error);
        }
        let Some(span) = self.span else {
            self.remove();
            return Ok(None);
        };
        let bytes = match self.seal() {
            Ok(bytes) => bytes,
            Err(error) => {
                // On a full disk, a file that nobody will read would take the room of the next attempt.
                let _ = fs::remove_file(self.directory.join(&self.file));
                self.remove();
                return Err(error);
            }
        };
        Ok(Some(Segment {
            file: self.file,
            day: self.day,
            min_instant: Timestamp(span.min_instant),
            max_instant: Timestamp(span.max_instant),
            min_series: span.min_series,
            max_series: span.max_series,
            rows: self.rows,
            bytes,
            entries: Entries::default(),
        }))
    }

    /// Gives the file up.
    pub(crate) fn remove(self) {
        // An unfinished file that stays is removed at the next start.
        let _ = fs::remove_file(self.unfinished());
    }

    fn unfinished(&self) -> PathBuf {
        self.directory.join(format!("{}{UNFINISHED}", self.file))
    }

    fn write_row_group(&mut self) -> Result<(), AnalyticsError> {
        let Some(span) = Span::of(&self.pending.series, &self.pending.instants) else { return Ok(()) };
        write_columns(&mut self.writer, &self.pending)
            .map_err(|source| AnalyticsError::Encode { file: self.file.clone(), source })?;
        self.rows += self.pending.len() as u64;
        self.span = Some(self.span.map_or(span, |before| before.joined(span)));
        self.pending.clear();
        Ok(())
    }

    fn seal(&mut self) -> Result<u64, AnalyticsError> {
        self.write_checksums()?;
        self.writer.finish().map_err(|source| AnalyticsError::Encode { file: self.file.clone(), source })?;
        let write_error = |source| self.write_error(source);
        let file = self.writer.inner();
        file.sync_all().map_err(write_error)?;
        let bytes = file.metadata().map_err(write_error)?.len();
        fs::rename(self.unfinished(), self.directory.join(&self.file)).map_err(write_error)?;
        sync_directory(&self.directory)?;
        Ok(bytes)
    }

    fn write_checksums(&mut self) -> Result<(), AnalyticsError> {
        let flushed = self.writer.flush();
        flushed.map_err(|source| self.write_error(source))?;
        let written = self.writer.flushed_row_groups();
        let mut checksums =
            column_checksums(self.writer.inner(), written).map_err(|source| self.write_error(source))?;
        let groups = footer::summarize(written, &checksums, u64::MAX)
            .map_err(|reason| AnalyticsError::Damaged { file: self.file.clone(), reason })?;
        checksums.push(footer::digest(&groups));
        let texts: Vec<String> = checksums.iter().map(|checksum| format!("{checksum:08x}")).collect();
        self.writer.append_key_value_metadata(KeyValue::new(footer::CHECKSUMS.to_owned(), texts.join(",")));
        Ok(())
    }

    fn write_error(&self, source: io::Error) -> AnalyticsError {
        AnalyticsError::Write { file: self.file.clone(), source }
    }
}

/// Makes the names in a directory survive a power cut.
fn sync_directory(path: &Path) -> Result<(), AnalyticsError> {
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(|source| AnalyticsError::Directory { path: path.to_owned(), source })
}

fn write_columns(writer: &mut SerializedFileWriter<File>, points: &PointBatch) -> Result<(), ParquetError> {
    let signed: Vec<i32> = points.series.iter().map(|series| series.cast_signed()).collect();
    let mut group = writer.next_row_group()?;
    write_column::<Int32Type>(&mut group, &signed)?;
    write_column::<Int64Type>(&mut group, &points.instants)?;
    write_column::<DoubleType>(&mut group, &points.values)?;
    group.close().map(|_| ())
}

fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    values: &[T::T],
) -> Result<(), ParquetError> {
    let mut column = group.next_column()?.expect("the schema has as many columns as are written");
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}

/// Reads back the columns just written, from memory as a rule, and sums them up.
fn column_checksums(mut file: &File, groups: &[RowGroupMetaData]) -> io::Result<Vec<u32>> {
    let end = file.stream_position()?;
    let mut checksums = Vec::new();
    for column in groups.iter().flat_map(RowGroupMetaData::columns) {
        let (offset, length) = column.byte_range();
        let mut bytes = Vec::with_capacity(length as usize);
        file.seek(SeekFrom::Start(offset))?;
        file.take(length).read_to_end(&mut bytes)?;
        checksums.push(crc32fast::hash(&bytes));
    }
    file.seek(SeekFrom::Start(end))?;
    Ok(checksums)
}

#[cfg(test)]
mod tests {
    use super::SegmentWriter;
    use crate::{config::Config, segment::SegmentName};
    use std::fs;

    #[test]
    fn a_segment_that_cannot_be_completed_leaves_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let name = SegmentName { position: 1, generation: 0 };
        // Nothing can be renamed to the name of a directory, so completing it fails after everything was written.
        let taken = directory.path().join(name.file(0));
        fs::create_dir(&taken).unwrap();
        let mut writer = SegmentWriter::create(directory.path(), 0, name, &Config::default()).unwrap();
        writer.push(&[1], &[2], &[3.0]).unwrap();
        assert!(writer.finish().is_err());
        let left: Vec<_> =
            fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left, [taken]);
    }
}
