//! Reads a segment from end to end, to know that it is whole.

use crate::{
    error::AnalyticsError,
    segment::{Segment, SegmentFile, SegmentRows},
};
use std::path::Path;
use tracely_core::time::DAY;

/// Reads every point of a segment and changes nothing.
///
/// Fails when a column is not what its checksum says, when there are other points than the database knows of, when one
/// is of another day, or when they are not in order.
pub fn check(directory: &Path, segment: &Segment) -> Result<(), AnalyticsError> {
    let file = SegmentFile::open(directory, segment.clone())?;
    let damaged = |reason| AnalyticsError::Damaged { file: segment.file.clone(), reason };
    let mut points = SegmentRows::new(&file);
    let (mut rows, mut before) = (0, None);
    while let Some(page) = points.next_points()? {
        for point in page.iter() {
            let place = Some((point.series, point.instant));
            if before > place {
                return Err(damaged("its points are not in order"));
            }
            if point.instant.0.div_euclid(DAY) != segment.day {
                return Err(damaged("it has points of another day"));
            }
            before = place;
            rows += 1;
        }
    }
    if rows == segment.rows {
        Ok(())
    } else {
        Err(damaged("it has another number of points than the database knows of"))
    }
}
