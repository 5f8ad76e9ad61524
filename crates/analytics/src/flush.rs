//! Writes the tail to segments.

use crate::{
    config::Config,
    error::AnalyticsError,
    segment::{Entries, Segment, SegmentFile, SegmentName, SegmentWriter},
    sorted_merge::{Cursor, visit_sorted},
    tail::Run,
};
use std::{borrow::Cow, collections::BTreeMap, path::Path, sync::Arc};
use tracely_core::metric::PointBatch;

/// Segments that hold the points of the tail, but that nobody sees yet.
///
/// The caller stores `position` and `segments` in one transaction, then hands it to `Embedded::adopt`; when it is certain
/// that the transaction neither was nor will be committed, to `Embedded::abandon`.
#[derive(Debug)]
pub struct Flush {
    /// The log position of the oldest entry of which a point is in it. Who has stored a position at or after it has
    /// brought the same points into other segments.
    pub first: u64,
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

/// Writes runs, given in the order of the log, to one segment for each UTC day. They come from the entries of a span
/// of positions.
pub(crate) fn write_runs(
    directory: &Path,
    runs: &[Arc<Run>],
    (first, last): (u64, u64),
    config: &Config,
) -> Result<Vec<Arc<SegmentFile>>, AnalyticsError> {
    let name = SegmentName { position: last, generation: 0 };
    let mut files: Vec<Arc<SegmentFile>> = Vec::new();
    for (day, sources) in by_day(runs) {
        let sources = sources.into_iter().map(Cursor::of_points).collect();
        let new = NewSegment { day, name, entries: Entries::of(first, last) };
        match write_segment(directory, new, sources, config) {
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

/// A segment that is to be written.
pub(crate) struct NewSegment {
    /// The UTC day of its points, in days since the epoch.
    pub(crate) day: i64,
    pub(crate) name: SegmentName,
    pub(crate) entries: Entries,
}

/// Writes sorted sources to a segment; none if they hold no point.
pub(crate) fn write_segment(
    directory: &Path,
    new: NewSegment,
    sources: Vec<Cursor<'_>>,
    config: &Config,
) -> Result<Option<Arc<SegmentFile>>, AnalyticsError> {
    let mut writer = SegmentWriter::create(directory, new.day, new.name, config)?;
    if let Err(error) = visit_sorted(sources, &mut writer) {
        writer.remove();
        return Err(error);
    }
    let Some(segment) = writer.finish()? else { return Ok(None) };
    let segment = Segment { entries: new.entries, ..segment };
    Ok(Some(Arc::new(SegmentFile::open(directory, segment)?)))
}
