//! Writes a segment that cannot be read again, from the log.

use crate::{
    config::Config,
    error::AnalyticsError,
    flush::{NewSegment, write_segment},
    segment::{Segment, SegmentFile, SegmentName},
    sorted_merge::Cursor,
    tail::{Entry, Run, Span},
};
use std::{
    borrow::Cow,
    mem,
    path::{Path, PathBuf},
    sync::Arc,
};
use tracely_core::{metric::PointBatch, time::DAY};

/// Points that are gathered before a segment is written of them; a large segment becomes several.
const GATHERED: usize = 1_000_000;

/// A segment while it is written again. Dropped before [`Self::finish`], it leaves no file.
#[derive(Debug)]
pub struct Rebuilding {
    directory: PathBuf,
    config: Config,
    broken: Segment,
    gathered: PointBatch,
    /// The entries that the gathered points come from.
    entries: Option<(u64, u64)>,
    written: Vec<Arc<SegmentFile>>,
}

/// The segments that take the place of one that cannot be read, and that nobody sees yet.
///
/// The caller replaces the rows in one transaction, then hands it to `Embedded::adopt_rebuild`; when it is certain that
/// the transaction neither was nor will be committed, to `Embedded::abandon_rebuild`.
#[derive(Debug)]
pub struct Rebuilt {
    /// The segment that cannot be read.
    pub broken: Segment,
    pub(crate) files: Vec<Arc<SegmentFile>>,
}

impl Rebuilding {
    pub(crate) fn new(directory: &Path, broken: Segment, config: Config) -> Self {
        let directory = directory.to_owned();
        Self {
            directory,
            config,
            broken,
            gathered: PointBatch::default(),
            entries: None,
            written: Vec::new(),
        }
    }

    /// Takes from an entry of the log the points of the segment's day. Entries come in ascending order, those of all
    /// spans that the segment names.
    pub fn add(&mut self, position: u64, points: &PointBatch) -> Result<(), AnalyticsError> {
        let of_day = points.iter().filter(|point| point.instant.0.div_euclid(DAY) == self.broken.day);
        let before = self.gathered.len();
        of_day.for_each(|point| self.gathered.push(point));
        if self.gathered.len() > before {
            let first = self.entries.map_or(position, |(first, _)| first);
            self.entries = Some((first, position));
        }
        if self.gathered.len() >= GATHERED { self.write() } else { Ok(()) }
    }

    /// Writes the rest; none when the entries have not the points that the segment had.
    pub fn finish(mut self) -> Result<Option<Rebuilt>, AnalyticsError> {
        self.write()?;
        let segments: Vec<&Segment> = self.written.iter().map(|file| file.segment()).collect();
        let rows = segments.iter().map(|segment| segment.rows).sum::<u64>();
        let from = segments.iter().map(|segment| segment.min_instant).min();
        let to = segments.iter().map(|segment| segment.max_instant).max();
        let Segment { min_instant, max_instant, .. } = self.broken;
        let is_same = rows == self.broken.rows && from == Some(min_instant) && to == Some(max_instant);
        Ok(is_same.then(|| Rebuilt { broken: self.broken.clone(), files: mem::take(&mut self.written) }))
    }

    fn write(&mut self) -> Result<(), AnalyticsError> {
        let Some((first, last)) = self.entries.take() else { return Ok(()) };
        let columns = Arc::new(mem::take(&mut self.gathered));
        let Some(span) = Span::of(&columns.series, &columns.instants) else { return Ok(()) };
        let Some(run) = Run::sort(0, &[Arc::new(Entry { span, columns })]) else { return Ok(()) };
        // No merge has made a segment of this name: those of this day that end with the same entry are parts of the
        // broken one, or it itself.
        let generation = SegmentName::parse(&self.broken.file).generation + 1;
        let name = SegmentName { position: last, generation };
        let new = NewSegment { day: self.broken.day, name, entries: self.broken.entries.within(first, last) };
        let source = Cursor::of_points(Cow::Owned(run.columns));
        self.written.extend(write_segment(&self.directory, new, vec![source], &self.config)?);
        Ok(())
    }
}

impl Rebuilt {
    /// Returns the segments that take the place of the broken one.
    pub fn segments(&self) -> Vec<Segment> {
        self.files.iter().map(|file| file.segment().clone()).collect()
    }
}

impl Drop for Rebuilding {
    fn drop(&mut self) {
        // Of one that is finished there are none left.
        for file in &self.written {
            file.doom();
        }
    }
}
