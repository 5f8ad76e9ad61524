//! Writes the tail to segments.

use crate::{
    config::Config,
    error::AnalyticsError,
    segment::{Segment, SegmentFile, SegmentName, SegmentWriter},
    sorted_merge::{Cursor, write_sorted},
    tail::Run,
};
use std::{borrow::Cow, collections::BTreeMap, path::Path, sync::Arc};
use tracely_core::metric::PointBatch;

/// Segments that hold the points of the tail, but that nobody sees yet.
///
/// The caller stores `position` and `segments` in one transaction, then hands it to `Embedded::adopt`; if the
/// transaction fails, to `Embedded::abandon`.
#[derive(Debug)]
pub struct Flush {
    /// The log position up to which every point is in a segment once the flush is adopted.
    pub position: u64,
    /// The new segments, one for each UTC day; at least one.
    pub segments: Vec<Segment>,
    pub(crate) files: Vec<Arc<SegmentFile>>,
    /// The last run of the tail that was written.
    pub(crate) last_run: u64,
    /// Keeps others from flushing while it lives.
    pub(crate) _claim: Arc<()>,
}

/// Writes runs, given in the order of the log, to one segment for each UTC day.
pub(crate) fn write_runs(
    directory: &Path,
    runs: &[Arc<Run>],
    position: u64,
    config: &Config,
) -> Result<Vec<Arc<SegmentFile>>, AnalyticsError> {
    let mut files: Vec<Arc<SegmentFile>> = Vec::new();
    for (day, sources) in by_day(runs) {
        match write_day(directory, day, sources, position, config) {
            Ok(file) => files.extend(file),
            Err(error) => {
                for file in files {
                    file.doom();
                }
                return Err(error);
            }
        }
    }
    Ok(files)
}

fn by_day(runs: &[Arc<Run>]) -> BTreeMap<i64, Vec<Cow<'_, PointBatch>>> {
    let mut days: BTreeMap<i64, Vec<Cow<'_, PointBatch>>> = BTreeMap::new();
    for run in runs {
        if let Some(day) = run.single_day() {
            days.entry(day).or_default().push(Cow::Borrowed(&run.columns));
            continue;
        }
        for (day, columns) in run.days() {
            days.entry(day).or_default().push(Cow::Owned(columns));
        }
    }
    days
}

fn write_day(
    directory: &Path,
    day: i64,
    sources: Vec<Cow<'_, PointBatch>>,
    position: u64,
    config: &Config,
) -> Result<Option<Arc<SegmentFile>>, AnalyticsError> {
    let name = SegmentName { position, generation: 0 };
    let sources = sources.into_iter().map(Cursor::of_points).collect();
    write_segment(directory, day, name, sources, config)
}

/// Writes sorted sources to a segment; none if they hold no point.
pub(crate) fn write_segment(
    directory: &Path,
    day: i64,
    name: SegmentName,
    sources: Vec<Cursor<'_>>,
    config: &Config,
) -> Result<Option<Arc<SegmentFile>>, AnalyticsError> {
    let mut writer = SegmentWriter::create(directory, day, name, config)?;
    if let Err(error) = write_sorted(sources, &mut writer) {
        writer.remove();
        return Err(error);
    }
    let Some(segment) = writer.finish()? else { return Ok(None) };
    Ok(Some(Arc::new(SegmentFile::open(directory, segment)?)))
}
