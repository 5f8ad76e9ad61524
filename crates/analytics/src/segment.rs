//! Segments: one Parquet file of the points of one UTC day, sorted by series and instant.

mod column;
mod entries;
mod footer;
mod name;
mod reader;
mod schema;
mod writer;

pub use entries::Entries;
pub(crate) use footer::RowGroup;
pub(crate) use name::{SegmentName, is_segment_file};
pub(crate) use reader::SegmentRows;
pub(crate) use writer::SegmentWriter;

use crate::{error::AnalyticsError, tail::Span};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};
use tracely_core::time::Timestamp;

/// What the caller's database knows of a segment file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The file's name, relative to the directory of segments.
    pub file: String,
    /// The UTC day of all points, in days since the epoch.
    pub day: i64,
    /// The earliest instant.
    pub min_instant: Timestamp,
    /// The latest instant.
    pub max_instant: Timestamp,
    /// The smallest series number.
    pub min_series: u32,
    /// The largest series number.
    pub max_series: u32,
    /// The number of points, at least 1.
    pub rows: u64,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// Which entries of the log its points come from.
    pub entries: Entries,
}

/// A segment that can be read.
///
/// Readers share it; a file that was replaced or has expired is removed when its last reader lets go of it.
#[derive(Debug)]
pub(crate) struct SegmentFile {
    segment: Segment,
    name: SegmentName,
    path: PathBuf,
    groups: Vec<RowGroup>,
    doomed: AtomicBool,
}

impl SegmentFile {
    /// Reads the footer of a segment and compares it with what the database knows.
    pub(crate) fn open(directory: &Path, segment: Segment) -> Result<Self, AnalyticsError> {
        let path = directory.join(&segment.file);
        let groups = footer::read(&path, &segment)?;
        let name = SegmentName::parse(&segment.file);
        Ok(Self { segment, name, path, groups, doomed: AtomicBool::new(false) })
    }

    /// Returns what the database knows of it.
    pub(crate) fn segment(&self) -> &Segment {
        &self.segment
    }

    /// Returns what its name says.
    pub(crate) fn name(&self) -> SegmentName {
        self.name
    }

    /// Returns the row groups, in order.
    pub(crate) fn groups(&self) -> &[RowGroup] {
        &self.groups
    }

    /// Returns the bounds of its points.
    pub(crate) fn span(&self) -> Span {
        Span {
            min_series: self.segment.min_series,
            max_series: self.segment.max_series,
            min_instant: self.segment.min_instant.0,
            max_instant: self.segment.max_instant.0,
        }
    }

    /// Lets the file be removed as soon as nobody reads it.
    pub(crate) fn doom(&self) {
        self.doomed.store(true, Ordering::Relaxed);
    }
}

impl Drop for SegmentFile {
    fn drop(&mut self) {
        if *self.doomed.get_mut() {
            // Nobody can be told here; a file that stays has no row and is removed at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}
